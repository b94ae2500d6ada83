"""Columns that several boards have."""

from features.boards.board import columns

DAY, CHANNEL = columns(
    ("date", "date", "Day", "日期", "Day of the project's calendar.", "项目时区的日期。"),
    (
        "channel",
        "text",
        "Channel",
        "渠道",
        "Channel by which the users came.",
        "用户的来源渠道。",
        "not known",
        "未知",
    ),
)
