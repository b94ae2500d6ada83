"""A snapshot's boards are those made anew last, else its own; others' and damaged ones are nobody's."""

import os
from pathlib import Path

from features import whole_files
from serving.boards.shelf import boards_of

OWN = Path("store/snapshots/2026-01-01-abc")
ABOUT = {"as_of": "2026-01-01T00:00:00", "boards": {"made": {}}}


def test_the_last_made_of_this_snapshot(tmp_path):
    assert boards_of(tmp_path, OWN, ABOUT) == (OWN, {"made": {}})
    for number, (name, run) in enumerate({"aa": OWN.name, "bb": OWN.name, "cc": "another", "dd": None}.items()):
        folder = tmp_path / "boards" / f"2026-01-01-{name}"
        folder.mkdir(parents=True)
        whole_files.write_sealed(folder / "manifest.json", {"snapshot": run, "boards": {"made": {}, "of": name}})
        os.utime(folder / "manifest.json", (number, number))
    folder, boards = boards_of(tmp_path, OWN, ABOUT)
    assert folder.name == "2026-01-01-bb" and boards["of"] == "bb"
    (folder / "manifest.json").write_text("{")
    assert boards_of(tmp_path, OWN, ABOUT)[0].name == "2026-01-01-aa"
