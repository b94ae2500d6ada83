"""Which table a file is, and which of its columns are ours."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from features.catalogue.input_tables import CONTRACTS, COSTS, OF_USERS
from features.errors import BadInput
from features.first_config import looks, roles
from features.first_config.money import Money, money
from features.first_config.names import Names
from features.first_config.other_names import CAMPAIGN, CHANNEL, COST, DISCOUNT, EVENT, ITEM, SESSION, SIGNUP
from features.first_config.roles import by_name
from features.first_config.sample import Sample
from features.first_config.words import plain
from features.notations.file_marks import NO_HEADER, is_row

KINDS = 200  # of events, of channels: more are names of something else
SALES = {"payment", "sale", "purchase", "order", "refund", "charge", "exchange", "return", "transaction", "invoice"}
# Tables that only our own names and a few others tell: the columns that must be there.
RARE = (
    ("points", ("kind", "points")),
    ("feedback", ("kind", "resolved_at")),
    ("messages", ("channel", "campaign_id")),
)
OTHERS: dict[str, tuple[Names, ...]] = {"signup_time": SIGNUP, "campaign_id": CAMPAIGN, "channel": CHANNEL}
NO_AMOUNT = "? no column says what an order cost: "


@dataclass(frozen=True)
class Guess:
    """columns: ours → theirs, an expression, or a question ("? …"). operands: theirs that go into money. notes: lines
    for a person. order: the column that names the order, though the table be none of orders."""

    table: str
    columns: dict[str, str]
    operands: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    order: str = ""
    settings: dict[str, str | list[str]] = field(default_factory=dict)

    @property
    def asked(self) -> list[str]:
        """What is left open."""
        return [key for key, value in {**self.settings, **self.columns}.items() if str(value).startswith("?")]


def guess(sample: Sample) -> Guess:
    """The likeliest table of a file. Raises BadInput, naming its columns, where no person or no time is in it."""
    time = roles.time(sample)
    user = roles.user(replace(sample, names=tuple(name for name in sample.names if name != time)))
    if rare := _rare(sample, user, time):
        return rare
    if not user and time and (costs := _costs(sample, time)):
        return costs
    order = roles.order(sample, user)
    if not user and time and (maybe := roles.ids_by_values(sample, [time, order])):
        user = f"? is one of these the person's id: {', '.join(repr(name) for name in maybe[:5])}? Write it"
    if not user or not time:
        if is_row(sample.names):
            raise BadInput(NO_HEADER)
        if len(sample.names) == 1:
            raise BadInput(
                f"columns {_listed(sample.names)}: one column alone; take out the lines above its header, or say what "
                "stands between the values: delimiter"
            )
        lacks = " and ".join(word for word, found in (("user id", user), ("time", time)) if not found)
        raise BadInput(
            f"columns {_listed(sample.names)}: no {lacks} can be made out; write the table by hand: "
            'columns = { user_id = "…", time = "…", amount = "…" }'
        )
    base = {"user_id": user, "time": time}
    rest = replace(sample, names=tuple(name for name in sample.names if name not in (user, time)))
    notes = _notes(sample, user)
    if hours := [name for name in rest.names if looks.is_hour_alone(sample.filled(name))]:
        notes.append(f"the hours in '{hours[0]}' are not read: of '{time}' only the day counts")
    paid = money(rest, order)
    found = (_events if _is_log(rest, paid, order) else _orders)(rest, base, paid, order, notes)
    for name in (*found.columns.values(), *found.operands):
        if sample.names.count(name) > 1:
            raise BadInput(f"has two columns named '{name}'; rename one of them")
    return found


def as_orders(found: Guess, cure: str) -> Guess:
    """A table of orders without amounts, which lie elsewhere: the same with a question."""
    columns = {ours: found.columns[ours] for ours in ("user_id", "time")}
    columns |= {"amount": NO_AMOUNT + cure, "order_id": found.order}
    return replace(found, table="orders", columns=columns, operands=())


def _is_log(sample: Sample, paid: Money, order: str) -> bool:
    """Whether a file is a log of events and not one of orders: a price beside views is no amount."""
    if not paid.amount:
        return True
    event = _event(sample)
    if event:
        kinds = {plain(value) for value in sample.filled(event)}
        return not (order and kinds and kinds <= SALES)
    names = {plain(name) for name in sample.names}
    if not order and (by_name(SESSION, sample.names) or "sessionend" in names):
        return True
    # A value beside an item, and no order: what the value is of, nobody says.
    return plain(paid.amount) == "value" and not order and bool(by_name(ITEM, sample.names))


def _orders(sample: Sample, columns: dict[str, str], paid: Money, order: str, notes: list[str]) -> Guess:
    columns = columns | {"amount": paid.amount} | ({"order_id": order} if order else {})
    columns |= {"items": paid.items} if paid.items else {}
    taken = {*columns.values(), *paid.operands}
    if (discount := _discount(sample)) and discount not in taken:
        columns["discount"] = discount
    if channel := _few(sample, CHANNEL, "channel", taken):
        columns["channel"] = channel
    return Guess("orders", _without_strays("orders", sample, columns), paid.operands, tuple(notes), order)


def _events(sample: Sample, columns: dict[str, str], paid: Money, order: str, notes: list[str]) -> Guess:
    event = _event(sample) or _few(sample, EVENT, "event", {order})
    columns = columns | ({"event": event} if event else {})
    for ours, groups in (("session_id", SESSION), ("item", ITEM)):
        found = [one.name for one in by_name(groups, sample.names, ours) if one.name not in columns.values()]
        if found:
            columns[ours] = found[0]
    operands: tuple[str, ...] = ()
    if paid.amount and paid.price_alone:
        notes = [*notes, f"'{paid.operands[0]}' is left out: a price beside what is done is no sum of money"]
    elif paid.amount:
        columns["value"], operands = _value(sample, paid, event), paid.operands
    if not event and order and not paid.amount and "item" not in columns:
        notes = [*notes, "no column says what an order cost: its rows count as events"]
    return Guess("events", _without_strays("events", sample, columns), operands, tuple(notes), order)


def _value(sample: Sample, paid: Money, event: str) -> str:
    """The value of events, or a question where several kinds have one: which of them are money, and which the same?"""
    if paid.amount.startswith("?") or not event:
        return paid.amount
    of = zip(sample.rows[event], sample.rows[paid.operands[0]], strict=True)
    kinds = sorted({kind for kind, value in of if kind and value})
    if len(kinds) == 1:
        return paid.amount
    named = f" ({', '.join(kinds[:4])})" if kinds else ""
    return (
        f"? '{paid.amount}' may stand in several kinds of event{named}: is it right to add all up? "
        f"If so write '{paid.amount}'; else give the purchases as a table of orders"
    )


def _rare(sample: Sample, user: str, time: str) -> Guess | None:
    """One of the tables beside orders and events."""
    own = {}
    for name in {column.name for contract in OF_USERS.values() for column in contract.columns}:
        found = by_name(({"": plain(name)}, *OTHERS.get(name, ())), sample.names, name)
        if found:
            own[name] = found[0].name
    own |= ({"user_id": user} if user else {}) | ({"time": time} if time else {})
    if not user:
        return None
    for table, telling in RARE:
        if time and all(name in own for name in telling):
            return Guess(table, _of(table, own), notes=tuple(_notes(sample, user, once=table == "users")))
    ids = sample.filled(user) if not user.startswith("?") else []
    once = bool(ids) and len(set(ids)) == len(ids)  # a row a user, and no time: what is known of people
    attributes = "signup_time" in own or (not time and ("consent_marketing" in own or once))
    if attributes and not _event(sample) and not money(sample, "").amount:
        if plain(time) not in ("time", "validfrom") or time == own.get("signup_time"):
            own.pop("time", None)
        return Guess("users", _of("users", own), notes=tuple(_notes(sample, user, once=True)))
    return None


def _costs(sample: Sample, time: str) -> Guess | None:
    """A table of what channels cost, which tells of no user: a channel and a cost stand in it, and no order."""
    if roles.order(sample, ""):
        return None
    columns = {"time": time}
    for ours, groups in (("channel", CHANNEL), ("cost", COST), ("campaign_id", CAMPAIGN)):
        if found := [one.name for one in by_name(groups, sample.names, ours) if one.name not in columns.values()]:
            columns[ours] = found[0]
    return Guess(COSTS, columns) if {"channel", "cost"} <= set(columns) else None


def _of(table: str, own: dict[str, str]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for column in sorted(CONTRACTS[table].columns, key=lambda column: not column.needed):
        if column.name in own and own[column.name] not in chosen.values():
            chosen[column.name] = own[column.name]
    return chosen


def _without_strays(table: str, sample: Sample, columns: dict[str, str]) -> dict[str, str]:
    """A column with our name is read without being asked for; where it is not what we mean, that becomes a question."""
    found = dict(columns)
    for column in CONTRACTS[table].columns:
        name = column.name
        if name in sample.names and name not in columns and name not in columns.values():
            if column.kind in ("money", "number"):
                found[name] = f"? is '{name}' what is meant by {name} ({column.unit})? Write '{name}', or rename it"
            elif column.kind == "text":
                found[name] = name
    return found


def _event(sample: Sample) -> str:
    """The column of kinds of events by a name that says so; a type alone does not."""
    strong = [one for one in by_name(EVENT, sample.names, "event") if one.rank <= 0]
    return next((one.name for one in strong if len(set(sample.filled(one.name))) <= KINDS), "")


def _few(sample: Sample, groups: Sequence[Names], ours: str, without: set[str]) -> str:
    """The first column by name that holds few different texts."""
    for one in by_name(groups, sample.names, ours):
        values = sample.filled(one.name)
        few = len(set(values)) <= KINDS and (len(values) < 20 or len(set(values)) < 0.5 * len(values))
        if one.name not in without and few and not looks.is_address(values):
            return one.name
    return ""


def _discount(sample: Sample) -> str:
    """The column of discounts in money: one whose values say that it holds shares, or do not say, is left out."""
    for one in by_name(DISCOUNT, sample.names, "discount"):
        values = sample.filled(one.name)
        known = [value for value in looks.numbers(values) or [] if value is not None]
        shares = not known or all(abs(value) <= 1 for value in known) or any("%" in value for value in values)
        if known and not shares and one.rank <= 0:
            return one.name
        if not values and not sample.rows.get(one.name) and one.rank <= 0:
            return one.name
    return ""


def _notes(sample: Sample, user: str, once: bool = False) -> list[str]:
    """Doubts about the column of users. once: each user stands in the table once, as in one of users."""
    if user.startswith("?") or not user:
        return []
    values = sample.filled(user)
    if looks.is_address(values) or roles.is_personal(user):
        return [f"'{user}' holds addresses or names of people: better an id, or a hash of it"]
    if not once and len(values) >= 50 and not looks.repeats(values):
        return [f"no user comes twice in {len(values)} rows looked at: is '{user}' the person's id, or the row's?"]
    return []


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(" ".join(name.split())[:40] or "(no name)" for name in names[:12])
    return shown + (f" and {len(names) - 12} more" if len(names) > 12 else "") if names else "(none)"
