"""What became of a table's rows, every one of them told once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.errors import BadInput


@dataclass(frozen=True)
class Counts:
    """What became of a table's rows: ``rows = used + merged + guests + cancelled + repeats + before +
    erased + quarantined``, the last split by reason. guests: without a user. repeats: exact copies of a row that was
    there already. before: of a time before ``churn.observed_from``. erased: of users who were erased. users: about how
    many users, give or take some per cent, the used rows are of; 0 where that was not counted."""

    rows: int
    used: int
    merged: int
    quarantined: int
    reasons: Mapping[str, int]
    guests: int = 0
    cancelled: int = 0
    repeats: int = 0
    before: int = 0
    erased: int = 0
    users: int = 0

    def __str__(self) -> str:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.reasons.items())
        left_out = {"guests": self.guests, "cancelled": self.cancelled, "repeats": self.repeats}
        left_out |= {"before observed_from": self.before, "of erased users": self.erased}
        return (
            f"{self.rows:,} rows = {self.used:,} used + {self.merged:,} merged + "
            + "".join(f"{count:,} {name} + " for name, count in left_out.items() if count)
            + f"{self.quarantined:,} quarantined"
            + (f" ({reasons})" if reasons else "")
        )

    def plain(self) -> dict[str, Any]:
        """As JSON holds it, without ``users``: each engine has an estimate of its own."""
        return {name: one for name, one in vars(self).items() if name != "users"} | {"reasons": dict(self.reasons)}

    def agree(self, name: str) -> "Counts":
        """Itself; raises BadInput where its parts are not all the rows that the source was counted to have."""
        left_out = self.guests + self.cancelled + self.repeats + self.before + self.erased
        parts = self.used + self.merged + left_out + self.quarantined
        if parts != self.rows:
            raise BadInput(
                f"tables.{name}: {self.rows:,} rows were counted and {parts:,} read; it changed meanwhile: run it again"
            )
        return self
