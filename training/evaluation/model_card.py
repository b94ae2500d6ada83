"""The model card: what a model predicts, from what, how good it is, where it is weak, and for which users it is not.

After Mitchell et al., Model Cards for Model Reporting (2019). Figures that were not measured are left out.
"""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version as installed
from math import isfinite
from pathlib import Path

from features.catalogue.families import load
from features.catalogue.feature import REGISTRY, parse
from features.config import Config
from features.user_base import UserBase
from training.evaluation import choices
from training.evaluation.backtest import Result, pool, sampled
from training.evaluation.baselines import NO_DROPOUT, no_dropout
from training.evaluation.document import Block, Code, Document, Picture, Section, Table
from training.evaluation.metric_table import BY_NAME, CHURN, VALUE, names
from training.evaluation.metrics import figure_text
from training.evaluation.slices import Slice, group_names, weakest
from training.rows.spine import PER_HORIZON
from training.trained_model import Bundle

PICTURES = {
    "churn": "Left: predicted against observed churn. Right: share of the churned found among the riskiest users.",
    "value": "Mean predicted and mean actual value, by tenth of predicted value.",
    "importance": "The features that the churn model gains most from.",
}


def card(
    base: UserBase,
    results: Sequence[Result],
    bundle: Bundle,
    name: str,
    verdict: str,
    pictures: Sequence[Path] = (),
) -> Document:
    """The card of a trained model. results: by test cutoff, oldest first. verdict: promoted or not, and why."""
    shown = {file.stem: Picture(PICTURES.get(file.stem, file.stem), file) for file in pictures}
    last = results[-1]
    return Document(
        f"Model card: {base.config.project.name} {name}",
        f"Churn risk over {base.config.horizon:g} days and expected value over {base.config.value_horizon:g} days, for "
        f"users last active at most {base.config.eligible:g} days before. Measured as of {last.as_of:%Y-%m-%d %H:%M} "
        "UTC, on users whose outcome the measured model could not know"
        f"{'; ' * bool(last.test.share < 1)}{sampled(last.test)}.",
        _first(results),
        (
            Section("What it predicts", _predicts(base.config, bundle)),
            Section("What it learned from", _data(base, bundle)),
            Section("Campaigns", _campaigns(base.config, bundle)),
            Section("How good it is", (*_good(last), *(shown[key] for key in ("churn", "value") if key in shown))),
            Section("Bias of the last closed windows", (*_warned(bundle), *_bias(results), *_calibration(bundle))),
            Section("Where it is weak", _weak(base.config, results)),
            Section("For whom it is not", _not_for(base.config)),
            *([Section("What it looks at", (shown["importance"],))] if "importance" in shown else []),
            Section("Which model this is, and how to make it again", _version(base, last, bundle, verdict)),
        ),
    )


def _first(results: Sequence[Result]) -> tuple[tuple[str, str, str], ...]:
    last = results[-1]
    ours, ranges = last.churn["holdfast"], last.comparison.intervals.get("holdfast", {})
    risk, churned = float(last.risk["holdfast"].mean()), float(last.test.churned.mean())
    value = last.value["holdfast"]
    found = [
        ("AUC", figure_text(ours.get("auc")), _range(ranges.get("auc")) or "chance is 0.5"),
        ("log loss", figure_text(ours.get("log_loss")), _range(ranges.get("log_loss")) or "lower is better"),
        ("churn predicted", f"{risk:.1%}", f"{churned:.1%} observed, {len(last.test):,} users"),
    ]
    predicted, actual = value.get("predicted_sum"), value.get("actual_sum")
    if predicted is not None and actual:
        found.append(("value predicted", f"{predicted:,.0f}", f"{actual:,.0f} came, {predicted / actual - 1:+.1%}"))
    return tuple(found)


def _predicts(config: Config, bundle: Bundle) -> tuple[Block, ...]:
    gap = config.churn.gap_days
    begin = f"that begin {gap:g} days after the cutoff" if gap else "that begin at the cutoff"
    tiers = " < ".join(config.value.tiers)
    return (
        f"churn_risk: the probability of no activity ({', '.join(config.churn.activity)}) in the "
        f"{config.horizon:g} days {begin}.",
        f"expected_value: the expected {config.value.sum} over {config.value_horizon:g} days, and beside it value_rank "
        f"and value_tier ({tiers}). Bounds of tiers, risk bands and percentiles are frozen with the model, so that a "
        "tier means the same next month.",
        "value_if_stays: the same if the user does not churn, and its stay_tier. "
        + (
            "Some who churned brought value too, so a model of those who stayed tells it."
            if "stay" in bundle.boosters
            else "expected_value is (1 − churn_risk) × value_if_stays."
        ),
        "It is made to choose whom to look after first. It says what is likely, not what would help: whether a message "
        "or a voucher changes anything is for a holdout group to tell.",
    )


def _data(base: UserBase, bundle: Bundle) -> tuple[Block, ...]:
    load()
    families = Counter(_family(name) for name in bundle.features)
    rows = tuple(
        (name, f"{one.rows:,}", f"{one.used:,}", f"{one.merged:,}", f"{one.quarantined:,}")
        for name, one in base.tables.counts.items()
    )
    about, cutoffs = bundle.trained_on, bundle.trained_on["cutoffs"]
    return (
        Table(("table", "rows", "used", "merged", "quarantined"), rows),
        f"Logs from {base.tables.observed_from:%Y-%m-%d %H:%M} until {base.tables.observed_until:%Y-%m-%d %H:%M} UTC; "
        f"fingerprint of the files {base.tables.fingerprint}.",
        f"{about['rows']:,} rows, a row being a user at a cutoff, at {len(cutoffs)} cutoffs from {cutoffs[0]} to "
        f"{cutoffs[-1]}; {about['churn_rate']:.1%} of them churned.",
        *(f"{about[key][0].upper()}{about[key][1:]}." for key in ("curve", "lifetime") if key in about),
        f"{len(bundle.features)} features by family: {', '.join(f'{name} {n}' for name, n in families.most_common())}.",
    )


def _campaigns(config: Config, bundle: Bundle) -> tuple[Block, ...]:
    share = bundle.trained_on.get("treated", 0.0)
    if not share:
        return ("No training row is of a user whom a known campaign treated: the churn labels are natural.",)
    how = {
        "keep": "They were learned from like all others",
        "drop": "They were left out of the training, but not of the figures below",
        "feature": "A feature told them apart in training, which counts as 0 when users are scored",
    }[config.train.treated]
    return (
        f"{share:.1%} of the training rows are of users whom a campaign treated, and its outcomes reach into the "
        "row's label window. Their churn labels are not natural: they tell what users did whom somebody wrote to. "
        f'{how} (train.treated = "{config.train.treated}"). The risk of users whom nobody writes to may be off by as '
        "much as campaigns changed what users did, times that share; 'holdfast verify' tells what they changed.",
    )


def _family(name: str) -> str:
    feature = REGISTRY.get(parse(name).base)
    return feature.family if feature else "profile"  # a column of the team's own in users


def _good(result: Result) -> tuple[Block, ...]:
    shown = [key for key in names(CHURN, "on_card") if key in result.churn["holdfast"]]
    rows = _rows(result.churn, result.comparison.intervals, shown)
    blocks: list[Block] = [Table(("churn", *(BY_NAME[key].label for key in shown)), rows)]
    against = [
        (model, *(one[key].verdict if key in one else "–" for key in ("auc", "log_loss")))
        for model, one in result.comparison.differences.items()
    ]
    if against:
        blocks += [
            "In brackets 95 % intervals over users drawn anew. Against each baseline, on the same draws, Holdfast is:",
            Table(("baseline", "AUC", "log loss"), tuple(against)),
        ]
    if no_dropout(result.risk):
        blocks.append(f"bgnbd and mbgnbd give the same to all digits: {NO_DROPOUT}.")
    figures = [key for key in names(VALUE, "on_card") if key in result.value["holdfast"]]
    values = _rows(result.value, result.value_comparison.intervals, figures)
    return (*blocks, Table(("value", *(BY_NAME[key].label for key in figures)), values))


def _rows(
    models: Mapping[str, Mapping[str, float | None]],
    intervals: Mapping[str, Mapping[str, tuple[float, float]]],
    names: Sequence[str],
) -> tuple[tuple[str, ...], ...]:
    """One row per model: its figures, each with its interval where there is one."""

    def cell(model: str, key: str) -> str:
        return f"{BY_NAME[key].written(models[model].get(key))} {_interval(intervals.get(model, {}).get(key))}".strip()

    return tuple((model, *(cell(model, key) for key in names)) for model in models)


def _warned(bundle: Bundle) -> tuple[Block, ...]:
    return tuple(f"Warning: {said}." for said in bundle.warnings)


def _bias(results: Sequence[Result]) -> tuple[Block, ...]:
    rows = []
    for one in results:
        risk, churned = float(one.risk["holdfast"].mean()), float(one.test.churned.mean())
        predicted, actual = float(one.score["expected_value"].sum()), float(one.test.value.sum())
        ratio = f"{predicted / actual - 1:+.1%}" if actual > 0 else "–"
        shares = (f"{risk:.1%}", f"{churned:.1%}", f"{100 * (risk - churned):+.1f} points")
        sums = (f"{predicted:,.0f}", f"{actual:,.0f}", ratio)
        rows.append((f"{one.as_of:%Y-%m-%d %H:%M}", f"{len(one.test):,}", *shares, *sums))
    heads = ("test cutoff", "users", "churn predicted", "observed", "bias", "value predicted", "came", "bias")
    return (
        Table(heads, tuple(rows)),
        "A season that training has not seen moves the base rate: expect a bias of this size in the next window, and a "
        "larger one around Christmas and sales.",
    )


def _calibration(bundle: Bundle) -> tuple[Block, ...]:
    """What was chosen at the closed windows, which corrections were tried, and which one is applied, if any."""
    said = tuple(f"{line[0].upper()}{line[1:]}." for line in choices.told(bundle.metrics))
    found = bundle.metrics.get("calibration") or {}
    if not found.get("cutoffs"):
        return said
    changes, helped = found["log_loss_change"], found["helped_at"]
    count = found.get("tried_at", {})
    tried = ", ".join(
        f"{name} {change:+.4f} (helped at {helped[name]} of {count.get(name, found['cutoffs'])})"
        for name, change in changes.items()
    )
    last = ", ".join(f"{at} {100 * bias:+.1f}" for at, bias in list(found["bias"].items())[-PER_HORIZON:])
    return (
        *said,
        f"Predicted less observed churn at the last closed windows, by a model of older rows, in points: {last}.",
        f"Corrections of the risk were tried out of time at {found['cutoffs']} past cutoffs; change of the log loss, "
        f"lower is better: {tried}. Applied: {found['applied'] or 'none'}.",
    )


def _weak(config: Config, results: Sequence[Result]) -> tuple[Block, ...]:
    slices = results[-1].slices if len(results) == 1 else pool(results).slices
    blocks: list[Block] = [f"Alarm: {alarm.text}." for alarm in results[-1].alarms]
    if not slices:
        return (*blocks, "Not measured by slice.")
    names = group_names(config)

    def group(one: Slice) -> str:
        return one.group if one.by == "all" else f"{one.by}: {names.get((one.by, one.group), one.group)}"

    low, off = weakest(slices)
    if low:
        blocks.append(f"Told apart worst: {'; '.join(f'{group(one)} (AUC {figure_text(one.auc)})' for one in low)}.")
    if off:
        said = "; ".join(f"{group(one)} ({_share(one.risk)} predicted, {_share(one.churned)} churned)" for one in off)
        blocks.append(f"Off by more than chance: {said}.")
    if not low and not off:
        blocks.append("In no group is it worse than over all users, by more than chance.")
    rows = tuple(
        (
            group(one),
            f"{one.users:,}",
            _share(one.churned),
            _share(one.risk),
            figure_text(one.auc),
            figure_text(one.log_loss),
            "–" if one.value_predicted is None else f"{one.value_predicted:,.0f}",
            "–" if one.value_actual is None else f"{one.value_actual:,.0f}",
        )
        for one in slices
    )
    return (
        *blocks,
        Table(("users", "number", "churned", "predicted", "AUC", "log loss", "value predicted", "came"), rows),
    )


def _not_for(config: Config) -> tuple[Block, ...]:
    return (
        f"Users whose last activity lies more than {config.eligible:g} days back, and prospects who were never active: "
        "they get no score, and the snapshot says why.",
        "Users who came a few days ago: the score rests on little more than how such users fared before; tenure in the "
        "table above shows how well that goes.",
        "A base that has changed: new prices, a new market, another way of counting activity, or other tables than "
        f"those above. Train again, once a window of {config.horizon:g} days has closed after the change.",
        "Decisions against a single person, such as refusing a service: it was measured as a ranking of many.",
    )


def _version(base: UserBase, last: Result, bundle: Bundle, verdict: str) -> tuple[Block, ...]:
    file = shlex.quote(base.config.file.name)
    protocol = bundle.trained_on.get("protocol", {})
    rows = {
        "bundle": bundle.version,
        "configuration": f"{bundle.config_hash} (of the model), {base.config.hash()} (of everything)",
        "data": base.tables.fingerprint,
        "holdfast": installed("holdfast"),
        "gate": verdict,
        **{str(key).replace("_", " "): str(value) for key, value in protocol.items()},
    }
    commands = (
        f"holdfast check --config {file}       # prints the counts above, where the files are the same",
        f"holdfast backtest --config {file} --as-of {last.as_of.isoformat()}",
        f"holdfast train --config {file} --as-of {last.as_of.isoformat()}",
        f"holdfast models list --config {file}",
    )
    return (Table(("", "value"), tuple(rows.items())), Code("\n".join(commands)))


def _share(x: float | None) -> str:
    return "–" if x is None or not isfinite(x) else f"{x:.1%}"


def _range(given: tuple[float, float] | None) -> str:
    return f"95 %: {given[0]:.3f} to {given[1]:.3f}" if given and all(map(isfinite, given)) else ""


def _interval(given: tuple[float, float] | None) -> str:
    return f"({given[0]:.3f}–{given[1]:.3f})" if given and all(map(isfinite, given)) else ""
