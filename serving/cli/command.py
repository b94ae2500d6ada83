"""What the verbs of the command line share: a session on the engine, clean tables, dates, and errors in one line."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import duckdb
import typer

from features.errors import BadInput, GateFailed

if TYPE_CHECKING:  # all else is imported where it is used: --help answers at once, and Ctrl-C ends a verb in one line
    from features.config import Config
    from features.user_base import UserBase

File = Annotated[Path, typer.Option("--config", help="Configuration file.")]
HERE = Path("holdfast.toml")
_shared: list["Config"] = []  # of the verb that runs: whose store has a remote
UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # of the click that typer brings, or of the one it imports


def run(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Run the verb that the arguments name; returns its exit code.

    0 good, 1 a failed gate, 2 bad usage or input, 130 stopped by a person; all but the first with one line on stderr.
    Where the store has a remote, what the verb did is pushed in the end, also where it failed.
    """
    hook, sys.unraisablehook = sys.unraisablehook, _ask_again
    _shared.clear()
    try:
        code = _ended(lambda: app(list(arguments), prog_name="holdfast", standalone_mode=False))
        return _ended(_push) or code if _shared else code
    finally:
        sys.unraisablehook = hook


def _ended(work: Callable[[], Any]) -> int:
    """The exit code of some work, after the line that a bad end gets."""
    try:
        code = work()
        if code == 130:  # so Typer reports Ctrl-C
            raise KeyboardInterrupt
    except UsageError as error:
        code = _end(2, _usage(error))
    except BadInput as error:
        code = _end(2, str(error))
    except GateFailed as error:
        code = _end(1, str(error))
    except (KeyboardInterrupt, typer.Abort, duckdb.InterruptException):
        code = _end(130, "stopped")
    except RuntimeError as error:
        if str(error) != "Query interrupted":  # so DuckDB does
            raise
        code = _end(130, "stopped")
    except OSError as error:
        what = f"{error.filename or 'a file'}: {error.strerror or error}"
        code = _end(2, f"{what}; check the path, its rights and the space on the disk")
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        what = str(error).partition("\n")[0]
        code = _end(2, f"{what}; give queries more memory (engine.memory) or the store's disk more space")
    except (duckdb.OutOfRangeException, duckdb.ConversionException) as error:
        what = str(error).partition("\n")[0]
        code = _end(2, f"a number is too large to be worked with: {what}; look for values far beyond all others")
    return code if isinstance(code, int) else 0


def _push() -> None:
    from serving.remote.around import after

    for config in _shared:
        after(config)


def _ask_again(dropped: Any) -> None:
    """Send Ctrl-C once more where it arrived in a callback of the garbage collector, whose errors Python drops."""
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
        return
    again = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    again.daemon = True
    again.start()


def _end(code: int, text: str) -> int:
    print("holdfast: " + " ".join(text.split()), file=sys.stderr)
    return code


def _usage(error: Any) -> str:
    """What was wrong with the command line, and where to read how it is used."""
    verb = error.ctx.command_path if error.ctx else "holdfast"
    return f"{error.format_message().rstrip('.')}; see '{verb} --help'"


def settings_of(file: Path, fetch: bool = True) -> "Config":
    """A configuration, for verbs that read no table; where its store has a remote, after what is new there was fetched.
    fetch: False for verbs that do that themselves. Raises BadInput where the file cannot be used, or the remote."""
    from features.config import load

    config = load(file)
    if fetch and config.store_remote:
        from serving.remote.around import before

        before(config)
        _shared.append(config)
    return config


@contextmanager
def session(file: Path) -> Iterator[tuple["Config", Any]]:
    """A configuration and a session on its engine; nobody is erased from the store meanwhile. Raises BadInput where the
    file cannot be used."""
    from features.engine.duckdb_session import connect
    from serving.batch.lock import using

    config = settings_of(file)
    config.store_path.mkdir(parents=True, exist_ok=True)
    with using(config.store_path), connect(config) as con:
        yield config, con


def read(con: Any, config: "Config", as_of: datetime | None = None) -> "UserBase":
    """The user base, after a line a table on what became of its rows, and one where the as-of lies after them."""
    from features.tables.as_of import unobserved
    from features.tables.clean import clean
    from features.user_base import UserBase
    from serving.terminal.tables import show_tables

    tables = clean(con, config)
    show_tables(tables, unobserved(as_of or tables.observed_until, tables.observed_until, config.horizon))
    return UserBase(config, con, tables)


def moment(config: "Config", text: str | None, option: str = "--as-of") -> datetime | None:
    """The UTC instant that an option names, read in the project's time zone; None where it was not given.

    Raises BadInput naming the option where it is no date or lies after now.
    """
    from features.tables.as_of import read_date

    return read_date(text, config.project.timezone, option) if text is not None else None
