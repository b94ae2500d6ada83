"""A target says at once what is wrong with it."""

import pytest

from features.errors import BadInput


def test_an_unknown_list_is_refused_with_the_nearest_known_one(target):
    with pytest.raises(BadInput, match="play 'welcome': no list 'ful'; did you mean 'full'"):
        target(action="ful")


def test_files_of_nobody_are_refused(target):
    with pytest.raises(BadInput, match="channel 'push': batch = 0; give 1"):
        target(batch=0)
