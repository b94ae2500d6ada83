"""Writes the reference pages: `make docs`. Every page follows from the code, and a test fails when one is stale."""

import sys
from pathlib import Path

import features.reference
import serving.reference
from holdfast import app
from serving.cli import reference

FOLDER = Path(__file__).parents[1] / "reference"


def pages() -> dict[str, str]:
    """Every generated page by file name."""
    return features.reference.pages() | serving.reference.pages() | {"verbs.md": reference.page(app)}


def write(folder: Path = FOLDER) -> None:
    """Write the pages; what else is in the folder stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(write())
