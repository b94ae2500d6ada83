"""The versions that results go by, which an executor of Spark must have the same of."""

import importlib.metadata
import importlib.util
from hashlib import sha256
from pathlib import Path

PACKAGES = ("duckdb", "lightgbm", "numpy", "pyarrow", "woodelf-explainer")  # what results go by, beside our own code
ROOMS = ("features", "training", "serving")


def versions() -> dict[str, str]:
    """What an executor must have the same of, by name."""
    found = {"Holdfast": _code()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = ""
    return found


def _code() -> str:
    """A hash of our sources, wherever they are installed; empty where they are not."""
    digest = sha256()
    for room in ROOMS:
        spec = importlib.util.find_spec(room)
        for place in spec.submodule_search_locations or () if spec else ():
            for file in sorted(Path(place).rglob("*.py")):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:10]
