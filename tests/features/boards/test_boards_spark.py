"""Spark makes of every board what DuckDB does."""

from features.boards import BOARDS
from features.boards.sight import Sight
from features.engine import spark
from tests.features.boards.test_boards import ELSEWHERE


def test_spark_makes_the_same_of_every_board(small, quick_spark):
    sight = small.sight
    over = Sight(sight.config, sight.at, spark.stand_ins(sight.tables))
    for name, board in ((name, one) for name, one in BOARDS.items() if name not in ELSEWHERE):
        query = spark.prepare(sight.config, small.base.con, sight.tables, board.build(over))
        assert board.rows(query.run(small.base.con), sight).to_pandas().equals(small.made(name)), name
