"""A bucket's users with all that the playbook's rules ask: snapshot columns, features, layers, levels, days."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.build import known
from features.build.look_up import arrays, nobody, of_everybody
from features.build.only_todays_value import refuse_undated
from features.build.population import measure
from features.catalogue.feature import parse
from features.config import Config
from features.config.layer_rules import STATES, Layer
from features.config.operations.conditions import LEVEL, POINTS, SNAPSHOT, features_of
from features.config.operations.playbook import Playbook
from features.engine.duckdb_session import read
from features.errors import BadInput
from features.groups import levels
from features.groups import standing as standings
from features.groups.layer_cuts import kept_cuts
from features.groups.rule_sql import LAYER, column, layer_sql, quoted
from features.groups.standing import standing
from features.progress import Progress, silent
from features.user_base import UserBase
from serving.batch.bucket_features import BucketFeatures, Find, RequiredFeatures, on_duckdb, on_spark, populations
from serving.batch.snapshot import Snapshot, open_snapshot
from serving.campaigns.policy import EARLIER, PEOPLE
from serving.scoring.named import Named

ALWAYS = ("bucket", "value_at_stake", "churn_risk")


@dataclass(frozen=True)
class Asked:
    """What rules ask of users, by where it comes from. cuts: of the layers."""

    snapshot: tuple[str, ...]
    features: tuple[str, ...]
    standing: tuple[str, ...]
    layers: tuple[Layer, ...]
    cuts: Mapping[str, float]


def asked(base: UserBase, playbook: Playbook, as_of: datetime, more: tuple[str, ...] = (), plays: bool = True) -> Asked:
    """Sort the names that rules ask by where they come from; cuts of layers that are not kept yet are worked out now.

    more: other features or snapshot columns wanted. plays: whether the plays' rules count, beside segments and tags.
    """
    names = [*playbook.names(plays), *more]
    groupings = {layer.name: layer for layer in base.config.groupings()}
    layers = tuple(
        groupings[name] for name in dict.fromkeys(one[len(LAYER) :] for one in names if one.startswith(LAYER))
    )
    of_layers = [name for layer in layers for name in layer.names]
    wanted = dict.fromkeys([*names, *of_layers])
    features = tuple(features_of([name for name in wanted if name not in STATES]))
    refuse_undated(base.config, base.tables, features, as_of, base.tables.observed_until)
    own = ("calendar:", "days_to:")
    cuts = kept_cuts(base, as_of, layers, base.config.store_path / "layers") if layers else {}
    tier = ("stay_tier",) if plays and any(play.verified for play in playbook.plays) else ()  # save rates go by it
    standing = [name for name in wanted if name in {**LEVEL, **POINTS} or name.startswith(own)]
    return Asked(
        tuple(dict.fromkeys([*ALWAYS, *tier, *(name for name in wanted if name in SNAPSHOT)])),
        features,
        tuple(standing),
        layers,
        {key: cut for key, cut in cuts.items() if key in {test.key for layer in layers for test in layer.tests}},
    )


Show = Callable[[str], None]


def bucket_by_bucket(
    base: UserBase, snapshot: Snapshot, wanted: Asked, work: Path, before: pa.Table | None, progress: Progress = silent
) -> Show:
    """A function that makes the view PEOPLE of the users of one part of the snapshot, by its prefix.

    work: a folder for what is split by bucket. before: user_id and matched_before of an earlier run.
    """
    con, as_of = base.con, datetime.fromisoformat(snapshot.manifest["as_of"])
    files = dict(zip((one["prefix"] for one in snapshot.manifest["parts"]), snapshot.files, strict=True))
    find = _features(base, snapshot, wanted, work, progress)
    if before is not None:
        con.con.register(EARLIER, before)

    def show(prefix: str) -> None:
        picked = [f"p.{column(name)}" for name in ("user_id", *wanted.snapshot)]
        joins = ""
        found = find(prefix) if find is not None else None
        if found is not None and wanted.features:
            _register(con, "people_features", found.features.select(["user_id", *wanted.features]))
            picked += [_number(con, "people_features", name) for name in wanted.features]
            joins += " LEFT JOIN people_features AS f USING (user_id)"
        if wanted.standing:
            if found is not None and found.users is not None:
                stands = _standing(base.config, wanted, as_of, found, _date_before(snapshot))
            else:
                users = read(con, f"SELECT user_id FROM read_parquet({quoted(str(files[prefix]))})")
                stands = standing(base, as_of, users, wanted.standing, _date_before(snapshot))
            _register(con, "people_standing", stands)
            picked += [f"s.{column(name)}" for name in wanted.standing]
            joins += " LEFT JOIN people_standing AS s USING (user_id)"
        picked.append("e.matched_before" if before is not None else "0::BIGINT AS matched_before")
        if before is not None:
            joins += f" LEFT JOIN {EARLIER} AS e USING (user_id)"
        rows = f"SELECT {', '.join(picked)} FROM read_parquet({quoted(str(files[prefix]))}) AS p{joins}"
        layers = "".join(f", {layer_sql(one, wanted.cuts)} AS {column(LAYER + one.name)}" for one in wanted.layers)
        con.con.execute(f"CREATE OR REPLACE TEMP VIEW {PEOPLE} AS SELECT *{layers} FROM ({rows})")

    return show


def _date_before(snapshot: Snapshot) -> datetime | None:
    """The date of the snapshot before, whose levels are those before; None where it is gone."""
    name = snapshot.manifest["stages_before"]
    with suppress(BadInput):
        return (
            datetime.fromisoformat(open_snapshot(snapshot.folder.with_name(name)).manifest["as_of"]) if name else None
        )
    return None


def _features(base: UserBase, snapshot: Snapshot, wanted: Asked, work: Path, progress: Progress) -> Find | None:
    """What finds the features of a bucket's users; on Spark, which builds all users' first, with all that levels
    and days need beside them. None where the rules ask for nothing of it."""
    as_of, digits = datetime.fromisoformat(snapshot.manifest["as_of"]), snapshot.manifest["digits"]
    on_executors = base.config.engine.kind == "spark"
    named = _named(base.config, wanted, as_of, _date_before(snapshot)) if on_executors and wanted.standing else None
    if not wanted.features and named is None:
        return None
    columns = tuple(dict.fromkeys([*wanted.features, *(named.features if named else ())]))
    required = RequiredFeatures(columns, (), (), (), named)
    if on_executors:
        return on_spark(base, required, populations(base, as_of, required), digits, work, progress).find
    everybody = any(of_everybody(parse(name).feature) for name in wanted.features)
    dates = [measure(base, as_of) if everybody else nobody(as_of)]
    users = base.con.create_table("known", known(base, as_of), temp=True, overwrite=True)
    return on_duckdb(base, users, required, dates, digits, work)


def _named(config: Config, wanted: Asked, as_of: datetime, before: datetime | None) -> Named:
    """What the standing that rules ask for requires."""
    names = wanted.standing
    dates = tuple(standings.dates(config, as_of, names, before))
    features, users = tuple(standings.features_of(names)), tuple(standings.users_columns(config, names))
    return Named(as_of, before, names, features, levels.measure(config) if dates else None, dates, users, (), {})


def _standing(
    config: Config, wanted: Asked, as_of: datetime, found: BucketFeatures, before: datetime | None
) -> pa.Table:
    """``standing`` of a bucket's users from what was built for all."""
    assert found.users is not None
    values = arrays(found.features, found.features, standings.features_of(wanted.standing))
    return standings.standing_from(config, as_of, found.users, wanted.standing, values, found.measured, before)


def _register(con: Backend, name: str, rows: pa.Table) -> None:
    con.con.register(name, rows)


def _number(con: Backend, relation: str, name: str) -> str:
    """The column, and where it is a float, null for NaN, which matches nothing."""
    kind = con.con.execute(f"SELECT typeof({column(name)}) FROM {relation} LIMIT 1").fetchall()
    shown = f"f.{column(name)}"
    if kind and kind[0][0] in ("DOUBLE", "FLOAT"):
        shown = f"CASE WHEN NOT isnan({shown}) THEN {shown} END AS {column(name)}"
    return shown
