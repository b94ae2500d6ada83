"""The scoring job: every user known at the as-of goes in, a snapshot comes out."""

import shutil
from collections import Counter
from datetime import datetime

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.build import known, plan, run
from features.clean import Tables
from features.config import Config
from features.engine import threads
from features.errors import BadInput
from features.feature import parse
from features.population import measure
from serving.batch.snapshot import MANIFEST, Snapshot, finish, open_snapshot, run_id, write_part
from serving.scorer import snapshot_rows
from training.spine import Progress, silent
from training.tracking import Version

BUCKET = 100_000


def score(
    config: Config,
    con: Backend,
    tables: Tables,
    model: Version,
    as_of: datetime | None = None,
    fresh: bool = False,
    progress: Progress = silent,
) -> Snapshot:
    """Score all users known at ``as_of`` (default: the end of the logs).

    The same input, as-of, configuration and model give the same run: it is not done again unless ``fresh``.
    Raises BadInput where the model was trained for another configuration or the tables lack what it needs.
    """
    as_of, bundle = as_of or tables.observed_until, model.bundle
    if bundle.config_hash != config.hash():
        raise BadInput(
            f"{config.file.name}: model {model.name} was trained for another configuration ({bundle.config_hash}, "
            f"this is {config.hash()}); run 'holdfast train', or take back the change"
        )
    folder = config.store_path / "snapshots" / run_id(as_of, config.hash(), model.name, tables.fingerprint)
    if (folder / MANIFEST).exists() and not fresh:
        return finish(folder, *_split(open_snapshot(folder)))
    shutil.rmtree(folder, ignore_errors=True)
    columns = [parse(name) for name in dict.fromkeys(["days_since_active", *bundle.features])]
    compiled = plan(config, con, tables.tables, columns)
    population = measure(con, config, tables.tables, as_of)
    users = con.create_table("known", known(con, config, tables.tables, as_of), temp=True, overwrite=True)
    total = int(con.to_pyarrow(users.count()).as_py())
    parts, counts = [], Counter[str]()
    for index in range(max(-(-total // BUCKET), 1)):
        progress("scoring", index * BUCKET, total)
        asked = con.to_pyarrow(users.order_by("user_id").limit(BUCKET, offset=index * BUCKET))
        table = run(con, compiled, population, asked).sort_by("user_id")
        rows = snapshot_rows(bundle, table, as_of, config.eligible, model.name, threads(config))
        parts.append(write_part(folder, f"part-{index:05d}.parquet", rows))
        for name in ("reason_not_eligible", "risk_band", "value_tier"):
            counts.update(f"{name}:{value}" for value in rows[name].to_pylist() if value is not None)
    progress("scoring", total, total)
    about = {
        "as_of": as_of.isoformat(),
        "model_version": model.name,
        "config_hash": config.hash(),
        "users": total,
        "eligible": total - sum(n for key, n in counts.items() if key.startswith("reason_not_eligible:")),
        "counts": dict(sorted(counts.items())),
        "rows": {name: vars(count) | {"reasons": dict(count.reasons)} for name, count in tables.counts.items()},
    }
    return finish(folder, about, parts)


def most_worth_keeping(snapshot: Snapshot, count: int = 10) -> pa.Table:
    """The users with the most value at stake, largest first."""
    files = [snapshot.folder / part["file"] for part in snapshot.manifest["parts"]]
    table = ibis.duckdb.connect().read_parquet(files)
    return table.filter(table.eligible).order_by(table.value_at_stake.desc(), "user_id").limit(count).to_pyarrow()


def _split(snapshot: Snapshot) -> tuple[dict, list]:
    about = dict(snapshot.manifest)
    return about, about.pop("parts")
