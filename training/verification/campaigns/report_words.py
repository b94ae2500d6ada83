"""The words of the verification report, English and 简体中文."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Of one language. verdicts: by verdict, its name and what it means; yes: for False and True."""

    title: str
    line: str
    verdicts: Mapping[str, tuple[str, str]]
    next: str
    colon: str
    to: str
    points: str
    yes: tuple[str, str]
    goal: str
    goals: Mapping[str, str]
    assigned: str
    arms: str
    looked: str
    clusters: str
    times: str
    look: str
    last_look: str
    next_look: str
    delivered: str
    on_treated: str
    saved: str
    effect: str
    treatment: str
    holdout: str
    difference: str
    interval: str
    churn: str
    value: str
    capped: str
    lift: str
    unbounded: str
    moves: str
    cells: str
    claimed: str
    ways: Mapping[str, str]
    overlap: str
    uneven: str
    ratio: str
    no_share: str
    seen: str
    sees: str
    sees_nothing: str
    balance: str
    furthest: str
    before: Mapping[str, str]
    refused: str
    nothing: str


WORDS = {
    "en": Words(
        title="What campaigns did",
        line="Everybody assigned counts in the arm that was drawn, reached or not. Logs until {date}.",
        verdicts={
            "worked": ("Worked", "the interval leaves out no effect"),
            "harm": ("Did harm", "it does, on the wrong side"),
            "not proven": ("Not proven", "it may have no effect"),
            "no trial": ("No trial", "no effect can be told"),
        },
        next="What to do next: ",
        colon=": ",
        to=" to ",
        points=" points",
        yes=("no", "yes"),
        goal="Goal",
        goals={"churn": "less churn", "value": "more value"},
        assigned="Assigned",
        arms="{} in treatment, {} in holdout",
        looked="Windows over at this look",
        clusters="Clusters, which the intervals count",
        times="First assignment – windows over",
        look="Planned look",
        last_look="the last one",
        next_look="the next at {} users",
        delivered="Delivered: treated users with a message of it",
        on_treated="Effect on those reached",
        saved="Save rate: of those who would have left, kept",
        effect="Effect",
        treatment="treatment",
        holdout="holdout",
        difference="difference",
        interval="interval",
        churn="churned",
        value="value a user",
        capped="value, each user's at most {}",
        lift="relative change of churn",
        unbounded="unbounded: the holdout's churn is not told apart from 0",
        moves="Stage moves, the planned one first",
        cells="Single moves, for reading only",
        claimed="found",
        ways={"up": "up", "down": "down", "stayed": "stayed"},
        overlap="Other campaigns that reached these users",
        uneven="uneven",
        ratio="Sizes of the arms as planned",
        no_share="not tested: no planned share is known",
        seen="What that test can see",
        sees="a loss of {} of the holdout or more, in 4 of 5 trials",
        sees_nothing="nothing: too few users, even the loss of the whole holdout may go unseen",
        balance="Arms alike before",
        furthest="Furthest apart, in standard deviations",
        before={},
        refused="Refused because",
        nothing="nothing is wrong with it",
    ),
    "zh": Words(
        title="活动效果报告",
        line="所有被分组的用户都按其抽中的组计算，无论是否触达。数据截至 {date}。",
        verdicts={
            "worked": ("有效", "区间不含零，方向正确"),
            "harm": ("有害", "区间不含零，方向相反"),
            "not proven": ("未能证实", "可能没有效果"),
            "no trial": ("不是试验", "无法判断效果"),
        },
        next="下一步：",
        colon="：",
        to=" 至 ",
        points=" 个百分点",
        yes=("否", "是"),
        goal="目标",
        goals={"churn": "降低流失", "value": "提高价值"},
        assigned="分组人数",
        arms="实验组 {}，对照组 {}",
        looked="本次查看时窗口已结束",
        clusters="群组数（区间按群组计算）",
        times="首次分组 – 窗口结束",
        look="计划查看",
        last_look="最后一次",
        next_look="下一次在 {} 人时",
        delivered="触达：实验组中有该活动消息的用户",
        on_treated="对实际触达者的效果",
        saved="挽回率：本会流失的用户中被留住的比例",
        effect="效果",
        treatment="实验组",
        holdout="对照组",
        difference="差异",
        interval="区间",
        churn="流失率",
        value="人均价值",
        capped="人均价值（每人最多计 {}）",
        lift="流失的相对变化",
        unbounded="无界：对照组的流失率与 0 无法区分",
        moves="阶段变动（计划的在前）",
        cells="单项变动（仅供参考）",
        claimed="可认定",
        ways={"up": "上升", "down": "下降", "stayed": "不变"},
        overlap="同时触达这些用户的其他活动",
        uneven="两组不均",
        ratio="两组人数与计划相符",
        no_share="未检验：不知道计划的比例",
        seen="该检验能发现什么",
        sees="对照组丢失 {} 以上时，五次试验中有四次能发现",
        sees_nothing="什么也发现不了：人数太少，即使整个对照组丢失也可能看不出",
        balance="活动之前两组相同",
        furthest="差别最大的一项（标准差）",
        before={
            "risk": "流失风险",
            "log expected value": "预期价值（对数）",
            "no score": "没有评分",
            "active in the window before": "前一窗口内活跃",
            "log value in the window before": "前一窗口内的价值（对数）",
        },
        refused="拒绝原因",
        nothing="没有问题",
    ),
}
