"""serving/monitoring/logs/row_fates.py."""

import pytest

from serving.monitoring.logs.row_fates import findings

BEFORE = {"orders": {"rows": 10_000, "repeats": 100, "quarantined": 0}}


@pytest.mark.parametrize("fate", ["repeats", "quarantined"])
def test_new_rows_that_are_not_used_are_told(base, fate):
    now = {"orders": BEFORE["orders"] | {"rows": 11_000, fate: BEFORE["orders"][fate] + 500}}
    (found,) = findings(base.config, BEFORE, now)
    assert (found.kind, found.subject, found.level) == (fate, "orders", "watch")
    assert "50%" in found.said.en


def test_a_table_that_hardly_grew_or_shrank_is_passed_over(base):
    for rows in (10_050, 9_000):
        now = {"orders": {"rows": rows, "repeats": 5_000, "quarantined": 0}}
        assert list(findings(base.config, BEFORE, now)) == []
    assert list(findings(base.config, {}, BEFORE)) == []
