"""The words of the pages: TOML files in words/, each key with its English and its Chinese text side by side."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from features.errors import BadInput
from features.said import Said

FOLDER = Path(__file__).with_name("words")


@lru_cache
def catalogue() -> Mapping[str, Said]:
    """Every text by ``file.key``, such as ``overview.title``. Raises BadInput for a key without both languages."""
    found: dict[str, Said] = {}
    for file in sorted(FOLDER.glob("*.toml")):
        for key, entry in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if not isinstance(entry, dict) or set(entry) != {"en", "zh"} or not all(entry.values()):
                raise BadInput(f"{file.name}: {key}: needs en and zh")
            found[f"{file.stem}.{key}"] = Said(entry["en"], entry["zh"])
    return found


def text(language: str, key: str, **values: Any) -> str:
    """The text of a key, with the values filled in. Raises KeyError for an unknown key, so that none is shown raw."""
    found = catalogue()[key][language]
    return found.format(**values) if values else found
