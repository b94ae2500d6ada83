"""The kinds of phrase, each by hand."""

from serving.scoring.phrase import Both, Phrase, count, say, since


def test_a_count_has_the_window_before_and_words_for_none():
    assert count("[post|posts]", "发帖 {n} 个", "post", "没有发帖") == Phrase(
        Both(
            "{n} [post|posts] in the last {span}<, {before} in the {span} before>",
            "最近 {span}内发帖 {n} 个<，之前的 {span}为 {before}>",
        ),
        zero=Both(
            "No post in the last {span}<, {before} in the {span} before>",
            "最近 {span}内没有发帖<，之前的 {span}为 {before}>",
        ),
    )


def test_how_long_ago_is_a_lack_or_where_it_lowers_the_risk_a_deed():
    assert since("No order", "未下单", "Last order", "下过单") == Phrase(
        Both("No order for {v}", "已 {v}未下单"), low=Both("Last order {v} ago", "{v}前下过单")
    )


def test_a_saying_is_the_same_for_every_value_but_zero():
    assert say("Score {n}", "评分 {n}") == Phrase(Both("Score {n}", "评分 {n}"))
    assert say("Score {n}", "评分 {n}", zero=Both("None", "无")).zero == Both("None", "无")
