"""Community: what users post, and whether anybody answers. ``[community]`` names the kinds of event."""

from features.catalogue.feature import feature

POSTS, REPLIES = ("events.event", "community.post"), ("events.event", "community.reply")


@feature(
    table="events",
    needs=POSTS,
    unit="posts",
    dtype="int64",
    empty=0,
    powers=(-1, 1),
    zh="窗口期内的发帖数。",
)
def post_count(events, inside, post):
    """Posts written in the window."""
    return events.count(where=inside & post)


@feature(
    table="posts",
    per="gap",
    needs=POSTS,
    unit="days",
    null="fewer than two days with a post",
    zh="两个发帖日之间的平均间隔天数。",
)
def post_gap_mean(gaps):
    """Mean days between two days with a post."""
    return gaps.hours.sum() / (24.0 * gaps.hours.count().nullif(0))


@feature(
    table="posts",
    per="gap",
    needs=POSTS,
    unit="days",
    null="fewer than two days with a post",
    zh="最近一个发帖日与它前一个发帖日的间隔天数。",
)
def post_gap_last(gaps):
    """The gap that ended with the last day with a post."""
    return gaps.days.max(where=gaps.ended == gaps.silence)


@feature(
    table="events",
    needs=REPLIES,
    unit="replies",
    dtype="int64",
    empty=0,
    powers=(-1, 1),
    zh="窗口期内收到的回复数（影响力）。",
)
def reply_count(events, inside, reply):
    """Replies received in the window: influence."""
    return events.count(where=inside & reply)


@feature(
    unit="replies per post",
    null="no post in the window",
    powers=(1,),
    zh="窗口期内平均每个帖子收到的回复数（影响力）。",
)
def replies_per_post(reply_count, post_count, days):
    """Replies received per post, in the window: influence for the effort."""
    return reply_count(days) / post_count(days).nullif(0)
