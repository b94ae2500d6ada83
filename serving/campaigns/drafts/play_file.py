"""Plays in files of their own, as [[play]] of holdfast.toml has them: what was drafted on a page, kept in the store."""

import json
import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from features import whole_files
from features.config.mistakes import one_line
from features.config.operations.plays import PlaySetting
from features.config.section import Section
from features.errors import BadInput
from serving.campaigns.run import runs

FOLDER = "playbook"  # in the store


class PlayFile(Section):
    play: list[PlaySetting] = Field(min_length=1, description="Its plays, first things first.")


def read_plays(file: Path) -> list[PlaySetting]:
    """The plays of a file. Raises BadInput, naming file and key, for what [[play]] of holdfast.toml may not say."""
    try:
        return PlayFile(**tomllib.loads(file.read_text(encoding="utf-8-sig"))).play
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: not TOML: {error}; mend that line") from None
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}; check the path and its rights") from None
    except (ValidationError, TypeError) as error:
        why = one_line(error, PlayFile) if isinstance(error, ValidationError) else str(error)
        raise BadInput(f"{file.name}: {why}") from None


def keep_play(store: Path, play: PlaySetting) -> Path:
    """Write a play to the store, and return its file.

    Arms and proofs go by a play's name, so a name that a run has used stands for what it meant: BadInput where it would
    come to mean something else.
    """
    file, text = store / FOLDER / f"{play.name}.toml", toml(play)
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return file
    if any(play.name in run.plays for run in runs(store)):
        raise BadInput(f"play '{play.name}': a run has had a play of that name with other settings; take another name")
    file.parent.mkdir(parents=True, exist_ok=True)
    whole_files.write_text(file, text)
    return file


def toml(play: PlaySetting) -> str:
    """A play as holdfast.toml would have it; what is as by default is left out."""
    kept = play.model_dump(mode="json", exclude_defaults=True)
    return "\n".join(["[[play]]", *(f"{key} = {_value(value)}" for key, value in kept.items())]) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")  # a TOML string is JSON's, but for DEL
