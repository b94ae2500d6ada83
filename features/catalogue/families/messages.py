"""Messages: what users are sent, whether they open it, and whether they have had enough. Openings before the
cutoff count in the window in which the message was sent."""

from features.catalogue.feature import feature


@feature(table="messages", unit="messages", dtype="int64", empty=0, powers=(-1, 1), zh="窗口期内收到的消息数。")
def messages_sent(messages, inside):
    """Messages sent to the user in the window."""
    return messages.count(where=inside)


@feature(
    table="messages",
    needs=("messages.opened_at",),
    unit="messages",
    dtype="int64",
    empty=0,
    powers=(-1, 1),
    zh="窗口期内收到并已打开的消息数。",
)
def messages_opened(messages, inside):
    """Messages of the window that were opened."""
    return messages.count(where=inside & messages.opened_days_ago.notnull())


@feature(
    table="messages",
    needs=("messages.clicked_at",),
    unit="messages",
    dtype="int64",
    empty=0,
    powers=(1,),
    zh="窗口期内收到并已点击的消息数。",
)
def messages_clicked(messages, inside):
    """Messages of the window that were clicked."""
    return messages.count(where=inside & messages.clicked_days_ago.notnull())


@feature(unit="share", null="no message in the window", powers=(-1, 1), zh="窗口期内消息的打开率。")
def message_open_rate(messages_opened, messages_sent, days):
    """Share of the window's messages that were opened."""
    return messages_opened(days) / messages_sent(days).nullif(0)


@feature(unit="share", null="no message in the window", powers=(1,), zh="窗口期内消息的点击率。")
def message_click_rate(messages_clicked, messages_sent, days):
    """Share of the window's messages that were clicked."""
    return messages_clicked(days) / messages_sent(days).nullif(0)


@feature(table="messages", unit="days", null="no message", zh="距最近一次收到消息的天数。")
def days_since_message(messages):
    """Days since the last message."""
    return messages.days_ago.min()


@feature(
    table="messages",
    needs=("messages.opened_at",),
    unit="days",
    null="no message opened",
    zh="距最近一次打开消息的天数。",
)
def days_since_open(messages):
    """Days since a message was last opened."""
    return messages.opened_days_ago.min()


@feature(
    table="messages",
    needs=("messages.clicked_at",),
    unit="days",
    null="no message clicked",
    zh="距最近一次点击消息的天数。",
)
def days_since_click(messages):
    """Days since a message was last clicked."""
    return messages.clicked_days_ago.min()


@feature(
    table="messages",
    needs=("messages.opted_out_at",),
    unit="yes or no",
    dtype="boolean",
    empty=False,
    zh="是否已退订消息。",
)
def opted_out(messages):
    """Whether the user has opted out of messages."""
    return messages.opted_out_days_ago.notnull().any()


@feature(
    table="unopened",
    needs=("messages.opened_at",),
    unit="messages",
    dtype="int64",
    empty=0,
    zh="自最近一次打开消息以来又收到的消息数（消息疲劳）。",
)
def messages_unopened(unopened):
    """Messages sent since the last opening, or ever where there was none: fatigue."""
    return unopened.count()
