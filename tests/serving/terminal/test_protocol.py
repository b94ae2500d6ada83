"""A person reads before a run what it will learn from."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from serving.terminal.protocol import lines, show_protocols
from training.fit.protocol import Protocol

AT = datetime(2026, 1, 1)


@pytest.fixture
def protocol():
    cutoffs = (AT - timedelta(days=75), AT - timedelta(days=60), AT - timedelta(days=30))
    return Protocol(
        AT, datetime(2025, 1, 1), AT, cutoffs, 7.5, 30, 60, 0, 30, season=False, rows=1234, share=1.0, columns=99
    )


def test_every_decision_is_one_line(protocol):
    assert lines(protocol) == [
        "protocol for predictions at 2026-01-01 00:00:",
        "  cutoffs: 3, from 2025-10-18 00:00 to 2025-12-02 00:00, 7.5 days (H/4) apart",
        "  label: no activity in [cutoff, cutoff + 30 days); every window closes by 2026-01-01 00:00",
        "  rows: 1,234 of users active in the 60 days before a cutoff, all of them",
        "  weights: none, the cutoffs span 45 days and seasons need more than 300",
        "  features: 99 columns",
    ]


def test_gap_sample_and_seasons_are_told(protocol):
    told = "\n".join(lines(replace(protocol, gap=7, share=0.25, season=True)))
    assert "[cutoff + 7 days, cutoff + 37 days)" in told
    assert "a sample of 25.0% of the users" in told and "rows of the same season count most" in told


def test_cutoffs_of_a_year_ago_are_told(protocol):
    cutoffs = (AT - timedelta(days=372), AT - timedelta(days=365), *protocol.cutoffs)
    assert "5, from" in (told := lines(replace(protocol, cutoffs=cutoffs))[1])
    assert told.endswith("apart, 2 of them around the same season a year earlier")


def test_nothing_to_learn_from_is_told(protocol):
    (line,) = lines(replace(protocol, cutoffs=()))
    assert line.endswith("no label window closes by then, nothing to learn from")


def test_it_is_printed_for_every_moment(base, capsys):
    show_protocols(base, [base.tables.observed_until] * 2)
    out = capsys.readouterr().out
    assert out.count("protocol for predictions at") == 2 and "  cutoffs: 4, from " in out
