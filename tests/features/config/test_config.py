"""holdfast.toml: defaults follow from what is there, and the hash covers what changes results."""

import pytest

from features.config import load
from features.errors import BadInput

ORDERS = '[tables.orders]\npath = "orders.csv"\n'
EVENTS = '[tables.events]\npath = "events.csv"\n'


def test_one_table_is_enough(shop):
    config = shop(ORDERS)
    assert config.churn.activity == ["orders"]
    assert (config.horizon, config.eligible, config.value_horizon) == (90, 180, 90)
    assert config.value.sum == "orders.amount"
    assert (config.risk.names, config.risk.cuts) == (["low", "medium", "high"], [0.5, 0.8])
    assert (config.value.tiers, config.value.cuts) == (["none", "low", "mid", "high"], [0.5, 0.8])
    assert config.store_path == config.file.parent / "store"


def test_defaults_follow_the_horizon(shop):
    config = shop(ORDERS + "[churn]\nhorizon_days = 28\n")
    assert (config.eligible, config.value_horizon) == (56, 28)


def test_what_is_written_wins_over_what_follows(shop):
    config = shop(ORDERS + "[churn]\nhorizon_days = 28\neligible_days = 84\n[value]\nhorizon_days = 30.5\n")
    assert (config.eligible, config.value_horizon) == (84, 30.5)


VALUE = 'columns = { value = "price" }\n'


@pytest.mark.parametrize(
    "toml, activity, value",
    [
        (EVENTS, ["events"], "events"),
        (EVENTS + VALUE, ["events"], "events.value"),
        (EVENTS + VALUE + ORDERS, ["orders"], "orders.amount"),
    ],
    ids=["events", "events with a value", "orders and events"],
)
def test_defaults_follow_the_tables(shop, toml, activity, value):
    config = shop(toml)
    assert (config.churn.activity, config.value.sum) == (activity, value)


@pytest.mark.parametrize("written", ['"2026-01-31"', "2026-01-31"])
def test_toml_s_own_dates_are_dates(shop, written):
    assert shop(ORDERS + f"[churn]\nobserved_until = {written}\n").churn.observed_until == "2026-01-31"


def test_values_do_not_change_after_reading(shop):
    with pytest.raises(ValueError, match="frozen"):
        shop(ORDERS).churn.horizon_days = 30


def test_paths_start_at_the_file(shop, tmp_path):
    config = shop(ORDERS)
    assert config.resolve("data/x.csv") == str(tmp_path / "data/x.csv")
    assert config.resolve("/data/x.csv") == "/data/x.csv"
    assert config.resolve("postgresql://here/db") == "postgresql://here/db"


def test_variables_are_filled_in(shop, tmp_path, monkeypatch):
    config = shop('[store]\npath = "${PLACE:-store}/a"\n' + ORDERS)
    monkeypatch.delenv("PLACE", raising=False)
    assert config.store_path == tmp_path / "store/a"
    monkeypatch.setenv("PLACE", "")  # as in a shell
    assert config.store_path == tmp_path / "store/a"
    monkeypatch.setenv("PLACE", "/mnt")
    assert str(config.store_path) == "/mnt/a"


def test_a_variable_without_a_value_is_named_with_its_key(shop, monkeypatch):
    monkeypatch.delenv("PLACE", raising=False)
    with pytest.raises(BadInput) as caught:
        _ = shop('[store]\npath = "${PLACE}/a"\n' + ORDERS).store_path
    cure = "set PLACE or write ${PLACE:-default}"
    assert str(caught.value) == f"holdfast.toml: store.path: '${{PLACE}}' has no value; {cure}"


BASE = ORDERS + "[churn]\nhorizon_days = 90\n"
SAME = {
    "another store": BASE + '[store]\npath = "elsewhere"\n',
    "another engine": BASE + '[engine]\nthreads = 1\nmemory = "4GB"\n',
    "another name": BASE + '[project]\nname = "other"\n',
    "another limit of bad rows": BASE + "[quality]\nmax_bad_share = 0.5\n",
    "a default written out": BASE + 'eligible_days = 180\nactivity = ["orders"]\n',
    "how the service runs": BASE + "[api]\nworkers = 2\n",
    "what the funnel's report compares": BASE + '[funnel]\nattributes = ["plan"]\n',
    "what treated users are by default": BASE + '[train]\ntreated = "keep"\n',
    "comments": "# hello\n" + BASE,
}
OTHER = {
    "the horizon": ORDERS + "[churn]\nhorizon_days = 91\n",
    "who is eligible": BASE + "eligible_days = 100\n",
    "the zone": BASE + '[project]\ntimezone = "Asia/Shanghai"\n',
    "the files": BASE.replace("orders.csv", "others.csv"),
    "the columns": ORDERS + 'columns = { amount = "net" }\n',
    "the seed": BASE + "[train]\nseed = 8\n",
    "rows of treated users": BASE + '[train]\ntreated = "drop"\n',
    "the bands": BASE + "[risk]\ncuts = [0.5, 0.9]\n",
}


@pytest.mark.parametrize("toml", SAME.values(), ids=SAME.keys())
def test_the_hash_leaves_out_what_changes_no_result(shop, toml):
    assert shop(toml).hash() == shop(BASE).hash()


@pytest.mark.parametrize("toml", OTHER.values(), ids=OTHER.keys())
def test_the_hash_covers_what_changes_results(shop, toml):
    assert shop(toml).hash() != shop(BASE).hash()


def test_the_hash_covers_the_users_time_zone_where_there_are_calendar_days(shop):
    """Tags and layers may ask for days, which begin in the zone of the user's own."""
    days = '[[calendar]]\nname = "feast"\ndates = ["2026-02-17"]\n'
    zone = '[contact]\ntimezone = "users.zone"\n'
    assert shop(BASE + zone + days).hash() != shop(BASE + days).hash()
    assert shop(BASE + zone + days).model_hash() == shop(BASE + days).model_hash()
    assert shop(BASE + zone).hash() == shop(BASE).hash()


def test_the_hash_is_of_the_text_before_variables_are_filled_in(shop, monkeypatch, tmp_path):
    config = shop('[tables.orders]\npath = "${DATA:-here}/orders.csv"\n')
    before = config.hash()
    monkeypatch.setenv("DATA", str(tmp_path))
    assert config.hash() == before
    assert str(tmp_path) not in config.model_dump_json()


def test_a_dating_app_can_say_who_is_healthy(shop):
    rules = ["plan == 'plus'", "active_days_7d >= 5", "event_days__match_7d >= 7"]
    toml = '[tables.events]\npath = "e.csv"\n[tables.users]\npath = "u.csv"\n[lifecycle]\nhealthy = { all = %s }\n'
    assert shop(toml % rules).lifecycle.healthy.all == rules


KINDS = {
    "none": ("", []),
    "funnel and community": (
        '[funnel]\nsteps = ["view", "buy"]\n[community]\npost = "view"\nreply = "answer"\n',
        ["view", "buy", "answer"],
    ),
    "named": ('[funnel]\nsteps = ["view", "buy"]\n[engagement]\nkinds = ["加购"]\n', ["加购"]),
    "named none": ('[funnel]\nsteps = ["view", "buy"]\n[engagement]\nkinds = []\n', []),
}


@pytest.mark.parametrize("toml, kinds", KINDS.values(), ids=KINDS.keys())
def test_kinds_are_those_of_funnel_and_community_or_as_named(shop, toml, kinds):
    assert shop('[tables.events]\npath = "e.csv"\n' + toml).kinds == kinds


@pytest.mark.parametrize(
    "churn, curve",
    [
        ("horizon_days = 90", (7, 14, 30, 60, 90)),
        ("horizon_days = 28", (7, 14, 28, 30, 60, 90)),
        ("horizon_days = 7", (3.5, 7, 14, 28)),
        ("horizon_days = 0.5", (0.25, 0.5, 1, 2)),
        ("horizon_days = 30\ncurve_days = [90, 10]", (10, 30, 90)),
        ("horizon_days = 30\ncurve_days = []", (30,)),
    ],
)
def test_the_curves_horizons_follow_from_the_horizon_and_hold_it(shop, churn, curve):
    assert shop(ORDERS + f"[churn]\n{churn}\n").curve == curve


@pytest.mark.parametrize("horizon, horizons", [(0.5, 8), (90, 8), (180, 6), (365, 3), (2000, 1)])
def test_a_lifetime_is_eight_horizons_or_as_many_as_three_years_hold(shop, horizon, horizons):
    text = ORDERS + f"[churn]\nhorizon_days = {horizon}\n"
    assert shop(text).lifetime_horizons == horizons
    assert shop(text + "[value]\nlifetime_horizons = 12\n").lifetime_horizons == 12


def test_a_byte_order_mark_is_taken(tmp_path):
    (tmp_path / "holdfast.toml").write_text('[tables.orders]\npath = "o.csv"\n', encoding="utf-8-sig")
    assert load(tmp_path / "holdfast.toml").tables["orders"].path == "o.csv"


def test_ladders_are_worked_out_once_and_anew_for_a_copy_with_other_rules(shop, monkeypatch):
    config = shop(ORDERS)
    assert config.ladders is config.ladders
    other = config.lifecycle.model_copy(update={"new_days": 3})
    copied = config.model_copy(update={"lifecycle": other})
    new = {stage.name: stage.rule for stage in copied.ladders[-1].stages}["new"]
    assert new != {stage.name: stage.rule for stage in config.ladders[-1].stages}["new"]


def test_what_was_worked_out_is_no_part_of_what_a_configuration_says(shop):
    config = shop(ORDERS)
    copied = config.model_copy()
    assert copied == config and copied.hash() == config.hash() and "ladders" not in config.model_dump()
