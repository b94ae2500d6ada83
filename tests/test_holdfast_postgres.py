"""From a table of a PostgreSQL server to a table of it: what the verbs say and how they end."""

import pytest

TOML = """\
[tables.orders]
uri = "${PG}"
table = "shop.orders"
[store.postgres]
uri = "${HOME_OF_SCORES}"
table = "shop.churn"
[churn]
horizon_days = 30
eligible_days = 60
"""
ORDERS = """
    CREATE TABLE shop.orders AS
    SELECT 'c-' || u AS user_id, timestamptz '2025-01-01 00:00Z' + d * interval '1 day' AS time,
           5.25 + u % 7 AS amount
    FROM generate_series(1, 200) u, generate_series(0, 59) d WHERE d % (3 + u % 11) = 0 AND d < 20 + (u * 13) % 60"""


@pytest.fixture
def inside(tmp_path, postgres, monkeypatch):
    postgres.sql(ORDERS)
    (tmp_path / "holdfast.toml").write_text(TOML)
    monkeypatch.setenv("HOME_OF_SCORES", postgres.uri)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_base_is_scored_from_table_to_table(inside, postgres, holdfast, monkeypatch):
    # The second home cannot be reached: the snapshot stays, and 'holdfast score' makes up for it without scoring again.
    monkeypatch.setenv("HOME_OF_SCORES", "postgresql://ann:tiger@localhost:1/shop")
    ended = holdfast("score")
    assert ended.code == 2 and ended.err.count("\n") == 1 and "tiger" not in ended.out + ended.err
    assert ended.err.startswith("holdfast: holdfast.toml: store.postgres.uri: '${HOME_OF_SCORES}': Connection refused")
    assert "200 users = " in ended.out
    (folder,) = (inside / "store" / "snapshots").glob("2025-*")
    assert (inside / "store" / "snapshots" / "latest").read_text().strip() == folder.name

    monkeypatch.setenv("HOME_OF_SCORES", postgres.uri)
    ended = holdfast("score")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith(f"snapshot: {folder}\ncopied to shop.churn\n")
    assert postgres.sql("SELECT run, count(*), count(churn_risk) > 100 FROM shop.churn GROUP BY run") == [
        (folder.name, 200, True)
    ]
    assert holdfast("score").out.endswith("shop.churn holds it already\n")

    postgres.sql("INSERT INTO shop.orders VALUES ('c-1', '2025-03-01 12:00+00', 9.5)")
    ended = holdfast("score")
    assert ended.code == 0, ended.err
    ((run,),) = postgres.sql("SELECT DISTINCT run FROM shop.churn")
    assert run.startswith("2025-03-0") and run != folder.name


def test_check_tells_of_a_table_that_is_not_there(inside, holdfast, postgres):
    assert holdfast("check").code in (0, 1)  # a gate may be red, the rows are told all the same
    postgres.sql("ALTER TABLE shop.orders RENAME TO order_lines")
    ended = holdfast("check")
    assert ended.code == 2
    assert ended.err == (
        "holdfast: holdfast.toml: tables.orders.table: no table 'shop.orders'; did you mean 'shop.order_lines'?\n"
    )
