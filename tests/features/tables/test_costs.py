"""The table of costs, which tells of no user: read and checked as others, and nobody's activity."""

from datetime import date, datetime

import pytest

from features.config import load
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.first_config.write import write
from features.tables.clean import clean

ORDERS = '[engine]\nthreads = 1\n[tables.orders]\npath = "orders.csv"\n'
SALES = "user_id,time,amount\n1,2026-01-05,10\n2,2026-01-06,20\n"
COSTS = ORDERS + '[tables.costs]\npath = "costs.csv"\n'
SPENT = "time,channel,cost,campaign_id\n2025-03-01,ads,10.5,x\n2026-05-30,ads,2,\n2026-05-30,ads,2,\n"


def test_costs_are_read_and_are_neither_users_nor_logs(shop):
    config = shop(COSTS, **{"orders.csv": SALES, "costs.csv": SPENT})
    with connect(config) as session:
        tables = clean(session, config, datetime(2026, 6, 1))
        rows = session.to_pyarrow(tables.costs.order_by("time")).to_pylist()
    assert set(tables) == {"orders"} and config.user_tables == ["orders"]
    assert (tables.observed_from, tables.observed_until.date()) == (datetime(2026, 1, 5), date(2026, 1, 7))
    assert [(one["time"], one["channel"], float(one["cost"]), one["campaign_id"]) for one in rows] == [
        (datetime(2025, 3, 1), "ads", 10.5, "x"),
        (datetime(2026, 5, 30), "ads", 2, None),
        (datetime(2026, 5, 30), "ads", 2, None),
    ]
    assert (tables.counts["costs"].used, str(tables.counts["costs"])) == (
        3,
        "3 rows = 3 used + 0 merged + 0 quarantined",
    )


def test_ids_of_users_stay_numbers_beside_costs_and_bad_rows_are_set_aside(cleaned):
    spent = SPENT + "2026-05-31,,5,\n2026-05-31,ads,much,\n2026-07-01,ads,1,\n"
    toml = "[quality]\nmax_bad_share = 0.9\n" + COSTS
    tables, rows = cleaned(toml, **{"orders.csv": SALES, "costs.csv": spent})
    assert sorted(one["user_id"] for one in rows["orders"]) == [1, 2]
    assert tables.counts["costs"].reasons == {
        "channel is missing": 1,
        "cost is not a number": 1,
        "time is later than now": 1,
    }


def test_costs_change_the_fingerprint(cleaned):
    before, _ = cleaned(COSTS, **{"orders.csv": SALES, "costs.csv": SPENT})
    after, _ = cleaned(COSTS, **{"orders.csv": SALES, "costs.csv": SPENT + "2026-05-31,ads,5,\n"})
    assert before.fingerprint != after.fingerprint


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('guests = "drop"', "tables.costs.guests: costs are of no user; take the line out"),
        ('columns = { user_id = "u" }', "tables.costs.columns: no column 'user_id'"),
        ("[churn]\nactivity = ['costs']", "'costs' is neither a configured table nor"),
    ],
)
def test_what_only_tables_of_users_have_is_refused(shop, line, words):
    with pytest.raises(BadInput, match=words.replace("[", r"\[")):
        shop(f"{COSTS}{line}\n")


@pytest.mark.parametrize("header", ["day,channel,cost", "date,channel,spend", "日期,渠道,花费"])
def test_init_knows_costs_by_their_header(tmp_path, header):
    (tmp_path / "orders.csv").write_text(SALES)
    (tmp_path / "ads.csv").write_text(f"{header}\n2026-01-05,ads,10\n2026-01-06,tv,12\n", encoding="utf-8")
    write([tmp_path / "orders.csv", tmp_path / "ads.csv"], tmp_path / "holdfast.toml")
    config = load(tmp_path / "holdfast.toml")
    time, channel, cost = header.split(",")
    told = config.tables["costs"]
    assert (told.theirs("time"), told.theirs("channel"), told.theirs("cost")) == (time, channel, cost)
