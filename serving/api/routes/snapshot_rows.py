"""Rows of the snapshot as the API gives them."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import pyarrow as pa

from features.build.population import Population
from features.catalogue.feature import parse
from features.engine.duckdb_session import utc
from serving.api.contract.errors import Problem, Refused, invalid
from serving.api.contract.responses import UserScores
from serving.api.live import Current
from serving.batch.snapshot import Snapshot
from serving.monitoring.report.kept import newest
from serving.scoring.phrase import Lang

NOTHING: dict[str, Any] = dict.fromkeys(UserScores.model_fields)  # a row of which nothing is known
WHOLE = re.compile(r"-?(0|[1-9]\d{0,18})(\.0)?", re.ASCII)  # how a whole number may be written as text
NO_SNAPSHOT = Problem(503, "no_snapshot", "no snapshot yet; make one with 'holdfast score'")


def snapshot_of(current: Current) -> Snapshot:
    """The snapshot that is served; raises Refused where there is none."""
    if current.snapshot is None:
        raise Refused(NO_SNAPSHOT)
    return current.snapshot


def made(current: Current, as_of: str | None) -> dict[str, Any]:
    """What made an answer from the model, as ``responses.Made``."""
    snapshot = current.snapshot
    return {
        "model_version": current.model.name,
        "snapshot": snapshot.run_id if snapshot else None,
        "as_of": as_of,
    }


def as_of(current: Current, text: str | None) -> datetime:
    """The requested cutoff as a UTC time without a zone, default now. Raises Refused for no time, or one to come."""
    now = utc(datetime.now().astimezone())
    if text is None:
        return now
    try:
        at = utc(datetime.fromisoformat(text), current.predictor.config.project.timezone)
    except (ValueError, OverflowError):
        raise Refused(invalid("not a date or time; write 2026-01-31 or 2026-01-31T12:00:00Z", "as_of")) from None
    if at > now:
        raise Refused(invalid("later than now, so its past is not known yet; name a date up to today", "as_of"))
    return at


def record(current: Current) -> Population:
    """What is known of the whole population: as the snapshot has it or, without one, as the model was trained on."""
    kept = current.snapshot.manifest.get("population") if current.snapshot else None
    if kept is None:
        return current.model.bundle.population
    return Population(**kept | {"cutoff": datetime.fromisoformat(kept["cutoff"])})


def made_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """What made an answer from the snapshot: the model is the one that scored it."""
    about = snapshot.manifest
    return {"model_version": about["model_version"], "snapshot": snapshot.run_id, "as_of": about["as_of"]}


def users(current: Current, wanted: Sequence[int | str], lang: Lang) -> dict[int | str, dict[str, Any]]:
    """The rows of those of the users who are in the snapshot, by user as asked for; raises Refused where there is no
    snapshot."""
    snapshot = snapshot_of(current)
    words, found = current.predictor.words(lang), {}
    whole = pa.types.is_integer(snapshot.schema.field("user_id").type)
    ids = {user: known_as(user, whole) for user in wanted}
    rows = snapshot.look_up([*ids.values()])
    # Column by column, and not those that nobody sees: half the time of to_pylist on the table. A snapshot made by an
    # older Holdfast lacks some.
    columns = {name: rows.column(name).to_pylist() for name in rows.column_names if name in NOTHING}
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values, strict=True))
        row["reasons"] = words.with_text(row["reasons"])
        found[row["user_id"]] = NOTHING | row
    return {user: found[known] for user, known in ids.items() if known in found}


def known_as(user: int | str, whole: bool) -> int | str:
    """A user's id as the snapshot has it, whose ids are whole numbers or texts; read as the tables read it, so that "7"
    and "7.0" are user 7. What is no such number stays, and is nobody's."""
    if not whole:
        return str(user) if isinstance(user, int) else user
    if isinstance(user, str) and WHOLE.fullmatch(user):
        return int(user.removesuffix(".0"))
    return user


def challenger(current: Current) -> dict[str, Any] | None:
    """The challenger of the snapshot that is served, as ``responses.ChallengerAnswer``; None where there is none."""
    about = current.snapshot.manifest.get("challenger") if current.snapshot else None
    if about is None:
        return None
    told = (newest(current.predictor.config.store_path) or {}).get("trial") or {}
    came = told.get("came", []) if told.get("challenger") == about["model"] else []
    return {"model_version": about["model"], "since": about["since"], "agreement": about["agreement"], "came": came}


def model(current: Current) -> dict[str, Any]:
    """The description of the model, as ``responses.ModelAnswer``."""
    version, bundle = current.model, current.model.bundle
    card = None
    with suppress(FileNotFoundError):  # it was trained on another machine, or the card is deleted
        card = (current.predictor.config.store_path / "cards" / f"{version.name}.md").read_text(encoding="utf-8")
    columns = [(name, parse(name)) for name in bundle.features]
    return {
        "model_version": version.name,
        "kind": bundle.kind,
        "run_id": version.run_id,
        "config_hash": bundle.config_hash,
        "horizon_days": bundle.horizon,
        "curve_days": bundle.curve,
        "trained_on": bundle.trained_on,
        "metrics": bundle.metrics,
        "warnings": list(bundle.warnings),
        "card": card,
        "challenger": challenger(current),
        "features": [
            {"name": name, "text": name in bundle.encodings}
            | {key: getattr(column.feature, key) for key in ("meaning", "unit", "null")}
            for name, column in columns
        ],
    }
