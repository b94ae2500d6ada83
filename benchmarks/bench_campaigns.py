"""What it costs to plan a campaign run: thirty plays over a whole base, beside bare scans and the plays one by one.

    python benchmarks/bench_campaigns.py                     1 M and 10 M users, some minutes; --users N ... for others

The unit is a scan: nine columns of the snapshot that the plan reads, summed up, in the same session. Per size: seconds
and scans of the whole plan (matching, policy, arms, budgets, lists, report, written and flushed), its peak memory, and
the same plays planned one by one, from a sample of them. Exits 1 where an aim is missed: at most 40 scans, at most a
third of the plays one by one, and from the smallest base to the largest at most 1.2 times as long a user.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

import duckdb

PLAYS = 30
SINGLES = (0, 7, 14, 21, 28)  # plays that are planned alone
SCANS, SHARE, LINEAR = 40, 1 / 3, 1.2
STAGES = ("prospect", "new", "active", "loyal", "potential", "inactive", "at_risk", "lapsed_1", "lapsed_2", "lapsed_3")
NINE = ("churn_risk", "value_at_stake", "expected_value", "value_if_stays", "bucket", "risk_percentile", "value_rank")
TEXTS = ("stage", "risk_band")

HEAD = """\
[tables.orders]
path = "orders.parquet"
[tables.users]
path = "users.parquet"
[tables.messages]
path = "messages.parquet"
[contact]
max = [{ messages = 2, days = 7 }, { messages = 4, days = 30 }]
cooldown_days = 30
quiet_hours = { from = "21:00", to = "09:00" }
[contact.channels.sms]
cost = 0.045
max = [{ messages = 1, days = 7 }]
[contact.channels.email]
cost = 0.001
"""


def playbook(only: int | None = None) -> str:
    """Thirty plays on stages, bands, value and risk, in part over the same users; or one of them alone."""
    text = ""
    for number in range(PLAYS):
        if only is None or number == only:
            stage, other = STAGES[number % len(STAGES)], STAGES[(number + 3) % len(STAGES)]
            least = 10 * (number // len(STAGES))
            text += (
                f'[[play]]\nname = "play_{number}"\n'
                f"all = [\"stage in ('{stage}', '{other}')\", \"value_at_stake >= {least}\"]\n"
                f'any = ["risk_band == \'high\'", "churn_risk >= 0.{number % 7 + 1}", "value_rank >= 0.5"]\n'
                f'channels = ["sms", "email"]\ncost = 1.0\nbudget = {1000 * (number + 1)}\nsave_rate = 0.1\n'
            )
    return text


def make(folder: Path, users: int) -> None:
    """A base of so many users: a hand-made snapshot of 16 parts, and the tables that the policy reads."""
    from features.config import load
    from serving.batch.part import prefixes, write_part
    from serving.batch.snapshot import finish, run_id
    from serving.scoring.bucket import BUCKETS

    (folder / "holdfast.toml").write_text(HEAD + playbook(), encoding="utf-8")
    config, con = load(folder / "holdfast.toml"), duckdb.connect()
    con.execute("SET preserve_insertion_order = false")
    con.execute(f"CREATE TABLE u AS SELECT range AS user_id, md5(range::VARCHAR) AS h FROM range({users})")
    at = "TIMESTAMP '2026-01-01'"
    con.execute(
        f"COPY (SELECT user_id, {at} - INTERVAL 1 DAY AS time, 1.0 AS amount FROM u WHERE user_id < 1000) "
        f"TO '{folder}/orders.parquet'"
    )
    con.execute(
        f"COPY (SELECT user_id, hash(user_id, 1) % 10 < 8 AS consent_marketing FROM u) TO '{folder}/users.parquet'"
    )
    con.execute(
        f"COPY (SELECT user_id, {at} - to_seconds(hash(user_id, n) % 5184000 + 1) AS time, "
        "CASE hash(user_id, n, 2) % 2 WHEN 0 THEN 'sms' ELSE 'email' END AS channel, "
        "'2025-12-01-0000000000/play_' || hash(user_id, n, 3) % 30 AS campaign_id, "
        f"CASE WHEN hash(user_id, n, 4) % 100 = 0 THEN {at} - INTERVAL 1 HOUR END AS opted_out_at "
        f"FROM u, range(2) AS r(n)) TO '{folder}/messages.parquet'"
    )

    def draw(salt: int) -> str:
        return f"(hash(user_id, {salt}) % 1000003) / 1000003.0"

    stages = ", ".join(f"'{one}'" for one in STAGES)
    to = folder / "store" / "snapshots" / run_id(datetime(2026, 1, 1), "bench")
    for prefix in prefixes(1):
        rows = con.sql(
            f"SELECT user_id, [{stages}][(hash(user_id, 9) % 10 + 1)::BIGINT] AS stage, {draw(1)} AS churn_risk, "
            f"['low', 'medium', 'high'][(hash(user_id, 8) % 3 + 1)::BIGINT] AS risk_band, "
            f"100 * {draw(2)} AS value_at_stake, 100 * {draw(3)} AS expected_value, 100 * {draw(4)} AS value_if_stays, "
            f"100 * {draw(5)} AS risk_percentile, "
            f"{draw(6)} AS value_rank, ('0x' || right(h, 8))::BIGINT % {BUCKETS} AS bucket "
            f"FROM u WHERE h[1] = '{prefix}' ORDER BY user_id"
        ).to_arrow_table()
        write_part(to, prefix, rows)
    about = {"as_of": "2026-01-01T00:00:00", "config_hash": config.hash(), "stages_before": None, "users": users}
    finish(to, about, 1)


def measure(folder: Path) -> None:
    """Time a scan, the whole plan and some plays alone; prints one line for ``main``."""
    from features.config import load
    from features.user_base import opened
    from serving.batch.snapshot import latest
    from serving.campaigns.plan import plan

    def planned(text: str) -> float:
        (folder / "holdfast.toml").write_text(HEAD + text, encoding="utf-8")
        config = load(folder / "holdfast.toml")
        with opened(config) as base:
            snapshot = latest(config.store_path)
            files = ", ".join(f"'{file}'" for file in snapshot.files)
            sums = ", ".join([*(f"sum({name})" for name in NINE), *(f"max({name})" for name in TEXTS)])
            scans = []
            for _ in range(3):
                begin = perf_counter()
                base.con.con.execute(f"SELECT {sums} FROM read_parquet([{files}])").fetchall()
                scans.append(perf_counter() - begin)
            begin = perf_counter()
            run = plan(base, snapshot, "bench")
            took = perf_counter() - begin
        matched = run.report["users"]["matched"]
        print(f"{min(scans):.3f} {took:.2f} {matched}", flush=True)
        return took

    planned(playbook())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    for number in SINGLES:
        planned(playbook(number))
    print(f"{peak:.2f}")


def main(sizes: list[int]) -> int:
    each, good = {}, True
    print(f"{'users':>12}{'matched':>12}{'scan':>9}{'plan':>9}{'scans':>7}{'one by one':>12}{'ratio':>7}{'memory':>9}")
    for users in sizes:
        with tempfile.TemporaryDirectory() as name:
            make(Path(name), users)
            command = [sys.executable, __file__, "--measure", name]
            lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
        scan, took, matched = map(float, lines[0].split())
        alone = [float(line.split()[1]) for line in lines[1 : 1 + len(SINGLES)]]
        single, peak = sum(alone) / len(alone) * PLAYS, float(lines[1 + len(SINGLES)])
        each[users] = took / users
        good &= took <= SCANS * scan and took <= SHARE * single
        print(
            f"{users:>12,}{int(matched):>12,}{scan:>7.2f} s{took:>7.1f} s{took / scan:>7.1f}{single:>10.0f} s"
            f"{took / single:>7.2f}{peak:>6.2f} GiB",
            flush=True,
        )
    if len(sizes) > 1:
        growth = each[max(sizes)] / each[min(sizes)]
        good &= growth <= LINEAR
        print(f"a user at {max(sizes):,} costs {growth:.2f} times one at {min(sizes):,}")
    print("every aim reached" if good else "an aim was missed")
    return not good


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(given.measure)
    else:
        sys.exit(main(given.users))
