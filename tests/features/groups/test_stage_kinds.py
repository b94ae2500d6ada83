"""Good and warning stages are told by their rules, whatever they are called."""

from features.groups.stage_kinds import healthy_stages, warning_stages


def test_of_the_default_stages(config_of):
    config = config_of()
    assert healthy_stages(config) == ["loyal", "active"]
    assert warning_stages(config) == ["lapsed_3", "lapsed_2", "lapsed_1", "at_risk", "inactive"]


def test_of_stages_of_ones_own(config_of):
    stages = [
        {"name": "fans", "all": ["healthy_weeks >= 4"]},
        {"name": "slipping", "any": ["lost_health == true"]},
        {"name": "quiet", "all": ["days_since_active >= 20"]},
        {"name": "fresh", "all": ["days_since_active < 3"]},
        {"name": "rest"},
    ]
    config = config_of(lifecycle={"stage": stages})
    assert (healthy_stages(config), warning_stages(config)) == (["fans"], ["slipping", "quiet"])
