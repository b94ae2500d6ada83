"""A person reads whether the risks were corrected, why, and how far off they were of late."""

from types import SimpleNamespace

import pytest

from serving.terminal.calibration import show_calibration


@pytest.fixture
def told(capsys):
    """told(**calibration): what is printed of a bundle's calibration, its tables as rows of cells."""

    def make(**calibration):
        show_calibration(SimpleNamespace(metrics={"calibration": calibration}))
        lines = capsys.readouterr().out.splitlines()
        rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if line.startswith("│")]
        return rows, [line for line in lines if ": " in line]

    return make


def test_what_was_tried_and_the_bias_of_late(told):
    bias = {f"2026-01-0{day}T00:00": day / 100 for day in range(1, 7)} | {"2026-02-01T12:00": -0.005}
    change, helped = {"platt": -0.0021, "newest": 0.01}, {"platt": 3, "newest": 0}
    tried = {"tried_at": {"platt": 5, "newest": 2}}
    rows, (verdict, last) = told(cutoffs=5, log_loss_change=change, helped_at=helped, bias=bias, applied=None, **tried)
    assert rows == [["platt", "-0.0021", "3 of 5 cutoffs"], ["newest", "+0.0100", "0 of 2 cutoffs"]]
    assert verdict == "calibration: none is applied, none helped"
    assert last.endswith("in points: 2026-01-04 +4.0, 2026-01-05 +5.0, 2026-01-06 +6.0, 2026-02-01T12:00 -0.5")


def test_an_applied_one_is_named(told):
    _, (verdict, _) = told(cutoffs=4, log_loss_change={}, helped_at={}, bias={}, applied="platt")
    assert verdict == "calibration: platt is applied, it helped"


def test_too_few_windows_are_told(told):
    rows, (line,) = told(cutoffs=0)
    assert rows == [] and "too few windows have closed" in line
