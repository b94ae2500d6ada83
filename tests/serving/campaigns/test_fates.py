"""The names of fates: one order, words in both languages."""

from serving.campaigns.fates import BY_PLAY, FATES, REASONS, words


def test_reasons_stand_in_the_order_of_the_design():
    wanted = (
        "global_holdout not_reachable no_consent opted_out blackout in_other_play cooldown weekly_cap monthly_cap "
        "own_usage_cap channel_cap not_worth_it over_budget"
    )
    assert [one.name for one in REASONS] == wanted.split()
    assert ("treatment", "holdout", *wanted.split()) == FATES
    assert wanted.split() == [*BY_PLAY, "over_budget"]


def test_every_fate_has_words_in_both_languages_and_no_two_the_same():
    for language in ("en", "zh"):
        told = [words(fate, language) for fate in FATES]
        assert all(told) and len(set(told)) == len(FATES)
        assert any(any("一" <= sign <= "鿿" for sign in one) for one in told) is (language == "zh")
