"""What is told in two languages."""

from features.said import Said, both, joined


def test_parts_are_joined_in_each_language_and_files_from_before_are_read():
    told = joined(Said("a", "甲"), Said("b", "乙"))
    assert told.as_json == both(told.as_json) == {"en": "a; b", "zh": "甲；乙"}
    assert both("a") == {"en": "a", "zh": "a"}
