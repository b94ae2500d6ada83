"""A folder with files, and samples of tables that are written here."""

import csv
import io
from pathlib import Path

import pytest

from features.first_config.sample import Sample


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """shop(**{"orders.csv": text}): a folder with these files, and the current one; returns holdfast.toml's path."""
    monkeypatch.chdir(tmp_path)

    def make(**files):
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path / "holdfast.toml"

    return make


@pytest.fixture
def sample():
    """sample("user,total", "1,2", "3,4"): what is looked at of a file with this header and these lines."""

    def make(header, *lines, typed=None, file="data.csv"):
        names, *rows = csv.reader(io.StringIO("\n".join([header, *lines])))
        columns = {name: [row[place] or None for row in rows] for place, name in enumerate(names)}
        return Sample(Path(file), tuple(names), columns, typed or {})

    return make
