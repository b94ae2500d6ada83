"""What came back: messages with ``campaign_id = run/play`` beside what was exported, and the assignments as a table."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features import whole_files
from features.engine.duckdb_session import read
from features.groups.rule_sql import quoted
from features.user_base import UserBase
from serving.campaigns.contact_state import EXPORTED
from serving.campaigns.fates import TREATMENT
from serving.campaigns.receipts import exported, first_exports
from serving.campaigns.run import CAMPAIGNS, open_run

WAIT_DAYS = 7  # after which a message that was not seen is told
ASSIGNED = "assignments.parquet"


@dataclass(frozen=True)
class Outcome:
    """A run's play on a channel: users exported, of whom messages were seen, and what became of those. late: exported
    more than WAIT_DAYS ago, and no message was seen. None: messages do not tell."""

    run: str
    play: str
    channel: str
    exported: int
    sent: int
    delivered: int | None
    opened: int | None
    clicked: int | None
    opted_out: int | None
    late: int


def read_back(base: UserBase, now: datetime) -> list[Outcome]:
    """Match messages with exported lists, run by run. now: UTC, without a zone."""
    con, messages = base.con, base.tables.get("messages")
    sent = exported(base.config.store_path, _user(base))
    con.con.register("exported_rows", sent.filter(pc.equal(sent["arm"], TREATMENT)))
    marks = ("delivered_at", "opened_at", "clicked_at", "opted_out_at")
    there = messages.columns if messages is not None else ()
    if messages is None or "campaign_id" not in there:
        seen = "SELECT user_id, campaign_id FROM exported_rows LIMIT 0"
    else:
        first = ", ".join(f"min({name}) AS {name}" for name in marks if name in there)
        picked = ", ".join(["user_id", "campaign_id", *([first] if first else [])])
        seen = f"SELECT {picked} FROM ({con.compile(messages)}) WHERE campaign_id IS NOT NULL GROUP BY ALL"
    told = [f"count(s.{name}) AS {name}" if name in there else f"NULL::BIGINT AS {name}" for name in marks]
    late = f"e.time < TIMESTAMP '{(now - timedelta(days=WAIT_DAYS)).isoformat(sep=' ')}' AND s.campaign_id IS NULL"
    rows = read(
        con,
        f"SELECT e.campaign_id, e.channel, count(*) AS exported, count(s.campaign_id) AS sent, {', '.join(told)}, "
        f"count(CASE WHEN {late} THEN 1 END) AS late FROM exported_rows AS e LEFT JOIN ({seen}) AS s "
        "ON s.user_id = e.user_id AND s.campaign_id = e.campaign_id GROUP BY ALL ORDER BY ALL",
    ).to_pylist()
    con.con.unregister("exported_rows")
    found = []
    for row in rows:
        run, _, play = row.pop("campaign_id").partition("/")
        marked = {name.removesuffix("_at"): row.pop(name) for name in marks}
        found.append(Outcome(run, play, **row, **marked))
    return found


def write_assignments(base: UserBase) -> Path:
    """Write the assignments of all exported runs as an input table: user_id, time, campaign_id, arm, share.

    By intention to treat, as ``holdfast verify`` takes them from the runs: all whom a play drew into an arm, from its
    first export on, also who was dropped by it or left out. share: of users held out.
    """
    store, user = base.config.store_path, _user(base)
    kind = pa.schema(
        [
            ("user_id", user),
            ("time", pa.timestamp("us")),
            ("campaign_id", pa.string()),
            ("arm", pa.string()),
            ("share", pa.float64()),
        ]
    )
    found = [kind.empty_table()]
    for (name, play), at in sorted(first_exports(store).items()):
        run = open_run(store, name)
        if run.user != user:
            continue  # ids of another type are nobody's now
        files, share = ", ".join(quoted(str(file)) for file in run.files), run.plays[play]["holdout"]
        rows = read(
            base.con,
            f"SELECT user_id, TIMESTAMP {quoted(at.isoformat(sep=' '))} AS time, "
            f"{quoted(f'{name}/{play}')} AS campaign_id, arm, {share!r}::DOUBLE AS share "
            f"FROM read_parquet([{files}]) WHERE play = {quoted(play)} AND arm IS NOT NULL ORDER BY user_id",
        )
        found.append(rows.cast(kind))
    file = store / CAMPAIGNS / ASSIGNED
    file.parent.mkdir(parents=True, exist_ok=True)
    whole_files.write_parquet(file, pa.concat_tables(found))
    return file


def _user(base: UserBase) -> pa.DataType:
    table = next(iter(base.tables.values()))
    return table.schema().to_pyarrow().field("user_id").type if len(base.tables) else EXPORTED.field("user_id").type
