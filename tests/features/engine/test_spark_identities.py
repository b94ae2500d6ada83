"""Spark gives what DuckDB gives of rows that another id tells, in every table, linked before they happened or after."""

from datetime import datetime, timedelta

import numpy as np

from features.build import model_columns, plan, run
from features.build.population import measure
from features.engine.duckdb_session import connect
from features.tables.clean import clean
from features.user_base import UserBase
from tests.features.engine.test_spark import differences

CUTOFF = datetime(2026, 1, 1)
TOML = '[tables.identities]\npath = "identities.csv"\n' + "".join(
    f'[tables.{name}]\npath = "{name}.csv"\ncolumns = {{ user_id = {{ id_type = "card", column = "no" }} }}\n'
    for name in ("orders", "events", "messages", "points", "feedback", "users")
)
REST = {
    "orders": ("amount", "5"),
    "events": ("event", "view"),
    "messages": ("channel", "mail"),
    "points": ("kind,points", "earned,3"),
    "feedback": ("kind", "survey"),
    "users": ("plan", "pro"),
}


def files():
    """Twelve users with two cards each, of which one in three is linked to nobody and as many after the cutoff."""
    rng = np.random.default_rng(5)

    def day():
        return f"{CUTOFF - timedelta(hours=int(rng.integers(-24 * 20, 24 * 200))):%Y-%m-%d %H:%M}"

    links = [f"card,{card:03},{card % 12},{day()}" for card in range(24) if card % 3]
    made = {"identities.csv": "\n".join(["id_type,id,user_id,time", *links])}
    for name, (columns, values) in REST.items():
        rows = [f"{rng.integers(0, 24):03},{day()},{values}" for _ in range(150)]
        made[f"{name}.csv"] = "\n".join([f"no,time,{columns}", *rows])
    return made


def test_every_feature_is_the_same(quick_spark, shop):
    config = shop(TOML, **files())
    with connect(config) as con:
        tables, got = clean(con, config, CUTOFF + timedelta(days=60)), []
        assert all("known_at" in tables[name].columns for name in REST)
        for kind in ("duckdb", "spark"):
            engine = config.engine.model_copy(update={"kind": kind, "threads": 2})
            base = UserBase(config.model_copy(update={"engine": engine}), con, tables)
            everybody = plan(base, model_columns(config, tables), everybody=True)
            got.append(run(con, everybody, measure(base, CUTOFF)).sort_by("user_id"))
    assert got[0].num_rows > 5 and differences(*got) == {}
