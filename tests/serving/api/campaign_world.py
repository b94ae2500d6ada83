"""A campaign run over a snapshot whose users are literal rows: some consent, some do not."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.config import Config, load
from features.engine.duckdb_session import connect
from features.tables.clean import CleanTables
from features.user_base import UserBase
from serving.batch.snapshot import Snapshot
from serving.campaigns.plan import plan
from serving.campaigns.run import Run

PLAYBOOK = """
[contact]
quiet_hours = { from = "21:00", to = "09:00" }
[contact.channels.email]
[[play]]
name = "worth_it"
en = "Worth it"
zh = "值得挽回"
all = ["value_at_stake >= 0"]
channels = ["email"]
holdout = 0.3
until = 2099-12-31
[[play]]
name = "everybody_scored"
all = ["churn_risk >= 0"]
channels = ["email"]
holdout = 0.3
"""


def with_playbook(config: Config, folder: Path, more: str = "") -> Config:
    """The configuration with the playbook, its file in that folder; the store stays."""
    file = folder / "campaigns.toml"
    file.write_text(config.file.read_text(encoding="utf-8") + PLAYBOOK + more, encoding="utf-8")
    return load(file).model_copy(update={"store": config.store.model_copy(update={"path": str(config.store_path)})})


def planned(config: Config, snapshot: Snapshot, consenting: Sequence[Any], mark: str = "", by: str = "ann") -> Run:
    """A run over the snapshot. consenting: who may be written to. mark: makes another run of it."""
    ids = snapshot.table()["user_id"].combine_chunks()
    yes = set(consenting)
    users = pa.table({"user_id": ids, "consent_marketing": [one in yes for one in ids.to_pylist()]})
    kinds = {"user_id": ids.type, "time": pa.timestamp("us"), "channel": pa.string(), "campaign_id": pa.string()}
    nothing = pa.schema(kinds.items()).empty_table()
    with connect(config) as con:
        tables = {
            name: con.create_table(f"clean_{name}", rows, temp=True)
            for name, rows in (("users", users), ("messages", nothing))
        }
        base = UserBase(config, con, CleanTables(tables, observed_until=None, fingerprint=mark))
        return plan(base, snapshot, by)
