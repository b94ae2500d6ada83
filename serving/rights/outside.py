"""What lies outside the store and still holds a person: the source tables, and the systems that lists went to."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import whole_files
from features.config import Config
from serving.campaigns.lists.tag_sync import HELD
from serving.campaigns.receipts import RECEIPT, SENT, every_receipt, held
from serving.campaigns.run import CAMPAIGNS
from serving.rights.people import People


def lists_of(store: Path, people: People) -> list[str]:
    """The lists that left the house with one of them on it, a line each, without saying who."""
    return sorted({*_exports(store, people), *_tags(store, people)})


def sources(config: Config) -> list[str]:
    """The tables that Holdfast reads and does not write, as the configuration names them."""
    return [f"tables.{name}: {table.source}" for name, table in config.tables.items()]


def _exports(store: Path, people: People) -> Iterator[str]:
    for folder, place, receipt in every_receipt(store):
        rows = pq.read_table(held(place, receipt, SENT))
        mine = rows.filter(people.by_id.rows_of(rows))
        for channel in sorted(set(mine.filter(pc.equal(mine["arm"], "treatment"))["channel"].to_pylist())):
            where = f"{receipt['at'][:10]}, play {receipt['play']} of {folder.name}"
            yield f"{where}: {receipt['format']} for {channel}, list '{receipt['which']}'"


def _tags(store: Path, people: People) -> Iterator[str]:
    for file in sorted((store / CAMPAIGNS / "tags").glob(f"*/*/{RECEIPT}")):
        receipt = whole_files.read_sealed(file)
        rows = pq.read_table(held(file.parent, receipt, HELD))
        if pc.any(people.by_id.rows_of(rows)).as_py():
            yield f"{receipt['at'][:10]}, tags: {receipt['format']} for {receipt['channel']}"
