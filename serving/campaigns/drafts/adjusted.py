"""A configuration whose playbook is what one run is to be planned by: some of the plays, other budgets, more plays."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from features.config import Config
from features.config.mistakes import one_line
from features.config.operations.own_columns import own_columns
from features.config.operations.playbook import playbook
from features.config.operations.plays import MOST, PlaySetting
from features.config.table_source import broken
from features.errors import BadInput, did_you_mean
from serving.campaigns.drafts.play_file import read_plays


def adjusted(
    config: Config,
    only: Sequence[str] = (),
    budgets: Mapping[str, float] | None = None,
    most: Mapping[str, int] | None = None,
    added: Sequence[Path] = (),
) -> Config:
    """The configuration with these plays only (none: all), budgets and places; plays of added files come first.

    The plays are part of what a run is named by, so a run of other plays or budgets is another run. Raises BadInput
    for a name that is no play of the run, and for all that is refused in holdfast.toml.
    """
    plays = [one for file in added for one in _checked(config, file)] + list(config.play)
    names = [one.name for one in plays]
    for name in only:
        if name not in names:
            raise BadInput(f"--only '{name}': no play of that name; {did_you_mean(name, names)}")
    if only:
        plays = [one for one in plays if one.name in only]
    for option, key, given in (("--budget", "budget", budgets or {}), ("--most", "most", most or {})):
        for name, value in given.items():
            plays = _with(plays, option, name, key, value)
    if len(plays) > MOST:
        raise BadInput(f"--add: {len(plays)} plays are more than the {MOST} of a run; name some with --only")
    found = config.model_copy(update={"play": plays})
    if wrong := broken(found.tables, list(own_columns(found))):
        raise BadInput(f"{config.file.name}: {wrong[0]}: {wrong[1]}")
    _ = found.playbook  # raises BadInput, such as for two plays of one name
    return found


def _checked(config: Config, file: Path) -> list[PlaySetting]:
    plays = read_plays(file)
    playbook(config.model_copy(update={"play": plays}), config.playbook_names, file.name)
    return plays


def _with(plays: Sequence[PlaySetting], option: str, name: str, key: str, value: Any) -> list[PlaySetting]:
    if name not in (names := [one.name for one in plays]):
        raise BadInput(f"{option} '{name}': no play of the run; {did_you_mean(name, names)}")
    try:
        return [PlaySetting(**{**one.model_dump(), key: value}) if one.name == name else one for one in plays]
    except ValidationError as error:
        raise BadInput(f"{option} '{name}={value}': {one_line(error, PlaySetting)}") from None
