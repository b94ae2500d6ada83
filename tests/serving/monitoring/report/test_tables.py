"""serving/monitoring/report/tables.py."""

import pytest

from features.groups.lifecycle import names
from serving.monitoring.report.tables import tables


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_row_fits_its_headings(told, base, language):
    found = tables(told, names(base.config), language)
    assert len(found) == 7
    assert {len(row) - len(one.headings) for one in found for row in one.rows} == {0}


def test_stages_are_called_as_people_call_them(told, base):
    shown = next(one for one in tables(told, names(base.config), "zh") if one.title == "风险、价值与阶段")
    assert any("忠诚" in row[0] for row in shown.rows)


def test_tables_without_rows_are_left_out(told, base):
    assert len(tables(told | {"realised": [], "early": []}, names(base.config), "en")) == 4
