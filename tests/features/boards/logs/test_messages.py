"""Messages by channel and campaign."""

from features.boards.logs.messages import DAYS, MOST


def test_what_became_of_the_messages_of_a_campaign(board_of, day):
    messages = ["user_id ago channel campaign_id opened_ago opted_out_ago", ("a", 9.5, "sms", "x", 9.4, 9.3)]
    messages += [
        ("a", 8.5, "sms", "x", None, None),
        ("b", 7.5, "sms", "x", -1, None),
        ("b", 6.5, "push", None, 6, None),
    ]
    messages += [("b", DAYS + 1, "sms", "x", None, None)]
    found = board_of("messages", orders=["user_id ago amount", ("a", 1, 1)], messages=messages)
    names = ("channel", "campaign_id", "first", "last", "sent", "users", "opened", "opted_out", "clicked", "delivered")
    assert [tuple(one[name] for name in names) for one in found] == [
        ("push", None, day(7), day(7), 1, 1, 1, 0, None, None),
        ("sms", "x", day(10), day(8), 3, 2, 1, 1, None, None),
    ]
    assert [(one["open_rate"], one["click_rate"]) for one in found] == [(1, None), (1 / 3, None)]


def test_small_campaigns_are_one(board_of):
    messages = [(f"u{one}", 1.5, "sms", f"c{one:03}") for one in range(MOST + 2)] + [("a", 2.5, "sms", "c201")]
    messages = ["user_id ago channel campaign_id", *messages]
    found = board_of("messages", orders=["user_id ago amount", ("a", 1, 1)], messages=messages)
    by = {one["campaign_id"]: one["sent"] for one in found}
    assert (len(found), by["(other)"], by["c201"]) == (MOST + 1, 2, 2)


def test_it_counts_as_pandas_does(small):
    rows = small.frames["messages"]
    expected = rows.groupby(["channel", "campaign_id"]).agg(
        sent=("user_id", "size"),
        users=("user_id", "nunique"),
        opened=("opened_at", "count"),
        clicked=("clicked_at", "count"),
        opted_out=("opted_out_at", "count"),
    )
    made = small.made("messages").set_index(["channel", "campaign_id"])
    assert len(made) == len(expected) > 10
    assert (made.loc[expected.index, expected.columns] == expected).all(axis=None)
