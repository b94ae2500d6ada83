"""How much memory and time a verification takes: one campaign of so many assigned users.

    python benchmarks/bench_verify_size.py [1000000 10000000]     minutes; sizes of assigned users

Each user has an order before the assignment, most have one after it, nine in ten are in treatment and all were scored.
Prints per size the rows, the seconds of the whole verification (outcomes, window before, sums, stages, save rates), its
peak memory beside that of the rows alone, and the seconds of a bare count of the arms.
"""

import resource
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

SIZES = (1_000_000, 10_000_000)
AT = datetime(2026, 1, 1)
TOML = """\
[engine]
threads = 1
memory = "4GB"
[tables.orders]
path = "orders.parquet"
[churn]
activity = ["orders"]
horizon_days = 30
"""


def main(sizes: list[int]) -> None:
    for users in sizes:
        subprocess.run([sys.executable, __file__, "--one", str(users)], check=True)


def one(users: int) -> None:
    """Verify so many users in this process, and print what it took."""
    import duckdb

    from features.config import load
    from features.engine.duckdb_session import read
    from features.user_base import opened
    from training.verification.campaigns.assigned import SCHEMA
    from training.verification.campaigns.verify import verify

    with tempfile.TemporaryDirectory() as name, duckdb.connect() as con:
        folder = Path(name)
        (folder / "holdfast.toml").write_text(TOML, encoding="utf-8")
        con.execute("SET threads = 1")
        orders = (
            f"SELECT i AS user_id, TIMESTAMP '{AT}' - INTERVAL 1 DAY * (1 + i % 25) AS time, 10 + i % 50 AS amount, "
            f"i AS order_id FROM range({users}) AS t(i) UNION ALL "
            f"SELECT i, TIMESTAMP '{AT}' + INTERVAL 1 DAY * (1 + i % 25), 5 + i % 70, {users} + i FROM range({users}) "
            f"AS t(i) WHERE hash(i) % 100 < CASE WHEN hash(i + 1) % 10 = 0 THEN 60 ELSE 62 END "
            f"UNION ALL SELECT 0, TIMESTAMP '{AT}' + INTERVAL 40 DAY, 1, -1"
        )
        con.execute(f"COPY ({orders}) TO '{folder / 'orders.parquet'}' (FORMAT parquet)")
        with opened(load(folder / "holdfast.toml")) as base:
            rows = read(
                base.con,
                f"SELECT i AS user_id, TIMESTAMP '{AT}' AS time, 'autumn' AS campaign_id, "
                "CASE WHEN hash(i + 1) % 10 = 0 THEN 'holdout' ELSE 'treatment' END AS arm, 0.1::DOUBLE AS share, "
                "(hash(i + 2) % 1000) / 1000.0::DOUBLE AS risk, (i % 70)::DOUBLE AS expected_value, "
                "(i % 70)::DOUBLE AS value_at_stake, CASE WHEN i % 2 = 0 THEN 'low' ELSE 'high' END AS stay_tier, "
                f"TIMESTAMP '{AT}' AS scored_at, NULL AS epoch, 'autumn' AS sent_as, NULL AS cluster "
                f"FROM range({users}) AS t(i)",
            )
            rows = rows.cast(SCHEMA.set(0, rows.schema.field("user_id")))
            before, begin = _peak(), perf_counter()
            base.con.con.register("counted", rows)
            base.con.con.execute("SELECT arm, count(*) FROM counted GROUP BY arm").fetchall()
            count, begin = perf_counter() - begin, perf_counter()
            (found,) = verify(base, rows)
            took = perf_counter() - begin
    assert found.churn is not None, found.verdict.sentence.en
    print(f"{users:>12,} users: {took:.1f} s, {1e6 * took / users:.2f} µs a user; a bare count {count:.2f} s")
    print(f"{'':>12} peak {_peak():,.0f} MB, with the rows alone {before:,.0f} MB; {found.verdict.sentence.en}")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(int(sys.argv[2]))
    else:
        main([int(each) for each in sys.argv[1:]] or list(SIZES))
