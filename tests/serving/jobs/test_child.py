"""The child of a job: it writes down how the verb ended, and which run it made."""

import json
from types import SimpleNamespace

import pytest

from features import whole_files
from serving.jobs import child


@pytest.mark.parametrize("code, said", [(0, ""), (2, "holdfast.toml: mend it")])
def test_the_end_the_last_line_and_the_run_are_kept(tmp_path, monkeypatch, code, said):
    (tmp_path / "plan-1.log").write_text("reading\nholdfast: holdfast.toml: mend it\n\n", encoding="utf-8")
    (tmp_path / "plan-1.report.json").write_text(json.dumps({"run": "2026-01-01-0123456789"}), encoding="utf-8")
    given = []
    monkeypatch.setattr(
        child.subprocess, "run", lambda command, check: given.append(command) or SimpleNamespace(returncode=code)
    )
    child.main(tmp_path, "plan-1", ["campaign", "plan"])
    told = whole_files.read_sealed(tmp_path / "plan-1.done.json")
    assert (told["code"], told["said"], told["run"]) == (code, said, "2026-01-01-0123456789")
    assert given[0][-4:] == ["-m", "holdfast", "campaign", "plan"] and not (tmp_path / "plan-1.report.json").exists()
