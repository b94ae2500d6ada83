"""The section [tables.<name>]: where a table lies, what its columns are called, and how its values are written."""

import codecs
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, field_validator, model_validator

from features.catalogue.input_tables import CONTRACTS, COSTS, IDENTITIES
from features.config.row_rules import check_row_rule
from features.config.section import Section, Uri
from features.config.server_address import known_place
from features.config.time_formats import as_list, check_time_format
from features.errors import did_you_mean

TimeFormat = Annotated[str, AfterValidator(check_time_format)]
Rule = Annotated[str, AfterValidator(check_row_rule)]
SEPARATORS = {",", ";", "\t", "|", ":", " ", "~", "^", "\x01"}
NEVER = set("0123456789.,+-()'\"")  # a currency is written without these
# Keys that came later. Where one says nothing it stays out of the configuration's hash, which models remember.
NOTATIONS = ("encoding", "delimiter", "time_format", "decimal", "thousands", "currency", "digits")
LATER = (*NOTATIONS, "format", "guests", "cancelled", "repeats")
LINKED = "{ id_type, column }"  # how an error of Pydantic names that branch


class LinkedUser(Section):
    """A table's users by another id: identities says whose it is."""

    id_type: str = Field(min_length=1, description="The kind of id, as it stands in identities.")
    column: str = Field(min_length=1, description="The column of yours that holds it.")


def _branch(value: Any) -> str:
    return LINKED if isinstance(value, dict | LinkedUser) else "str"


Theirs = Annotated[Annotated[str, Tag("str")] | Annotated[LinkedUser, Tag(LINKED)], Discriminator(_branch)]


class TableSource(Section):
    path: str | list[str] | None = Field(
        None,
        description="File, files, glob or folder, relative to this file: Parquet, CSV (.gz, .bz2, .zst, .zip), JSON "
        "lines (.jsonl), Excel (.xlsx; needs holdfast[excel]) or Arrow (.arrow, .feather). Folders named like "
        "`year=2026` are columns. Or on object storage: `s3://bucket/orders/*.parquet`, `gs://`, `abfss://`; "
        "credentials come from the environment alone.",
    )
    format: Literal["delta", "iceberg"] | None = Field(
        None,
        description="Of a path that is the folder of a Delta or Iceberg table: it is read at its newest version (needs "
        "holdfast[delta] or holdfast[iceberg]).",
    )
    uri: Uri | None = Field(
        None, description='Instead of path: a PostgreSQL server, "postgresql://${DB}". No password is written here.'
    )
    table: str | None = Field(None, min_length=1, description='uri only: its table or view, such as "shop.orders".')
    columns: dict[str, Theirs] = Field(
        default={},
        description="ours = yours; a column with our name needs no entry. Money and numbers may be plain arithmetic on "
        'yours: `amount = "Quantity * UnitPrice"` (names with spaces in backticks or double quotes; exact to eight '
        "places, halves are rounded away from zero). Where another id tells the user, one that the table identities "
        'links: `user_id = { id_type = "card", column = "card_no" }`.',
    )
    encoding: str | None = Field(
        None, description="Of text files: how they are written, such as `utf-16`, `gbk` or `latin-1`. Default: UTF-8."
    )
    delimiter: str | None = Field(
        None, description="Of CSV files: what stands between the values. Default: what the header tells."
    )
    time_format: TimeFormat | list[TimeFormat] | None = Field(
        None,
        description="How times and dates are written, beside ISO (2026-01-31 12:00), which is always read: a pattern "
        "of strptime (`%d/%m/%Y %H:%M`), `epoch_s`, `epoch_ms`, `epoch_us` (seconds, milliseconds, microseconds since "
        "1970 in UTC), `excel` (days since 1899), or a list, of which the first that fits counts.",
    )
    decimal: Literal[".", ","] | None = Field(
        None, description='What stands before the decimals of numbers in text. Default: ".".'
    )
    thousands: Literal[",", ".", " ", "'"] | None = Field(
        None, description="What stands between the thousands of numbers in text. Default: nothing does."
    )
    currency: str | list[str] | None = Field(
        None, description='Signs or codes around amounts in text that are left out, such as "€" or ["EUR", "USD"].'
    )
    digits: int | None = Field(
        None,
        ge=0,
        le=8,
        description="How many decimals of amounts are kept, 4 where nothing is said: more are rounded, which `holdfast "
        "check` counts. With 8, amounts may have ten digits before the point.",
    )
    refunds: Literal["negative"] | None = Field(None, description="orders only: negative amounts are refunds.")
    guests: Literal["drop"] | None = Field(
        None, description="Rows without a user are guests: counted, left out, and not bad."
    )
    cancelled: Rule | list[Rule] | None = Field(
        None,
        description="orders, events: a comparison on a column of yours, `status == 'cancelled'`, or several of which "
        "one holds: such rows are counted and left out.",
    )
    repeats: Literal["keep", "drop"] | None = Field(
        None,
        description="orders, events: whether exact copies of a whole row count once. Default: drop in orders, keep in "
        "events.",
    )
    fixed: list[str] = Field(
        default=[],
        description="users without 'time' only: columns that never change. Of the others only today's value is "
        "known, so they serve today's rules and enter neither models nor replay.",
    )

    @model_validator(mode="after")
    def one_source(self) -> "TableSource":
        if self.path is None and self.uri is None:
            raise ValueError("neither path nor uri; add a path, or uri and table of a PostgreSQL server")
        if self.path is not None and (self.uri or self.table):
            raise ValueError("path beside uri and table; take one of them out")
        if self.uri is not None and self.table is None:
            raise ValueError('uri without a table; add table = "…"')
        if self.format and not isinstance(self.path, str):
            raise ValueError(f'format = "{self.format}" without one path; name the folder of the table as path')
        if (self.decimal or ".") == self.thousands:
            raise ValueError(
                f"thousands = {self.thousands!r} is what stands before the decimals, too; set decimal to the other sign"
            )
        return self

    @field_validator("path")
    @classmethod
    def readable(cls, value: str | list[str] | None) -> str | list[str] | None:
        for one in as_list(value):
            known_place(one)
        return value

    @field_validator("encoding")
    @classmethod
    def known(cls, value: str | None) -> str | None:
        try:
            if value is not None and not codecs.lookup(value)._is_text_encoding:
                raise LookupError
        except (LookupError, ValueError):
            raise ValueError(f"no encoding '{value}'; write one such as 'utf-16', 'gbk' or 'cp1252'") from None
        return value

    @field_validator("delimiter")
    @classmethod
    def stands_between(cls, value: str | None) -> str | None:
        if value is not None and value not in SEPARATORS:
            raise ValueError(f'{value!r} cannot stand between values; write one such as ",", ";", "|" or "\\t"')
        return value

    @field_validator("currency")
    @classmethod
    def no_number(cls, value: str | list[str] | None) -> str | list[str] | None:
        for one in as_list(value):
            if not one.strip() or set(one) & NEVER:
                raise ValueError(f"{one!r} is no currency; write its sign or code, such as '€' or 'EUR'")
        return value

    @property
    def time_formats(self) -> list[str]:
        """How times may be written, beside ISO."""
        return as_list(self.time_format)

    @property
    def currencies(self) -> list[str]:
        """What is left out of amounts, longest first."""
        return sorted((one.strip() for one in as_list(self.currency)), key=lambda one: (-len(one), one))

    @property
    def linked(self) -> LinkedUser | None:
        """The id that tells the user, where identities says whose it is."""
        user = self.columns.get("user_id")
        return user if isinstance(user, LinkedUser) else None

    def theirs(self, ours: str) -> str:
        """The column of the file, or arithmetic on its columns, that is ours."""
        found = self.columns.get(ours, ours)
        return found.column if isinstance(found, LinkedUser) else found

    @property
    def source(self) -> str:
        """What stands in the file, to name it by: the first path, or the server's table."""
        return str(self.table) if self.uri else self.patterns()[0]

    def patterns(self) -> list[str]:
        """The paths as they stand in the file; none of a PostgreSQL table."""
        return [self.path] if isinstance(self.path, str) else self.path or []


def broken(tables: Mapping[str, TableSource], own: Sequence[str] = ()) -> tuple[str, str] | None:
    """The first key of the tables that cannot be, and why; None where all can.

    own: columns of users beside those of the contract.
    """
    for name, source in tables.items():
        if found := _unknown(name, source, own) or _elsewhere(name, source):
            return f"tables.{name}{found[0]}", found[1]
    if link := broken_link(tables):
        return link
    if not {"orders", "events"} & set(tables):
        return "tables", "neither 'orders' nor 'events'; add [tables.orders] with a path"
    return None


def _unknown(name: str, source: TableSource, own: Sequence[str]) -> tuple[str, str] | None:
    """A table or column that there is not."""
    if name not in CONTRACTS:
        return "", f"no table '{name}'; {did_you_mean(name, CONTRACTS)}"
    known = [column.name for column in CONTRACTS[name].columns] + (list(own) if name == "users" else [])
    for ours in source.columns:
        if ours not in known:
            return ".columns", f"no column '{ours}'; {did_you_mean(ours, known)}"
    return None


def _elsewhere(name: str, source: TableSource) -> tuple[str, str] | None:
    """A key that belongs to other tables."""
    if source.refunds and name != "orders":
        return ".refunds", "only orders have refunds; take the line out"
    if source.digits is not None and not any(one.kind == "money" for one in CONTRACTS[name].columns):
        return ".digits", "this table has no amounts; take the line out"
    for key in ("cancelled", "repeats"):
        if getattr(source, key) and name not in ("orders", "events"):
            return f".{key}", "only orders and events have that; take the line out"
    if source.guests and name == COSTS:
        return ".guests", "costs are of no user; take the line out"
    if source.fixed and name != "users":
        return ".fixed", "only users have fixed columns; take the line out"
    for number, fixed in enumerate(source.fixed):
        names = [column.name for column in CONTRACTS["users"].columns if column.kind not in ("user", "time")]
        if fixed not in names:
            return f".fixed[{number}]", f"no column '{fixed}'; {did_you_mean(fixed, names)}"
    return None


def broken_link(tables: Mapping[str, TableSource]) -> tuple[str, str] | None:
    """The key that does not go with the table identities, and why; None where all go."""
    for name, source in tables.items():
        for ours, theirs in source.columns.items():
            if not isinstance(theirs, LinkedUser):
                continue
            key = f"tables.{name}.columns.{ours}"
            if ours != "user_id" or name == IDENTITIES:
                return key, "identities tells the user_id of other tables only; name a column of the file"
            if IDENTITIES not in tables:
                return key, f"id_type '{theirs.id_type}' needs [tables.{IDENTITIES}]; add it with a path"
    if IDENTITIES in tables and not any(source.linked for source in tables.values()):
        cure = 'write user_id = { id_type = "card", column = "card_no" } into the columns of one, or take it out'
        return f"tables.{IDENTITIES}", f"no table tells its users by another id; {cure}"
    return None
