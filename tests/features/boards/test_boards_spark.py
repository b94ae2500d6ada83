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


def test_spark_counts_the_same_days_in_a_zone(small, quick_spark, config_of):
    config = config_of({"orders": 0}, project={"timezone": "America/New_York"})
    tables = {"orders": small.sight.tables["orders"]}
    over = Sight(config, small.sight.at, spark.stand_ins(tables))

    def counted(sight):
        rows = sight.past("orders")
        return rows.group_by("date").aggregate(n=rows.count())

    there = spark.prepare(config, small.base.con, tables, counted(over)).run(small.base.con)
    here = small.base.con.to_pyarrow(counted(Sight(config, small.sight.at, tables)))
    assert there.cast(here.schema).sort_by("date").equals(here.sort_by("date")) and len(here) > 1
