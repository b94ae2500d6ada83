"""The scoring job: every user known at the as-of goes in, a snapshot comes out."""

import shutil
from collections import Counter
from datetime import datetime

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features import lifecycle
from features.build import known, plan, run
from features.clean import Tables
from features.config import Config
from features.engine import threads
from features.errors import BadInput
from features.feature import parse
from features.population import measure
from serving.batch.part import MOST_DIGITS, finished_part, prefixes, write_part
from serving.batch.snapshot import MANIFEST, Snapshot, finish, place, publish, run_id
from serving.scorer import snapshot_rows
from training.spine import Progress, silent
from training.tracking import Version

BUCKET = 100_000
NEEDED = ("days_since_active", "tenure_days", "gap_count")  # of every user, for the snapshot itself


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

    The manifest's ``unseen`` counts, by text feature, the scored users whose value was never seen in training.

    The same input, as-of, configuration and model give the same run: it is not done again unless ``fresh``, and one
    that was stopped goes on behind its last part. Raises BadInput where the model was trained for another
    configuration, the tables lack what it needs, a stage rule asks for what is only known of today at an earlier as-of,
    or nobody is known yet.
    """
    as_of, bundle = as_of or tables.observed_until, model.bundle
    if bundle.config_hash != config.model_hash():
        raise BadInput(
            f"{config.file.name}: model {model.name} was trained for another configuration ({bundle.config_hash}, "
            f"this is {config.model_hash()}); run 'holdfast train', or take back the change"
        )
    lifecycle.check_dates(config, tables.tables, [as_of], tables.observed_until)
    folder = place(config.store_path, run_id(as_of, config.hash(), model.name, tables.fingerprint), fresh)
    if (folder / MANIFEST).exists():
        return publish(folder)
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    columns = [parse(name) for name in dict.fromkeys([*NEEDED, *bundle.features])]
    rules = lifecycle.compile_rules(config, con, tables.tables)
    compiled = plan(config, con, tables.tables, columns)
    population = measure(con, config, tables.tables, as_of)
    users = con.create_table("known", known(con, config, tables.tables, as_of), temp=True, overwrite=True)
    total = int(con.to_pyarrow(users.count()).as_py())
    if not total:
        raise BadInput(f"as-of {as_of:%Y-%m-%d %H:%M}: no user is known then; take a later as-of")
    digits = next((n for n in range(MOST_DIGITS) if total <= BUCKET * 16**n), MOST_DIGITS)
    counts, unseen, done = Counter[str](), Counter[str](), 0
    users = users.mutate(prefix=_md5(users.user_id.cast("string")))
    for prefix in prefixes(digits):
        progress("scoring", done, total)
        record = finished_part(folder, prefix)
        if record is None:
            chosen = users.filter(users.prefix.startswith(prefix)) if digits else users
            asked = con.to_pyarrow(chosen.drop("prefix").order_by("user_id"))
            table = run(con, compiled, population, asked).sort_by("user_id")
            rows = snapshot_rows(bundle, table, as_of, config.eligible, model.name, config.hash(), threads(config))
            rows = _staged(rows, lifecycle.place(config, con, tables.tables, as_of, asked, _band(rows), rules))
            found = Counter[str]()
            for column in ("reason_not_eligible", "risk_band", "value_tier", "stage"):
                found.update(f"{column}:{value}" for value in rows[column].to_pylist() if value is not None)
            noted = {"counts": dict(found), "unseen": bundle.unseen(table.filter(rows["eligible"]))}
            record = write_part(folder, prefix, rows, noted)
        counts.update(record["counts"])
        unseen.update(record["unseen"])
        done += record["rows"]
    progress("scoring", total, total)
    about = {
        "as_of": as_of.isoformat(),
        "model_version": model.name,
        "model_kind": bundle.kind,
        "config_hash": config.hash(),
        "users": total,
        "eligible": total - sum(n for key, n in counts.items() if key.startswith("reason_not_eligible:")),
        "counts": _ordered(config, counts),
        "unseen": dict(sorted(unseen.items())),
        "rows": {name: vars(count) | {"reasons": dict(count.reasons)} for name, count in tables.counts.items()},
    }
    return finish(folder, about, digits)


def most_worth_keeping(snapshot: Snapshot, count: int = 10) -> pa.Table:
    """The users with the most value at stake, largest first."""
    table = ibis.duckdb.connect().read_parquet(snapshot.files)
    return table.filter(table.eligible).order_by(table.value_at_stake.desc(), "user_id").limit(count).to_pyarrow()


def _ordered(config: Config, counts: Counter[str]) -> dict[str, int]:
    """Reasons by name, then every band and tier as the configuration orders them, also those without a user."""
    reasons = sorted(key for key in counts if key.startswith("reason_not_eligible:"))
    bands = [f"risk_band:{name}" for name in config.risk.names]
    tiers = [f"value_tier:{name}" for name in config.value.tiers]
    stages = [f"stage:{name}" for name in lifecycle.names(config)]
    return {key: counts[key] for key in [*reasons, *bands, *tiers, *stages]}


@ibis.udf.scalar.builtin(name="md5", signature=(("string",), "string"))
def _md5(text):
    """The md5 of a text in hex."""


def _band(rows: pa.Table) -> pa.Array:
    return rows["risk_band"].combine_chunks()


def _staged(rows: pa.Table, placed: lifecycle.Placed) -> pa.Table:
    place = rows.schema.get_field_index("stage")
    return rows.set_column(place, rows.schema.field(place), placed.users["stage"])
