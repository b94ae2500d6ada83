import pytest

from features.groups.group_differences import Divergence
from serving.reports import funnel_chart

STEPS = [("visit", 1000, 800, 0.8), ("cart", 800, 200, 0.25), ("pay", 200, 0, 0.0)]
FOUND = [(Divergence("cart", "plan", f"g{n} " * 20, 200, 0.3, 600, 0.2, -0.02, 0.2, 0.04), n < 3) for n in range(20)]


@pytest.mark.parametrize(("steps", "found"), [(STEPS, FOUND), (STEPS, []), ([("visit", 0, 0, None)] * 2, FOUND[:1])])
def test_the_picture_is_a_png_and_nothing_else_is_left(tmp_path, steps, found):
    funnel_chart.png(steps, found, "30 days", tmp_path / "funnel.png")
    assert (tmp_path / "funnel.png").read_bytes().startswith(b"\x89PNG")
    assert [file.name for file in tmp_path.iterdir()] == ["funnel.png"]
