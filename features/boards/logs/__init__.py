"""Boards of the tables: what users did over time, with or without a snapshot."""

from features.boards.logs.community import community
from features.boards.logs.definitions import definitions
from features.boards.logs.orders import orders
from features.boards.logs.points import points
from features.boards.logs.private_domain import private_domain

BOARDS = (
    orders,
    community,
    private_domain,
    points,
    definitions,
)
