"""Whether `holdfast monitor` notices what happens to a base, and is quiet while nothing does.

    python benchmarks/bench_monitor.py                       200 quiet days and every incident, about half an hour
    python benchmarks/bench_monitor.py --days 60 --users N   fewer quiet days, another size

A simulated base (features/simulate.py) is scored and monitored every day, and trained anew every 30 days. Then, on the
last day, one thing happens at a time, and the first run after it is looked at: it has to name what happened, with the
right verdict. A product that changes (every user leaves twice as fast) cannot show on the first day: see
bench_changed_product.py.

Exits 1 where more than two quiet days are not fine, or an incident is missed or judged otherwise.
"""

import argparse
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from benchmarks.monitor_worlds import (
    DAY,
    Event,
    brings,
    copied,
    doubles,
    loses,
    stops,
    swells,
    times,
    watched,
    without_boards,
)
from features.simulate import World

UNTIL, HISTORY, ALLOWED = datetime(2026, 1, 1), 300, 2
BEFORE = 730  # days before the logs from which users are: a base that is young changes by itself
MONTH = 30  # days after which a model is trained anew
INCIDENTS: dict[str, tuple[Event, str, str, str]] = {  # what happens; kind and subject of the finding; the verdict
    "orders stop": (stops("orders"), "stopped", "orders", "stop"),
    "events stop": (stops("events"), "stopped", "events", "stop"),
    "events come twice": (doubles("events"), "doubled", "events", "stop"),
    "a new channel": (brings("orders", "channel", "kiosk"), "new text", "orders.channel", "watch"),
    "a new kind of event": (brings("events", "event", "livestream"), "new text", "events.event", "watch"),
    "amounts in cents": (times("orders", "amount", 100), "unit", "orders.amount", "stop"),
    "another season": (swells("orders", "order_id", 3), "volume", "orders", "watch"),
    "channels are lost": (loses("orders", "channel"), "missing", "orders.channel", "stop"),
}


def quiet(folder: Path, users: int, days: int, seed: int) -> bool:
    """Every day of a quiet base, then every incident on its last; whether all is as it should be."""
    begin = UNTIL - days * DAY
    with watched(folder / "data", users, UNTIL, HISTORY + days, World(days_before=BEFORE), seed) as found:
        one, false, took = found.storing(folder / "store"), 0, time.monotonic()
        for number in range(days):
            if number % MONTH == 0:
                one = one.trained(begin + number * DAY)
            report = one.at(begin + number * DAY).run()
            if report.verdict != "fine":
                false += 1
                for finding in report.found:
                    print(f"  {report.as_of:%Y-%m-%d} {finding.level}: {finding.said.en}", flush=True)
        took = (time.monotonic() - took) / days
        print(f"quiet: {false} of {days} days not fine, {took:.1f} s a day ({ALLOWED} are allowed)", flush=True)
        good = false <= ALLOWED
        for name, (event, kind, subject, verdict) in INCIDENTS.items():
            store = copied(folder / "store", folder / name.replace(" ", "-"))
            day = UNTIL - DAY
            report = one.storing(store).at(UNTIL, event(found.base.tables.tables, day)).run()
            told = any(one.kind == kind and one.subject == subject for one in report.found)
            right = told and report.verdict == verdict
            good &= right
            why = "; ".join(one.said.en for one in report.found)
            print(f"{name:<20} {report.verdict:<8} {'right' if right else 'WRONG'}: {why}", flush=True)
    return good


def main(users: int, days: int, seed: int) -> int:
    without_boards()
    with tempfile.TemporaryDirectory() as folder:
        return 0 if quiet(Path(folder) / "quiet", users, days, seed) else 1


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--users", type=int, default=3000)
    options.add_argument("--days", type=int, default=200)
    options.add_argument("--seed", type=int, default=11)
    given = options.parse_args()
    sys.exit(main(given.users, given.days, given.seed))
