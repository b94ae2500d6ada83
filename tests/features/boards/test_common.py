from features.boards import BOARDS
from features.boards.common import CHANNEL, DAY


def test_boards_of_days_and_channels_share_the_columns():
    assert BOARDS["traffic"].columns[:2] == (DAY, CHANNEL) and BOARDS["aarrr"].column("channel") is CHANNEL
