"""Names are taken apart alike however they are written."""

import pytest

from features.first_config.words import ends_like_time, of_words, plain, readings, words


@pytest.mark.parametrize(
    "name, wanted",
    [
        ("Created (UTC)", "created"),
        ("Order Total (EUR)", "ordertotal"),
        ("RevenueUSD", "revenue"),
        ("event_value_in_usd", "eventvalue"),
        ("Währung", "wahrung"),
        ("Straße", "strasse"),
        ("N° commande", "ncommande"),
        ("实付金额(元)", "实付金额"),
        (" date", "date"),
        ("ＵＳＥＲ＿ＩＤ", "userid"),
        ("USD", "usd"),
        ("", ""),
    ],
)
def test_a_name_is_plain(name, wanted):
    assert plain(name) == wanted


def test_the_parts_of_camels_are_words():
    assert words("unixReviewTime") == ["unix", "review", "time"] and words("userID") == ["user", "id"]


def test_a_name_may_be_read_by_its_last_part_and_without_parentheses():
    assert readings("customer.id") == ["customerid", "id"]
    assert readings("Order Total (inc tax)") == ["ordertotalinctax", "ordertotal"]


def test_a_name_is_composed_of_both_kinds_of_words_and_no_others():
    composed = of_words("buyer customer", "id no", 0)
    assert [
        composed.fits(name) for name in ("Buyer Customer ID", "ID of the buyer", "customer", "id", "buyer id 2")
    ] == [*(True, True, False, False, False)]


@pytest.mark.parametrize(
    "name, wanted", [("played_at", True), ("Ship Date", False), ("birth_date", False), ("at", True)]
)
def test_what_ends_like_a_time_may_be_one_unless_it_comes_later(name, wanted):
    assert ends_like_time(name) is wanted
