from xml.etree import ElementTree

from serving.charts.sparks import spark


def drawn(values):
    picture = ElementTree.fromstring(spark(values, "406, 487, 559", width=46, height=26))
    line = [tuple(map(float, dot.split(","))) for dot in picture.find("polyline").get("points").split()]
    dot = picture.find("circle")
    return line, dot is not None and (float(dot.get("cx")), float(dot.get("cy")))


def test_the_line_runs_over_nulls_and_ends_in_a_dot():
    line, dot = drawn([0, None, 5, 10, None])
    assert line == [(3, 23), (23, 13), (33, 3)]
    assert dot == line[-1]


def test_a_history_without_change_is_level_and_one_without_values_empty():
    assert {y for _, y in drawn([7, 7, 7])[0]} == {13}
    assert drawn([4]) == ([(3, 13)], (3, 13))
    assert drawn([None]) == drawn([]) == ([], False)
