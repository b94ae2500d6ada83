import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from features.groups.segments import names_asked, segments, tags

SEGMENTS = [
    {"name": "core", "all": ["stage in ('loyal', 'active')", "order_count_30d >= 2"]},
    {"name": "care", "any": ["tag:vip == true", "segment:core == false"]},
    {"name": "best", "all": ["layer:rfm == '重要价值客户'", "calendar:day == true"]},
]
TAGS = [{"name": "vip", "segment": "best"}, {"name": "core", "segment": "core"}, {"name": "care", "segment": "care"}]


def playbook_of(config_of):
    return config_of(segment=SEGMENTS, tag=TAGS, calendar=[{"name": "day", "dates": ["2026-01-01"]}])


def test_rules_see_segments_tags_and_layers_by_either_name(config_of):
    config = playbook_of(config_of)
    rfm = next(one for one in config.groupings() if one.name == "rfm")
    best = next(group for group in rfm.groups if group.zh == "重要价值客户")
    other = next(group for group in rfm.groups if group is not best)
    values = {
        "stage": np.array(["loyal", "active", None, "new"], object),
        "order_count_30d": np.array([2.0, 1.0, 5.0, np.nan]),
        "layer:rfm": np.array([best.en, best.en, other.en, best.en], object),
        "calendar:day": np.array([1.0, 0.0, 1.0, 1.0]),
    }
    found = segments(config.playbook, config.groupings(), values, 4)
    assert {name: who.tolist() for name, who in found.items()} == {
        "core": [True, False, False, False],
        "care": [True, True, True, True],
        "best": [True, False, False, True],
    }
    assert tags(config.playbook, found, 4).to_pylist() == [["vip", "core", "care"], ["care"], ["care"], ["vip", "care"]]
    assert list(segments(config.playbook, config.groupings(), values, 4, ["core"])) == ["core"]


def test_only_what_the_wanted_segments_look_at_is_asked_for(config_of):
    playbook = playbook_of(config_of).playbook
    assert names_asked(playbook, ["core"]) == ["stage", "order_count_30d"]
    assert set(names_asked(playbook, ["care"])) == {"stage", "order_count_30d", "layer:rfm", "calendar:day"}


def test_without_tags_everybody_has_an_empty_list(config_of):
    found = tags(config_of().playbook, {}, 3)
    assert found.to_pylist() == [[], [], []] and found.type == pa.list_(pa.string())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 10) | st.none(), st.floats(0, 10)), max_size=20), st.integers(0, 10))
def test_segments_that_name_others_agree_with_plain_python(config_of, users, least):
    told = [
        {"name": "a", "all": [f"order_count_30d >= {least}"]},
        {"name": "b", "all": ["segment:a == false"], "any": ["order_count_90d > 3", "segment:a == true"]},
        {"name": "c", "any": ["segment:b == true", "tag:t == true"]},
    ]
    config = config_of(segment=told, tag=[{"name": "t", "segment": "a"}])
    columns = {
        "order_count_30d": np.array([np.nan if x is None else x for x, _ in users], float),
        "order_count_90d": np.array([y for _, y in users], float),
    }
    found = segments(config.playbook, [], columns, len(users))
    a = [x is not None and x >= least for x, _ in users]
    b = [not one and y > 3 for one, (_, y) in zip(a, users, strict=True)]
    assert [found[name].tolist() for name in "abc"] == [a, b, [x or y for x, y in zip(a, b, strict=True)]]
