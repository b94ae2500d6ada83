"""The blocks of a first playbook: what each is for in English and Chinese, what it needs, and its lines."""

from collections.abc import Mapping
from dataclasses import dataclass

# What a block may need of the tables, and what is told where that is not there.
NEEDS: Mapping[str, str] = {
    "points": "needs [tables.points]; 需要积分表",
    "birthday": "needs the column users.birthday; 需要 users.birthday 列",
    "orders": "needs [tables.orders]; 需要订单表",
    "others": "needs [tables.users] or [tables.events]: a table of orders holds nobody without one; 需要用户表或行为表",
}


@dataclass(frozen=True)
class Block:
    """A part of holdfast.toml. lines: as they stand there, {best} the highest value tier. needs: of NEEDS."""

    en: str
    zh: str
    lines: str
    needs: tuple[str, ...] = ()


def play(name: str, en: str, zh: str, told: tuple[str, str], lines: str, *needs: str) -> Block:
    head = f'[[play]]\nname = "{name}"\nen = "{en}"\nzh = "{zh}"\n'
    return Block(f"{en}: {told[0]}", f"{zh}：{told[1]}", head + lines, needs)


GROUPS = (
    Block(
        "Segments: rules with a name, which plays and tags use.",
        "分群：有名字的规则，供打法和标签使用。",
        '[[segment]]\nname = "core"\nzh = "核心用户"\n'
        "all = [\"stage in ('loyal', 'active')\", \"stay_tier == '{best}'\"]\n",
    ),
    Block(
        "Who is leaving and worth keeping.",
        "正在流失且值得挽留的用户。",
        '[[segment]]\nname = "worth_keeping"\nzh = "值得挽留"\nall = ["stage in (\'at_risk\', \'inactive\')"]\n'
        "any = [\"stay_tier == '{best}'\", \"layer:rfm == 'important, to keep'\"]\n",
    ),
    Block(
        "Gone, and once worth much.",
        "已流失的高价值用户。",
        '[[segment]]\nname = "lost_value"\nzh = "流失高价值"\nall = ["stage in (\'lapsed_1\', \'lapsed_2\')"]\n'
        "any = [\"stay_tier == '{best}'\", \"layer:rfm == 'important, to win back'\"]\n",
    ),
    Block(
        "Tags: segments that are synced out.",
        "标签：会同步到其他系统的分群。",
        '[[tag]]\nname = "value:core"\ngroup = "value"\nsegment = "core"\nzh = "核心用户"\n',
    ),
    Block(
        "",
        "",
        '[[tag]]\nname = "risk:worth_keeping"\ngroup = "risk"\nsegment = "worth_keeping"\nzh = "值得挽留"\n',
    ),
    Block(
        "The user's own day, in the user's own time zone; 29 February is the 28th in other years.",
        "用户自己的日子，按用户所在时区；2 月 29 日在平年算 28 日。",
        '[[calendar]]\nname = "birthday"\nzh = "生日"\ncolumn = "users.birthday"\ndays_before = 3\n',
        ("birthday",),
    ),
    Block(
        "A festival that moves: add its days of later years here.",
        "日期不固定的节日：以后各年的日期加在这里。",
        '[[calendar]]\nname = "spring_festival"\nzh = "春节"\n'
        'dates = ["2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-03"]\ndays_before = 7\n',
    ),
    Block(
        "What points are worth, and when they expire.",
        "积分的价值和有效期。",
        "[points]\nper_currency = 100\nexpire_days = 365\n",
        ("points",),
    ),
    *(
        Block(
            "Member levels, lowest first: from which measure on, and how long one is kept." if name == "silver" else "",
            "会员等级，从低到高：达到多少，保留多久。" if name == "silver" else "",
            f'[[level]]\nname = "{name}"\nzh = "{zh}"\nleast = {least}\n'
            'measure = "points_earned_365d"\nkeep_days = 365\n',
            ("points",),
        )
        for name, zh, least in (("silver", "白银会员", 500), ("gold", "黄金会员", 2000), ("platinum", "铂金会员", 5000))
    ),
)

PLAYS = (
    play(
        "newcomer_care",
        "Newcomer care",
        "新人关怀",
        ("a welcome to who has just come; costs nothing", "欢迎新用户，不花钱"),
        'all = ["stage == \'new\'"]\nentered = true\nkind = "care"\nchannels = ["push", "email"]\n',
    ),
    play(
        "first_order",
        "First order",
        "首单转化",
        ("a coupon for who never ordered", "从未下单的用户给首单券"),
        'all = ["order_total == 0"]\noffer = "first_order_10"\nchannels = ["push", "email", "sms"]\n'
        'cost = 3.0\nbudget = 900\ngoal = "value"\n',
        "orders",
        "others",
    ),
    play(
        "warning",
        "Early warning",
        "流失预警",
        ("who loses the habit, before the silence; those most at stake first", "习惯正在减弱的用户，先挽留损失最大的"),
        'all = ["stage == \'at_risk\'"]\nentered = true\noffer = "stay_5"\nchannels = ["push", "sms", "email"]\n'
        'cost = 2.0\nbudget = 1000\nrank = "value_at_stake"\ngoal = "at_risk -> active"\n',
    ),
    play(
        "winback_value",
        "Win-back by value",
        "高价值召回",
        ("the lapsed who were worth most, with the best offer", "流失的高价值用户，给最好的优惠"),
        'segment = "lost_value"\noffer = "coupon_20"\nchannels = ["sms", "email", "push"]\n'
        'cost = 5.0\nbudget = 3000\ncooldown_days = 60\ngoal = "churn"\n',
    ),
    play(
        "birthday",
        "Birthday",
        "生日祝福",
        ("a gift around the user's birthday", "生日前后送礼"),
        'all = ["calendar:birthday == true"]\noffer = "birthday_gift"\nkind = "care"\n'
        'channels = ["push", "sms", "email"]\n'
        "cost = 2.0\nbudget = 600\ncooldown_days = 300\n",
        "birthday",
    ),
    play(
        "festival",
        "Festival",
        "节日活动",
        ("greetings and an offer before the festival, to who is here", "节前问候和优惠，发给在线用户"),
        "all = [\"calendar:spring_festival == true\", \"stage in ('new', 'loyal', 'active', 'potential')\"]\n"
        'offer = "festival_8"\nchannels = ["push", "email"]\ncost = 1.0\nbudget = 1500\ngoal = "value"\n',
    ),
    play(
        "points_unspent",
        "High balance and no spending",
        "高余额未消费",
        ("a word on what the points buy, before they expire", "提醒积分能换什么，以免过期"),
        'all = ["layer:points == \'高余额未消费\'"]\nkind = "service"\nchannels = ["push", "email"]\n',
        "points",
    ),
    play(
        "points_unclaimed",
        "High earning and low claiming",
        "高获取低领取",
        ("points that wait to be claimed", "还有积分没有领取"),
        'all = ["layer:points == \'高获取低领取\'"]\nkind = "service"\nchannels = ["push", "email"]\n',
        "points",
    ),
    play(
        "loyal_perks",
        "Perks for the loyal",
        "忠诚礼遇",
        ("a thank-you, not a discount", "感谢，而不是打折"),
        'all = ["stage == \'loyal\'"]\noffer = "perk"\nkind = "care"\nchannels = ["push", "email"]\n'
        "cost = 1.0\nbudget = 500\ncooldown_days = 90\n",
    ),
    play(
        "active_task",
        "Task for actives",
        "活跃任务",
        ("a small task that makes coming back a habit", "用小任务养成回访习惯"),
        'all = ["stage in (\'active\', \'potential\')"]\noffer = "task_weekly"\nkind = "service"\n'
        'channels = ["push"]\n',
    ),
    play(
        "inactive",
        "Inactive",
        "沉默唤醒",
        ("who has fallen silent and has not left yet", "沉默但还没有流失的用户"),
        'all = ["stage == \'inactive\'"]\noffer = "wake_5"\nchannels = ["push", "sms", "email"]\n'
        'cost = 1.0\nbudget = 800\ngoal = "inactive -> active"\n',
    ),
    play(
        "winback_general",
        "Win-back, general",
        "普通召回",
        ("the other lapsed, by the cheapest channel", "其余流失用户，用最便宜的渠道"),
        'all = ["stage in (\'lapsed_1\', \'lapsed_2\')"]\noffer = "coupon_5"\nchannels = ["email", "push"]\n'
        "cost = 1.0\nbudget = 1000\ncooldown_days = 60\n",
    ),
)
