"""Whether features are spread over the scored users as they were in the snapshot before, and in the model's first."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from features import whole_files
from features.config import Config
from features.errors import BadInput
from features.said import Said
from serving.batch.snapshot import INPUTS, Snapshot
from serving.monitoring.finding import Finding
from training.rows import histograms

BROKEN = 4  # times the setting: no base moves so far between two snapshots
NOISE = 4  # times what chance alone makes on average
FEWEST, ALONE = (
    2,
    2,
)  # features that drift together: what is wrong in a column moves several; one alone, if twice as far
SHOWN = 3  # features named in a sentence
Spread = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class InputDrift:
    """A feature's PSI against the snapshot before and against the first of the same model (None: there is none), and
    the share of scored users without a value, before and now. drifted: beyond the setting and beyond chance."""

    feature: str
    psi: float | None
    psi_first: float | None
    missing_before: float | None
    missing: float
    drifted: bool


def spread(snapshot: Snapshot | None) -> Spread:
    """How the features were spread in a snapshot; empty for none, and for one that an older Holdfast made."""
    with suppress(BadInput):
        if snapshot is not None:
            return whole_files.read_sealed(snapshot.folder / INPUTS)["features"]
    return {}


def input_drift(config: Config, now: Spread, before: Spread, first: Spread) -> list[InputDrift]:
    """Every feature that both snapshots have, the most drifted first."""
    found = []
    for feature, one in now.items():
        was = before.get(feature)
        psi, chance = histograms.psi(was, one) if was else (None, 0.0)
        since = histograms.psi(first[feature], one)[0] if feature in first else None
        gone = histograms.missing(was) if was else None
        drifted = psi is not None and psi > max(config.monitor.psi, NOISE * chance)
        found.append(InputDrift(feature, psi, since, gone, histograms.missing(one), drifted))
    return sorted(found, key=lambda one: (-(one.psi or 0.0), one.feature))


def findings(config: Config, found: Iterable[InputDrift]) -> list[Finding]:
    """One finding of all drifted features: they come from few tables, so one cause moves many."""
    drifted = [one for one in found if one.drifted]
    far = max((one.psi or 0.0 for one in drifted), default=0.0)
    if not drifted or (len(drifted) < FEWEST and far < ALONE * config.monitor.psi):
        return []
    names = ", ".join(f"{one.feature} ({one.psi:.2f})" for one in drifted[:SHOWN])
    more = len(drifted) - SHOWN
    rest = Said(f" and {more} more" if more > 0 else "", f"等另外 {more} 个" if more > 0 else "")
    broken = far > BROKEN * config.monitor.psi
    en = f"features moved since the snapshot before: {names}{rest.en} (PSI)"
    zh = f"特征与上一个快照相比明显变化：{names}{rest.zh}（PSI）"
    cure = (
        Said(
            "; so far that a table is more likely broken than users changed: look at it first",
            "；幅度很大，更可能是数据出错，请先检查数据表",
        )
        if broken
        else Said("; see whether the tables are whole, or train again", "；请检查数据是否完整，或重新训练")
    )
    return [Finding("inputs", drifted[0].feature, "stop" if broken else "watch", Said(en + cure.en, zh + cure.zh))]


def unseen(config: Config, manifest: Mapping[str, Any]) -> Iterable[Finding]:
    """Text features of which many scored users have a value that the model never saw."""
    for feature, users in manifest.get("unseen", {}).items():
        share = users / max(manifest["eligible"], 1)
        if share > config.monitor.max_new:
            en = f"{feature}: {users:,} scored users ({share:.1%}) have a text that the model never saw; train again"
            zh = f"{feature}：{users:,} 名已评分用户（{share:.1%}）的取值模型从未见过；请重新训练"
            yield Finding("unseen", feature, "retrain", Said(en, zh))
