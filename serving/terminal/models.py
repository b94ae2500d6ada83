"""The registered models as a person sees them in the terminal: the list, two side by side, who is champion now."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from serving.terminal.console import console, say
from training.evaluation.metric_table import BY_NAME
from training.tracking.comparison import ModelDiff
from training.tracking.registry import CHALLENGER, CHAMPION, Entry

FIGURES = [BY_NAME[name] for name in ("auc", "log_loss", "ece", "spearman", "gini")]
SHOWN = 12  # features that came or went, by name


def show_versions(entries: Sequence[Entry]) -> None:
    """Every version: the champion, when made, the test cutoff, its figures, and why it was promoted or not."""
    if not entries:
        say("no model yet; run 'holdfast train'")
        return
    table = Table(title="Registered models, newest first", title_justify="left")
    labels = [metric.label for metric in FIGURES]
    for heading in ("", "model", "made (UTC)", "tested as of", *labels, "gate"):
        table.add_column(heading, justify="right" if heading in labels else "left", no_wrap=heading != "gate")
    for one in entries:
        figures = [metric.written(one.metrics.get(f"holdfast.{metric.name}")) for metric in FIGURES]
        marks = ", ".join(sorted(one.aliases))
        table.add_row(
            marks, one.name, f"{one.created:%Y-%m-%d %H:%M}", one.as_of[:10] or "–", *figures, one.gate or "–"
        )
    console().print(table)


def show_comparison(diff: ModelDiff) -> None:
    """Two versions side by side: figures of every model, features that came and went, settings, cutoffs."""
    old, new = diff.old, diff.new
    table = Table(title=f"{new.name} against {old.name}", title_justify="left")
    for heading in ("", old.name, new.name, "change"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, a, b in diff.metrics:
        change = "–" if a is None or b is None else f"{b - a:+,.0f}" if _whole(name) else f"{b - a:+.4f}"
        table.add_row(name, _figure(a, _whole(name)), _figure(b, _whole(name)), change)
    console().print(table)
    if old.as_of != new.as_of:
        say(f"tested as of {old.as_of[:16] or '–'} and {new.as_of[:16] or '–'}: other users, so figures do not compare")
    elif any(old.metrics.get(key) != new.metrics.get(key) for key in ("test.users", "test.churn_rate")):
        say("tested at the same cutoff on other users: the data changed, so figures do not compare")
    for word, names in (("came", diff.came), ("went", diff.gone)):
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        say(f"features that {word}: {', '.join(names[:SHOWN]) or 'none'}{more}")
    for key, before, after in diff.config:
        say(f"{key}: {before} → {after}")
    if not diff.config:
        say("settings: the same")
    for one, cutoffs in zip((old, new), diff.cutoffs, strict=True):
        span = f", {cutoffs[0]} to {cutoffs[-1]}" if cutoffs else ""
        say(f"{one.name} learned from {len(cutoffs)} cutoffs{span}")


def show_champion(entry: Entry) -> None:
    """The champion now, and what the gate said when it was trained."""
    say(f"model {entry.name} is now {CHAMPION}; the gate said at its training: {entry.gate or 'nothing'}")


def show_challenger_named(entry: Entry, days: float) -> None:
    """That a version is watched from now on, and how long."""
    say(f"model {entry.name} is now {CHALLENGER}: scored beside the {CHAMPION} for {days:g} days, then it is decided")


def show_challenger(manifest: Mapping[str, Any]) -> None:
    """How a snapshot's challenger agrees with the champion; nothing where there is none."""
    about = manifest.get("challenger")
    if about is None:
        return
    agree = about["agreement"]

    def share(name: str) -> str:
        return "–" if agree[name] is None else f"{agree[name]:.1%}"

    rank = "–" if agree["rank"] is None else f"{agree['rank']:.3f}"
    say(
        f"challenger {about['model']} since {about['since'][:10]}: rank correlation {rank}, same risk band "
        f"{share('same_band')}, same stay tier {share('same_tier')}, mean risk {share('challenger_risk')}, the "
        f"champion's {share('risk')}"
    )


def _whole(name: str) -> bool:
    """Whether a figure of MLflow's, such as 'holdfast.actual_sum' or 'test.users', is written without decimals."""
    metric = BY_NAME.get(name.rpartition(".")[2])
    return metric.format.endswith(".0f") if metric else name.endswith(".users")


def _figure(x: float | None, whole: bool = False) -> str:
    return "–" if x is None else f"{x:,.0f}" if whole else f"{x:.4f}"
