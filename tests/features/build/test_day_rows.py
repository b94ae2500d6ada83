"""What may be kept of a day, and under which name."""

import ibis
import pytest

from features.build.day_rows import keepable, part_name

ROWS = ibis.table(
    {"user_id": "int64", "days_ago": "float64", "value": "decimal(18, 4)", "score": "float64"}, name="rows"
)
SAME = {"user_id", "value", "score"}


@pytest.mark.parametrize(
    ("value", "may"),
    [
        (ROWS.count(), True),
        (ROWS.value.sum(where=ROWS.value > 1), True),
        (ROWS.days_ago.min(where=ROWS.value > 1), True),
        (ROWS.score.max(), True),
        (ROWS.score.sum(), False),  # depends on the order of its terms
        (ROWS.days_ago.sum(), False),  # another one at every cutoff
        (ROWS.count(where=ROWS.days_ago > 3), False),
        ((-ROWS.days_ago).max(), False),
    ],
)
def test_a_part_depends_on_the_rows_of_its_day_alone_and_adds_up_exactly(value, may):
    assert keepable(value.op(), dict.fromkeys(SAME)) is may


def test_the_same_has_one_name_whatever_the_rows_are_called_and_all_else_another():
    other = ROWS.view().filter(lambda rows: rows.value > 0)
    assert part_name(ROWS.value.sum(where=ROWS.value > 1).op()) == part_name(
        other.value.sum(where=other.value > 1).op()
    )
    values = [ROWS.value.sum(), ROWS.value.max(), ROWS.score.max(), ROWS.value.sum(where=ROWS.value > 1)]
    values += [ROWS.value.sum(where=ROWS.value > 2), ROWS.value.sum(where=ROWS.value >= 2), ROWS.days_ago.max()]
    assert len({part_name(value.op()) for value in values}) == len(values)
