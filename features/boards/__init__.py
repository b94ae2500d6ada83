"""Boards: what is known of the whole base over time, each a table with its contract, see board.py."""

import ibis.expr.types as ir

from features.boards import logs, scored
from features.boards.activity import channels, user_days, visitors
from features.boards.board import Board
from features.boards.kept import Kept
from features.boards.scored.cube import consent, contactable
from features.boards.scored.portraits import ATTRIBUTES
from features.boards.sight import USERS, Sight

# In the order in which people are shown them.
BOARDS: dict[str, Board] = {one.name: one for one in (*scored.BOARDS, *logs.BOARDS)}


def _users(sight: Sight) -> ir.Table:
    """The columns of users that boards ask for."""
    return sight.users(*dict.fromkeys([*ATTRIBUTES, "signup_time", "invited_by", consent(sight)]))


# In the order in which they are made, one of the other.
KEPT: tuple[Kept, ...] = (Kept(USERS, _users, needs=("users",)), channels, user_days, visitors, contactable)
