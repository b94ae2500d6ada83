"""Policies, playbooks and bases by chance, for holding the policy against its oracle."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from features import whole_files
from features.config import Config
from serving.campaigns.plan import plan
from serving.campaigns.receipts import approve
from serving.campaigns.run import Run
from tests.serving.campaigns.policy_oracle import Fate, Message, Oracle, matches
from tests.serving.campaigns.world import arrow, config_of, opened, orders, snapshot

STAGES = ("lapsed_1", "active", "loyal", "lapsed_3")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "America/Havana", "Mars/Base", "")
DATES = (  # some lie where clocks change
    datetime(2026, 3, 29, 0, 30),
    datetime(2026, 10, 25, 0, 30),
    datetime(2026, 11, 1, 5, 30),
    datetime(2026, 3, 8, 6, 59),
    datetime(2026, 1, 1, 0, 0),
    datetime(2026, 6, 15, 22, 15),
)
WEEK = timedelta(days=7)


@dataclass
class World:
    """What a policy decides on. Keys of settings are those of holdfast.toml."""

    contact: dict[str, Any]
    plays: list[dict[str, Any]]
    project: str
    as_of: datetime
    users: list[dict[str, Any]]
    snapshot: dict[Any, dict[str, Any]]
    earlier: dict[Any, dict[str, Any]] | None  # the snapshot before
    messages: list[Message]
    exported: list[Message] = field(default_factory=list)

    @property
    def toml(self) -> str:
        parts = [f"[project]\ntimezone = {json.dumps(self.project)}", section("contact", self.contact)]
        return "\n".join([*parts, *(section("[play]", play) for play in self.plays)])


def section(name: str, content: Mapping[str, Any]) -> str:
    """A section of TOML."""
    own = {key: value for key, value in content.items() if key != "channels" or isinstance(value, list)}
    lines = [f"[{name}]", *(f"{key} = {written(value)}" for key, value in own.items())]
    for channel, value in content.get("channels", {}).items() if name == "contact" else ():
        lines += [section(f"{name}.channels.{channel}", value)]
    return "\n".join(lines)


def written(value: Any) -> str:
    """A value of TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {written(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value)


def policy(rng: random.Random, plays: int, as_of: datetime) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """[contact] and [[play]] by chance."""

    def caps(most: int) -> list[dict[str, int]]:
        days = rng.sample([1, 3, 7, 14, 30], rng.randint(0, 2))
        return [{"messages": rng.randint(1, most), "days": one} for one in days]

    def maybe(key: str, value: Any, chance: float = 0.5) -> dict[str, Any]:
        return {key: value} if rng.random() < chance else {}

    hours = rng.sample([f"{hour:02}:{minute}" for hour in range(24) for minute in ("00", "30")], 2)
    begin = as_of.date() + timedelta(days=rng.randint(-2, 2))
    contact = {
        **maybe("quiet_hours", {"from": hours[0], "to": hours[1]}),
        **maybe("max", caps(5), 0.8),
        **maybe(
            "own_usage", {"share": rng.choice([0.29, 0.5, 1.0]), "days": 30, "least": rng.randint(0, 1), "most": 3}
        ),
        **maybe("blackout", [f"{begin}/{begin + timedelta(days=1)}"], 0.25),
        **maybe("cooldown_days", rng.randint(0, 40)),
        "global_holdout": rng.choice([0.0, 0.05, 0.2]),
        "epoch": rng.choice(["1", "2026-H1"]),
        "channels": {
            "email": maybe("max", caps(3)) | maybe("cost", 0.1),
            "sms": {"consent": "users.consent_sms", "id": "users.phone_sha256", "cost": 0.045} | maybe("max", caps(2)),
            "we-com": {"id": "users.wecom"} | maybe("max", caps(2)),
        },
    }
    made = []
    for number in range(plays):
        asked = [f"stage in {tuple(rng.sample(STAGES, 2))}", f"stage != '{rng.choice(STAGES)}'"]
        value = [f"value_at_stake >= {rng.randint(0, 60)}.0", f"churn_risk < {rng.choice([0.25, 0.5, 0.75])}"]
        money = {"cost": rng.choice([0.2, 1.5, 5.0]), "budget": float(rng.choice([0.9, 20, 100, 10_000]))}
        made.append(
            {
                "name": f"play-{number}",
                "all": [rng.choice(asked), *rng.sample(value, rng.randint(0, 1))],
                "channels": rng.sample(["email", "sms", "we-com"], rng.randint(1, 3)),
                "holdout": rng.choice([0.05, 0.1, 0.5]),
                **maybe("entered", True, 0.3),
                **(money if rng.random() < 0.5 else {}),
                **maybe("most", rng.randint(1, 40), 0.3),
                **maybe("cooldown_days", rng.randint(0, 60)),
                **maybe("save_rate", rng.choice([0.02, 0.1, 0.3])),
                **maybe("rank", rng.choice(["value_at_stake", "churn_risk", "auto"])),
                **maybe("until", (as_of + timedelta(days=rng.randint(-1, 1))).date().isoformat(), 0.2),
            }
        )
    return contact, made


def world(rng: random.Random, users: int, plays: int, days: int, by: random.Random | None = None) -> World:
    """A base of so many users with so many days of history. by: chooses the policy; default: the same chance."""
    by = by or rng
    as_of, text = by.choice(DATES), by.random() < 0.5
    contact, made = policy(by, plays, as_of)
    ids: list[Any] = [f"u'{number}é" if text else number for number in range(users)]

    def scored() -> dict[Any, dict[str, Any]]:
        return {
            one: {
                "stage": rng.choice(STAGES),
                "value_at_stake": rng.choice([None, float(rng.randint(0, 80)), rng.uniform(0, 80)]),
                "churn_risk": rng.choice([None, rng.random()]),
                "active_days": rng.choice([0, 0, 1, 2, 3, 5, 7, 12]),
            }
            for one in ids
        }

    rows = [
        {
            "user_id": one,
            "timezone": rng.choice([*ZONES, None]),
            "consent_marketing": rng.choice([True, True, True, False, None]),
            "consent_sms": rng.choice([True, True, False, None]),
            "phone_sha256": rng.choice(["ab" * 32, "", None]),
            "wecom": rng.choice(["wm1", None]),
        }
        for one in ids
        if rng.random() < 0.95
    ]
    names, channels = [play["name"] for play in made], list(contact["channels"])
    past = lambda: as_of - timedelta(minutes=rng.randint(-600, days * 1440))  # noqa: E731
    exported = []
    for run in range(8):
        at, play, channel = past().replace(microsecond=0), rng.choice([*names, "gone"]), rng.choice(channels)
        campaign = f"{at:%Y-%m-%d}-{run:010x}/{play}"
        for one in rng.sample(ids, users // 8):
            arm = "holdout" if rng.random() < 0.2 else "treatment"
            exported.append(Message(one, at, channel, campaign, arm=arm))
    messages = [
        Message(one.user, one.time + timedelta(hours=3), one.channel, one.campaign)
        for one in exported
        if one.arm == "treatment" and rng.random() < 0.5
    ]
    campaigns = [None, None, "summer", *(f"2026-01-01-0000000000/{name}" for name in names)]
    messages += [
        Message(rng.choice(ids), past(), rng.choice([*channels, "push"]), rng.choice(campaigns), rng.random() < 0.03)
        for _ in range(users * 2)
    ]
    project = by.choice(["UTC", "Asia/Shanghai", "America/New_York"])
    now = scored()
    before = scored() if by.random() < 0.5 else None
    rows = _dated(rng, rows, as_of) if by.random() < 0.5 else rows
    return World(contact, made, project, as_of, rows, now, before, messages, exported)


def _dated(rng: random.Random, rows: list[dict[str, Any]], as_of: datetime) -> list[dict[str, Any]]:
    """The rows with a time each, some users with several: what is dated after the run is not known yet."""
    found = []
    for row in rows:
        for days in rng.sample([-300, -40, -1, 0, 3], rng.choice([1, 1, 2, 3])):
            told = {"consent_marketing": rng.choice([True, True, False, None])}
            found.append(row | told | {"time": as_of + timedelta(days=days)})
    return found


def expected(one: World) -> dict[tuple[Any, str], Fate]:
    """What the oracle says."""
    before = None
    if one.earlier is not None:
        before = {
            (user, play["name"])
            for user, row in one.earlier.items()
            for play in one.plays
            if play.get("until", "9999") >= _today(one, one.as_of - WEEK) and matches(play["all"], row)
        }
    known = [row for row in one.users if row.get("time", one.as_of) <= one.as_of]
    users = {row["user_id"]: row for row in sorted(known, key=lambda row: row.get("time", one.as_of))}
    given = (one.contact, one.plays, users, one.snapshot, one.messages, one.exported, one.as_of, before, one.project)
    return Oracle(*given).fates()


def _today(one: World, at: datetime) -> str:
    return Oracle.local(at, one.project).date().isoformat()


def planned(one: World, folder: Path, digits: int = 0) -> Run:
    """What Holdfast says, from the same."""
    config = config_of(folder, one.toml)
    user = pa.string() if isinstance(next(iter(one.snapshot)), str) else pa.int64()
    _export(config, one.exported, user)
    messages = [
        {
            "user_id": message.user,
            "time": message.time,
            "channel": message.channel,
            "campaign_id": message.campaign,
            "opted_out_at": message.time if message.opted_out else None,
        }
        for message in one.messages
    ]
    active = {user: row["active_days"] for user, row in one.snapshot.items()}
    tables = {"users": arrow(one.users), "messages": arrow(messages), "orders": orders(active, one.as_of, user)}
    with opened(config, **tables) as base:
        if one.earlier is not None:
            before = plan(base, snapshot(config, _rows(one.earlier), one.as_of - WEEK, digits, user), "ann")
            approve(before, "bob", one.as_of - WEEK)
        return plan(base, snapshot(config, _rows(one.snapshot), one.as_of, digits, user), "ann")


def _rows(scored: Mapping[Any, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"user_id": user} | {key: value for key, value in row.items() if key != "active_days"}
        for user, row in scored.items()
    ]


def _export(config: Config, exported: Sequence[Message], user: pa.DataType) -> None:
    """Receipts of lists that were exported before."""
    for campaign in dict.fromkeys(one.campaign for one in exported):
        mine = [one for one in exported if one.campaign == campaign]
        run, _, play = (campaign or "").partition("/")
        place = config.store_path / "campaigns" / run / "exports" / f"{play}-csv-full"
        place.mkdir(parents=True)
        sent = [{"user_id": one.user, "channel": one.channel, "arm": one.arm} for one in mine]
        whole_files.write_parquet(place / "sent.parquet", arrow(sent, user=user))
        whole_files.write_parquet(place / "members.parquet", arrow(sent, ["user_id", "channel"], user))
        told = {"run": run, "play": play, "format": "csv", "at": mine[0].time.isoformat(), "sha256": "-"}
        whole_files.write_sealed(place / "receipt.json", told)


def decided(run: Run) -> dict[tuple[Any, str], Fate]:
    """A run's fates as the oracle tells them."""
    from serving.campaigns.one_user import fates  # what a person asks

    found = {}
    for file in run.files:
        import pyarrow.parquet as pq

        for row in pq.read_table(file).to_pylist():
            for one in fates(run, row["user_id"]):
                took = row["rank"] is not None and one["play"] == row["play"]
                more = (row["channel"], row["cost"], row["rank"]) if took else ()
                found[row["user_id"], one["play"]] = Fate(one["fate"], *more)
    return found
