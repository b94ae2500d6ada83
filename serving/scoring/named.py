"""Levels and tags in a snapshot: what they require of a bucket's users, and their columns."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from features.build.look_up import arrays
from features.build.only_todays_value import refuse_undated
from features.config import Config
from features.config.layer_rules import Layer, assign
from features.config.operations.conditions import SNAPSHOT
from features.config.operations.conditions import features_of as features_in
from features.groups import standing
from features.groups.layer_cuts import kept_cuts
from features.groups.levels import Measured, measure
from features.groups.segments import LAYER, names_asked, of_tags, segments, tags
from features.user_base import UserBase

LAYERS = "layers"  # the folder of the store with the kept cuts


@dataclass(frozen=True)
class Named:
    """What levels and tags require, for one date.

    standing: the names of features/groups/standing.py. features: at the date. measure: the feature that levels look at,
    and dates: when. users: columns of users. layers: with their cuts. before: the date of the snapshot before.
    """

    at: datetime
    before: datetime | None
    standing: tuple[str, ...]
    features: tuple[str, ...]
    measure: str | None
    dates: tuple[datetime, ...]
    users: tuple[str, ...]
    layers: tuple[Layer, ...]
    cuts: Mapping[str, float]

    @property
    def digest(self) -> str:
        """Of what decides about tags and does not stand in the configuration: the kept cuts."""
        keys = sorted({test.key for layer in self.layers for test in layer.tests if test.cut})
        told = [[key, str(self.cuts.get(key))] for key in keys]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:10] if told else ""


def named(base: UserBase, at: datetime, before: datetime | None) -> Named | None:
    """What the configuration's levels and tags require; None where it has neither, and nothing is done.

    before: the date of the snapshot before. Cuts of layers that are not kept yet are worked out and kept. Raises
    BadInput where a rule asks for what is only known of today, and the date is in the past.
    """
    config = base.config
    if not config.level and not config.tag:
        return None
    asked = names_asked(config.playbook, of_tags(config.playbook).values())
    own = {LAYER + one.name: one for one in config.groupings()}
    layers = tuple(own[name] for name in asked if name.startswith(LAYER))
    ours = [name for name in asked if name not in SNAPSHOT and not name.startswith(LAYER)]
    stands = list(
        dict.fromkeys([*(["level"] if config.level else []), *(x for x in ours if x not in features_in(ours))])
    )
    of_layers = [name for layer in layers for name in layer.names if name not in SNAPSHOT]
    wanted = list(dict.fromkeys([*features_in(ours), *of_layers, *standing.features_of(stands)]))
    refuse_undated(config, base.tables, wanted, at, base.tables.observed_until)
    dates = standing.dates(config, at, stands, before)
    users = standing.users_columns(config, stands)
    cuts = kept_cuts(base, at, layers, config.store_path / LAYERS) if layers else {}
    looked = measure(config) if dates else None
    return Named(at, before, tuple(stands), tuple(wanted), looked, tuple(dates), tuple(users), layers, cuts)


def named_columns(
    config: Config, one: Named, rows: pa.Table, features: pa.Table, known: pa.Table, measured: Measured
) -> dict[str, pa.Array]:
    """``level`` and ``tags`` of a bucket's rows.

    rows: their other snapshot columns; features: theirs at the date; known: their columns of users; measured: the
    levels' measure at the dates; all in one order.
    """
    values = arrays(features, features, one.features)
    stands = standing.standing_from(config, one.at, known, one.standing, values, measured, one.before)
    made = {"level": stands["level"].combine_chunks()} if config.level else {}
    if config.tag:
        asked = names_asked(config.playbook, of_tags(config.playbook).values())
        states = {name for layer in one.layers for name in layer.names if name in SNAPSHOT}
        shown = list(dict.fromkeys([*(name for name in asked if name in SNAPSHOT), *states]))
        values = values | arrays(rows, rows, shown) | arrays(stands, stands, one.standing)
        for layer in one.layers:
            groups = np.array([group.en for group in layer.groups], dtype=object)
            values[LAYER + layer.name] = groups[assign(layer, values, one.cuts, len(rows))]
        members = segments(config.playbook, one.layers, values, len(rows), of_tags(config.playbook).values())
        made["tags"] = tags(config.playbook, members, len(rows))
    return made
