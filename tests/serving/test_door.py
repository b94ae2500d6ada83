"""The Python door gives what the command line gives, as frames; its docstrings' examples run."""

import doctest
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import holdfast
from features.errors import BadInput
from serving import door

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def base():
    with holdfast.open(holdfast.example(2000)) as one:
        yield one


@pytest.fixture(scope="module")
def scored(base):
    base.train()
    return base.score()


def test_the_examples_of_the_docstrings_run(base, scored):
    found = doctest.testmod(door, extraglobs={"base": base})
    assert found.attempted >= 12 and found.failed == 0


def test_features_are_those_of_the_verb(base, tmp_path, holdfast):
    out = tmp_path / "features.parquet"
    assert holdfast("features", "--config", base.base.config.file, "--out", out).code == 0
    import pandas as pd

    pd.testing.assert_frame_equal(base.features(), pd.read_parquet(out).set_index("user_id"))


def test_an_earlier_date_knows_less(base):
    early = base.features(base.until - timedelta(days=200), ["order_count_7d"])
    assert len(early) < len(base.features(columns=["order_count_7d"]))


def test_a_snapshot_comes_as_a_frame_with_every_user(base, scored):
    frame = scored.frame(["churn_risk", "stage"])
    assert len(frame) == scored.users and frame.churn_risk.notna().sum() == scored.eligible
    best = scored.worth_keeping(5)
    assert best.value_at_stake.is_monotonic_decreasing and set(best.index) <= set(frame.index)


def test_a_user_is_explained_in_the_language_asked_for(base, scored):
    user = scored.worth_keeping(1).index[0]
    english = base.explain(user)
    with holdfast.open(base.base.config.file, lang="zh") as same:
        chinese = same.explain(user)
    assert english.reasons.contribution.equals(chinese.reasons.contribution) and len(english.reasons)
    assert english.reasons.text[0].isascii() and not chinese.reasons.text[0].isascii()
    assert english.user["churn_risk"] == scored.frame(["churn_risk"]).churn_risk[user]


def test_a_user_who_is_not_there_is_told_in_one_line(base, scored):
    with pytest.raises(BadInput, match=r"user 'nobody': is not in snapshot .*; its ids are whole numbers$"):
        base.explain("nobody")


def test_stages_count_every_user_once_at_each_date(base):
    found = base.stages([base.until - timedelta(days=30), base.until])
    known = found.users.notna().sum()
    assert found.counts.sum().tolist() == known.tolist()
    assert found.flow.to_numpy().sum() == known.iloc[-1]


def test_what_is_no_date_is_told_as_on_the_command_line(base):
    with pytest.raises(BadInput, match="as_of: 'yesterday' is not a date or time; write 2026-01-31"):
        base.features("yesterday")


def test_a_closed_base_leaves_no_scratch_files(tmp_path):
    file = holdfast.example(100, tmp_path)
    holdfast.open(file).close()
    assert not any((tmp_path / "store" / "tmp").iterdir())


@pytest.mark.parametrize("package", ["features", "training", "serving"])
@pytest.mark.parametrize("command", [["-c", "import holdfast"], ["-m", "holdfast", "--help"]], ids=["import", "-m"])
def test_a_folder_of_the_same_name_is_named_with_the_cure(tmp_path, package, command):
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("")
    given = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    ran = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, env=given)
    line = ran.stderr.strip().splitlines()[-1]
    assert ran.returncode and f"{tmp_path / package} hides Holdfast's own '{package}'" in line
    assert "run from another folder, or rename it" in line


def test_opening_reads_dates_as_the_project_does(base):
    assert base._at("2026-01-31") == datetime(2026, 1, 31)
