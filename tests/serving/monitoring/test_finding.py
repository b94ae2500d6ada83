"""serving/monitoring/finding.py."""

from features.said import Said
from serving.monitoring.finding import Finding, worst


def test_the_verdict_is_the_worst_of_all():
    found = [Finding("x", "y", level, Said("a", "甲")) for level in ("watch", "retrain", "watch")]
    assert (worst(found), worst([])) == ("retrain", "fine")
    assert found[0].as_json["said"] == {"en": "a", "zh": "甲"}
