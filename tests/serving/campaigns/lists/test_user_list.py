"""Who is on a list: rules, order and number, and whom the policy lets be written to, over parts of a snapshot."""

import pyarrow as pa
import pytest

from features.config import load
from features.errors import BadInput
from features.user_base import opened
from serving.batch.snapshot import latest
from serving.campaigns.lists.user_list import REASONS, SHOWN, Wanted, can_be_asked, user_list


@pytest.fixture
def listed(campaign_base):
    """listed(wanted, more settings): the rows of the list."""

    def run(wanted, more=""):
        file = campaign_base / "holdfast.toml"
        file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
        with opened(load(file)) as base:
            tables = list(user_list(base, latest(campaign_base), wanted, campaign_base / "work"))
        return pa.concat_tables(tables)

    return run


def test_columns_are_the_users_with_why_and_by_which_channel(listed):
    rows = listed(Wanted())
    names = ["user_id", *SHOWN, "reasons", "channels", "why_not", "send_after", "send_before"]
    assert rows.column_names == names and sorted(rows["user_id"].to_pylist()) == list(range(1, 17))
    assert all(len(one) <= REASONS for one in rows["reasons"].to_pylist())
    assert rows["send_after"].null_count == 16  # there are no quiet hours


def test_a_user_has_a_channel_or_the_reason_why_not_never_both(listed):
    rows = listed(Wanted()).to_pylist()
    assert all(bool(row["channels"]) == (row["why_not"] is None) for row in rows)
    assert {row["user_id"]: row["why_not"] for row in rows if row["why_not"]} == {1: "did not consent", 2: "opted out"}


def test_the_first_of_all_parts_come_first(listed):
    assert listed(Wanted(most=5))["user_id"].to_pylist() == [16, 15, 14, 13, 12]
    assert listed(Wanted(("stage == 'loyal'",), "risk", 3))["user_id"].to_pylist() == [12, 11, 10]


def test_all_rules_hold_segments_among_them(listed):
    segment = '[[segment]]\nname = "worth"\nall = ["value_at_stake >= 11"]\n'
    rows = listed(Wanted(("segment:worth == true", "stage == 'loyal'")), segment)
    assert sorted(rows["user_id"].to_pylist()) == [11, 12]


def test_quiet_hours_stand_beside_each_user(listed):
    rows = listed(Wanted(most=1), '[contact.quiet_hours]\nfrom = "21:00"\nto = "09:00"\n').to_pylist()
    assert rows[0]["send_after"] < rows[0]["send_before"]


def test_an_unknown_order_is_refused(listed):
    with pytest.raises(BadInput, match="--by 'luck'"):
        listed(Wanted(order="luck"))


def test_a_rule_that_cannot_be_names_its_option(campaign_base):
    config = load(campaign_base / "holdfast.toml")
    can_be_asked(config, "--band", "risk_band == 'high'")
    with pytest.raises(BadInput, match="^--band: 'risk_band' is never 'hig'; did you mean 'high'"):
        can_be_asked(config, "--band", "risk_band == 'hig'")
