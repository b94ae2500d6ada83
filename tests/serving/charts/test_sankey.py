from xml.etree import ElementTree

from serving.charts.sankey import Band, Box, Column, sankey

HOSTILE = "</text><script>x</script>"


def box(stage, users, label="", href=None):
    return Box(stage, label or stage, users, f"{users:,}", f"stage-{stage}", href)


COLUMNS = [
    Column("2025-12-01", [box("active", 1200, "健康活跃"), box("new", 7)]),
    Column("next 30 days", [box("active", 1203, HOSTILE), box("new", 0)], expected=True),
]
BANDS = [
    Band(0, "active", "active", 1200, "active → active: 1,200 users", "/ui/list?from=active&to=active"),
    Band(0, "new", "active", 3, f"{HOSTILE}: 3 users"),
]


def drawn(**how):
    found = sankey(COLUMNS, BANDS, "Stage flow", **how)
    return found, ElementTree.fromstring(found.picture)


def test_bands_are_links_that_say_what_and_how_many():
    _, picture = drawn()
    assert picture.get("role") == "group" and picture.get("aria-label") == "Stage flow"
    (link,) = picture.iter("a")
    assert link.attrib == {"href": BANDS[0].href, "aria-label": BANDS[0].text}
    assert [mark.tag for mark in link] == ["title", "path"] and link[0].text == BANDS[0].text
    assert link[1].get("class") == "band stage-active expected"


def test_names_stay_text():
    _, picture = drawn()
    assert {mark.tag for mark in picture.iter()} == {"svg", "g", "a", "title", "path", "rect", "text", "tspan"}
    assert f"{HOSTILE}: 3 users" in [title.text for title in picture.iter("title")]


def test_every_box_with_users_has_a_label_and_a_number():
    _, picture = drawn()
    labels = ["".join(text.itertext()) for text in picture.iter("text") if text.get("class") == "label"]
    assert labels == ["健康活跃 1,200", "new 7", labels[2]] and labels[2].endswith("… 1,203")
    assert [one.get("class") for one in picture.iter("rect")] == [
        "box stage-active",
        "box stage-new",
        "box stage-active expected",
    ]


def test_small_moves_are_left_out_and_counted():
    found, picture = drawn(least=4)
    assert (found.moves, found.users) == (1, 3)
    assert len(list(picture.iter("path"))) == 1
    assert (drawn(least=3)[0].moves, drawn()[0].users) == (0, 0)


def test_without_links_it_is_one_image():
    found = sankey(COLUMNS, BANDS[1:], "Stage flow")
    assert ElementTree.fromstring(found.picture).get("role") == "img"


def test_the_heads_are_whole_and_a_long_last_one_ends_at_the_edge():
    long = Column("the next 30 days as the model expects", [], expected=True)
    heads = list(ElementTree.fromstring(sankey([COLUMNS[0], long], [], "").picture).iter("text"))[-1:]
    assert [head.text for head in heads] == [long.head] and heads[0].get("text-anchor") == "end"
