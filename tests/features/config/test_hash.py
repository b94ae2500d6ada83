"""What the three hashes cover: of results, of a model, of a campaign run. Models and snapshots live by them."""

import pytest

# A file without any section of operations, and its hashes by the code from before there were any (cffcde4): another
# hash would throw away every model and snapshot made until then.
BEFORE = """\
[tables.orders]
path = "orders.csv"
refunds = "negative"
[tables.users]
path = "users.csv"
columns = { region = "city" }
[churn]
horizon_days = 30
[train]
rows = 100000                     # the default then
[[lifecycle.override]]
when = ["tenure_days >= 365"]
lapsed_days = [60, 120, 240]
[[layers.layer]]
name = "spend"
[[layers.layer.group]]
name = "all"
all = ["order_amount_365d > 0"]
[[layers.layer.group]]
name = "nothing"
"""
HASHES = ("cc3df4350e7c8acb", "4bb2eac96c7868bd")

BASE = """\
[tables.orders]
path = "orders.csv"
[tables.users]
path = "users.csv"
"""
OPERATIONS = """\
[contact]
epoch = "2026-H1"
[contact.channels.sms]
id = "users.phone_sha256"
[[segment]]
name = "big"
all = ["order_amount_365d >= 500"]
[[tag]]
name = "value:big"
segment = "big"
[[calendar]]
name = "festival"
dates = ["2026-02-17"]
[[level]]
name = "gold"
least = 1000
measure = "order_amount_365d"
[[goal]]
name = "more"
metric = "share:healthy"
target = 0.5
by = "2026-12-31"
[[play]]
name = "thanks"
segment = "big"
channels = ["sms"]
"""


def hashes(config):
    return {"results": config.hash(), "model": config.model_hash(), "run": config.playbook_hash()}


def test_without_a_section_of_operations_the_hashes_are_those_of_before(shop):
    config = shop(BEFORE)
    assert (config.hash(), config.model_hash()) == HASHES


def test_the_policy_plays_and_goals_change_no_result(shop):
    contact_alone = OPERATIONS[: OPERATIONS.index("[[segment]]")]
    before, after = hashes(shop(BASE)), hashes(shop(BASE + contact_alone))
    assert (after["results"], after["model"]) == (before["results"], before["model"]) and after["run"] != before["run"]


CHANGES = {
    "a play's budget": ('channels = ["sms"]', 'channels = ["sms"]\nbudget = 9', {"run"}),
    "a play's name": ('name = "thanks"', 'name = "thank_you"', {"run"}),
    "the epoch": ("2026-H1", "2026-H2", {"run"}),
    "a goal": ("target = 0.5", "target = 0.6", set()),
    "a segment": (">= 500", ">= 600", {"run", "results"}),
    "a tag": ('"value:big"', '"value:large"', {"run", "results"}),
    "a calendar day": ("2026-02-17", "2027-02-06", {"run", "results"}),
    "a level": ("least = 1000", "least = 2000", {"run", "results"}),
    "the horizon": ("[contact]", "[churn]\nhorizon_days = 30\n[contact]", {"results", "model"}),
    "a column of one's own": (
        'path = "users.csv"',
        'path = "users.csv"\ncolumns = { phone_sha256 = "Phone" }',
        {"run", "results"},
    ),
    "a column of the contract": (
        'path = "users.csv"',
        'path = "users.csv"\ncolumns = { plan = "tariff" }',
        {"results", "model"},
    ),
    "assignments": ("[contact]", '[tables.assignments]\npath = "a.csv"\n[contact]', set()),
}


@pytest.mark.parametrize(("old", "new", "changed"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_reaches_what_depends_on_it_and_nothing_else(shop, old, new, changed):
    text = BASE + OPERATIONS
    assert text.count(old) == 1
    before, after = hashes(shop(text)), hashes(shop(text.replace(old, new)))
    assert {name for name in before if before[name] != after[name]} == changed
