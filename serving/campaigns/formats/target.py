"""What a list is written for, and what was written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.errors import BadInput, did_you_mean

FULL, IN, OUT, TAGS = ACTIONS = ("full", "in", "out", "tags")


@dataclass(frozen=True)
class Target:
    """One list: a play on a channel.

    action: ``full``, the whole list; ``in`` and ``out``, who came and who left since the last one; ``tags``, tags to
    set and remove. batch: users in a file, or fewer where the platform takes fewer. content: the code of what is sent.
    text and attachments: the message itself, for formats that carry one; a list holds neither.
    """

    channel: str
    batch: int
    play: str
    action: str = FULL
    content: str = ""
    text: str = ""
    attachments: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise BadInput(f"play '{self.play}': no list '{self.action}'; {did_you_mean(self.action, ACTIONS)}")
        if self.batch < 1:
            raise BadInput(f"channel '{self.channel}': batch = {self.batch}; give 1 user a file or more")


@dataclass(frozen=True)
class Part:
    """A file before it is written. rows: users in it. ending: of its name, such as ``.csv``."""

    rows: int
    data: bytes
    ending: str


@dataclass(frozen=True)
class Written:
    """A file that was written whole. rows: users in it. sha256: of its bytes."""

    file: Path
    rows: int
    sha256: str
