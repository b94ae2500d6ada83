"""A drafted play in a file: read as it was written, whatever text it holds, and its name stands for it for good."""

import pytest

from features.config.operations.plays import PlaySetting
from features.errors import BadInput
from serving.campaigns.drafts.play_file import keep_play, read_plays

HOSTILE = 'a"b\\c\n[x]\x7f\t☃\U0001f600\u2028'


def play(**given):
    return PlaySetting(**{"name": "p", "channels": ["email"], **given})


def test_a_play_is_read_as_it_was_written(tmp_path):
    one = play(en=HOSTILE, all=["stage == 'x'", f"level == '{HOSTILE}'"], cost=1.5, budget=3.0, most=4, verify=False)
    assert read_plays(keep_play(tmp_path, one)) == [one]


def test_a_name_that_a_run_used_keeps_its_meaning(shop):
    one = shop(users=3)
    first = play(all=["value_at_stake >= 0"])
    file = keep_play(one.store, first)
    assert keep_play(one.store, play(cost=1.0, budget=2.0)) == file  # no run yet: a person may mend it
    one.plan()  # of a play named p
    with pytest.raises(BadInput, match="play 'p': a run has had a play of that name with other settings"):
        keep_play(one.store, first)
    assert keep_play(one.store, play(cost=1.0, budget=2.0)) == file


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(BadInput, match=r"none\.toml: cannot be read"):
        read_plays(tmp_path / "none.toml")
