"""OpenLineage events as JSON: a run of a job, the tables it read and what it made. No row of a table, no user.

In the form of OpenLineage 2-0-2. A table is named by project and table, not by where it lies; its version is that of
the table, where it has one, else a hash of its files' stamps.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from features.user_base import UserBase

SPEC = "https://openlineage.io/spec/"
EVENT = f"{SPEC}2-0-2/OpenLineage.json#/$defs/RunEvent"
PRODUCER = "https://pypi.org/project/holdfast"  # names the program; nothing is asked there
START, COMPLETE, FAIL = "START", "COMPLETE", "FAIL"
LONGEST = 500  # characters of an error


@dataclass(frozen=True)
class Made:
    """Something that a run made: a kind, as 'snapshots' or 'models', its name, and its rows, where it has some."""

    kind: str
    version: str
    rows: int | None = None


@dataclass(frozen=True)
class Run:
    """A run of a job: a UUID, and the run that it is part of, if any, as (UUID, job)."""

    id: str
    job: str
    part_of: tuple[str, str] | None = None


def event(
    base: UserBase, run: Run, kind: str, at: datetime, made: Sequence[Made] = (), error: str = ""
) -> dict[str, Any]:
    """An event. kind: START, COMPLETE or FAIL; at: UTC; error: of a failed one, in one line."""
    config = base.config
    space = f"holdfast.{config.project.name}"
    facets: dict[str, Any] = {
        "holdfast": _facet("RunFacet", "") | {"config_hash": config.hash(), "data": base.tables.fingerprint},
        "processing_engine": _facet("ProcessingEngineRunFacet", "1-1-1") | {"name": "holdfast", "version": _version()},
    }
    if run.part_of:
        of = {"run": {"runId": run.part_of[0]}, "job": {"namespace": space, "name": run.part_of[1]}}
        facets["parent"] = _facet("ParentRunFacet", "1-0-1") | of
    if error:
        told = {"message": error[:LONGEST], "programmingLanguage": "Python"}
        facets["errorMessage"] = _facet("ErrorMessageRunFacet", "1-0-1") | told
    return {
        "eventType": kind,
        "eventTime": at.isoformat(timespec="milliseconds") + "Z",
        "producer": PRODUCER,
        "schemaURL": EVENT,
        "run": {"runId": run.id, "facets": facets},
        "job": {"namespace": space, "name": run.job},
        "inputs": [_data(space, name, version) for name, version in _versions(base).items()],
        "outputs": [_data(space, one.kind, one.version, one.rows) for one in made],
    }


def _versions(base: UserBase) -> dict[str, str]:
    found, told = {}, base.tables.versions
    for name in base.tables:
        stamps = sorted((file, str(stamp)) for (of, file), stamp in base.tables.stamps.items() if of == name)
        version = told.get(name, {}).get("version")
        hashed = hashlib.sha256(json.dumps(stamps).encode()).hexdigest()[:16]
        found[name] = hashed if version is None else str(version)
    return found


def _data(space: str, name: str, version: str, rows: int | None = None) -> dict[str, Any]:
    facet = _facet("DatasetVersionDatasetFacet", "1-0-1") | {"datasetVersion": version}
    found: dict[str, Any] = {"namespace": space, "name": name, "facets": {"version": facet}}
    if rows is not None:
        count = _facet("OutputStatisticsOutputDatasetFacet", "1-0-2") | {"rowCount": rows}
        found["outputFacets"] = {"outputStatistics": count}
    return found


def _facet(name: str, version: str) -> dict[str, Any]:
    """What every facet says. version: of the facet's own specification; empty for one of ours."""
    where = (
        f"{SPEC}facets/{version}/{name}.json#/$defs/{name}" if version else f"{EVENT.partition('#')[0]}#/$defs/{name}"
    )
    return {"_producer": PRODUCER, "_schemaURL": where}


def _version() -> str:
    from importlib.metadata import version

    return version("holdfast")
