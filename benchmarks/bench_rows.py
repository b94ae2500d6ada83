"""What more training rows bring: the backtest of real logs at several caps of rows, and what each costs.

    python benchmarks/bench_rows.py                     cdnow-30, the log with the most rows to learn from
    python benchmarks/bench_rows.py essec-180 cdnow-90  others of bench_accuracy.py

Only the churn model learns from more than 100,000 rows, see training/fit/train.py. ``train.rows`` is a sample of users,
so a cap above what a log has changes nothing. The logs' folder is HOLDFAST_DATA.
"""

import sys
import tempfile
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parent))

from bench_accuracy import STUDY, measured

CAPS = (50_000, 100_000, 200_000, 400_000)


def main(names: list[str]) -> int:
    for name in names or ["cdnow-30"]:
        print(f"\n{name}\n{'at most':>8}{'rows':>9}{'AUC':>8}{'log loss':>10}{'ECE':>7}{'Spearman':>10}{'CPU':>9}")
        for cap in CAPS:
            start = process_time()
            with tempfile.TemporaryDirectory() as store:
                _, result = measured(STUDY[name], Path(store), cap)
            ours, rows = result.churn["holdfast"], result.bundle.trained_on["rows"]
            line = f"{cap:>8,}{rows:>9,}{ours['auc']:>8.4f}{ours['log_loss']:>10.4f}{ours['ece']:>7.3f}"
            print(f"{line}{result.value['holdfast']['spearman']:>10.3f}{process_time() - start:>7.0f} s", flush=True)
            if rows < 0.99 * cap:
                break  # there are no more
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
