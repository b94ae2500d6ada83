"""Boards of the tables: what users did over time, with or without a snapshot."""

from features.boards.logs.orders import orders

BOARDS = (orders,)
