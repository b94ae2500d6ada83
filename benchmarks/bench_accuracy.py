"""How good the models are on real logs: beside rules, classical models and plain boosting, and beside a study.

    python benchmarks/bench_accuracy.py             the six definitions that the logs at hand allow, a few minutes
    python benchmarks/bench_accuracy.py cdnow-90    one of them

Every figure comes from models that learned only from windows closed by the test cutoff. Differences are of the same
users, with 95 % intervals (training/evaluation/user_bootstrap.py). The figures of the study that the protocol comes
from stand in STUDY; it cut tiers at the test cutoff's own spend, which nobody knows beforehand: what our frozen bounds
cost is the difference of the two kappas. Exits 1 where a figure falls short. The logs' folder is HOLDFAST_DATA.
"""

import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from sklearn.metrics import cohen_kappa_score

from features.config import Config
from features.user_base import opened
from training.evaluation.backtest import Result, evaluate
from training.models.value import tier_bounds, tiers

SLACK = {"auc": -0.002, "log_loss": 0.003, "spearman": -0.01, "gini": -0.01, "tier_kappa": -0.01}


@dataclass(frozen=True)
class Definition:
    """A log, when and for how long; what the study reached there: AUC, log loss, Spearman, Gini, kappa of tiers."""

    log: str
    as_of: datetime
    horizon: float
    eligible: float
    study: tuple[float, float, float, float, float]


STUDY = {
    "cdnow-90": Definition("cdnow", datetime(1998, 4, 2), 90, 365, (0.7453, 0.5215, 0.409, 0.668, 0.473)),
    "cdnow-30": Definition("cdnow", datetime(1998, 6, 1), 30, 365, (0.7184, 0.3819, 0.283, 0.600, 0.367)),
    "essec-365": Definition("essec", datetime(2015, 1, 1), 365, 730, (0.8180, 0.5239, 0.593, 0.799, 0.607)),
    "essec-180": Definition("essec", datetime(2015, 7, 1), 180, 730, (0.7825, 0.4920, 0.454, 0.706, 0.499)),
    "dunnhumby-28": Definition("dunnhumby", datetime(2017, 12, 3), 28, 84, (0.7870, 0.4949, 0.599, 0.653, 0.567)),
    "wikipedia-7": Definition("wikipedia", datetime(2000, 1, 24, 12), 7, 14, (0.8494, 0.4472, 0.631, 0.868, 0.703)),
}


def measured(one: Definition, store: Path, rows: int | None = None) -> tuple[Config, Result]:
    """A backtest of one definition. rows: train.rows, if not the default."""
    file = Path(__file__).parent / f"{one.log}.toml"
    settings = tomllib.loads(file.read_text(encoding="utf-8"))
    settings["churn"] = {"horizon_days": one.horizon, "eligible_days": one.eligible}
    settings["store"] = {"path": str(store)}
    settings["train"] = settings.get("train", {}) | ({"rows": rows} if rows else {})
    config = Config(**settings, file=file)
    with opened(config) as base:
        return config, evaluate(base, one.as_of)


def short(one: Definition, result: Result) -> Iterator[str]:
    """What falls short of the study by more than the slack, and of the best baseline beyond noise."""
    ours = result.churn["holdfast"] | result.value["holdfast"]
    for (name, slack), theirs in zip(SLACK.items(), one.study, strict=True):
        if (ours[name] - (theirs + slack)) * (1 if slack < 0 else -1) < 0:
            yield f"{name} {ours[name]:.4f}, the study {theirs:.4f}"
    for model, metrics in result.comparison.differences.items():
        for metric in ("auc", "log_loss"):
            if metrics[metric].verdict == "worse":
                yield f"{metric} is worse than that of {model}"


def show(name: str, one: Definition, config: Config, result: Result) -> None:
    users, churned = len(result.test), result.test.churned.mean()
    print(f"\n{name}, as of {one.as_of:%Y-%m-%d %H:%M}: {users:,} users, {churned:.1%} churned")
    print(f"{'':<12}{'AUC':>8}{'log loss':>10}{'Brier':>8}{'ECE':>7}   {'we differ in AUC':<38}in log loss")
    differences = result.comparison.differences
    for model, figures in result.churn.items():
        line = f"{model:<12}{figures['auc']:>8.4f}{figures['log_loss']:>10.4f}"
        line += f"{figures['brier']:>8.4f}{figures['ece']:>7.3f}   "
        for metric in ("auc", "log_loss") if model in differences else ():
            by = differences[model][metric]
            line += f"{f'{by.difference:+.4f} [{by.low:+.4f}, {by.high:+.4f}] {by.verdict}':<38}"
        print(line)
    auc, log_loss, spearman, gini, kappa = one.study
    print(f"{'the study':<12}{auc:>8.4f}{log_loss:>10.4f}")
    print(f"{'':<12}{'Spearman':>10}{'Gini':>8}{'kappa':>8}")
    for model, figures in result.value.items():
        print(f"{model:<12}{figures['spearman']:>10.3f}{figures['gini']:>8.3f}{figures['tier_kappa'] or 0:>8.3f}")
    print(f"{'the study':<12}{spearman:>10.3f}{gini:>8.3f}{kappa:>8.3f}")
    own = tiers(result.test.value, tier_bounds(result.test.value, config.value.cuts))
    theirs = cohen_kappa_score(own, result.score["tier"], weights="quadratic")
    print(f"kappa against tiers cut at the test cutoff's own spend, as the study cut them: {theirs:.3f}")


HEAD = """\
| log, test cutoff | horizon, eligible | users, churned | model | AUC | log loss | ECE | value: Spearman, Gini, kappa |
|---|---|---|---|---|---|---|---|"""


SHORT = """\
| log, horizon | users | AUC: Holdfast | baseline | log loss: Holdfast | baseline | which |
|---|---|---|---|---|---|---|"""


def best_baseline(result: Result) -> str:
    return min((name for name in result.churn if name != "holdfast"), key=lambda name: result.churn[name]["log_loss"])


def row(one: Definition, result: Result) -> str:
    """The line of the README's table."""
    best = best_baseline(result)
    figures = [f"{result.churn[who][name]:.4f}" for name in ("auc", "log_loss") for who in ("holdfast", best)]
    return f"| {one.log}, {one.horizon:g} days | {len(result.test):,} | {' | '.join(figures)} | {best} |"


def rows(one: Definition, result: Result) -> Iterator[str]:
    """Lines of the table of docs/explanation/results.md: Holdfast, the best baseline in log loss, the study."""

    def line(start: str, model: str, churn: list[str], value: list[float]) -> str:
        return f"| {start} | {model} | {' | '.join(churn)} | {', '.join(f'{x:.3f}' for x in value)} |"

    def figures(model: str) -> list[str]:
        found = result.churn[model]
        return [f"{found['auc']:.4f}", f"{found['log_loss']:.4f}", f"{found['ece']:.3f}"]

    def worth(model: str) -> list[float]:
        return [float(result.value[model][name] or 0) for name in ("spearman", "gini", "tier_kappa")]

    at = f"{one.as_of:%Y-%m-%d}" + (f" {one.as_of:%H:%M}" if one.as_of.hour else "")
    start = f"{one.log}, {at} | {one.horizon:g}, {one.eligible:g} days | {len(result.test):,}, "
    yield line(f"{start}{result.test.churned.mean():.1%}", "**holdfast**", figures("holdfast"), worth("holdfast"))
    best = best_baseline(result)
    spend = max((name for name in result.value if name != "holdfast"), key=lambda name: worth(name)[0])
    yield line("| | ", f"{best}; {spend}", figures(best), worth(spend))
    auc, log_loss, *value = one.study
    yield line("| | ", "the study", [f"{auc:.4f}", f"{log_loss:.4f}", ""], value)


def main(names: list[str]) -> int:
    failed, table, brief = [], [HEAD], [SHORT]
    for name in names or STUDY:
        with tempfile.TemporaryDirectory() as store:
            config, result = measured(STUDY[name], Path(store))
        show(name, STUDY[name], config, result)
        failed += [f"{name}: {what}" for what in short(STUDY[name], result)]
        table += rows(STUDY[name], result)
        brief.append(row(STUDY[name], result))
    print("\nThe table of docs/explanation/results.md:\n\n" + "\n".join(table))
    print("\nThe README's table:\n\n" + "\n".join(brief))
    print("\n" + ("\n".join(f"falls short: {what}" for what in failed) if failed else "nothing falls short"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
