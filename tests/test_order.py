"""The order that tests/plugins/order.py gives: halves that share a base, long ones first, files whole."""

from itertools import pairwise

import pytest

from tests.plugins.order import place

BASE, SYSTEM = {"base", "tmp_path"}, {"system"}
IN_ORDER = (
    ("notebooks/first_look.ipynb", set(), False),
    ("tests/training/tracking/test_runs.py", SYSTEM, True),
    ("tests/training/evaluation/test_slices.py", SYSTEM, False),
    ("tests/training/test_job.py", set(), True),
    ("tests/training/models/test_boost.py", set(), False),
    ("tests/features/engine/test_spark.py", set(), True),
    ("tests/features/build/test_past.py", set(), False),
    ("tests/serving/api/test_service.py", BASE, True),
    ("tests/serving/cli/test_demo.py", set(), True),
    ("tests/serving/terminal/test_tables.py", set(), False),
    ("tests/test_holdfast.py", set(), True),
    ("tests/test_house.py", set(), False),
)


@pytest.mark.parametrize("one, other", pairwise(IN_ORDER), ids=lambda one: one[0])
def test_a_half_begins_with_its_base_and_with_what_takes_long(one, other):
    assert place(*one) < place(*other)


def test_a_file_is_not_split_and_tests_of_a_base_follow_each_other(request):
    files = [item.path for item in request.session.items]
    assert len([one for one, other in pairwise(files) if one != other]) + 1 == len(set(files))
