"""Boards of the tables: what users did over time, with or without a snapshot."""

from features.boards.logs.aarrr import aarrr
from features.boards.logs.channels import channels
from features.boards.logs.community import community
from features.boards.logs.definitions import definitions
from features.boards.logs.fatigue import fatigue
from features.boards.logs.feedback import feedback
from features.boards.logs.kinds import kinds
from features.boards.logs.messages import messages
from features.boards.logs.orders import orders
from features.boards.logs.points import points
from features.boards.logs.private_domain import private_domain
from features.boards.logs.retention import retention
from features.boards.logs.traffic import traffic

BOARDS = (
    traffic,
    kinds,
    orders,
    retention,
    channels,
    messages,
    fatigue,
    feedback,
    aarrr,
    community,
    private_domain,
    points,
    definitions,
)
