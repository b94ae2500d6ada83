"""Every bad end of the command line: the exit code, and one line on stderr with the place, the value and the cure."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parent.parent
CSV = '[tables.orders]\npath = "orders.csv"\n'
PARQUET = '[tables.orders]\npath = "orders.parquet"\n'
HEADER = "user_id,time,amount\n"
# Forty users who order every month of a year.
ORDERS = HEADER + "".join(f"{u},2025-{m:02d}-{1 + u % 28:02d} 10:00,5\n" for u in range(40) for m in range(1, 13))
EMPTY = pa.table(
    {"user_id": pa.array([], "int64"), "time": pa.array([], "timestamp[us]"), "amount": pa.array([], "double")}
)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """shop(toml, **{"orders.csv": content}): the current folder holds these."""
    monkeypatch.chdir(tmp_path)

    def make(toml, **files):
        for name, content in files.items():
            if isinstance(content, pa.Table):
                pq.write_table(content, name)
            else:
                Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        Path("holdfast.toml").write_text(toml)
        return tmp_path

    return make


def bad(ran, code, *words):
    """It ended with the code, said so in one line, and the line holds these words."""
    assert ran.code == code, ran.err
    (line,) = ran.err.splitlines()
    assert line.startswith("holdfast: ") and "Traceback" not in ran.out + ran.err
    for word in words:
        assert str(word) in line, f"{word!r} is not in: {line}"
    return line


# Arguments → words of the line. All are bad usage, known before anything is read.
USAGE = {
    "an unknown verb": ("predict", "'predict'", "see 'holdfast --help'"),
    "an unknown option": ("check --quick", "--quick", "see 'holdfast check --help'"),
    "an option without its value": ("check --config", "--config"),
    "too few users": ("demo --users 10", "--users", "1000", "see 'holdfast demo --help'"),
    "no number": ("simulate --users many", "--users", "integer", "see 'holdfast simulate --help'"),
    "no port": ("serve --port 0", "--port", "see 'holdfast serve --help'"),
    "an argument too many": ("train now", "now", "see 'holdfast train --help'"),
    "no configuration": ("check", "holdfast.toml: no such file", "'holdfast init'", "--config"),
    "another configuration": ("score --config shop.toml", "shop.toml: no such file", "'holdfast init'"),
}


@pytest.mark.parametrize("arguments, words", [(a, w) for a, *w in USAGE.values()], ids=USAGE.keys())
def test_bad_usage(tmp_path, monkeypatch, holdfast, arguments, words):
    monkeypatch.chdir(tmp_path)
    bad(holdfast(*arguments.split()), 2, *words)
    assert list(tmp_path.iterdir()) == []


# Configuration and files → words of the line that `check` ends with.
INPUT = {
    "no TOML": ("[tables", {}, "holdfast.toml: not TOML", "mend that line"),
    "nothing": ("", {}, "tables: is missing; add [tables.orders] with a path"),
    "an unknown key": (
        CSV + "[churn]\nhorizon = 30\n",
        {},
        "holdfast.toml: churn.horizon",
        "did you mean 'horizon_days'?",
    ),
    "text for a number": (CSV + '[churn]\nhorizon_days = "30"\n', {}, "churn.horizon_days", "'30'"),
    "an unknown table": ('[tables.order]\npath = "x"\n', {}, "tables.order", "did you mean 'orders'?"),
    "a missing file": (CSV, {}, "tables.orders.path", "'orders.csv'", "correct the path"),
    "a folder": ('[tables.orders]\npath = "."\n', {}, "tables.orders.path", "'.'", "name its files"),
    "a variable without a value": ('[tables.orders]\npath = "${HF_NO}/x.csv"\n', {}, "${HF_NO}", "set HF_NO"),
    "a missing column": (CSV, {"orders.csv": ORDERS.replace("amount", "amnt")}, "'amount'", "did you mean 'amnt'?"),
    "an empty CSV": (CSV, {"orders.csv": HEADER}, "tables.orders", "orders.csv has no rows", "check the path"),
    "nothing in a CSV": (
        CSV,
        {"orders.csv": ""},
        "tables.orders",
        "orders.csv is empty",
        "check the path and the export",
    ),
    "an empty Parquet": (PARQUET, {"orders.parquet": EMPTY}, "orders.parquet has no rows", "check the path"),
    "a damaged Parquet": (PARQUET, {"orders.parquet": b"PAR1 nothing PAR1"}, "orders.parquet cannot be read", "mend"),
    "no Parquet": (PARQUET, {"orders.parquet": ORDERS}, "orders.parquet is no Parquet file but text", "name it .csv"),
    "a store that is a file": (
        CSV + '[store]\npath = "orders.csv"\n',
        {"orders.csv": ORDERS},
        "orders.csv",
        "check the path",
    ),
}


@pytest.mark.parametrize("toml, files, words", [(t, f, w) for t, f, *w in INPUT.values()], ids=INPUT.keys())
def test_bad_input(shop, holdfast, toml, files, words):
    shop(toml, **files)
    bad(holdfast("check"), 2, *words)


def test_text_in_an_amount_is_set_aside_counted_and_kept(shop, holdfast):
    folder = shop(CSV, **{"orders.csv": ORDERS + "1,2025-01-01 10:00,many\n"})
    ran = holdfast("features")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("orders: 481 rows = 480 used + 0 merged + 1 quarantined (1 amount is not a number)\n")
    (kept,) = pq.read_table(folder / "store" / "quarantine" / "orders.parquet").to_pylist()
    assert (kept["user_id"], kept["amount"], kept["reason"]) == ("1", "many", "amount is not a number")


def test_too_much_of_it_fails(shop, holdfast):
    shop(CSV, **{"orders.csv": ORDERS + "1,2025-01-01 10:00,many\n" * 26})
    bad(
        holdfast("check"),
        1,
        "26 of 506 rows",
        "max_bad_share = 0.05",
        "amount is not a number",
        "quarantine",
        "mend them",
    )


def test_times_of_mixed_zones_are_read_right_and_told(shop, holdfast):
    times = ["2025-06-01T12:00:00+02:00", "2025-06-01T12:00:00Z", "2025-06-01T12:00:00"]
    rows = "".join(f"{user},{time},5\n" for user, time in enumerate(times))
    shop(CSV + '[project]\ntimezone = "America/New_York"\n', **{"orders.csv": HEADER + rows})
    ran = holdfast("features")
    assert (ran.code, ran.err) == (0, "")
    assert "2 rows name a zone and 1 do not; those without were read as America/New_York" in ran.out
    assert "logs from 2025-06-01 10:00 until 2025-06-01 16:00 UTC" in ran.out


def test_where_everybody_churned_there_is_nothing_to_learn(shop, holdfast):
    once = HEADER + "".join(f"{user},2025-{1 + user % 12:02d}-{1 + user % 28:02d} 10:00,5\n" for user in range(336))
    shop(CSV, **{"orders.csv": once})
    bad(holdfast("train"), 1, "stayed users: 0 at 3 closed cutoffs", "raise churn.horizon_days (now 90)")


def test_where_everybody_stayed_there_is_nothing_to_learn(shop, holdfast):
    shop(CSV, **{"orders.csv": ORDERS})
    bad(holdfast("train"), 1, "churned users: 0 at 3 closed cutoffs", "lower churn.horizon_days (now 90)")


def test_one_user_is_nothing_to_learn_from(shop, holdfast):
    shop(CSV, **{"orders.csv": HEADER + "".join(f"1,2025-{month:02d}-01,5\n" for month in range(1, 13))})
    bad(holdfast("train"), 1, "too little to learn from: churned users: 0")


def test_one_order_is_nothing_to_learn_from(shop, holdfast):
    shop(CSV, **{"orders.csv": HEADER + "1,2025-01-01,5\n"})
    bad(holdfast("train"), 1, "too little to learn from: history: 1 days are 0.0 horizons of 90")


def test_a_failed_gate_is_told_with_the_model_that_was_registered(shop, holdfast, monkeypatch):
    from serving.terminal import backtest, calibration, check
    from training import job

    outcome = SimpleNamespace(
        promoted=False, same=False, watched=False, version=SimpleNamespace(name="v1-abc"), reason="AUC .5"
    )
    monkeypatch.setattr(job, "train", lambda *_: outcome)
    for module, name in {
        backtest: "show_training",
        check: "show_alarms",
        calibration: "show_calibration",
    }.items():
        monkeypatch.setattr(module, name, lambda *_: None)
    monkeypatch.setattr(check, "data_gates", lambda *_: [])
    outcome.result = SimpleNamespace(bundle=None)
    shop(CSV, **{"orders.csv": ORDERS})
    bad(holdfast("train"), 1, "model v1-abc was registered but not promoted: AUC .5")


@pytest.mark.parametrize("verb", ["score", "serve"])
def test_without_a_champion_it_is_told_what_to_run(shop, holdfast, verb, monkeypatch):
    from serving.batch import fallback_model

    shop(CSV, **{"orders.csv": ORDERS})
    monkeypatch.setattr(fallback_model, "data_gates", lambda *_: [])  # as if there were enough to train
    bad(holdfast(verb), 2, "holdfast.toml: no champion in the registry yet; run 'holdfast train --config ")


@pytest.mark.parametrize("verb", ["features", "train", "backtest", "score"])
@pytest.mark.parametrize("text", ["yesterday", "2025-02-30", ""])
def test_a_bad_as_of_is_told_before_anything_is_read(shop, holdfast, verb, text):
    shop(CSV)
    bad(holdfast(verb, "--as-of", text), 2, "--as-of", f"'{text}'", "write 2026-01-31 or 2026-01-31T12:00")


LATE = ["features --as-of", "score --as-of", "layers --as-of", "funnel --as-of", "stages --to", "stages --from"]


@pytest.mark.parametrize("words", LATE)
def test_an_as_of_later_than_now_is_told_before_anything_is_read(shop, holdfast, words):
    shop(CSV)
    bad(holdfast(*words.split(), "2999-01-01"), 2, words.split()[1], "'2999-01-01' is later than now", "up to today")


def test_an_as_of_too_late_for_a_backtest_names_the_last_one(shop, holdfast):
    shop(CSV, **{"orders.csv": ORDERS})
    late = holdfast("backtest", "--as-of", "2025-12-01")
    bad(late, 2, "2025-12-01 00:00", "closes 2026-03-01", "after the logs end", "at or before 2025-09-29 10:00")


def test_a_folder_for_results_that_cannot_be_made_is_told_before_the_work(shop, holdfast):
    shop(CSV)
    Path("file").write_text("")
    bad(holdfast("features", "--out", "file/features.parquet"), 2, "file", "check the path")
    bad(holdfast("backtest", "--json", "file/figures.json"), 2, "file", "check the path")


def test_simulating_over_another_base_is_refused(shop, holdfast):
    folder = shop(CSV)
    (folder / "orders").mkdir()
    (folder / "orders" / "mine.parquet").write_text("")
    bad(
        holdfast("simulate", "--out", folder, "--users", "10"),
        2,
        "orders already holds Parquet files",
        "another folder",
    )


def test_init_never_overwrites(shop, holdfast):
    shop("mine", **{"orders.csv": ORDERS})
    bad(holdfast("init"), 2, "holdfast.toml: is there already", "--config")
    assert Path("holdfast.toml").read_text() == "mine"


def test_init_in_a_folder_without_files(tmp_path, monkeypatch, holdfast):
    monkeypatch.chdir(tmp_path)
    bad(holdfast("init"), 2, "no file to look at", "holdfast init orders.csv")
    bad(holdfast("init", "orders.csv"), 2, "orders.csv: cannot be read: No such file")
    assert list(tmp_path.iterdir()) == []


def test_queries_without_enough_memory_are_told(shop, holdfast):
    shop(CSV + '[engine]\nmemory = "9MB"\n', **{"orders.csv": ORDERS})
    bad(holdfast("features"), 2, "Out of Memory", "engine.memory")


def run(*arguments, before=(), **more):
    command = [*before, sys.executable, ROOT / "holdfast.py", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, **more)
    return SimpleNamespace(code=ran.returncode, out=ran.stdout, err=ran.stderr)


def test_the_program_itself_ends_in_the_same_way(tmp_path):
    bad(run("predict", cwd=tmp_path), 2, "'predict'")


@pytest.mark.parametrize(
    "what, words",
    [("orders.csv", "Permission denied"), ("holdfast.toml", "is not readable"), ("data", "correct the path")],
)
def test_what_may_not_be_read_is_told(shop, what, words):
    before = []
    if os.geteuid() == 0:  # Root may read everything, unless it gives that up.
        before = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
        if not shutil.which("setpriv"):
            pytest.skip("no program 'setpriv' on the PATH, and root may read everything")
    folder = shop(CSV + '[tables.events]\npath = "data/events.csv"\n', **{"orders.csv": ORDERS})
    (folder / "data").mkdir()
    (folder / "data" / "events.csv").write_text(ORDERS)
    (folder / what).chmod(0)
    ran = run("check", before=before, cwd=folder)
    (folder / what).chmod(0o700)
    bad(ran, 2, what, words)
