"""Whatever is wrong with holdfast.toml is told in one line: file, key, value and cure."""

import pytest

from features.config.config import load
from features.errors import BadInput

ORDERS = '[tables.orders]\npath = "orders.csv"\n'
EVENTS = '[tables.events]\npath = "events.csv"\n'


def wrong(shop, toml):
    """What a person is told about this file."""
    with pytest.raises(BadInput) as caught:
        shop(toml)
    return str(caught.value)


# What is wrong → the file, and then the line that says so.
WRONG = {
    "an unknown key": (
        ORDERS + '[chrun]\nactivity = ["orders"]\n',
        "holdfast.toml: chrun: no such key; did you mean 'churn'?",
    ),
    "an unknown key of a section": (
        ORDERS + "[churn]\nhorizon_day = 90\n",
        "holdfast.toml: churn.horizon_day: no such key; did you mean 'horizon_days'?",
    ),
    "an unknown key of a table": (
        '[tables.orders]\npaht = "x.csv"\npath = "x.csv"\n',
        "holdfast.toml: tables.orders.paht: no such key; did you mean 'path'?",
    ),
    "text for a number": (
        ORDERS + '[churn]\nhorizon_days = "90"\n',
        "holdfast.toml: churn.horizon_days: '90' will not do: input should be a valid number; change it",
    ),
    "a number out of range": (
        ORDERS + "[churn]\nhorizon_days = 0\n",
        "holdfast.toml: churn.horizon_days: 0 will not do: input should be greater than 0; change it",
    ),
    "a seed below 0": (
        ORDERS + "[train]\nseed = -1\n",
        "holdfast.toml: train.seed: -1 will not do: input should be greater than or equal to 0; change it",
    ),
    "an endless watch": (
        ORDERS + "[api]\nwatch_seconds = inf\n",
        "holdfast.toml: api.watch_seconds: inf will not do: input should be a finite number; change it",
    ),
    "repeats of users": (
        ORDERS + '[tables.users]\npath = "u.csv"\nrepeats = "drop"\n',
        "holdfast.toml: tables.users.repeats: only orders and events have that; take the line out",
    ),
    "a rule that is no comparison": (
        ORDERS + 'cancelled = "cancelled"\n',
        "holdfast.toml: tables.orders.cancelled: 'cancelled' is no comparison; write one like "
        '"status == \'cancelled\'" or "quantity < 0"',
    ),
    "yes for a number": (
        ORDERS + "[churn]\nhorizon_days = true\n",
        "holdfast.toml: churn.horizon_days: True will not do: input should be a valid number; change it",
    ),
    "text for a list": (
        ORDERS + '[churn]\nactivity = "orders"\n',
        "holdfast.toml: churn.activity: 'orders' will not do: input should be a valid list; change it",
    ),
    "a number for a path": (
        "[tables.orders]\npath = 3\n",
        "holdfast.toml: tables.orders.path: 3 will not do: input should be a valid string; change it",
    ),
    "a number in a list of paths": (
        '[tables.orders]\npath = ["a.csv", 3]\n',
        "holdfast.toml: tables.orders.path: ['a.csv', 3] will not do: "
        "input should be a valid string; change it (and 1 more)",
    ),
    "a number for a section": (
        "churn = 3\n" + ORDERS,
        "holdfast.toml: churn: 3 will not do: input should be a valid dictionary or instance of Churn; change it",
    ),
    "text for a table": (
        '[tables]\norders = "x.csv"\n',
        "holdfast.toml: tables.orders: 'x.csv' will not do: "
        "input should be a valid dictionary or instance of TableSource; change it",
    ),
    "an unknown engine": (
        ORDERS + '[engine]\nkind = "duck"\n',
        "holdfast.toml: engine.kind: 'duck' will not do: input should be 'duckdb' or 'spark'; change it",
    ),
    "no tables": (
        "[churn]\nhorizon_days = 90\n",
        "holdfast.toml: tables: is missing; add [tables.orders] with a path",
    ),
    "no path": (
        "[tables.orders]\n",
        "holdfast.toml: tables.orders: neither path nor uri; add a path, or uri and table of a PostgreSQL server",
    ),
    "a path and a server": (
        ORDERS + 'uri = "${DB}"\ntable = "orders"\n',
        "holdfast.toml: tables.orders: path beside uri and table; take one of them out",
    ),
    "a path and a table": (
        ORDERS + 'table = "orders"\n',
        "holdfast.toml: tables.orders: path beside uri and table; take one of them out",
    ),
    "a table of no server": (
        '[tables.orders]\ntable = "orders"\n',
        "holdfast.toml: tables.orders: neither path nor uri; add a path, or uri and table of a PostgreSQL server",
    ),
    "a server without a table": (
        '[tables.orders]\nuri = "${DB}"\n',
        'holdfast.toml: tables.orders: uri without a table; add table = "…"',
    ),
    "an unknown table": (
        ORDERS + '[tables.order]\npath = "x.csv"\n',
        "holdfast.toml: tables.order: no table 'order'; did you mean 'orders'?",
    ),
    "neither orders nor events": (
        '[tables.users]\npath = "x.csv"\n[churn]\nactivity = ["users"]\n[value]\nsum = "orders.amount"\n',
        "holdfast.toml: tables: neither 'orders' nor 'events'; add [tables.orders] with a path",
    ),
    "an unknown column": (
        ORDERS + 'columns = { amuont = "price" }\n',
        "holdfast.toml: tables.orders.columns: no column 'amuont'; did you mean 'amount'?",
    ),
    "refunds of events": (
        EVENTS + 'refunds = "negative"\n',
        "holdfast.toml: tables.events.refunds: only orders have refunds; take the line out",
    ),
    "cuts that do not rise": (
        ORDERS + "[value]\ncuts = [0.8, 0.5]\n",
        "holdfast.toml: value: cuts [0.8, 0.5] do not rise; sort them",
    ),
    "a cut that stands twice": (
        ORDERS + "[risk]\ncuts = [0.5, 0.5]\n",
        "holdfast.toml: risk: cuts [0.5, 0.5] do not rise; sort them",
    ),
    "too few cuts": (
        ORDERS + "[risk]\ncuts = [0.5]\n",
        "holdfast.toml: risk: 3 names need 2 cuts, there are 1; make them fit",
    ),
    "a cut that is no share": (
        ORDERS + "[risk]\ncuts = [0.5, 80]\n",
        "holdfast.toml: risk.cuts[1]: 80 will not do: input should be less than 1; change it",
    ),
    "a name that stands twice": (
        ORDERS + '[risk]\nnames = ["low", "low", "high"]\n',
        "holdfast.toml: risk: a name stands twice in ['low', 'low', 'high']; name each once",
    ),
    "activity that is no table": (
        ORDERS + '[churn]\nactivity = ["order"]\n',
        "holdfast.toml: churn.activity[0]: 'order' is neither a configured table nor 'events:<kind>'; "
        "did you mean 'orders'?",
    ),
    "activity of a table that is not there": (
        ORDERS + '[churn]\nactivity = ["orders", "events:login"]\n',
        "holdfast.toml: churn.activity[1]: 'events:login' is neither a configured table nor 'events:<kind>'; "
        "there are: orders",
    ),
    "a kind of order": (
        ORDERS + '[churn]\nactivity = ["orders:paid"]\n',
        "holdfast.toml: churn.activity[0]: 'orders:paid' is neither a configured table nor 'events:<kind>'; "
        "did you mean 'orders'?",
    ),
    "users as activity": (
        ORDERS + '[tables.users]\npath = "u.csv"\n[churn]\nactivity = ["users"]\n',
        "holdfast.toml: churn.activity[0]: 'users' is neither a configured table nor 'events:<kind>'; "
        "there are: orders",
    ),
    "no activity": (
        ORDERS + "[churn]\nactivity = []\n",
        'holdfast.toml: churn.activity: the list is empty; name a table, such as "orders"',
    ),
    "activity that counts twice": (
        EVENTS + '[churn]\nactivity = ["events", "events:login"]\n',
        "holdfast.toml: churn.activity[1]: 'events:login' would count the same rows twice; take it out",
    ),
    "an unknown value": (
        ORDERS + '[value]\nsum = "orders.total"\n',
        "holdfast.toml: value.sum: 'orders.total' is not 'orders.amount', 'events.value' or 'events'",
    ),
    "the value of a table that is not there": (
        ORDERS + '[value]\nsum = "events.value"\n',
        "holdfast.toml: value.sum: 'events.value' needs [tables.events]; add it",
    ),
    "a kind of event that is no name": (
        EVENTS + '[community]\npost = "new post"\n',
        "holdfast.toml: community.post: 'new post' will not do: string should match pattern '^[\\w.-]+$'; change it",
    ),
    "a step that is no name": (
        EVENTS + '[funnel]\nsteps = ["view", ""]\n',
        "holdfast.toml: funnel.steps[1]: '' will not do: string should match pattern '^[\\w.-]+$'; change it",
    ),
    "a funnel of one step": (
        EVENTS + '[funnel]\nsteps = ["view"]\n',
        "holdfast.toml: funnel.steps: ['view'] is one step; name at least two, or take the line out",
    ),
    "a step that stands twice": (
        EVENTS + '[funnel]\nsteps = ["view", "buy", "view"]\n',
        "holdfast.toml: funnel.steps: a name stands twice in ['view', 'buy', 'view']; name each once",
    ),
    "a kind that stands twice": (
        EVENTS + '[engagement]\nkinds = ["view", "view"]\n',
        "holdfast.toml: engagement.kinds: a name stands twice in ['view', 'view']; name each once",
    ),
    "an attribute that is none": (
        EVENTS + '[funnel]\nattributes = ["channel", "plam"]\n',
        "holdfast.toml: funnel.attributes[1]: no feature 'plam'; did you mean 'plan'?",
    ),
    "an attribute twice": (
        EVENTS + '[funnel]\nattributes = ["plan", "plan"]\n',
        "holdfast.toml: funnel.attributes: a name stands twice in ['plan', 'plan']; name each once",
    ),
    "a funnel without events": (
        ORDERS + '[funnel]\nsteps = ["view", "buy"]\n',
        "holdfast.toml: funnel.steps: kinds of event need [tables.events]; add it",
    ),
    "a community without events": (
        ORDERS + '[community]\nreply = "reply"\n',
        "holdfast.toml: community.reply: kinds of event need [tables.events]; add it",
    ),
    "fixed columns of orders": (
        ORDERS + 'fixed = ["channel"]\n',
        "holdfast.toml: tables.orders.fixed: only users have fixed columns; take the line out",
    ),
    "a fixed column that there is not": (
        ORDERS + '[tables.users]\npath = "u.csv"\nfixed = ["chanel"]\n',
        "holdfast.toml: tables.users.fixed[0]: no column 'chanel'; did you mean 'channel'?",
    ),
    "a rule on a kind of order": (
        ORDERS + '[lifecycle]\nhealthy = { all = ["order_count__web_7d >= 1"] }\n',
        "holdfast.toml: lifecycle.healthy.all[0]: feature 'order_count' is not told by kind of event; "
        "write 'order_count_90d'",
    ),
    "an unknown zone": (
        ORDERS + '[project]\ntimezone = "Europe/Berln"\n',
        "holdfast.toml: project.timezone: no time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?",
    ),
    "no zone at all": (
        ORDERS + '[project]\ntimezone = "my house"\n',
        "holdfast.toml: project.timezone: no time zone 'my house'; write one such as 'Europe/Berlin'",
    ),
    "a file of the file": ('file = "x"\n' + ORDERS, "holdfast.toml: file: no such key; take it out"),
}


@pytest.mark.parametrize("toml, line", WRONG.values(), ids=WRONG.keys())
def test_one_line_names_file_key_value_and_cure(shop, toml, line):
    assert wrong(shop, toml) == line


def test_a_password_in_the_file_is_refused_and_not_told(shop):
    assert wrong(shop, '[tables.orders]\nuri = "postgresql://ann:tiger@host/shop"\ntable = "orders"\n') == (
        "holdfast.toml: tables.orders.uri: a password stands in it; "
        "take it from the environment with ${NAME}, or from ~/.pgpass"
    )


def test_two_faults_are_counted(shop):
    told = wrong(shop, ORDERS + "[churn]\nhorizon_days = 0\n[train]\ncutoffs = 0\n")
    assert told.startswith("holdfast.toml: churn.horizon_days: 0") and told.endswith("(and 1 more)")


def test_text_that_is_not_toml(shop):
    told = wrong(shop, "[churn\n")
    assert "holdfast.toml: not TOML: " in told and "line 1" in told and "\n" not in told


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "holdfast.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(BadInput, match="holdfast.toml: not TOML: .*mend that line"):
        load(tmp_path / "holdfast.toml")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadInput, match="nowhere.toml: no such file; write one with 'holdfast init'"):
        load(tmp_path / "nowhere.toml")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(BadInput, match="cannot be read: Is a directory; check the path and its rights"):
        load(tmp_path)
