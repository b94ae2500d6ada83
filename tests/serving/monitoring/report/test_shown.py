"""Numbers in tables: a dash where there is none, and an interval where there is one."""

from serving.monitoring.report.shown import in_, number, with_range


def test_what_was_not_measured_is_a_dash():
    assert number(None, "{:.1%}") == "–" and number(0.256, "{:.1%}") == "25.6%"
    assert with_range(None, (0.1, 0.2)) == "–" and with_range(0.15, (None, 0.2)) == "0.150"
    assert with_range(0.15, (0.1, 0.2)) == "0.150 (0.100 … 0.200)"


def test_each_language_has_its_text():
    assert in_("zh")("days", "天数") == "天数" and in_("en")("days", "天数") == "days"
