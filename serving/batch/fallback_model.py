"""What scores a user base for which no model is trained yet."""

from datetime import datetime

from features.user_base import UserBase
from training.fit import cold_start_bundle
from training.rows.data_gates import data_gates
from training.tracking import Version
from training.tracking.no_champion import no_champion


class Untrained(Version):
    """A bundle that is in no registry."""

    @property
    def name(self) -> str:
        """As written into snapshots: what scores in place of a trained model, and its hash."""
        return f"{self.number}-{self.bundle.version}"


def without_champion(base: UserBase, as_of: datetime | None = None) -> tuple[Version, list[str]]:
    """The model to score with where there is no champion: MBG/NBD, on a base too small to train; and why, in lines.

    as_of: default: the end of the logs. Raises BadInput where the base is large enough, or nothing can be fitted.
    """
    red = [gate for gate in data_gates(base) if gate.level == "red"]
    if not red:
        raise no_champion(base.config)
    why = [
        "too young or too small to train: " + "; ".join(f"{gate.name}: {gate.found}" for gate in red),
        "scores are by MBG/NBD from each user's history alone: no season, no reasons, never tested on this base",
    ]
    bundle = cold_start_bundle.bundle(base, as_of or base.tables.observed_until)
    return Untrained(bundle.kind, "", bundle), why
