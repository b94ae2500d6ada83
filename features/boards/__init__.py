"""Boards: what is known of the whole base over time, each a table with its contract, see board.py."""

from features.boards import logs, scored
from features.boards.board import Board

# In the order in which people are shown them.
BOARDS: dict[str, Board] = {one.name: one for one in (*scored.BOARDS, *logs.BOARDS)}
