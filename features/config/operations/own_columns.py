"""Columns of users that the contact policy, plays and calendar days name: read beside those of the contract.

They serve campaigns alone: no feature, no model and no request of the API knows them.
"""

import re
from dataclasses import dataclass, replace

from features.catalogue.input_tables import CONTRACTS, ZONE, Contract, InputColumn, Kind
from features.config.mistakes import Wrong
from features.config.operations.contact import Contact, users_column
from features.config.operations.playbook import Operations

USERS = "users"
NOUNS: dict[str, str] = {"flag": "yes or no", "text": "text", "date": "a date"}
# What the tables are cleaned by and what follows from their columns has these names.
TAKEN = re.compile(r"reason|n|place|day|days_ago|elapsed|cutoff|ahead|refund|row|part|\w+_days_ago|\w+_in_days", re.I)
ALIKE: dict[str, str] = {"text": "user", "date": "time"}  # what a column of the contract may hold instead
DEFAULTS = {str(Contact.model_fields[key].default) for key in ("consent", "timezone")}


@dataclass(frozen=True)
class Use:
    """A setting that names a column of users. must: whether a table without the column cannot be used."""

    key: str
    column: InputColumn
    must: bool


def uses(settings: Operations) -> list[Use]:
    """Every setting that names a column of users, in the order of the file's sections. The usual consent and time zone
    need not be there: without the one nobody consents, without the other the project's counts."""
    contact = settings.contact
    channels = contact.channels.values()
    found = [
        _consent("contact.consent", contact.consent, any(one.consent is None for one in channels)),
        _use("contact.timezone", contact.timezone, "text", ZONE, "that of the project", bool(channels)),
    ]
    for name, one in contact.channels.items():
        key = f"contact.channels.{name}"
        found += [_consent(f"{key}.consent", one.consent)] if one.consent else []
        found += [_use(f"{key}.id", one.id, "text", "id or hash", "cannot be reached")] if one.id else []
        found += [_use(f"{key}.sender", one.sender, "text", "name", "nobody's customer")] if one.sender else []
    for number, day in enumerate(settings.calendar):
        if day.column:
            found.append(_use(f"calendar[{number}].column", day.column, "date", "date", "not known"))
    for number, play in enumerate(settings.play):
        if play.offer.startswith(f"{USERS}."):
            found.append(_use(f"play[{number}].offer", play.offer, "text", "code", "no code"))
    return found


def own_columns(settings: Operations) -> dict[str, InputColumn]:
    """The named columns of users that are in no contract, by name.

    Raises Wrong for one that is to hold two kinds of thing, and for a name that cannot be.
    """
    there = {column.name: column for column in CONTRACTS[USERS].columns}
    found: dict[str, InputColumn] = {}
    for use in uses(settings):
        column = use.column
        if known := there.get(column.name, found.get(column.name)):
            if known.kind not in (column.kind, ALIKE.get(column.kind)):
                held = NOUNS.get(known.kind, f"a {known.kind}")
                text = f"'users.{column.name}' holds {held}, and this asks for {NOUNS[column.kind]}; name another"
                raise Wrong(use.key, text)
            continue
        if TAKEN.fullmatch(column.name):
            text = f"'{column.name}' is a name that Holdfast works with; map yours under another, "
            raise Wrong(use.key, text + f'[tables.users.columns] own_{column.name} = "{column.name}"')
        for other in (*there, *found):
            if other.lower() == column.name.lower():
                raise Wrong(use.key, f"'users.{column.name}' and 'users.{other}' differ by case alone; write one way")
        found[column.name] = column
    return found


def contract(settings: Operations, name: str) -> Contract:
    """The contract of a table, of users with the columns that the settings name."""
    found = CONTRACTS[name]
    return replace(found, columns=(*found.columns, *own_columns(settings).values())) if name == USERS else found


def demanded(settings: Operations) -> dict[str, str]:
    """The columns of users that must be there → the first setting that says so."""
    found: dict[str, str] = {}
    for use in uses(settings):
        if use.must:
            found.setdefault(use.column.name, use.key)
    return found


def _consent(key: str, text: str, must: bool = True) -> Use:
    return _use(key, text, "flag", "yes or no", "no consent", must)


def _use(key: str, text: str, kind: Kind, unit: str, null: str, must: bool = True) -> Use:
    try:
        name = users_column(text).removeprefix(f"{USERS}.")
    except ValueError as error:
        raise Wrong(key, str(error)) from None
    return Use(key, InputColumn(name, kind, unit, null), must and text not in DEFAULTS)
