"""A second home for snapshots: a PostgreSQL table that holds the newest one, replaced whole in one transaction."""

from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from features.config import Config
from features.engine.postgres import columns, connected, quoted, reporting_errors, rows
from features.errors import BadInput
from features.progress import Progress, silent
from serving.batch.snapshot import Snapshot
from serving.scoring.columns import KINDS

RUN = "run"  # the column that names the snapshot
OURS = (RUN, "user_id", "as_of", "eligible", "config_hash")  # what tells our table from another
JSON = "jsonb"
# By Arrow's type, since an older snapshot may have other columns; lists, whatever their items are called, are jsonb.
TYPES = {pa.int32(): "integer"} | {kind.arrow: kind.postgres for kind in KINDS if kind.postgres != JSON}
NAME = "SELECT string_agg(quote_ident(part), '.' ORDER BY n) FROM unnest(parse_ident($1)) WITH ORDINALITY AS p(part, n)"


def copy_to_postgres(config: Config, snapshot: Snapshot, progress: Progress = silent) -> bool:
    """Put the snapshot's rows in place of those of ``store.postgres.table``; whether there was something to do.

    Readers see the old rows until all new ones are in, and the old ones stay where that fails. A table that holds this
    snapshot already is left alone; one that is not there is made. ``user_id`` is its key, ``run`` names the snapshot,
    lists are jsonb. Raises BadInput in one line where the server fails, or the table is one of somebody else's.
    """
    home, users = config.store.postgres, int(snapshot.manifest["users"])
    if home is None:
        return False
    key, cure = "store.postgres.table", f"{snapshot.folder} is whole; see to that, then run 'holdfast score' again"
    with (
        connected(config, home.uri, "store.postgres.uri") as cursor,
        reporting_errors(config, key, home.table, f"the table keeps its rows and {cure}"),
    ):
        cursor.execute("BEGIN")
        rows(cursor, "SELECT pg_advisory_xact_lock(hashtext('holdfast'), hashtext($1))::text", (home.table,))
        _prepare(config, cursor, home.table, _types(snapshot.schema))
        table = quoted(cursor, home.table)
        held = rows(cursor, f'SELECT min("{RUN}"), max("{RUN}"), count(*) FROM {table}')
        if held == [(snapshot.run_id, snapshot.run_id, users)]:
            cursor.execute("ROLLBACK")
            return False
        cursor.execute(f"DELETE FROM {table}")
        ((schema, name),) = rows(
            cursor,
            "SELECT n.nspname::text, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.oid = to_regclass($1)",
            (home.table,),
        )
        done = 0
        with duckdb.connect() as engine:
            for batch in snapshot.iterate():
                progress(f"copying to {home.table}", done, users)
                cursor.adbc_ingest(name, _flat(engine, batch, snapshot.run_id), mode="append", db_schema_name=schema)
                done += batch.num_rows
        cursor.execute("COMMIT")
    progress(f"copying to {home.table}", users, users)
    return True


def _types(schema: pa.Schema) -> dict[str, str]:
    """Column → PostgreSQL's type."""
    return {RUN: "text"} | {field.name: TYPES.get(field.type, JSON) for field in schema}


def _prepare(config: Config, cursor: Any, table: str, wanted: Mapping[str, str]) -> None:
    """Make the table, or add the columns that it lacks; BadInput where the table is not ours or does not fit."""
    there = {name: kind for name, (kind, _) in columns(cursor, table).items()}
    if not there:
        declared = ", ".join(f'"{name}" {kind}' for name, kind in wanted.items())
        ((name,),) = rows(cursor, NAME, (table,))
        cursor.execute(f'CREATE TABLE {name} ({declared}, PRIMARY KEY ("user_id"))')
        return
    where = f"{config.file.name}: store.postgres.table: '{table}'"
    if not there.keys() >= set(OURS):
        raise BadInput(f"{where} holds something else than snapshots; name a table that is not there yet")
    for name, kind in wanted.items():
        if there.get(name, kind) != kind:
            raise BadInput(f"{where}: {name} is {there[name]} there and {kind} in the snapshot; drop the table")
        if name not in there:
            cursor.execute(f'ALTER TABLE {quoted(cursor, table)} ADD COLUMN "{name}" {kind}')


def _flat(engine: duckdb.DuckDBPyConnection, batch: pa.RecordBatch, run: str) -> pa.Table:
    """The rows with the run's name, and with nested columns as JSON, which the driver writes as jsonb."""
    rows, nested = pa.Table.from_batches([batch]), [one.name for one in batch.schema if one.type not in TYPES]
    if nested:
        engine.register("batch", rows)
        texts = engine.sql(
            "SELECT " + ", ".join(f'to_json("{name}")::VARCHAR AS "{name}"' for name in nested) + " FROM batch"
        )
        for name, text in zip(nested, texts.to_arrow_table().columns, strict=True):
            json = pa.ExtensionArray.from_storage(pa.json_(pa.string()), text.combine_chunks())
            rows = rows.set_column(rows.schema.get_field_index(name), name, json)
    return rows.append_column(RUN, pa.array([run] * batch.num_rows, pa.string()))
