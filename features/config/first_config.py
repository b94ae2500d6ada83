"""Writes a first holdfast.toml from the files it is shown, guessing which table and columns they are."""

import csv
import glob
import gzip
import json
import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.catalogue.input_tables import CONTRACTS
from features.errors import BadInput

# Names that other people give to our columns, most telling first; matched on lower case without separators.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "user_id": (
        *("userid", "customerid", "customer", "user", "memberid", "clientid"),
        *("accountid", "householdid", "uid", "custid", "buyerid"),
    ),
    "time": (
        *("time", "timestamp", "ts", "datetime", "date", "createdat", "orderdate"),
        *("eventtime", "transactiontimestamp", "purchasedate"),
    ),
    "amount": ("amount", "total", "price", "revenue", "value", "sales", "salesvalue", "paid", "spend", "ordervalue"),
    "order_id": ("orderid", "order", "basketid", "invoiceno", "invoice", "transactionid", "receiptid"),
    "items": ("items", "quantity", "qty", "units"),
    "discount": ("discount", "rebate", "retaildisc"),
    "event": ("event", "eventname", "eventtype", "action", "type"),
    "session_id": ("sessionid", "session"),
    "value": ("value",),
    "item": ("item", "itemid", "productid", "sku", "page"),
    "signup_time": ("signuptime", "signupdate", "registeredat", "joinedat"),
    "campaign_id": ("campaignid", "campaign"),
}
# A table is told by the column that only it has; the first that fits, wins.
TELLING = (
    ("points", "points"),
    ("feedback", "resolved_at"),
    ("messages", "campaign_id"),
    ("users", "signup_time"),
    ("orders", "amount"),
    ("events", "time"),
)
# Events may have a value too: beside one of these, a column of that name is no order's amount.
OF_EVENTS = ("event", "session_id", "item")

KINDS = (".parquet", ".pq", ".csv", ".csv.gz")

REST = """
[churn]
# activity = ["orders"]           # whose rows count as being here: a table, or "events:login"
horizon_days = 90                 # no activity in the 90 days from a cutoff on = churned
eligible_days = 180               # who is scored: last activity at most so many days ago

# Everything else has defaults; docs/reference/settings.md says what they are.
# [project]
# name = "{name}"                 # names the model in the registry
# timezone = "UTC"                # of timestamps without a zone, and of days
# [store]
# path = "store"                  # snapshots, pictures, quarantine, MLflow's file
"""


def write(files: Sequence[Path], target: Path) -> list[str]:
    """Write ``target`` for the given CSV or Parquet files; returns what was guessed, a line a table.

    Without files it looks at those of the current folder and leaves out what it cannot make out. Raises BadInput when
    the target is there already, a file cannot be read, or no table can be made out.
    """
    if target.exists():
        raise BadInput(f"{target}: is there already; remove it, or write to another with --config")
    found = files or sorted(path for path in Path.cwd().iterdir() if path.name.endswith(KINDS))
    if not found:
        raise BadInput("no file to look at; name your CSV or Parquet files: holdfast init orders.csv")
    sections, told = {}, []
    for file in found:
        try:
            name, columns = guess(_names(file))
        except BadInput as error:
            if files:
                raise BadInput(f"{file}: {error}") from None
            told.append(f"{file.name}: left out: {error}")
            continue
        if name in sections:
            raise BadInput(f"{file}: looks like {name}, and so did a file before it; name one file per table")
        sections[name] = _section(name, file, columns, target)
        told.append(f"{file}: {name} ({', '.join(f'{ours} = {theirs}' for ours, theirs in columns.items())})")
    if not {"orders", "events"} & set(sections):
        raise BadInput(f"{found[0]}: neither orders nor events can be made out; write [tables.orders] by hand")
    header = "# Holdfast's configuration: what was guessed from your files. Check every line.\n"
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", target.absolute().parent.name) or "holdfast"
    whole_files.write_text(target, header + "".join(sections.values()) + REST.format(name=name))
    return told


def guess(names: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The likeliest table for a file's columns, and ours = theirs; raises BadInput where it has no user or time."""
    plain = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in reversed(names)}
    found = {}
    for ours in {column.name for contract in CONTRACTS.values() for column in contract.columns}:
        for synonym in (ours.replace("_", ""), *SYNONYMS.get(ours, ())):
            if synonym in plain:
                found[ours] = plain[synonym]
                break
    if found.get("amount") == found.get("value") and any(column in found for column in OF_EVENTS):
        found.pop("amount", None)
    for name, telling in TELLING:
        contract = CONTRACTS[name]
        needed = [column.name for column in contract.columns if column.needed]
        if telling in found and all(column in found for column in needed):
            taken: dict[str, str] = {}
            for column in sorted(contract.columns, key=lambda column: not column.needed):
                if column.name in found and found[column.name] not in taken.values():
                    taken[column.name] = found[column.name]
            return name, taken
    raise BadInput(f"columns {', '.join(names)}: no user id and time can be made out; write the table by hand")


def _names(file: Path) -> list[str]:
    try:
        if file.suffix in (".parquet", ".pq"):
            return pq.read_schema(file).names
        with (gzip.open if file.suffix == ".gz" else open)(file, "rt", encoding="utf-8-sig", errors="replace") as text:
            head = text.readline()
        return next(csv.reader([head], delimiter=max(",;\t|", key=head.count)), [])
    except (OSError, EOFError, pa.ArrowInvalid, csv.Error) as error:
        cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error).splitlines()[0]
        raise BadInput(f"cannot be read: {cause}; name a CSV or Parquet file") from None


def _section(name: str, file: Path, columns: dict[str, str], target: Path) -> str:
    path = file.absolute()
    folder = target.absolute().parent
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    # A quoted text of JSON is one of TOML, too. The path is a pattern: brackets in a file's name must not count as one.
    lines = [f"\n[tables.{name}]", f"path = {json.dumps(glob.escape(shown.as_posix()), ensure_ascii=False)}"]
    mapped = [
        f"{ours} = {json.dumps(theirs, ensure_ascii=False)}" for ours, theirs in columns.items() if ours != theirs
    ]
    if mapped:
        lines.append(f"columns = {{ {', '.join(mapped)} }}   # ours = yours")
    return "\n".join(lines) + "\n"
