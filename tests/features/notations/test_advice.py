"""A person is told three examples of what was not read, and the line of holdfast.toml that would read it."""

import pytest

from features.errors import BadInput

TOML = '[quality]\nmax_bad_share = 1\n[tables.orders]\npath = "orders.csv"\ndelimiter = ";"\n'
GOOD = "1;2026-01-01;5"


def csv(*rows):
    return {"orders.csv": "\n".join(["user_id;time;amount", *rows]) + "\n"}


def notes(cleaned, *rows, settings=""):
    return list(cleaned(TOML + settings, **csv(GOOD, *rows))[0].notes)


def test_times_are_proposed_with_three_examples(cleaned):
    (line,) = notes(cleaned, "1;13.02.2026;5", "1;14.02.2026;5", "1;01.02.2026;5", "2;02.02.2026;5")
    assert line.startswith("tables.orders: time: 4 × such as '") and line.count(".2026'") == 3
    assert line.endswith('time_format = "%d.%m.%Y" would read them')


def test_a_format_is_added_to_those_that_stand_there(cleaned):
    (line,) = notes(cleaned, "1;20260213;5", settings='time_format = "%d.%m.%Y"\n')
    assert line.endswith('\'20260213\': time_format = ["%d.%m.%Y", "%Y%m%d"] would read them')


def test_the_one_value_that_tells_is_found_among_thousands(cleaned):
    rows = [f"1;{1 + i % 12:02}/{1 + i // 12 % 12:02}/2025 {i % 24:02}:{i % 60:02};5" for i in range(3000)]
    (line,) = notes(cleaned, *rows, "1;01/31/2025 10:00;5")
    assert line.endswith('time_format = "%m/%d/%Y %H:%M" would read them')


def test_numbers_are_proposed_by_all_values_and_not_only_by_those_that_fail(cleaned):
    assert notes(cleaned, "1;2026-01-01;1,234", "1;2026-01-01;3.5") == [
        "tables.orders: amount: 1 × such as '1,234': thousands = \",\" would read them"
    ]


def test_what_cannot_be_told_stops_with_a_question(cleaned):
    with pytest.raises(BadInput) as caught:
        cleaned(TOML, **csv("1;01/02/2026;5", "2;03/02/2026;5"))
    line = str(caught.value)
    assert "\n" not in line and line.endswith(
        'begin with the day (time_format = "%d/%m/%Y") or with the month (time_format = "%m/%d/%Y")?'
    )


def test_no_user_id_is_ever_shown(cleaned):
    toml = TOML.replace("max_bad_share = 1", "max_bad_share = 0.9")
    tables, _ = cleaned(toml, **csv(GOOD, ";2026-01-02;5", "secret-7;soon;5"))
    assert "secret" not in " ".join([*tables.notes, str(tables.counts["orders"])])


@pytest.mark.parametrize("row, asks", [("1;01/02/2026;5", True), ("1;31/01/2026;5", False), ("1;soon;5", False)])
def test_what_somebody_has_to_answer_is_told_apart(cleaned, row, asks):
    tables, _ = cleaned(TOML, **csv(GOOD, row))
    assert tables.questions == (tables.notes if asks else ())
