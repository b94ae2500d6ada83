"""Whether bands, tiers and stages hold the shares of users that they held before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from features.config import Config
from features.said import Said
from serving.batch.counts import KINDS
from serving.monitoring.finding import Finding

TITLES = {
    "reason_not_eligible": Said("not eligible", "不参与评分"),
    "risk_band": Said("risk band", "风险等级"),
    "value_tier": Said("value tier", "价值层级"),
    "stay_tier": Said("value tier if they stay", "留存价值层级"),
    "stage": Said("stage", "阶段"),
}


@dataclass(frozen=True)
class ScoreDrift:
    """The share of users in a band, tier or stage, or not eligible for a reason: in the snapshot before, in the
    first of the same model (None: there is none) and now. moved: by more than ``score.max_shift``
    since the snapshot before."""

    kind: str
    name: str
    before: float | None
    first: float | None
    now: float
    moved: bool


def score_drift(
    config: Config, now: Mapping[str, int], before: Mapping[str, int], first: Mapping[str, int]
) -> list[ScoreDrift]:
    """Every group of every kind. now, before, first: ``counts`` of manifests, empty where there is no snapshot."""
    shares = [_shares(counts) for counts in (before, first, now)]
    found = []
    for key in dict.fromkeys([*now, *before]):
        was, began, one = (there.get(key, 0.0) if there else None for there in shares)
        moved = was is not None and abs((one or 0.0) - was) > config.score.max_shift
        kind, _, name = key.partition(":")
        found.append(ScoreDrift(kind, name, was, began, one or 0.0, moved))
    return found


def findings(found: Iterable[ScoreDrift], names: Mapping[str, tuple[str, str]]) -> Iterable[Finding]:
    """Every group that moved. names: what stages are called in English and in Chinese."""
    for one in found:
        if one.moved and one.before is not None:
            en, zh = names.get(one.name, (one.name, one.name)) if one.kind == "stage" else (one.name, one.name)
            title, was, now = TITLES[one.kind], f"{one.before:.1%}", f"{one.now:.1%}"
            said = Said(
                f"{title.en} '{en}': {was} of the users before, {now} now", f"{title.zh}“{zh}”：此前 {was}，现为 {now}"
            )
            yield Finding("scores", f"{one.kind}:{one.name}", "watch", said)


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    """Of the users that have one of its kind; of a reason, of all users."""
    totals = {kind: sum(n for key, n in counts.items() if key.startswith(f"{kind}:")) for kind in KINDS}
    totals["reason_not_eligible"] = totals["stage"]  # every user has a stage
    return {key: n / max(totals[key.partition(":")[0]], 1) for key, n in counts.items()}
