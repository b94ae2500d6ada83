"""Whether what monitoring says came true is what a backtest says, on real logs, over their closed windows.

    python benchmarks/bench_realised.py                 cdnow, essec and wikipedia, three windows each, some minutes
    python benchmarks/bench_realised.py cdnow --cutoffs 5

At each cutoff a model of what was known then scores a snapshot; `holdfast monitor` measures it once all logs are there.
A row is a window. Exits 1 where a figure differs from the backtest's at the same cutoff.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

import numpy as np

from benchmarks.monitor_worlds import without_boards
from features.config import load
from features.errors import BadInput
from features.user_base import UserBase, opened
from serving.batch.score import score
from serving.monitoring.monitor import monitor
from training.evaluation.backtest import Result, backtest, test_cutoffs
from training.tracking import Version

LOGS = ("cdnow", "essec", "wikipedia")
FIGURES = ("auc", "log_loss", "ece")


def windows(base: UserBase, count: int) -> Iterator[Result]:
    """The newest windows that a model can be trained for, oldest first."""
    for at in test_cutoffs(base, count):
        try:
            yield from backtest(base, [at])
        except BadInput as error:
            print(f"{at:%Y-%m-%d} left out: {error}", flush=True)


def measured(name: str, count: int, folder: Path) -> bool:
    """Print every window of a log; whether all are the backtest's."""
    config = load(Path(__file__).with_name(f"{name}.toml"))
    store = config.store.model_copy(update={"path": str(folder)})
    limits = config.monitor.model_copy(update={"windows": count})
    good = True
    with opened(config.model_copy(update={"store": store, "monitor": limits})) as base:
        results = list(windows(base, count))
        for one in results:
            score(base, Version(f"of-{one.as_of:%Y-%m-%d}", "", one.bundle), one.as_of)
        report = monitor(base, base.tables.observed_until)
        for one, came in zip(results, report.realised, strict=True):
            tested, value = one.churn["holdfast"], one.value["holdfast"]
            pairs = [(came.figures[figure], tested[figure]) for figure in FIGURES]
            pairs += [(came.expected, value["predicted_sum"]), (came.actual, value["actual_sum"])]
            same = came.users == len(one.test) and np.allclose(*zip(*pairs, strict=True), rtol=1e-9)
            good &= same
            figures = " ".join(
                f"{figure} {came.figures[figure]:.4f} ({low:.4f} … {high:.4f})"
                for figure, (low, high) in ((figure, came.intervals[figure]) for figure in FIGURES)
            )
            churn = f"churn {came.risk:.1%} said, {came.churned:.1%} came"
            ratio = f"value {came.expected:,.0f} / {came.actual:,.0f}"
            word = "as the backtest" if same else "DIFFERS from the backtest"
            print(f"{name} {came.as_of[:10]} {came.users:6,} {churn}; {figures}; {ratio}: {word}", flush=True)
    return good


def main(logs: Sequence[str], count: int) -> int:
    without_boards()
    good = True
    for name in logs:
        with tempfile.TemporaryDirectory() as folder:
            good &= measured(name, count, Path(folder))
    return 0 if good else 1


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("logs", nargs="*", default=list(LOGS))
    options.add_argument("--cutoffs", type=int, default=3)
    given = options.parse_args()
    sys.exit(main(given.logs, given.cutoffs))
