"""What is kept of a table by user and day, as an open base has it."""

from dataclasses import dataclass

import ibis.expr.types as ir

ON = "on"  # the day, in days since 1970 on the wall
WALL = "wall"  # the time on the wall, in microseconds since 1970


@dataclass(frozen=True)
class DayRows:
    """What is kept of a table. table: ``user_id``, ON and the parts by name, each user and day once. rows_a_user: how
    many of these rows a user has, in the mean."""

    table: ir.Table
    rows_a_user: float
