from serving.charts.heat import edges, shade


def test_fifths_of_the_range_have_shades_of_their_own():
    cuts = edges([0, None, 10])
    assert cuts == [2, 4, 6, 8]
    assert [shade(value, cuts) for value in (0, 1.9, 2, 5, 7, 8, 10)] == [
        f"heat-{step}" for step in (0, 0, 1, 2, 3, 4, 4)
    ]


def test_a_cell_without_a_value_has_no_shade():
    assert shade(None, edges([])) == ""
