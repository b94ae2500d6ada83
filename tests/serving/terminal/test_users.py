"""Bands in their order, text as it is, alarms under the counts."""

import pyarrow as pa
import pytest

from features.config import load
from serving.batch.part import write_part
from serving.batch.snapshot import finish
from serving.scoring.reasons import TYPE
from serving.terminal import users

REASON = {"feature": "order_count_30d", "value": 1234.5678, "contribution": 0.5}
SILENT = {"feature": "silence_ratio", "value": 4.0, "contribution": -0.25}


@pytest.fixture
def snapshot(tmp_path):
    """A user with a name that Rich would read as a colour, and one who is not eligible."""
    rows = {
        "user_id": ["[red]ann[/red]", ":boom:"],
        "eligible": [True, False],
        "churn_risk": [0.875, None],
        "risk_band": ["high", None],
        "expected_value": [1234.5, None],
        "value_tier": ["mid", None],
        "value_if_stays": [1141.5, None],
        "stay_tier": ["high", None],
        "value_at_stake": [999.0, None],
        "reasons": pa.array([[REASON, SILENT], None], TYPE),
    }
    folder = tmp_path / "snapshots" / ("[bold]" + "long-" * 40)
    write_part(folder, "all", pa.table(rows))
    counts = {"reason_not_eligible:never active": 1, "risk_band:low": 0, "risk_band:medium": 0, "risk_band:high": 1}
    about = {
        "users": 2,
        "eligible": 1,
        "counts": counts | {"value_tier:none": 0, "value_tier:mid": 1, "stay_tier:high": 1},
    }
    return finish(folder, about, 0)


@pytest.fixture
def config(tmp_path):
    (tmp_path / "holdfast.toml").write_text('[tables.orders]\npath = "orders.csv"\n[churn]\nhorizon_days = 30\n')
    return load(tmp_path / "holdfast.toml")


def printed(capsys):
    return capsys.readouterr().out.splitlines()


def test_bands_and_tiers_are_listed_in_the_order_of_the_manifest(snapshot, config, capsys):
    users.show_snapshot(snapshot, config)
    assert printed(capsys) == [
        "2 users = 1 scored + 1 not eligible",
        "  not eligible: 1 never active",
        "  risk: 0 low, 0 medium, 1 high",
        "  value: 0 none, 1 mid",
        "  value if they stay: 1 high",
        f"snapshot: {snapshot.folder}",
    ]


def test_who_is_most_worth_keeping_is_shown_as_it_is(snapshot, capsys):
    users.show_worth_keeping(snapshot)
    lines = printed(capsys)
    (row,) = [line for line in lines if "ann" in line]
    for text in ("[red]ann[/red]", "88%", "high", "1,141.50", "999.00"):
        assert text in row
    assert (
        "↑ 1,235 orders in the last 30 days" in row
        and "↓ Silent for 4 times the usual gap" in lines[lines.index(row) + 1]
    )
    assert not any(":boom:" in line for line in lines)


def test_who_sees_it_the_first_time_reads_two_lines_a_user(snapshot, config, capsys):
    users.show_first(snapshot, config)
    first = (
        "  user [red]ann[/red]: 88% risk of leaving within 30 days, 999 at stake (worth 1,142 if they stay, high tier)"
    )
    why = "    1,235 orders in the last 30 days → an offer for the next order"  # no word of what lowers it
    assert printed(capsys)[1:] == [first, why]


def test_of_each_theme_the_first_reason_is_shown():
    told = [
        {"theme": theme, "text": text} for theme, text in (("silence", 1), ("silence", 2), ("use", 3), ("silence", 4))
    ]
    assert [one["text"] for one in users.a_theme_each(told)] == [1, 3]


def test_text_that_the_model_never_saw_is_told_with_its_cure(capsys, snapshot, config):
    snapshot.manifest["unseen"] = {"plan": 1, "region": 1234}
    users.show_snapshot(snapshot, config)
    assert printed(capsys)[-3:-1] == [
        "1 user has a plan never seen in training; train again if it is here to stay",
        "1,234 users have a region never seen in training; train again if it is here to stay",
    ]


def test_counts_stand_beside_those_of_the_snapshot_before_and_alarms_under_them(capsys, snapshot, config):
    before = {"risk_band:high": 3, "risk_band:low": 0, "stage:gone": 2, "stage:lapsed_1": 7}
    told = {"run": "2025-12-31-abc", "as_of": "2025-12-31T00:00:00", "users": 5, "eligible": 1, "counts": before}
    snapshot.manifest.update(previous=told, alarms=["risk band 'high': 60.0% of the users before, 20.0% now"])
    try:
        users.show_snapshot(snapshot, config)
    finally:
        del snapshot.manifest["previous"], snapshot.manifest["alarms"]
    lines = printed(capsys)
    assert lines[0] == "2 (-3) users = 1 (+0) scored + 1 not eligible"
    assert (
        "  risk: 0 (+0) low, 0 (+0) medium, 1 (-2) high" in lines
        and "  stage: 0 (-2) gone, 0 (-7) lapsed 30 d" in lines
    )
    assert "  in brackets: against the snapshot before, 2025-12-31-abc, as of 2025-12-31T00:00" in lines
    assert lines[-2].startswith("alarm: risk band 'high': 60.0% of the users before, 20.0% now; see whether")
