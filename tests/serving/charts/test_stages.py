import re
from pathlib import Path

import pytest

import serving
from features.groups.lifecycle import ABSENT
from serving.campaigns.fates import FATES
from serving.charts.stages import COLOURS, OURS, classes, order, swatch

CSS = (Path(serving.__file__).parent / "api/pages/static/charts.css").read_text(encoding="utf-8")


def variables(block):
    return dict(re.findall(r"--([\w-]+): (#\w+);", block))


LIGHT = variables(CSS[: CSS.index("@media")])
DARK = variables(CSS[CSS.index("@media") : CSS.index(".stage-loyal")])


def contrast(a, b):
    """WCAG 2's, of two colours #rgb or #rrggbb."""

    def light(colour):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
        parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(a), light(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_every_ground_that_it_stands_on(scheme):
    words = ["ink", "soft", "accent", "good", "middling", "bad"]
    pairs = [(word, ground) for word in words for ground in ("card", "ground")]
    pairs += [("on-heat", f"heat-{step}") for step in range(5)]
    assert {pair: round(ratio, 2) for pair in pairs if (ratio := contrast(*(scheme[one] for one in pair))) < 4.5} == {}


def test_the_dark_scheme_has_a_colour_for_each_of_the_light_one():
    assert DARK.keys() == LIGHT.keys()


def test_the_style_sheet_has_the_colour_of_every_class_and_a_class_for_every_fate():
    rules = {
        cls: LIGHT[name]
        for head, name in re.findall(r"^(\.[^{]+) \{ --c: var\(--([\w-]+)\)", CSS, re.MULTILINE)
        for cls in head.replace(".", "").split(", ")
    }
    assert {cls: rules.get(cls) for cls in COLOURS} == COLOURS
    assert [fate for fate in FATES if f"fate-{fate}" not in rules] == []


def test_our_stages_have_classes_of_their_names_in_any_order():
    assert classes(["prospect", "new"]) == {
        "prospect": "stage-prospect",
        "new": "stage-new",
        ABSENT: "stage-absent",
    }


@pytest.mark.parametrize("own", [["vip", "loyal", "a b"], [f"lapsed_{step}" for step in range(1, 6)]])
def test_other_stages_are_painted_by_their_place_each_differently(own):
    paint = classes(own)
    assert [paint[name] for name in own] == [f"stage-n{place}" for place in range(len(own))]
    assert len({COLOURS[cls] for cls in paint.values()}) == len(own) + 1


def test_ours_stand_from_the_best_down_and_others_as_written():
    assert order(reversed(OURS)) == list(OURS)
    assert order(["prospect", "lapsed_10", "lapsed_4", "lapsed_2", "loyal"]) == [
        "loyal",
        "lapsed_2",
        "lapsed_4",
        "lapsed_10",
        "prospect",
    ]
    assert order(["vip", "prospect", "loyal"]) == ["vip", "prospect", "loyal"]


def test_a_swatch_is_silent_since_the_name_stands_beside_it():
    assert swatch("stage-new") == '<span class="swatch stage-new" aria-hidden="true"></span>'
