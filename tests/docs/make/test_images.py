"""Pictures of the pages are small enough for the repository."""

import numpy as np
import pytest
from PIL import Image

MOST = 2_000_000  # bytes of all pictures


@pytest.fixture(scope="module")
def images(made):
    return made("images")


def test_a_picture_keeps_its_size_and_its_few_colours(images, tmp_path):
    Image.new("RGB", (400, 300), "#0f766e").save(tmp_path / "large.png")
    images.small(tmp_path / "large.png", tmp_path / "small.png")
    found = Image.open(tmp_path / "small.png")
    assert found.size == (400, 300) and found.convert("RGB").getpixel((9, 9)) == (0x0F, 0x76, 0x6E)


def test_a_picture_that_is_too_large_is_refused_with_the_cure(images, tmp_path):
    noise = np.random.default_rng(7).integers(0, 255, (500, 500, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    with pytest.raises(ValueError, match="draw it smaller"):
        images.small(tmp_path / "noise.png", tmp_path / "small.png")


def test_every_picture_that_is_made_is_there_and_no_other(images, made):
    there = {file.name: file.stat().st_size for file in images.FOLDER.glob("*.png")}
    assert there.keys() == images.PICTURES.keys() | made("pages").names() and sum(there.values()) < MOST
