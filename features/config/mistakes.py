"""What is wrong with a holdfast.toml, in one line: the key, the value, and the cure."""

import re
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from features.config.table_source import LINKED, LinkedUser
from features.errors import did_you_mean


class Wrong(ValueError):
    """A value that breaks a rule between keys; carries the key so that the message can name it."""

    def __init__(self, key: str, text: str):
        super().__init__(text)
        self.key = key


def one_line(error: ValidationError, root: type[BaseModel]) -> str:
    """What Pydantic found, the first of it. root: the model of the whole file, which knows the keys there are."""
    first = error.errors()[0]
    more = len({_key(one) for one in error.errors()}) - 1
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, Wrong):
        key, text = cause.key, str(cause)
    else:
        key, text = _key(first), str(cause) if cause else _plain(first, root)
    return f"{key}: {text}" + (f" (and {more} more)" if more else "")


def _key(error: Any) -> str:
    branch = re.compile(r"str|(list|function-after)\[.*\]")  # Pydantic's branches of a union
    parts = [part for part in error["loc"] if isinstance(part, int) or not (part == LINKED or branch.fullmatch(part))]
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")


def _plain(first: Any, root: type[BaseModel]) -> str:
    """Pydantic's message with the value it met and what to do about it."""
    if first["type"] == "extra_forbidden":
        return f"no such key; {did_you_mean(str(first['loc'][-1]), _keys(first['loc'][:-1], root))}"
    if first["type"] == "missing":
        return "is missing; add " + ("[tables.orders] with a path" if first["loc"] == ("tables",) else "it")
    return f"{first['input']!r} will not do: {first['msg'][0].lower()}{first['msg'][1:]}; change it"


def _keys(place: tuple[int | str, ...], root: type[BaseModel]) -> set[str]:
    """The keys that there are at a place of the file."""
    section = root
    for part in place:
        if part == LINKED:
            section = LinkedUser
        elif isinstance(part, str) and (field := section.model_fields.get(part)):
            section = _model(field.annotation) or section
    return {field.alias or name for name, field in section.model_fields.items()} - {"file"}


def _model(annotation: Any) -> type[BaseModel] | None:
    """The section within a list, a dict or a choice of sections."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model(one))), None)
