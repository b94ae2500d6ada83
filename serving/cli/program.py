"""How a person calls Holdfast's programs from where they are, so that a printed command works as it stands."""

import shlex
import shutil
import sys
from pathlib import Path


def program(name: str = "holdfast") -> str:
    """What to type to run a program of this installation: its name where the shell finds just that one, else its path,
    as ``.venv/bin/holdfast`` where no environment is activated. Without such a program: the interpreter and ``-m``."""
    ours = Path(sys.argv[0])
    if ours.name != name or not ours.is_file():
        ours = Path(sys.executable).with_name(name)
    if not ours.is_file():
        return f"{near(Path(sys.executable))} -m {name}"
    found = shutil.which(name)
    return name if found and Path(found).samefile(ours) else near(ours)


def near(path: Path) -> str:
    """A path as one types it here: from the current folder where it lies in there, quoted where a shell needs it."""
    here, path = Path.cwd(), path.absolute()
    if path == here or here not in path.parents:
        return shlex.quote(str(path))
    short = str(path.relative_to(here))
    return shlex.quote(short if "/" in short else f"./{short}")
