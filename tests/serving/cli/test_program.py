"""A printed command runs the program that printed it, from where the person is."""

import sys
from pathlib import Path

import pytest

from serving.cli.program import near, program


@pytest.fixture
def venv(tmp_path, monkeypatch):
    """A folder with an environment in .venv, from which its holdfast was started; nothing on the PATH."""
    folder = tmp_path / "my shop" / ".venv" / "bin"
    folder.mkdir(parents=True)
    for name in ("holdfast", "python"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setattr(sys, "argv", [str(folder / "holdfast"), "demo"])
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path / "my shop")
    return folder


def test_an_environment_that_is_not_activated_is_named_by_its_path_from_here(venv):
    assert program() == ".venv/bin/holdfast"


def test_from_elsewhere_the_whole_path_is_told_quoted_for_the_shell(venv, monkeypatch, tmp_path):
    (tmp_path / "else").mkdir()
    monkeypatch.chdir(tmp_path / "else")
    assert program() == f"'{venv}/holdfast'"


def test_an_activated_one_is_called_by_its_name(venv, monkeypatch):
    monkeypatch.setenv("PATH", str(venv))
    assert program() == "holdfast"


def test_another_holdfast_on_the_path_is_not_taken_for_this_one(venv, monkeypatch, tmp_path):
    (tmp_path / "holdfast").write_text("#!/bin/sh\n")
    (tmp_path / "holdfast").chmod(0o755)
    assert program() == ".venv/bin/holdfast"


@pytest.mark.parametrize("started", ["holdfast.py", "holdfast", "-c", ""])
def test_started_in_another_way_it_is_found_beside_the_interpreter(venv, monkeypatch, started):
    monkeypatch.setattr(sys, "argv", [started])
    assert program() == ".venv/bin/holdfast"


def test_without_a_program_the_interpreter_runs_the_module(venv):
    (venv / "holdfast").unlink()
    assert program() == ".venv/bin/python -m holdfast"


def test_a_program_in_this_very_folder_needs_a_dot(venv, monkeypatch):
    monkeypatch.chdir(venv)
    assert program() == "./holdfast" and near(Path("a b")) == "'./a b'" and near(Path("/x")) == "/x"
