"""What a person is told, in the two languages that Holdfast speaks."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Said:
    """The same in English and in Chinese."""

    en: str
    zh: str

    def __getitem__(self, language: str) -> str:
        return self.zh if language == "zh" else self.en

    @property
    def as_json(self) -> dict[str, str]:
        """``en`` and ``zh``, as files and the API have them."""
        return asdict(self)


def joined(*parts: Said) -> Said:
    """Parts of a sentence in one line, by semicolons."""
    return Said("; ".join(one.en for one in parts), "；".join(one.zh for one in parts))


def both(found: Any) -> dict[str, str]:
    """``en`` and ``zh`` of what a file says; files from before there were both say English alone, as a text."""
    return {"en": found, "zh": found} if isinstance(found, str) else {"en": found["en"], "zh": found["zh"]}
