"""The command line: what verbs write, and a data scientist's way with one CSV. Bad ends: test_holdfast_errors.py."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parent.parent
# The whole configuration of a data scientist with one CSV of orders.
SIX_LINES = """\
[tables.orders]
path = "orders.csv"
columns = { user_id = "customer", time = "date", amount = "value" }
[churn]
horizon_days = 30
eligible_days = 60
"""


def orders(users=500, days=180):
    """Customers who each order in a rhythm of their own until they stop: what a rule on days alone cannot tell."""
    rng, lines = np.random.default_rng(2), ["customer,date,value"]
    start = np.datetime64("2025-01-01")
    for user in range(users):
        gap, day, stop = rng.choice([3, 6, 12, 25]), rng.integers(0, days // 2), rng.integers(days // 4, 2 * days)
        while day < min(stop, days):
            lines.append(f"c-{user:03d},{start + np.timedelta64(int(day), 'D')},{5 + gap * rng.random():.2f}")
            day += max(1, round(gap * rng.uniform(0.9, 1.1)))
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder with one CSV and six lines."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "orders.csv").write_text(orders())
    (folder / "holdfast.toml").write_text(SIX_LINES)
    return folder


@pytest.fixture
def inside(shop, monkeypatch):
    monkeypatch.chdir(shop)
    return shop


def test_one_csv_and_six_lines_make_a_scored_user_base(inside, holdfast):
    assert len([line for line in SIX_LINES.splitlines() if line.strip()]) == 6
    trained = holdfast("train")
    assert trained.code == 0, trained.err
    assert "is now champion: log loss " in trained.out
    scored = holdfast("score")
    assert scored.code == 0, scored.err
    assert "Most worth keeping" in scored.out
    (folder,) = (inside / "store" / "snapshots").glob("2025-*")
    rows = pq.read_table(folder / "part-all.parquet")
    assert len(set(rows["user_id"].to_pylist())) == len(rows) and rows["user_id"][0].as_py().startswith("c-")
    assert f"{len(rows):,} users = " in scored.out and f"snapshot: {folder}" in scored.out
    risk = [one for one in rows["churn_risk"].to_pylist() if one is not None]
    assert len(risk) > 50 and 0 < min(risk) < max(risk) < 1
    assert holdfast("score").out == scored.out
    assert holdfast("score", "--model", "v1").out == scored.out  # the champion by its number
    pinned = holdfast("score", "--model", "v9")
    assert pinned.code == 2 and "v9" in pinned.err and pinned.err.count("\n") == 1
    assert f"snapshot: {folder}-2" in holdfast("score", "--fresh").out.splitlines()


def test_a_base_too_young_to_train_is_scored_from_histories_alone(tmp_path, holdfast, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_text(orders(users=300, days=60))
    (tmp_path / "holdfast.toml").write_text(SIX_LINES)
    trained = holdfast("train")
    assert trained.code == 1 and "history: 60 days are 2.0 horizons of 30" in trained.err
    assert trained.err.endswith("until then 'holdfast score' goes by MBG/NBD, which learns from histories alone\n")
    scored = holdfast("score")
    assert (scored.code, scored.err) == (0, "")
    assert "too young or too small to train: history: 60 days are" in scored.out
    assert "scores are by MBG/NBD from each user's history alone" in scored.out
    (folder,) = (tmp_path / "store" / "snapshots").glob("2025-*")
    rows = pq.read_table(folder / "part-all.parquet").to_pylist()
    about = json.loads((folder / "manifest.json").read_text())
    assert about["model_kind"] == "mbgnbd" and about["model_version"].startswith("mbgnbd-")
    assert {row["model_version"] for row in rows} == {about["model_version"]}
    found = [row for row in rows if row["eligible"]]
    assert len(found) > 100 and all(0 <= row["churn_risk"] <= 1 and row["reasons"] is None for row in found)
    # A score says how much it rests on, and rests on how long and how often a user was seen.
    assert all(row["active_days"] >= 1 and 0 < row["history_days"] <= 60 for row in found)
    assert {row["value_tier"] for row in found} == {"none", "low", "mid", "high"}
    assert {row["risk_band"] for row in found} == {"low", "medium", "high"}
    assert holdfast("score").out == scored.out


def test_the_same_model_again_is_no_failure(inside, holdfast, monkeypatch):
    from serving.terminal import backtest, calibration, check
    from training import job

    nothing = {"result": SimpleNamespace(bundle=None), "version": SimpleNamespace(name="v1-abc")}
    monkeypatch.setattr(job, "train", lambda *_: SimpleNamespace(promoted=False, same=True, watched=False, **nothing))
    for module, name in {
        backtest: "show_training",
        check: "show_alarms",
        calibration: "show_calibration",
    }.items():
        monkeypatch.setattr(module, name, lambda *_: None)
    again = holdfast("train")
    assert (again.code, again.err) == (0, "")


def test_check_tells_the_rows_and_changes_nothing(inside, holdfast):
    found = holdfast("check", "--config", inside / "holdfast.toml")
    assert (found.code, found.err) == (0, "")
    (first, span, *_), last = found.out.splitlines(), found.out.splitlines()[-1]
    assert "Data gates" in found.out and "amber" in found.out and "churn horizon: " in found.out
    assert first.startswith("orders: ") and "0 quarantined" in first and span.startswith("logs from 2025-01-01 00:00")
    assert last.startswith(f"{inside / 'holdfast.toml'}: good (hash ")


def test_features_writes_one_row_per_known_user(inside, holdfast, tmp_path):
    out = tmp_path / "new" / "features.parquet"
    found = holdfast("features", "--out", out, "--as-of", "2025-04-01")
    assert (found.code, found.err) == (0, "")
    table = pq.read_table(out)
    known = {line.split(",")[0] for line in orders().splitlines()[1:] if line.split(",")[1] < "2025-04-01"}
    assert table["user_id"].to_pylist() == sorted(known)
    shown = f"wrote {out}: {len(known):,} users, {table.num_columns - 1} features as of 2025-04-01 00:00"
    assert found.out.splitlines()[-1] == shown
    assert [file.name for file in out.parent.iterdir()] == [out.name]


def test_the_as_of_may_name_an_hour_and_a_zone(inside, holdfast, tmp_path):
    out = tmp_path / "f.parquet"
    for text, shown in (("2025-04-01T12:30", "12:30"), ("2025-04-01T12:30+02:00", "10:30")):
        assert holdfast("features", "--out", out, "--as-of", text).out.endswith(f"as of 2025-04-01 {shown}\n")


def test_an_as_of_after_the_end_of_the_logs_is_told_with_what_it_means(inside, holdfast, tmp_path):
    end = np.datetime64(max(line.split(",")[1] for line in orders().splitlines()[1:])) + 1
    for days, told in ((1, False), (40, True)):
        found = holdfast("features", "--out", tmp_path / "f.parquet", "--as-of", end + days)
        assert (found.code, found.err) == (0, "")
        assert (f"note: {end + days} 00:00 is {days} days after the logs end; everybody counts" in found.out) is told


def test_backtest_writes_its_figures(inside, holdfast, tmp_path):
    out, config = tmp_path / "new" / "figures.json", inside / "short.toml"
    config.write_text(SIX_LINES + "[train]\ncutoffs = 2\n")
    found = holdfast("backtest", "--cutoffs", "2", "--json", out, "--config", config)
    assert (found.code, found.err) == (0, "")
    assert found.out.splitlines()[-1] == f"wrote {out}" and "Value of the same users" in found.out

    def no_number(text):
        raise AssertionError(f"{text} is not JSON")

    figures = json.loads(out.read_text(), parse_constant=no_number)
    first, last = figures["cutoffs"]
    assert first["as_of"] < last["as_of"] and last["horizon_days"] == 30
    assert {"holdfast", "recency", "logistic", "histgb"} <= set(last["models"])
    assert 0 < last["models"]["holdfast"]["log_loss"] < 1


def test_simulate_writes_a_base_that_init_and_check_take(tmp_path, holdfast, monkeypatch):
    found = holdfast("simulate", "--out", tmp_path / "base", "--users", 50, "--days", 60)
    assert (found.code, found.err) == (0, "")
    assert found.out.splitlines()[-1] == f"wrote {tmp_path / 'base'}" and "50 users" in found.out
    parts = [
        tmp_path / "base" / name / "part-00000.parquet" for name in ("orders", "events", "users", "messages", "points")
    ]
    assert len(pq.read_table(parts[2])) == 50
    config = tmp_path / "holdfast.toml"
    assert holdfast("init", *parts, "--config", config).code == 0
    checked = holdfast("check", "--config", config)
    assert checked.code == 1 and checked.err.startswith("holdfast: too little to learn from: history: 5")
    for name in ("orders", "events", "users", "messages", "points"):
        assert f'[tables.{name}]\npath = "base/{name}/part-00000.parquet"\n' in config.read_text()


def test_funnel_tells_the_steps_the_groups_and_the_files(tmp_path, holdfast):
    holdfast("simulate", "--out", tmp_path / "base", "--users", 300, "--days", 60)
    tables = "".join(f'[tables.{name}]\npath = "base/{name}/*.parquet"\n' for name in ("events", "users"))
    config = tmp_path / "holdfast.toml"
    config.write_text(tables + '[funnel]\nsteps = ["visit", "view", "cart", "checkout"]\n')
    found = holdfast("funnel", "--config", config, "--days", 30, "--out", tmp_path / "out")
    assert (found.code, found.err) == (0, "")
    assert "Funnel of the 30 days before 20" in found.out and "Groups against all other users" in found.out
    names = ["funnel.parquet", "funnel.png"]
    assert found.out.splitlines()[-2:] == [f"wrote {tmp_path / 'out' / name}" for name in names]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == names
    no_steps = tmp_path / "none.toml"
    no_steps.write_text(tables)
    refused = holdfast("funnel", "--config", no_steps)
    assert refused.code == 2 and refused.err.startswith("holdfast: none.toml: funnel.steps: no step is named; ")


# Real log → the tables' columns as they should be guessed.
LOGS = {
    "cdnow/cdnow.parquet": ("orders", {"user_id": "customer_id", "time": "date", "items": "quantity"}),
    "essec/purchases.parquet": ("orders", {"user_id": "customer_id", "time": "date"}),
    "wikipedia/edits.parquet": ("events", {"time": "ts", "item": "item_id"}),
    "dunnhumby/transactions_sample.parquet": (
        "orders",
        {
            "user_id": "household_id",
            "time": "transaction_timestamp",
            "amount": "sales_value",
            "order_id": "basket_id",
            "items": "quantity",
            "discount": "retail_disc",
            "channel": "store_id",
        },
    ),
}


@pytest.mark.parametrize("file, table, columns", [(file, *told) for file, told in LOGS.items()], ids=LOGS.keys())
def test_init_makes_out_real_logs(real_data, tmp_path, holdfast, file, table, columns):
    from features.config import load

    config = tmp_path / "holdfast.toml"
    found = holdfast("init", real_data / file, "--config", config)
    assert (found.code, found.err) == (0, "") and found.out.startswith(f"{real_data / file}: {table} (")
    (source,) = load(config).tables.items()
    assert source[0] == table
    assert {ours: theirs for ours, theirs in source[1].columns.items() if ours != theirs} == columns
    checked = holdfast("check", "--config", config)
    month = "wikipedia" in file  # too short for the default horizon of 90 days
    assert checked.code == month and "0 quarantined" in checked.out


def test_init_looks_at_the_current_folder(tmp_path, holdfast, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sales.csv").write_text(orders(users=3))
    found = holdfast("init")
    assert (found.code, found.err) == (0, "")
    assert found.out.endswith("wrote holdfast.toml; check it, then: holdfast check --config holdfast.toml\n")
    assert "sales.csv" in found.out and "orders: " in holdfast("check").out


def test_init_writes_a_playbook_beside_or_behind_the_configuration_and_only_once(tmp_path, holdfast, monkeypatch):
    from features.config import load

    monkeypatch.chdir(tmp_path)
    (tmp_path / "sales.csv").write_text(orders(users=3))
    both = holdfast("init", "sales.csv", "--playbook")
    assert (both.code, both.err) == (0, "") and "holdfast.toml: a playbook of 8 plays, 4 more as comments" in both.out
    assert "orders: " in holdfast("check").out
    (tmp_path / "own.toml").write_text('[tables.orders]\npath = "sales.csv"\n')
    assert holdfast("init", "--playbook", "--config", "own.toml").code == 0 and len(load("own.toml").play) == 8
    again = holdfast("init", "--playbook", "--config", "own.toml")
    assert again.code != 0 and "[contact] is there already" in again.err and again.err.count("\n") == 1
    named = holdfast("init", "sales.csv", "--playbook", "--config", "own.toml")
    assert named.code != 0 and "is there already; remove it" in named.err


def test_without_a_verb_it_helps(holdfast):
    found = holdfast()
    assert (found.code, found.err) == (0, "") and "Usage: holdfast" in found.out
    assert holdfast("--help").out == found.out


VERBS = ("init", "demo", "simulate", "check", "features", "train", "backtest", "score", "serve")
VERBS += ("stages", "layers", "funnel", "models")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_says_what_it_does(holdfast, verb):
    found = holdfast(verb, "--help")
    assert (found.code, found.err) == (0, "") and f"Usage: holdfast {verb}" in found.out


def test_the_program_runs_from_a_folder_with_modules_of_the_same_names(tmp_path):
    # Installed, or as a file: what lies in the current folder is not what runs.
    (tmp_path / "features.py").write_text("raise RuntimeError('not this one')")
    (tmp_path / "orders.csv").write_text(orders(users=3))
    (tmp_path / "holdfast.toml").write_text(SIX_LINES)
    ran = subprocess.run(
        [sys.executable, ROOT / "holdfast.py", "check"], cwd=tmp_path, capture_output=True, text=True, env=os.environ
    )
    assert ran.returncode == 1 and ran.stderr.startswith("holdfast: too little to learn from: ")
