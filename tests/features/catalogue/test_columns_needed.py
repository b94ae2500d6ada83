"""Every feature can be built from the columns that are said to be needed, and no others."""

import ibis
import pytest

from features.build import available, plan
from features.catalogue.columns_needed import columns_needed
from features.catalogue.feature import FeatureColumn, parse
from features.catalogue.input_tables import DTYPES, OF_USERS
from features.tables import CleanTables
from features.user_base import UserBase

TABLES = {
    name: ibis.table(
        {
            column.name: "int64" if column.kind == "user" else DTYPES[column.kind]
            for column in contract.columns
            if (name, column.name) != ("users", "time")
        }
        | ({"refund": "boolean"} if name == "orders" else {}),
        name=name,
    )
    for name, contract in OF_USERS.items()
}


@pytest.fixture(scope="module")
def config(config_of):
    more = {"community": {"post": "post", "reply": "reply"}, "funnel": {"steps": ["view", "cart"]}}
    return config_of(tuple(OF_USERS), options={"orders": {"refunds": "negative"}}, **more)


def test_a_feature_needs_what_its_table_must_have_and_what_it_names():
    found = columns_needed(TABLES, ["order_discount_90d", "days_since_order"])
    assert found["orders"] == {"user_id", "time", "amount", "discount", "known_at", "event", "refund"}
    assert "users" not in found


def test_what_a_feature_of_features_is_made_of_is_needed_too():
    assert columns_needed(TABLES, ["order_discount_share_90d"]) == columns_needed(TABLES, ["order_discount_90d"])
    assert "discount" in columns_needed(TABLES, ["order_discount_share_90d"])["orders"]


def test_every_feature_can_be_built_from_what_it_needs(config, con):
    alike: dict = {}
    for one in available(config, TABLES):
        name = FeatureColumn(one, 30.0 if one.spanned else None, "view" if "kind" in one.takes else None).name
        needed = columns_needed(TABLES, [name])
        alike.setdefault(str(sorted((table, sorted(columns)) for table, columns in needed.items())), []).append(name)
    assert len(alike) > 10
    for names in alike.values():
        needed = columns_needed(TABLES, names)
        kept = {
            table: rows.select([column for column in rows.columns if column in needed.get(table, rows.columns)])
            for table, rows in TABLES.items()
        }
        assert plan(UserBase(config, con, CleanTables(kept)), [parse(name) for name in names]).columns == tuple(names)
