"""Pictures of an evaluation: whole PNGs, also where there is little to draw."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from training.evaluation import plots

NAMES = ["churn.png", "value.png", "importance.png"]


@pytest.fixture(scope="module")
def pictures(system, tmp_path_factory):
    return plots.draw(system.result, tmp_path_factory.mktemp("new") / "pictures")


def test_three_pictures_are_written_and_nothing_else(pictures):
    assert [picture.name for picture in pictures] == NAMES
    assert sorted(picture.name for picture in pictures[0].parent.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("number", range(3))
def test_each_is_a_png_of_plausible_size_with_something_on_it(pictures, number):
    assert pictures[number].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert 10_000 < pictures[number].stat().st_size < 300_000
    image = imread(pictures[number])[:, :, :3]
    assert 300 < image.shape[0] < 1200 and 600 < image.shape[1] < 1600
    assert 0.02 < (image.min(axis=2) < 0.95).mean() < 0.6  # neither empty nor covered


def test_drawn_again_they_are_the_same(pictures, system, tmp_path):
    for picture in plots.draw(system.result, tmp_path):
        assert picture.read_bytes() == (pictures[0].parent / picture.name).read_bytes()


def test_whoever_looks_sees_a_whole_picture(system, tmp_path, monkeypatch):
    for name in NAMES:
        (tmp_path / name).write_bytes(b"the one before")

    def fails(figure, file, **_):
        file.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(Figure, "savefig", fails)
    with pytest.raises(OSError):
        plots.draw(system.result, tmp_path)
    assert {(tmp_path / name).read_bytes() for name in NAMES} == {b"the one before"}
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(NAMES)


def test_a_handful_of_users_with_one_outcome_can_be_drawn(system, tmp_path):
    result = system.result
    test = replace(result.test, churned=np.zeros(3), value=np.zeros(3), cutoff=np.zeros(3, int))
    risk = {name: one[:3] for name, one in result.risk.items()}
    few = replace(result, test=test, score=result.score.head(3), risk=risk)
    assert all(picture.stat().st_size > 5_000 for picture in plots.draw(few, tmp_path))


def test_gains_are_shares_by_name(system):
    found = plots.gain(system.bundle.boosters["churn"])
    assert list(found) == list(system.bundle.features)
    assert sum(found.values()) == pytest.approx(1) and min(found.values()) >= 0
