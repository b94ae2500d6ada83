"""Columns of users that only campaigns name are read, checked and kept out of everything that is not a campaign."""

from datetime import date, datetime

import pyarrow as pa
import pytest

from features.build import build
from features.build.feature_table import model_columns
from features.config import load
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.tables.clean import clean
from features.user_base import opened

ORDERS = '[tables.orders]\npath = "orders.csv"\n'
USERS = '[tables.users]\npath = "users.csv"\n'
SMS = (
    '[contact]\ntimezone = "users.tz"\n[contact.channels.sms]\nconsent = "users.may_text"\nid = "users.phone_hash"\n'
    '[[calendar]]\nname = "name_day"\ncolumn = "users.name_day"\n'
)
SALES = "user_id,time,amount\n1,2026-01-05,1\n2,2026-01-06,2\n"
KNOWN = (
    "user_id,may_text,phone_hash,name_day,tz,region\n"
    "1,yes,0007f,1990-05-03,Asia/Shanghai,north\n2,,,,,south\n3,no,000aa,1990-02-29,,east\n"
)


def test_they_are_read_as_what_the_settings_say_they_hold(cleaned):
    known = KNOWN.replace("1990-02-29", "1992-02-29")
    _, rows = cleaned(ORDERS + USERS + SMS, **{"orders.csv": SALES, "users.csv": known})
    one = dict(user_id=1, may_text=True, phone_hash="0007f", name_day=date(1990, 5, 3), tz="Asia/Shanghai")
    assert sorted(rows["users"], key=lambda row: row["user_id"]) == [
        one | {"region": "north"},
        dict.fromkeys(one) | {"user_id": 2, "region": "south"},
        one
        | {"user_id": 3, "may_text": False, "phone_hash": "000aa", "name_day": date(1992, 2, 29)}
        | {"tz": None, "region": "east"},
    ]


def test_what_is_none_sets_its_row_aside_with_the_column_s_name(cleaned):
    known = KNOWN.replace(",no,", ",perhaps,").replace("Asia/Shanghai", "CST")
    loose = "[quality]\nmax_bad_share = 0.9\n"
    tables, rows = cleaned(loose + ORDERS + USERS + SMS, **{"orders.csv": SALES, "users.csv": known})
    assert tables.counts["users"].reasons == {
        "may_text is not true or false": 1,
        "tz is none of the IANA list, such as Asia/Shanghai": 1,
    }
    assert [row["user_id"] for row in rows["users"]] == [2]


def test_a_date_in_a_notation_that_nobody_told_is_advised_on(cleaned):
    known = KNOWN.replace("1990-05-03", "31.12.1990").replace("1990-02-29", "28.02.1990")
    loose = "[quality]\nmax_bad_share = 0.9\n"
    tables, _ = cleaned(loose + ORDERS + USERS + SMS, **{"orders.csv": SALES, "users.csv": known})
    assert tables.notes == (
        "tables.users: name_day: 2 × such as '31.12.1990', '28.02.1990': time_format = \"%d.%m.%Y\" would read them",
    )


def test_they_may_be_mapped_like_any_other(cleaned):
    mapped = ORDERS + USERS + 'columns = { phone_hash = "Phone (sha256)", may_text = "SMS" }\n' + SMS
    known = KNOWN.replace("phone_hash", "Phone (sha256)").replace("may_text", "SMS").replace("1990-02-29", "")
    _, rows = cleaned(mapped, **{"orders.csv": SALES, "users.csv": known})
    assert {(row["user_id"], row["may_text"], row["phone_hash"]) for row in rows["users"]} == {
        (1, True, "0007f"),
        (2, None, None),
        (3, False, "000aa"),
    }


def test_a_mapping_of_a_column_that_nothing_names_is_refused(shop):
    with pytest.raises(BadInput, match=r"tables.users.columns: no column 'phone_hash'"):
        shop(ORDERS + USERS + 'columns = { phone_hash = "Phone" }\n')


def test_a_file_without_a_named_column_is_told_by_the_setting_that_asks_for_it(cleaned):
    known = KNOWN.replace("phone_hash", "phone_sha")
    with pytest.raises(BadInput) as caught:
        cleaned(ORDERS + USERS + SMS, **{"orders.csv": SALES, "users.csv": known})
    text = str(caught.value)
    assert text.startswith(
        "holdfast.toml: contact.channels.sms.id: no column 'phone_hash' in users.csv; did you mean 'ph"
    )
    assert 'tables.users.columns = { phone_hash = "…" }' in text and "\n" not in text


def test_without_a_table_of_users_the_setting_is_told_when_the_tables_are_opened(cleaned):
    with pytest.raises(BadInput) as caught:
        cleaned(ORDERS + SMS, **{"orders.csv": SALES})
    assert str(caught.value) == ("holdfast.toml: contact.timezone: 'users.tz' needs [tables.users]; add it with a path")


@pytest.mark.parametrize("users", ["", USERS])
def test_the_usual_consent_and_time_zone_may_be_missing(cleaned, users):
    files = {"orders.csv": SALES} | ({"users.csv": "user_id,region\n1,north\n"} if users else {})
    tables, _ = cleaned(ORDERS + users + "[contact.channels.email]\n", **files)
    assert set(tables) == {"orders"} | ({"users"} if users else set())


def test_they_change_no_feature_and_no_model_s_columns(shop):
    """Two rows of a user at one time: the same one counts, whatever stands in the columns of one's own."""
    known = "user_id,time,region,phone_hash,may_text,name_day,tz\n"
    known += "1,2026-01-01,north,zz,,,\n1,2026-01-01,south,aa,,,\n2,2026-01-01,east,00,yes,,\n"
    found = []
    for settings in ("", SMS):
        config = shop(ORDERS + USERS + settings, **{"orders.csv": SALES, "users.csv": known})
        with opened(config) as base:
            asked = pa.table({"user_id": [1, 2]})
            columns = model_columns(config, base.tables)
            table = build(base, datetime(2026, 2, 1), columns, asked)
            found.append(table.sort_by("user_id").select(sorted(table.column_names)).to_pydict())
            held = "phone_hash" in base.tables["users"].columns
            assert held == bool(settings)
    assert found[0] == found[1]
    assert found[0]["region"] == ["south", "east"]


ASSIGNED = "user_id,time,campaign_id,arm,share\n1,2026-05-01,spring,treatment,0.1\n9,2025-01-01,spring,holdout,\n"


def test_assignments_are_read_and_are_neither_activity_nor_users_nor_logs(shop):
    toml = ORDERS + '[tables.assignments]\npath = "assignments.csv"\n'
    config = shop(toml, **{"orders.csv": SALES, "assignments.csv": ASSIGNED})
    with connect(config) as session:
        tables = clean(session, config, datetime(2026, 6, 1))
        assert set(tables) == {"orders"}
        assert (tables.observed_from, tables.observed_until.date()) == (datetime(2026, 1, 5), date(2026, 1, 7))
        assert tables.counts["assignments"].used == 2
        rows = session.to_pyarrow(tables.assignments.order_by("user_id")).to_pylist()
    assert [(row["user_id"], row["campaign_id"], row["arm"], row["share"]) for row in rows] == [
        (1, "spring", "treatment", 0.1),
        (9, "spring", "holdout", None),
    ]
    assert config.user_tables == ["orders"]


def test_assignments_from_before_the_logs_begin_are_kept(shop):
    toml = ORDERS + '[churn]\nobserved_from = "2025-06-01"\n[tables.assignments]\npath = "assignments.csv"\n'
    config = shop(toml, **{"orders.csv": SALES, "assignments.csv": ASSIGNED})
    with connect(config) as session:
        assert clean(session, config, datetime(2026, 6, 1)).counts["assignments"].used == 2


def test_an_arm_is_one_of_the_two(cleaned):
    toml = "[quality]\nmax_bad_share = 0.9\n" + ORDERS + '[tables.assignments]\npath = "assignments.csv"\n'
    wrong = ASSIGNED.replace("holdout", "control")
    tables, _ = cleaned(toml, **{"orders.csv": SALES, "assignments.csv": wrong})
    assert tables.counts["assignments"].reasons == {"arm is none of treatment, holdout": 1}


def test_assignments_are_no_activity(shop):
    with pytest.raises(BadInput, match=r"churn.activity\[0\]: 'assignments' is neither a configured table nor"):
        shop(ORDERS + '[churn]\nactivity = ["assignments"]\n[tables.assignments]\npath = "a.csv"\n')


def test_without_assignments_there_are_none(cleaned):
    assert cleaned(ORDERS, **{"orders.csv": SALES})[0].assignments is None


def test_a_message_s_delivery_is_a_time_after_it(cleaned):
    toml = "[quality]\nmax_bad_share = 0.9\n" + ORDERS + '[tables.messages]\npath = "messages.csv"\n'
    sent = "user_id,time,channel,delivered_at\n1,2026-01-02,sms,2026-01-02 00:05\n"
    sent += "1,2026-01-09,sms,2026-01-02\n1,2026-01-03,sms,\n"
    tables, rows = cleaned(toml, **{"orders.csv": SALES, "messages.csv": sent})
    assert sorted(str(row["delivered_at"]) for row in rows["messages"]) == ["2026-01-02 00:05:00", "None"]
    assert tables.counts["messages"].reasons == {"delivered_at is more than a day before time": 1}


def test_who_invited_a_user_is_read_as_text(cleaned):
    _, rows = cleaned(ORDERS + USERS, **{"orders.csv": SALES, "users.csv": "user_id,invited_by\n1,007\n2,\n"})
    assert {row["user_id"]: row["invited_by"] for row in rows["users"]} == {1: "007", 2: None}


def test_a_file_that_names_no_users_columns_loads_as_before(tmp_path):
    (tmp_path / "holdfast.toml").write_text(ORDERS + USERS, encoding="utf-8")
    assert load(tmp_path / "holdfast.toml").tables.keys() == {"orders", "users"}
