"""The input contracts: which tables and columns Holdfast reads, and what a missing value in them means."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["user", "id", "time", "money", "number", "integer", "text", "flag", "date"]

# Ibis dtypes of clean columns. Times are UTC without a zone; money adds up exactly, in any order.
DTYPES: dict[str, str] = {
    "id": "string",
    "time": "timestamp(6)",
    "money": "decimal(18, 4)",
    "number": "float64",
    "integer": "int64",
    "text": "string",
    "flag": "boolean",
    "date": "date",
}


PLACES = 4  # decimals of money, where a table's section does not say otherwise (`digits`)


def money(digits: int | None) -> str:
    """The dtype of money with so many decimals; None: as many as usual."""
    return f"decimal(18, {PLACES if digits is None else digits})"


@dataclass(frozen=True)
class InputColumn:
    """One column of an input table: our name, what it holds, its unit, what null means, whether it must be there."""

    name: str
    kind: Kind
    unit: str
    null: str
    needed: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    """One input table. ``time`` is when a row happened; ``known_at``, where given, is when it became known."""

    name: str
    meaning: str
    columns: tuple[InputColumn, ...]

    def column(self, name: str) -> InputColumn:
        return next(column for column in self.columns if column.name == name)


USER = InputColumn("user_id", "user", "integer or text", "never: the row is set aside", needed=True)
TIME = InputColumn("time", "time", "UTC instant", "never: the row is set aside", needed=True)
ZONE = "time zone"  # the unit of a text that has to be one of the IANA list
KNOWN = InputColumn("known_at", "time", "UTC instant", "known when it happened")

CONTRACTS: dict[str, Contract] = {
    contract.name: contract
    for contract in (
        Contract(
            "orders",
            "Purchases. Rows with the same user, order_id and time are lines of one order and are merged.",
            (
                USER,
                TIME,
                InputColumn("amount", "money", "currency", "never: the row is set aside", needed=True),
                InputColumn("order_id", "text", "name", "the user and the time name the order"),
                InputColumn("items", "number", "items", "not known"),
                InputColumn("discount", "money", "currency", "not known"),
                InputColumn("channel", "text", "name", "not known"),
                KNOWN,
            ),
        ),
        Contract(
            "events",
            "Anything a user does.",
            (
                USER,
                TIME,
                InputColumn("event", "text", "name", "one kind of event"),
                InputColumn("session_id", "text", "name", "outside any session"),
                InputColumn("value", "money", "as configured", "no value"),
                InputColumn("item", "text", "name", "about no item"),
                InputColumn("channel", "text", "name", "not known"),
                KNOWN,
            ),
        ),
        Contract(
            "users",
            "What is known about a user, valid from ``time`` on.",
            (
                USER,
                InputColumn("time", "time", "UTC instant", "valid always"),
                InputColumn("signup_time", "time", "UTC instant", "not known"),
                InputColumn("channel", "text", "name", "not known"),
                InputColumn("plan", "text", "name", "not known"),
                InputColumn("consent_marketing", "flag", "yes or no", "no consent"),
                InputColumn("birthday", "date", "date", "not known"),
                InputColumn("region", "text", "name", "not known"),
                InputColumn("timezone", "text", ZONE, "that of the project"),
                InputColumn("invited_by", "text", "user id", "came without an invitation"),
            ),
        ),
        Contract(
            "messages",
            "Messages sent to users.",
            (
                USER,
                TIME,
                InputColumn("channel", "text", "name", "never: the row is set aside", needed=True),
                InputColumn("campaign_id", "text", "name", "outside any campaign"),
                InputColumn("opened_at", "time", "UTC instant", "not opened"),
                InputColumn("clicked_at", "time", "UTC instant", "not clicked"),
                InputColumn("opted_out_at", "time", "UTC instant", "did not opt out"),
                InputColumn("delivered_at", "time", "UTC instant", "not known to have arrived"),
            ),
        ),
        Contract(
            "points",
            "Movements of loyalty points: earned, then claimed by the user, then spent or expired.",
            (
                USER,
                TIME,
                InputColumn(
                    "kind",
                    "text",
                    "name",
                    "never: the row is set aside",
                    needed=True,
                    values=("earned", "claimed", "spent", "expired"),
                ),
                InputColumn("points", "money", "points, above 0", "never: the row is set aside", needed=True),
                InputColumn("task", "text", "name", "for no task"),
            ),
        ),
        Contract(
            "feedback",
            "What users told the team.",
            (
                USER,
                TIME,
                InputColumn(
                    "kind",
                    "text",
                    "name",
                    "never: the row is set aside",
                    needed=True,
                    values=("complaint", "survey", "ticket"),
                ),
                InputColumn("score", "number", "as asked", "no score"),
                InputColumn("resolved_at", "time", "UTC instant", "not resolved"),
                InputColumn("responded_at", "time", "UTC instant", "not answered, or not known"),
            ),
        ),
        Contract(
            "identities",
            "Whose an id is: the number of a card, a hashed phone, the id of another platform. A table whose rows are "
            'told by one says so, `user_id = { id_type = "card", column = "card_no" }`. Ids are compared as text: 007 '
            "is not 7. An id of several users is nobody's.",
            (
                USER,
                InputColumn("time", "time", "UTC instant: linked since", "linked always"),
                InputColumn("id_type", "text", "name, such as card", "never: the row is set aside", needed=True),
                InputColumn("id", "id", "integer or text", "never: the row is set aside", needed=True),
            ),
        ),
        Contract(
            "assignments",
            "Who was to be written to and who was held back, in campaigns that were planned elsewhere, so that what "
            "they changed can be verified. No activity of users; features do not read it.",
            (
                USER,
                TIME,
                InputColumn("campaign_id", "text", "name", "never: the row is set aside", needed=True),
                InputColumn(
                    "arm",
                    "text",
                    "name",
                    "never: the row is set aside",
                    needed=True,
                    values=("treatment", "holdout"),
                ),
                InputColumn("share", "number", "share held back, as planned", "as the arms' sizes say"),
                InputColumn("cluster", "text", "name of users who are alike or were drawn together", "a user alone"),
            ),
        ),
        Contract(
            "costs",
            "What was spent on a channel, by day: ads, fees, rewards for invitations. It tells of no user; boards read "
            "it, features do not. Several rows of a day and channel add up; an amount below 0 was given back. The "
            "channels are those of the table users, where they bring new users, or of messages.",
            (
                InputColumn("time", "time", "UTC instant: a day", "never: the row is set aside", needed=True),
                InputColumn("channel", "text", "name", "never: the row is set aside", needed=True),
                InputColumn("cost", "money", "currency", "never: the row is set aside", needed=True),
                InputColumn("campaign_id", "text", "name", "outside any campaign"),
            ),
        ),
    )
}
IDENTITIES, ASSIGNMENTS, COSTS = "identities", "assignments", "costs"
# Tables that stand beside those of users: no feature reads them.
BESIDE = (ASSIGNMENTS, COSTS)
# The tables that tell of a user: what features may read and requests may bring.
OF_USERS = {name: contract for name, contract in CONTRACTS.items() if name not in (IDENTITIES, *BESIDE)}
