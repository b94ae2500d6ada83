"""Boards of the scored users: they need a snapshot."""

from features.boards.scored.cube import cube
from features.boards.scored.goals import goals
from features.boards.scored.health import health
from features.boards.scored.levels import levels
from features.boards.scored.next import next_stages
from features.boards.scored.portraits import portraits
from features.boards.scored.tags import tags
from features.boards.scored.top import top

BOARDS = (
    cube,
    top,
    next_stages,
    health,
    levels,
    goals,
    tags,
    portraits,
)
