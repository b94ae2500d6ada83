"""serving/monitoring/logs/day_counts.py."""

import numpy as np

from serving.monitoring.logs.day_counts import copies, within


def test_days_and_hours_hold_every_row_once(base, counts, as_of):
    for name in ("orders", "events"):
        rows = int(base.con.to_pyarrow(within(base.tables[name], as_of, 63).count()).as_py())
        assert counts[name].rows.sum() == counts[name].hours.sum() == rows > 0


def test_users_are_no_log(counts):
    assert "users" not in counts


def test_the_level_is_a_usual_amount_and_missing_a_share(counts):
    level, missing = counts["orders"].level["amount"], counts["events"].missing["value"]
    assert np.nanmin(level) > 1
    assert 0 < np.nanmean(missing) < 1


def test_copies_are_told_among_a_days_rows(base, as_of):
    one = base.tables["events"]
    twice = base.over({"events": one.union(one.filter(one.event == "visit"))})
    assert copies(base, "events", as_of) == 0
    assert 0.1 < copies(twice, "events", as_of) < 0.5
