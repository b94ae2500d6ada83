"""Profile: what is known about a user besides what they do. Text stays text here; training encodes it."""

from features.catalogue.feature import feature


@feature(table="users", needs=("users.signup_time",), unit="days", null="sign-up not known", zh="注册以来的天数。")
def days_since_signup(users):
    """Days since the user signed up."""
    return users.signup_days_ago.max()


@feature(
    table="users",
    needs=("users.birthday",),
    unit="days",
    dtype="int64",
    null="birthday not known",
    zh="距下一个生日的天数；0 为当天。",
)
def days_to_birthday(users):
    """Days until the next birthday; 0 on the day itself."""
    return users.birthday_in_days.max()


@feature(
    unit="yes or no",
    dtype="boolean",
    null="birthday not known",
    powers=(),
    zh="生日是否在接下来的这段天数之内（含当天）。",
)
def birthday_within(days_to_birthday, days):
    """Whether the birthday is today or comes within so many days."""
    return days_to_birthday <= days


@feature(
    table="users",
    needs=("users.channel",),
    unit="name",
    dtype="string",
    null="channel not known",
    zh="用户的来源渠道。",
)
def channel(users):
    """Channel that the user came through."""
    return users.channel.max()


@feature(table="users", needs=("users.plan",), unit="name", dtype="string", null="plan not known", zh="用户的套餐。")
def plan(users):
    """Plan that the user is on."""
    return users.plan.max()


@feature(
    table="users", needs=("users.region",), unit="name", dtype="string", null="region not known", zh="用户所在的地区。"
)
def region(users):
    """Region that the user lives in."""
    return users.region.max()


@feature(
    table="users",
    needs=("users.consent_marketing",),
    unit="yes or no",
    dtype="boolean",
    empty=False,
    zh="用户是否同意接收营销信息。",
)
def consent_marketing(users):
    """Whether the user agreed to be sent marketing."""
    return users.consent_marketing.any()
