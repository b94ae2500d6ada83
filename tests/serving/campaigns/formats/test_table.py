"""The table of formats, and names that are not in it."""

import pytest

from features.errors import BadInput
from serving.campaigns.formats.table import FORMATS, named


def test_every_format_of_the_design_is_there_with_its_limits_and_source():
    assert [*FORMATS] == ["csv", "jsonl", "parquet", "braze", "clevertap", "meta", "wecom"]
    assert all(one.what and one.limits and one.source and one.file.startswith("part-0001.") for one in FORMATS.values())


def test_an_unknown_format_is_refused_with_the_nearest_known_one():
    with pytest.raises(BadInput, match="format 'weecom': unknown; did you mean 'wecom'"):
        named("weecom")
