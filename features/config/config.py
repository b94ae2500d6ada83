"""Reads and checks holdfast.toml, the one place for every number and name that a business may change."""

import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from features import store_mode
from features.catalogue.group_attributes import attribute
from features.catalogue.input_tables import BESIDE, IDENTITIES, OF_USERS
from features.config.api_section import Api
from features.config.default_layers import layers
from features.config.layer_rules import Layer
from features.config.mistakes import Wrong, one_line
from features.config.open_questions import refusal
from features.config.operations.conditions import Known
from features.config.operations.own_columns import own_columns
from features.config.operations.playbook import Operations, Playbook, known_names, playbook
from features.config.operations.private_domain import PrivateDomain
from features.config.sections import (
    LONGEST,
    Churn,
    Community,
    Engagement,
    Engine,
    Funnel,
    Layers,
    Lifecycle,
    Project,
    Quality,
    Risk,
    Score,
    Store,
    Train,
    Value,
)
from features.config.server_address import expand
from features.config.stage_rules import Ladder, ladders
from features.config.table_source import LATER, TableSource, broken
from features.errors import BadInput, did_you_mean

NO_ACTIVITY = {"users", IDENTITIES, *BESIDE}
NAMES = ("segment", "tag", "calendar", "points", "level")  # what a snapshot's tags and levels, and plays, go by

# Sections of what is done around scores, which changes none.
AROUND = ("monitor", "schedule", "promote", "openlineage", "contact", "play", "goal", "private_domain")


class Config(Operations):
    """The whole of holdfast.toml. ``folder`` is where the file lies: relative paths start there."""

    project: Project = Field(default_factory=Project)
    store: Store = Field(default_factory=Store)
    engine: Engine = Field(default_factory=Engine)
    tables: dict[str, TableSource] = Field(min_length=1)
    churn: Churn = Field(default_factory=Churn)
    value: Value = Field(default_factory=Value)
    risk: Risk = Field(default_factory=Risk)
    train: Train = Field(default_factory=Train)
    quality: Quality = Field(default_factory=Quality)
    score: Score = Field(default_factory=Score)
    community: Community = Field(default_factory=Community)
    funnel: Funnel = Field(default_factory=Funnel)
    private_domain: PrivateDomain = Field(default_factory=PrivateDomain)
    engagement: Engagement = Field(default_factory=Engagement)
    lifecycle: Lifecycle = Field(default_factory=Lifecycle)
    layers: Layers = Field(default_factory=Layers)
    api: Api = Field(default_factory=Api)
    file: Path = Field(Path("holdfast.toml"), exclude=True)

    @model_validator(mode="before")
    @classmethod
    def defaults(cls, data: Any) -> Any:
        """Defaults that follow from other values are written out here, so that the rest of the code sees one number."""
        if not isinstance(data, dict) or not isinstance(data.get("tables"), dict):
            return data
        tables, churn, value = data["tables"], data.get("churn", {}), data.get("value", {})
        if not isinstance(churn, dict) or not isinstance(value, dict):
            return data
        churn, value = dict(churn), dict(value)
        horizon = churn.setdefault("horizon_days", 90)
        churn.setdefault("activity", ["orders" if "orders" in tables else "events"])
        if type(horizon) in (int, float) and 0 < horizon <= LONGEST:
            churn.setdefault("eligible_days", min(2 * horizon, LONGEST))
            value.setdefault("horizon_days", horizon)
        if "orders" in tables:
            value.setdefault("sum", "orders.amount")
        elif isinstance(tables.get("events"), dict):
            mapped = tables["events"].get("columns")
            has_value = isinstance(mapped, dict) and "value" in mapped
            value.setdefault("sum", "events.value" if has_value else "events")
        return data | {"churn": churn, "value": value}

    @model_validator(mode="after")
    def consistent(self) -> "Config":
        if wrong := broken(self.tables, list(own_columns(self))):
            raise Wrong(*wrong)
        for number, entry in enumerate(self.churn.activity):
            table, _, kind = entry.partition(":")
            if entry in self.churn.activity[:number] or (kind and table in self.churn.activity):
                raise Wrong(f"churn.activity[{number}]", f"'{entry}' would count the same rows twice; take it out")
            if table not in self.tables or table in NO_ACTIVITY or (kind and table != "events"):
                raise Wrong(
                    f"churn.activity[{number}]",
                    f"'{entry}' is neither a configured table nor 'events:<kind>'; "
                    f"{did_you_mean(table, set(self.tables) - NO_ACTIVITY)}",
                )
        if not self.churn.activity:
            raise Wrong("churn.activity", 'the list is empty; name a table, such as "orders"')
        if self.value.sum not in ("orders.amount", "events.value", "events"):
            raise Wrong("value.sum", f"'{self.value.sum}' is not 'orders.amount', 'events.value' or 'events'")
        if self.value.sum.partition(".")[0] not in self.tables:
            raise Wrong("value.sum", f"'{self.value.sum}' needs [tables.{self.value.sum.partition('.')[0]}]; add it")
        kinds = {"funnel.steps": self.funnel.steps, "engagement.kinds": self.engagement.kinds}
        kinds["private_domain.steps"] = self.private_domain.steps
        for key, given in (kinds | {f"community.{name}": kind for name, kind in self.community}).items():
            if given and "events" not in self.tables:
                raise Wrong(key, "kinds of event need [tables.events]; add it")
        for number, name in enumerate(self.funnel.attributes or []):
            try:
                attribute(name)
            except BadInput as error:
                raise Wrong(f"funnel.attributes[{number}]", str(error)) from None
        return self

    @model_validator(mode="after")
    def stages_can_be_told(self) -> "Config":
        _ = self.playbook  # raises BadInput for rules that cannot be, of stages, layers, segments and plays
        return self

    @cached_property
    def ladders(self) -> tuple[Ladder, ...]:
        """The ladders of lifecycle stages, overrides first, that for everybody last; worked out once."""
        return ladders(self.lifecycle, self.horizon, self.risk.names[-1], self.file.name)

    @cached_property
    def playbook(self) -> Playbook:
        """The plays by priority, with the segments and tags that they may name; worked out once."""
        return playbook(self, self.playbook_names, self.file.name)

    @cached_property
    def playbook_names(self) -> Known:
        """What the rules of plays, segments and lists may name, and texts that they may compare with."""
        texts = {
            "stage": list(dict.fromkeys(stage.name for ladder in self.ladders for stage in ladder.stages)),
            "risk_band": self.risk.names,
            "value_tier": self.value.tiers,
            "stay_tier": self.value.tiers,
        }
        texts["stage_before"] = texts["stage"]
        return known_names(self, self.groupings(), texts, list(self.tables))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values, as Pydantic makes it, and without what followed from those before."""
        copied = super().model_copy(update=update, deep=deep)
        for name in ("ladders", "playbook", "playbook_names"):
            copied.__dict__.pop(name, None)
        return copied

    def groupings(self) -> list[Layer]:
        """The layers that this configuration and its tables allow."""
        posts = bool(self.community.post)
        return layers(self.layers, self.horizon, self.tables, posts, self.risk.names, self.value.tiers, self.file.name)

    @property
    def user_tables(self) -> list[str]:
        """The configured tables that tell of a user, which features are worked out from."""
        return [name for name in self.tables if name in OF_USERS]

    @property
    def horizon(self) -> float:
        return self.churn.horizon_days

    @property
    def curve(self) -> tuple[float, ...]:
        """The horizons of the churn curve in days, H among them, shortest first."""
        others = (7, 14, 30, 60, 90) if self.horizon >= 14 else (self.horizon / 2, 2 * self.horizon, 4 * self.horizon)
        given = self.churn.curve_days
        return tuple(sorted({float(days) for days in (self.horizon, *(others if given is None else given))}))

    @property
    def lifetime_horizons(self) -> int:
        """How many churn horizons ahead lifetime and lifetime value are counted."""
        return self.value.lifetime_horizons or max(1, min(8, int(3 * 365 // self.horizon)))

    @property
    def eligible(self) -> float:
        assert self.churn.eligible_days is not None  # written out by defaults()
        return self.churn.eligible_days

    @property
    def kinds(self) -> list[str]:
        """The kinds of event that models see one by one."""
        told = [*self.funnel.steps, self.community.post, self.community.reply]
        named = self.engagement.kinds
        return list(dict.fromkeys(kind for kind in told if kind)) if named is None else named

    @property
    def value_horizon(self) -> float:
        assert self.value.horizon_days is not None  # written out by defaults()
        return self.value.horizon_days

    def fill(self, text: str, key: str = "") -> str:
        """A path or URI of the file with ``${NAME:-default}`` filled in; ``key`` says where it stands."""
        return expand(text, self.file, key)

    def resolve(self, text: str, key: str = "") -> str:
        """The same, and relative paths made absolute."""
        filled = self.fill(text, key)
        return filled if "://" in filled else os.path.normpath(self.file.parent.absolute() / filled)

    @property
    def store_path(self) -> Path:
        return Path(self.resolve(self.store.path, "store.path"))

    @property
    def store_remote(self) -> str | None:
        """Where several machines share the store, filled in; None where it is this machine's alone."""
        return None if self.store.remote is None else self.fill(self.store.remote, "store.remote").rstrip("/")

    def hash(self) -> str:
        """Short sha256 of what changes results, see ``_hash`` for what does not count; paths stay unexpanded."""
        return self._hash()

    def model_hash(self) -> str:
        """The same of what changes a model: stages, layers and levels come afterwards, so it outlives their rules."""
        return self._hash("lifecycle", "layers", *NAMES)

    def playbook_hash(self) -> str:
        """The same of what changes a campaign run beside the snapshot: the plays, the policy and what they may name."""
        kept = self.model_dump(mode="json", include={"contact", "play", *NAMES, "layers", "project"})
        if "users" in self.tables:
            kept["users"] = {name: self.tables["users"].theirs(name) for name in own_columns(self)}
        return _digest(kept)

    def _hash(self, *without: str) -> str:
        told = ("store", "engine", "quality", "score", "api", *AROUND, *without)
        left_out: dict[str, Any] = dict.fromkeys(told, True)
        parts = {"project": {"name"}, "funnel": {"attributes"}, "community": {"join", "leave"}}
        parts["train"] = {"backtests", "test_rows"}
        kept = self.model_dump(mode="json", exclude=left_out | parts)
        later = (("churn", "observed_from", None), ("train", "treated", "keep"), ("train", "least_count", 20))
        for section, key, usual in later:  # keys that came later
            if kept[section][key] == usual:
                del kept[section][key]
        for name in BESIDE:  # nothing that is scored reads them
            kept["tables"].pop(name, None)
        if "users" in kept["tables"] and "calendar" in without:  # no model reads what days and plays name
            for name in own_columns(self):
                kept["tables"]["users"]["columns"].pop(name, None)
        for table in kept["tables"].values():
            for key in [key for key in LATER if table[key] is None]:
                del table[key]
        zone = self.contact.timezone
        if self.calendar and "calendar" not in without and zone != type(self.contact)().timezone:
            kept["timezone_of_days"] = zone  # tags and layers may ask for days, which are those of the user's own zone
        for key in NAMES:  # came later, too
            if key in kept and not self.model_dump(include={key}, exclude_defaults=True):
                del kept[key]
        return _digest(kept)


def _digest(kept: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def load(path: Path | str) -> Config:
    """Read and check a configuration file; what this process writes from now on has the file's ``store.mode``.

    Raises BadInput with one line that names file, key, value and cure.
    """
    file = Path(path).absolute()
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; write one with 'holdfast init', or name yours with --config") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not TOML: {error}; mend that line") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}; check the path and its rights") from None
    if "file" in data:
        raise BadInput(f"{file.name}: file: no such key; take it out")
    if asked := refusal(data):
        raise BadInput(f"{file.name}: {asked}")
    try:
        config = Config(**data, file=file)
    except ValidationError as error:
        raise BadInput(f"{file.name}: {one_line(error, Config)}") from None
    store_mode.apply(config.store.mode)
    return config
