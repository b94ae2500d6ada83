"""A bundle is kept beside the service whole, mended when it is not, and only a few of them."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from features.errors import BadInput
from serving.api.reload import model_cache
from training.models.calibration import Correction
from training.tracking import Version


def versions(base, count):
    for number in range(1, count + 1):
        bundle = replace(base.model.bundle, correction=Correction("shift", 1.0, number / 10))
        yield Version(str(number), "run", bundle)


def test_it_comes_back_as_it_was(base, tmp_path):
    (version,) = versions(base, 1)
    place = model_cache.keep(tmp_path, version)
    assert place.version() == version and place.version().name == version.name


def test_a_damaged_one_is_refused_and_put_right_the_next_time(base, tmp_path):
    (version,) = versions(base, 1)
    place = model_cache.keep(tmp_path, version)
    file = Path(place.folder) / "churn.txt"
    file.write_text(file.read_text() + " ")
    with pytest.raises(BadInput, match=r"churn\.txt is missing or was changed"):
        place.version()
    assert model_cache.keep(tmp_path, version).version() == version


def test_the_last_few_stay_and_the_one_that_served_last(base, tmp_path):
    places = []
    for version in versions(base, 6):
        places.append(model_cache.keep(tmp_path, version))
        if version.number == "1":
            model_cache.served(tmp_path, places[0])
    there = {str(one) for one in (tmp_path / "serving" / "models").iterdir()}
    assert there == {place.folder for place in (places[0], *places[-model_cache.KEPT :])}
    assert model_cache.last(tmp_path) == places[0]


@pytest.mark.parametrize("text", ["", "[]", '{"number": "1"}', None])
def test_nothing_is_known_of_a_store_that_says_nothing(tmp_path, text):
    if text is not None:
        (tmp_path / "serving").mkdir()
        (tmp_path / "serving" / "champion.json").write_text(text)
    assert model_cache.last(tmp_path) is None


def test_another_workers_copy_that_comes_meanwhile_is_left_alone(base, tmp_path, monkeypatch):
    (version,) = versions(base, 1)
    place = model_cache.keep(tmp_path, version)
    inode = Path(place.folder).stat().st_ino
    monkeypatch.setattr(model_cache.Path, "exists", lambda path: False)  # as it was a moment ago
    assert model_cache.keep(tmp_path, version) == place and Path(place.folder).stat().st_ino == inode


def test_what_a_killed_scout_left_half_written_goes_after_a_while(base, tmp_path):
    (version,) = versions(base, 1)
    home = tmp_path / "serving" / "models"
    for name, age in ((".new", 0), (".old", 2 * model_cache.LEFT)):
        (home / name).mkdir(parents=True)
        os.utime(home / name, (time.time() - age,) * 2)
    model_cache.keep(tmp_path, version)
    assert {one.name for one in home.iterdir()} == {".new", version.name}
