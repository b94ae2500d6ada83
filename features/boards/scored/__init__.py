"""Boards of the scored users: they need a snapshot."""

from features.boards.scored.cube import cube
from features.boards.scored.portraits import portraits
from features.boards.scored.tags import tags
from features.boards.scored.top import top

BOARDS = (cube, top, tags, portraits)
