"""The settings of a table beside its columns: how values are written, guests, refunds and what came to nothing."""

from dataclasses import replace
from decimal import Decimal
from math import prod

from features.catalogue.input_tables import CONTRACTS
from features.config.arithmetic import is_arithmetic
from features.first_config import looks
from features.first_config.guess import Guess
from features.first_config.money import quoted
from features.first_config.other_names import STATUS, UNDONE, UNSURE, known
from features.first_config.roles import by_name
from features.first_config.sample import Sample
from features.first_config.words import plain
from features.notations.number_notations import propose_numbers
from features.notations.time_notations import Proposal, examples, propose_times

FLAGS = {"iscancelled", "iscanceled", "cancelled", "canceled", "refunded", "isrefunded", "isreturn", "returned"}
YES = {"true", "yes", "y", "t", "ja", "oui", "si", "是", "1"}

Settings = dict[str, str | list[str]]


def with_settings(sample: Sample, found: Guess) -> Guess:
    """The guess with the settings that the sample asks for; what it cannot tell is a question ("? …")."""
    settings: Settings = {}
    if sample.encoding:
        settings["encoding"] = sample.encoding
    if sample.delimiter:
        settings["delimiter"] = sample.delimiter
    times = _times(sample, found)
    settings |= _settled(propose_times(times), "time_format")
    if times and not looks.is_time(times):
        settings["time_format"] = f"? what times are {examples(times)}? Write the pattern, such as '%d/%m/%Y %H:%M'"
    numbers = propose_numbers(_numbers(sample, found))
    settings |= _settled(numbers, "decimal")
    notes = list(found.notes)
    if numbers.unread:
        notes.append(f"nothing known reads {examples(numbers.unread)} as a number: such rows will be set aside")
    user = found.columns.get("user_id", "?")
    if not user.startswith("?") and any(value is None for value in sample.rows.get(user, [])):
        settings["guests"] = "drop"
    amounts = _amounts(sample, found)
    if found.table == "orders" and amounts:
        below = sum(value < 0 for value in amounts if value is not None)
        if below > len(amounts) / 2:
            settings["refunds"] = (
                "? most amounts are below zero: are they what users paid? If so turn them round "
                "(amount = 0 - …) and take this line out; if they are refunds write 'negative'"
            )
        elif below:
            settings["refunds"] = "negative"
    if found.table == "orders" or "value" in found.columns:
        if cancelled := _cancelled(sample, found, amounts):
            settings["cancelled"] = cancelled
        if blank := _blank_amounts(sample, found):
            notes.append(blank)
    return replace(found, settings=settings, notes=tuple(notes))


def _settled(proposal: Proposal, key: str) -> Settings:
    """A proposal's settings, where it asks its question in place of the first."""
    if not proposal.question:
        return dict(proposal.settings)
    key = "currency" if "one currency?" in proposal.question else key
    rest = {name: value for name, value in proposal.settings.items() if key == "currency" and name != key}
    return {**rest, key: f"? {proposal.question}"}


def _times(sample: Sample, found: Guess) -> list[str]:
    kinds = {column.name: column.kind for column in CONTRACTS[found.table].columns}
    mapped = [theirs for ours, theirs in found.columns.items() if kinds[ours] in ("time", "date")]
    return [value for name in mapped if sample.typed.get(name) != "time" for value in sample.filled(name)]


def _numbers(sample: Sample, found: Guess) -> list[str]:
    kinds = {column.name: column.kind for column in CONTRACTS[found.table].columns}
    mapped = [theirs for ours, theirs in found.columns.items() if kinds[ours] in ("money", "number", "integer")]
    names = dict.fromkeys([*mapped, *found.operands])
    return [
        value for name in names if name in sample.names and not sample.typed.get(name) for value in sample.filled(name)
    ]


def _amounts(sample: Sample, found: Guess) -> list[Decimal | None]:
    """What the rows' amounts come to, as far as their signs go: those of products are their factors' signs."""
    columns = [looks.numbers(sample.rows.get(name, [])) for name in found.operands]
    if not columns or any(column is None for column in columns):
        return []
    return [None if None in row else prod(row) for row in zip(*columns, strict=True)]  # type: ignore[arg-type]


def _blank_amounts(sample: Sample, found: Guess) -> str:
    amount = found.columns.get("amount", "")
    values = sample.rows.get(amount, [])
    blank = sum(value is None for value in values)
    if is_arithmetic(amount) or not blank:
        return ""
    return f"{blank} of {len(values)} rows looked at have no '{amount}': they will be set aside"


def _cancelled(sample: Sample, found: Guess, amounts: list[Decimal | None]) -> str | list[str]:
    """Rules for rows that came to nothing, by the words in columns of states; a question for words that do not say.
    Rows below zero are no such rows: they take back what other rows gave."""
    rules: list[str] = []
    unsure: list[str] = []
    for one in by_name(STATUS, sample.names):
        values = sorted(set(sample.filled(one.name)))
        if one.name == found.columns.get("event") or not quoted(one.name) or len(values) > 50:
            continue
        for value in values:
            word = plain(value)
            places = [place for place, there in enumerate(sample.rows[one.name]) if there == value]
            if "'" in value or (amounts and all((amounts[place] or 0) < 0 for place in places)):
                continue
            if plain(one.name) in FLAGS:
                rules += [_rule(one.name, value)] if value.lower() in YES else []
            elif word in known(UNDONE) and not plain(one.name).endswith(("type", "typ", "kind")):
                rules.append(_rule(one.name, value))
            elif word in known(UNDONE) | known(UNSURE):  # a row of type refund takes back what another row gave
                unsure.append(_rule(one.name, value))
    user = found.columns["user_id"]
    users = sample.filled(user)
    if users.count("0") > 1 and len(set(users)) > 1 and quoted(user):  # all guests of a shop
        rules.append(_rule(user, "0"))
    if unsure:
        written = f" beside {' and '.join(rules)}" if rules else ""
        return (
            f"? did users pay in rows where {' or '.join(unsure[:4])}? Write a rule for those that count for nothing"
            f"{written}, such as {unsure[0]}, or take the line out"
        )
    return rules if len(rules) > 1 else rules[0] if rules else ""


def _rule(name: str, value: str) -> str:
    return f"{quoted(name)} == '{value}'"
