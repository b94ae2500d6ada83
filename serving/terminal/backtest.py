"""How good a model is, as a person sees it in the terminal: figures with intervals, verdicts, and where it is weak."""

from collections.abc import Mapping, Sequence
from math import isfinite

from rich.table import Table

from features.config import Config
from serving.terminal.console import console, say
from training.evaluation.backtest import Result, pool, sampled
from training.evaluation.baselines import NO_DROPOUT, no_dropout
from training.evaluation.metric_table import BY_NAME
from training.evaluation.metrics import figure_text
from training.evaluation.slices import OFF, Slice, group_names, weakest
from training.evaluation.user_bootstrap import MetricComparison
from training.fit import tune
from training.job import Outcome

DECIDING = ("auc", "log_loss", "average_precision")  # what models are compared by; more of it is in the JSON
OF_VALUE = ("spearman", "gini", "tier_kappa")


def show_backtest(config: Config, results: Sequence[Result]) -> None:
    """Model beside baselines, per test cutoff, and over all of them where there are several; then by slice.

    config: names the stages.
    """
    for result in results:
        title = (
            f"as of {result.as_of:%Y-%m-%d %H:%M}: {len(result.test):,} users, {result.test.churned.mean():.1%} churned"
        )
        _figures(f"Churn {title}", result.churn, result.comparison)
        if said := sampled(result.test):
            say(said)
        _against(result.comparison, DECIDING)
        if no_dropout(result.risk):
            say(f"bgnbd and mbgnbd give the same to all digits: {NO_DROPOUT}")
        ratios = {name: one["sum_ratio"] for name, one in result.value_comparison.figures.items()}
        value = {name: {**one, "sum_ratio": ratios.get(name)} for name, one in result.value.items()}
        _figures("Value of the same users", value, result.value_comparison)
        _against(result.value_comparison, OF_VALUE)
    slices = results[-1].slices
    if len(results) > 1:
        pooled = pool(results)
        slices = pooled.slices
        title = f"Churn over all {len(results)} cutoffs: means by users, who are drawn with all their rows"
        _figures(title, pooled.comparison.figures, pooled.comparison)
        _against(pooled.comparison, DECIDING)
    _slices(slices, group_names(config))
    settings = results[-1].bundle.trained_on.get("tuned")
    if settings is not None:
        say(tune.describe(settings))


def show_training(config: Config, outcome: Outcome) -> None:
    """The evaluation, whether the model was promoted and why, and where the pictures are."""
    show_backtest(config, outcome.results)
    say(f"model {outcome.version.name} {outcome.verdict}: {outcome.reason}")
    for key in ("curve", "lifetime"):
        say(outcome.version.bundle.trained_on[key])
    say(f"model card: {outcome.cards[-1]}")
    for picture in outcome.pictures:
        say(f"picture: {picture}")
    for said in outcome.version.bundle.warnings:
        say(f"warning: {said}")


def _figures(
    title: str, models: Mapping[str, Mapping[str, float | None]], comparison: MetricComparison | None = None
) -> None:
    """One row a model, one column a metric, with its 95 % interval where there is one."""
    table = Table(title=title, title_justify="left")
    table.add_column("model")
    for name in next(iter(models.values())):
        table.add_column(BY_NAME[name].heading, justify="right")
    for model, metrics in models.items():
        ranges = comparison.intervals.get(model, {}) if comparison else {}
        table.add_row(model, *(_cell(name, x, ranges.get(name)) for name, x in metrics.items()))
    console().print(table)


def _cell(name: str, x: float | None, interval: tuple[float, float] | None) -> str:
    figure = BY_NAME[name].written(x)
    if x is None or not isfinite(x) or not interval or not isfinite(sum(interval)):
        return figure
    low, high = (f"{end:.3f}".removeprefix("0") for end in interval)
    return f"{figure} {low}–{high}"


def _against(comparison: MetricComparison, metrics: Sequence[str]) -> None:
    """In words how ours does beside each other model, with the difference and its 95 % interval."""
    title = f"{comparison.ours} against the others: difference and its 95 % interval, on the same draws of users"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for metric in metrics:
        table.add_column(BY_NAME[metric].heading)
    for model, differences in comparison.differences.items():
        cells = []
        for one in (differences[metric] for metric in metrics):
            range_ = f" {one.difference:+.4f} ({one.low:+.4f}…{one.high:+.4f})" if isfinite(one.low) else ""
            cells.append(one.verdict + range_)
        table.add_row(model, *cells)
    console().print(table)


def _slices(slices: Sequence[Slice], names: Mapping[tuple[str, str], str]) -> None:
    """The main figures by group, and in words where the model is weakest. names: see ``group_names``."""

    def name(one: Slice) -> str:
        return names.get((one.by, one.group), one.group)

    table = Table(title="By group of users", title_justify="left")
    headings = ("by", "group", "users", "churned", "predicted", "AUC", "log loss", "value predicted", "actual")
    for heading in headings:
        table.add_column(heading, justify="left" if heading in ("by", "group") else "right")
    last = slices[0].by
    for one in slices:
        if one.by != last:
            table.add_section()
        if one.risk is None:
            figures = ["too few"]
        else:
            mark = "*" if abs(one.off) > OFF else " "
            figures = [f"{one.churned:.1%}", f"{one.risk:.1%}{mark}", figure_text(one.auc), figure_text(one.log_loss)]
            figures += [f"{one.value_predicted:,.0f}", f"{one.value_actual:,.0f}"]
        table.add_row(one.by if one.by != last or one is slices[0] else "", name(one), f"{one.users:,}", *figures)
        last = one.by
    console().print(table)
    low, off = weakest(slices)
    if low:
        worst = ", ".join(f"{one.by} {name(one)} (AUC {one.auc:.3f}, {one.users:,} users)" for one in low)
        say(f"told apart worst: {worst}")
    if off:
        worst = ", ".join(f"{one.by} {name(one)} ({one.risk:.1%} predicted, {one.churned:.1%} came)" for one in off)
        say(f"* predicted rate furthest off, beyond {OFF} standard errors: {worst}")
