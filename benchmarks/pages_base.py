"""A base for bench_pages.py: simulated, trained and scored, then grown to as many users as is wanted."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import duckdb
import pyarrow as pa

from features import whole_files
from features.config import Config, load
from features.simulate import simulate
from features.user_base import opened
from serving.batch import score as scoring
from serving.batch.part import part_file, prefixes, write_part
from serving.batch.snapshot import MANIFEST, Snapshot, finish, latest, publish, run_id
from serving.boards.write import write_boards
from serving.campaigns.plan import plan
from serving.cli.demo.demo_config import CONFIG
from serving.reports.layers import layered
from training import job, tracking

DAYS, BEFORE = 240, 10  # of the logs; snapshots before
APART = 10_000_000  # ids from one copy of a user to the next
MORE = """
[[segment]]
name = "spenders"
all = ["order_amount_total >= 50"]
[[tag]]
name = "spender"
segment = "spenders"
"""
JITTER = ("expected_value", "value_if_stays", "value_at_stake", "lifetime_value", "value_rank", "risk_percentile")


def make(folder: Path, users: int, say: Callable[[str], None]) -> tuple[Config, dict[str, float]]:
    """Simulate, train, score at several dates, plan a run; and the processor seconds of a scoring run, by part."""
    simulate(folder / "data", users, days=DAYS)
    (folder / "holdfast.toml").write_text(CONFIG + MORE, encoding="utf-8")
    config = load(folder / "holdfast.toml")
    job.gate = lambda *_: (True, "a benchmark")  # type: ignore[assignment]
    with opened(config) as base:
        say("training")
        job.train(base)
        model = tracking.champion(config)
        assert model is not None
        say("scoring")
        first = scoring.score(base, model, base.tables.observed_until - timedelta(days=30))
    for number in range(1, BEFORE):
        _copy(first, datetime.fromisoformat(first.manifest["as_of"]) - timedelta(days=number))
    spent = {"boards": 0.0}

    def counted(*given: Any) -> dict[str, Any]:
        begin = process_time()
        try:
            return write_boards(*given)
        finally:
            spent["boards"] += process_time() - begin

    scoring.write_boards = counted  # type: ignore[assignment]
    begin = process_time()
    with opened(config) as base:  # as `holdfast score` does it, from the files on
        snapshot = scoring.score(base, model, fresh=True)
        spent["rest"] = process_time() - begin - spent["boards"]
        say("planning")
        plan(base, snapshot, "bench")
        layered(base, None, config.store_path / "layers")
    return config, spent


def _copy(snapshot: Snapshot, at: datetime) -> None:
    """The same snapshot as of another date."""
    to = snapshot.folder.with_name(run_id(at, "bench"))
    shutil.copytree(snapshot.folder, to)
    whole_files.write_sealed(to / MANIFEST, snapshot.manifest | {"as_of": at.isoformat()})


def grow(config: Config, users: int) -> Snapshot:
    """A snapshot of so many users: those of the scored one over and over, with other ids and amounts, its boards made
    as a scoring run makes them. It is the latest then."""
    small = latest(config.store_path)
    con = duckdb.connect()
    con.execute(f"SET temp_directory = '{config.store_path / 'tmp'}'")
    files = [str(file) for file in small.files]
    copies = max(1, round(users / small.manifest["users"]))
    con.execute("CREATE TABLE few AS SELECT * FROM read_parquet($1)", [files])
    con.execute(
        f"CREATE TABLE ids AS SELECT user_id AS of, user_id + n * {APART} AS user_id, "
        f"md5((user_id + n * {APART})::VARCHAR)[1] AS prefix FROM few, range({copies}) AS r(n)"
    )
    at = datetime.fromisoformat(small.manifest["as_of"])
    to = small.folder.with_name(run_id(at, "grown", str(users)))
    other = ", ".join(f"{name} * (0.9 + (hash(ids.user_id, 7) % 1009) / 10090.0) AS {name}" for name in JITTER)
    total = 0
    for prefix in prefixes(1):
        rows: pa.Table = con.sql(
            f"SELECT ids.user_id, few.* EXCLUDE (user_id) REPLACE ({other}) FROM ids JOIN few ON few.user_id = ids.of "
            "WHERE prefix = $1 ORDER BY ids.user_id",
            params=[prefix],
        ).to_arrow_table()
        total += rows.num_rows
        write_part(to, prefix, rows)
        del rows
    con.close()
    about = {key: value for key, value in small.manifest.items() if key not in ("version", "digits", "parts", "boards")}
    about |= {"users": total, "eligible": small.manifest["eligible"] * copies}
    with opened(config) as base:
        parts = [part_file(to, prefix) for prefix in prefixes(1)]
        boards = write_boards(base, at, to, parts, at - timedelta(days=30))
    return finish(to, about | {"boards": boards}, 1)


def back(small: Snapshot, big: Snapshot) -> None:
    """Take the grown snapshot away."""
    publish(small.folder)
    shutil.rmtree(big.folder)
