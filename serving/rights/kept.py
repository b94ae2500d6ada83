"""All that is kept about one person, place by place: what `holdfast export-user` hands over."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from features import suppressed, whole_files
from features.config import Config
from features.errors import BadInput
from features.partials.shelf import on_shelf
from serving.api.pages.audit import LOGS, subject
from serving.batch.challenger import kept as challenger
from serving.batch.snapshot import MANIFEST
from serving.campaigns.lists.tag_sync import HELD
from serving.campaigns.read_back import ASSIGNED
from serving.campaigns.receipts import MEMBERS, RECEIPT, SENT, held, receipts
from serving.campaigns.run import ASSIGNMENTS, CAMPAIGNS, NAME
from serving.rights.outside import lists_of, sources
from serving.rights.people import People, of
from serving.rights.rewritten import read

KINDS = {  # what a place holds: its title in English and Chinese
    "scores": ("Scores", "评分"),
    "challenger": ("Scores of a model on trial", "试用模型的评分"),
    "most worth keeping": ("Lists of users most worth keeping", "最值得挽留的用户名单"),
    "campaign": ("What a campaign run decided", "运营活动的决定"),
    "on a list": ("On a list of a campaign", "运营活动的名单"),
    "exported": ("On a list that was exported", "已导出的名单"),
    "tags": ("Tags told to another system", "已同步给其他系统的标签"),
    "arms": ("Campaign arms kept for training", "为训练保留的活动分组"),
    "groups": ("Groups", "分层"),
    "sums by day": ("Sums by day", "按天汇总"),
    "set aside": ("Rows set aside as not usable", "因不可用而搁置的数据行"),
    "looked at": ("Who looked at this person", "谁查看过此人"),
}


@dataclass(frozen=True)
class Place:
    """Rows about the person in one file. name: of the file, in the store; kind: one of KINDS. meanings: of columns,
    where the file has them."""

    kind: str
    name: str
    rows: list[dict[str, Any]]
    meanings: dict[str, str]


@dataclass(frozen=True)
class Kept:
    """All of it. lists: that left the house with the person on it; sources: tables that Holdfast only reads."""

    user: str
    made: datetime
    places: list[Place]
    suppressed: bool
    lists: list[str]
    sources: list[str]

    def as_json(self) -> str:
        """The same as JSON, times and decimals as text."""
        told = {
            "user_id": self.user,
            "made": self.made.isoformat(timespec="seconds"),
            "kept": [{"kind": one.kind, "place": one.name, "rows": one.rows} for one in self.places],
            "erased_before": self.suppressed,
            "sent_to_other_systems": self.lists,
            "source_tables": self.sources,
        }
        return json.dumps(told, indent=1, ensure_ascii=False, default=str)


def kept_of(config: Config, user: str, now: datetime) -> Kept:
    """Look through the whole store. now: UTC, without a zone. Raises BadInput where a file cannot be read."""
    people, store = of([user]), config.store_path
    places = [one for one in _places(store, people) if one.rows]
    gone = suppressed.read(store).holds(people.ids[0])
    return Kept(people.ids[0], now, places, gone, lists_of(store, people), sources(config))


def _places(store: Path, people: People) -> Iterator[Place]:
    for file in sorted((store / "snapshots").glob(f"[!.]*/{MANIFEST}")):
        manifest = _sealed(file)
        for entry in manifest["parts"]:
            yield _of(store, "scores", file.with_name(entry["file"]), people)
        for theirs in challenger.files(file.parent, manifest):
            yield _of(store, "challenger", theirs, people)
        yield from _boards(store, file.parent, manifest, people)
    for file in sorted((store / "boards").glob(f"[!.]*/{MANIFEST}")):
        yield from _boards(store, file.parent, _sealed(file), people)
    for file in sorted((store / CAMPAIGNS).glob(f"*/{MANIFEST}")):
        if NAME.fullmatch(file.parent.name):
            yield from _run(store, file.parent, _sealed(file), people)
    for file in sorted((store / CAMPAIGNS / "tags").glob(f"*/*/{RECEIPT}")):
        yield _of(store, "tags", held(file.parent, _sealed(file), HELD), people)
    yield _of(store, "arms", store / CAMPAIGNS / ASSIGNED, people)
    for room, kind in (("layers", "groups"), ("stages", "groups"), ("quarantine", "set aside")):
        for file in sorted((store / room).glob("*.parquet")):
            yield _of(store, kind, file, people)
    for one in on_shelf(store):
        yield _of(store, "sums by day", one.file, people)
    yield from _audit(store, people)


def _boards(store: Path, folder: Path, manifest: dict[str, Any], people: People) -> Iterator[Place]:
    for entry in manifest.get("boards", {}).get("made", {}).values():
        yield _of(store, "most worth keeping", folder / entry["file"], people)


def _run(store: Path, folder: Path, manifest: dict[str, Any], people: People) -> Iterator[Place]:
    for entry in manifest["parts"]:
        yield _of(store, "campaign", folder / ASSIGNMENTS / entry["file"], people)
    for name in manifest["files"]:
        if name.endswith(".parquet"):
            yield _of(store, "on a list", folder / manifest.get("places", {}).get(name, name), people)
    for place, receipt in receipts(folder):
        for name in (SENT, MEMBERS):
            yield _of(store, "exported", held(place, receipt, name), people)


def _of(store: Path, kind: str, file: Path, people: People) -> Place:
    name = file.relative_to(store).as_posix()
    if not file.exists():
        return Place(kind, name, [], {})
    table = read(file)
    if "user_id" not in table.column_names:
        return Place(kind, name, [], {})
    meanings = {
        one.name: one.metadata[b"meaning"].decode() for one in table.schema if b"meaning" in (one.metadata or {})
    }
    return Place(kind, name, _plain(table.filter(people.rows_of(table))), meanings)


def _plain(rows: pa.Table) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if value is not None} for row in rows.to_pylist()]


def _audit(store: Path, people: People) -> Iterator[Place]:
    wanted = subject(people.ids[0])
    for file in sorted(store.glob(LOGS)):
        with file.open(encoding="utf-8") as opened:
            mine = [line for line in opened if wanted in line]
        rows = []
        for line in mine:
            with suppress(ValueError):
                rows.append({key: value for key, value in json.loads(line).items() if key != "subject"})
        yield Place("looked at", file.relative_to(store).as_posix(), rows, {})


def _sealed(file: Path) -> dict[str, Any]:
    try:
        return whole_files.read_sealed(file)
    except BadInput:
        raise BadInput(
            f"{file}: damaged, so nobody can say whom it holds; remove {file.parent}, or restore it"
        ) from None
