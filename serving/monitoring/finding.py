"""What monitoring noticed, and how bad it is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from features.said import Said

Level = Literal["watch", "retrain", "stop"]
LEVELS: tuple[str, ...] = ("fine", "watch", "retrain", "stop")  # rising


@dataclass(frozen=True)
class Finding:
    """One thing that is not as usual. kind: a word of the room's; subject: the table, column, feature or window; level:
    what it asks for; said: the sentence, which names no user."""

    kind: str
    subject: str
    level: Level
    said: Said

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"said": self.said.as_json}


def worst(found: Sequence[Finding]) -> str:
    """The highest level among them; 'fine' where there is none."""
    return max((one.level for one in found), key=LEVELS.index, default="fine")
