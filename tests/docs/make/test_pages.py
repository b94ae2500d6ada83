"""The pictures of the tour show every page of the menu, and both tours show every picture of their language."""

import re
from pathlib import Path

import pytest

from serving.api.pages.table import PAGES

TOURS = {"en": "tour.md", "zh": "tour.zh.md"}


@pytest.fixture(scope="module")
def pages(made):
    return made("pages")


def test_every_page_of_the_menu_has_its_picture(pages):
    shown = {one.path.split("/")[1] if one.path else "" for one in pages.SHOTS}
    menu = {one.name.removeprefix("/ui").strip("/") for one in PAGES if one.menu and not one.menu.startswith("-")}
    assert menu and shown == menu


@pytest.mark.parametrize("language", TOURS)
def test_a_tour_shows_every_picture_of_its_language_in_order(pages, language):
    text = (Path(__file__).parents[3] / "docs/tutorials" / TOURS[language]).read_text(encoding="utf-8")
    assert re.findall(r"images/(page-[\w-]+\.png)", text) == [one.file(language) for one in pages.SHOTS]
