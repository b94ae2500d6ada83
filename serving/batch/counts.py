"""Counts of a scored user base: by reason, band, tier and stage, beside those of the snapshot before."""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from features.config import Config
from features.groups import lifecycle

KINDS = ("reason_not_eligible", "risk_band", "value_tier", "stage")


def count(rows: pa.Table) -> dict[str, int]:
    """Rows of a snapshot counted by ``kind:name``, such as ``risk_band:high``."""
    found = {}
    for kind in KINDS:
        for row in pc.value_counts(rows[kind].drop_null()).to_pylist():
            found[f"{kind}:{row['values']}"] = row["counts"]
    return dict(sorted(found.items()))


def ordered(config: Config, counts: Counter[str]) -> dict[str, int]:
    """Reasons by name, then every band, tier and stage as the configuration orders them, also those without a user."""
    reasons = sorted(key for key in counts if key.startswith("reason_not_eligible:"))
    bands = [f"risk_band:{name}" for name in config.risk.names]
    tiers = [f"value_tier:{name}" for name in config.value.tiers]
    stages = [f"stage:{name}" for name in lifecycle.names(config)]
    return {key: counts[key] for key in [*reasons, *bands, *tiers, *stages]}


def moved(config: Config, before: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    """Alarms in words: every reason, band, tier and stage whose share moved by more than ``score.max_shift``.

    The share is of the users that have one of its kind; of a reason, of all users. No alarm where nobody was counted
    before.
    """
    alarms, stages = [], {name: english for name, (english, _) in lifecycle.names(config).items()}
    for kind in KINDS:
        of = "stage" if kind == "reason_not_eligible" else kind  # every user has a stage
        totals = [sum(n for key, n in counts.items() if key.startswith(f"{of}:")) for counts in (before, now)]
        if not all(totals):
            continue
        for key in dict.fromkeys([*before, *now]):
            one, other = (counts.get(key, 0) / total for counts, total in zip((before, now), totals, strict=True))
            if key.startswith(f"{kind}:") and abs(other - one) > config.score.max_shift:
                name = key.partition(":")[2]
                name = stages.get(name, name) if kind == "stage" else name
                alarms.append(f"{kind.replace('_', ' ')} '{name}': {one:.1%} of the users before, {other:.1%} now")
    return alarms
