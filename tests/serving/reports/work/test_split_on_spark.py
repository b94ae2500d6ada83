from datetime import datetime

import pytest

from features.errors import BadInput
from serving.reports.work.split_on_spark import split_on_spark


def test_where_nobody_is_known_one_line_says_so(spark_base):
    with (
        pytest.raises(BadInput, match=r"^as-of 1990-01-01 00:00: no user is known then; take a later as-of$"),
        split_on_spark(spark_base, datetime(1990, 1, 1), "here"),
    ):
        pass


def test_the_work_folder_goes_though_the_job_fails(spark_base):
    with (
        pytest.raises(KeyboardInterrupt),
        split_on_spark(spark_base, spark_base.tables.observed_until, "here", digits=1) as split,
    ):
        assert split.work.is_dir() and len(split.prefixes) == 16 and split.users > 1000
        raise KeyboardInterrupt
    assert not split.work.exists()
