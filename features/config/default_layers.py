"""The layers there are without a word of configuration: RFM classes, order bands, risk × value, and the like."""

from collections.abc import Collection, Mapping, Sequence

from features.catalogue.feature import span_name
from features.config.layer_rules import Group, Layer, Test, read, written
from features.config.sections import Layers

HALF_YEAR = 182
# Recent, frequent, big spender: yes or no. The eight classical classes, in English and Chinese.
RFM: Mapping[tuple[bool, bool, bool], tuple[str, str]] = {
    (True, True, True): ("important, to value", "重要价值客户"),
    (True, False, True): ("important, to develop", "重要发展客户"),
    (False, True, True): ("important, to keep", "重要保持客户"),
    (False, False, True): ("important, to win back", "重要挽留客户"),
    (True, True, False): ("general, to value", "一般价值客户"),
    (True, False, False): ("general, to develop", "一般发展客户"),
    (False, True, False): ("general, to keep", "一般保持客户"),
    (False, False, False): ("general, to win back", "一般挽留客户"),
}
CHINESE = {"high": "高", "medium": "中", "mid": "中", "low": "低", "none": "无"}


def layers(
    settings: Layers,
    horizon: float,
    tables: Collection[str],
    posts: bool,
    risks: Sequence[str],
    tiers: Sequence[str],
    where: str,
) -> list[Layer]:
    """The default layers that the tables allow, and those that the configuration writes, which replace their namesakes.

    posts: whether community posts are told among the events. risks, tiers: the names of the risk bands and value tiers.
    where: the file, for messages. Raises BadInput for a rule that is wrong.
    """
    money = "orders" in tables
    found = [_rfm(settings, money, where), _risk_value(risks, tiers)]
    if money:
        found += [_half_year_orders(), _order_value()]
    if money and posts:
        found.append(_high_value())
    if "points" in tables:
        found.append(_points(horizon))
    own = written(settings.layer, where)
    return [layer for layer in found if layer.name not in [one.name for one in own]] + own


def _group(en: str, zh: str, *texts: str) -> Group:
    return Group(en, zh, tuple(read(text, text) for text in texts))


def _rfm(settings: Layers, money: bool, where: str) -> Layer:
    given = settings.rfm
    texts = {
        "recency": given.recency or "days_since_active <= mean",
        "frequency": given.frequency or "active_total >= mean",
        "monetary": given.monetary or ("order_amount_total >= mean" if money else "event_total >= mean"),
    }
    good = [read(text, f"{where}: layers.rfm.{key}") for key, text in texts.items()]
    classes = []
    for pattern, (en, zh) in RFM.items():
        tests = [Test(one.comparison, one.cut, not wanted) for one, wanted in zip(good, pattern, strict=True)]
        classes.append(Group(en, zh, tuple(tests) if any(pattern) else ()))
    return Layer("rfm", (_group("never active", "从未活跃", "active_total == 0"), *classes))


def _risk_value(risks: Sequence[str], tiers: Sequence[str]) -> Layer:
    """Risk against what users are worth if they stay: the value tier holds the chance to stay already, and nobody who
    is likely to leave is in its upper tiers. The first tier, no value, is no stay tier."""
    groups = [
        _group(
            f"{risk} risk, {tier} value",
            f"{CHINESE.get(risk, risk)}风险{CHINESE.get(tier, tier)}价值",
            f"risk_band == '{risk}'",
            f"stay_tier == '{tier}'",
        )
        for risk in reversed(risks)
        for tier in reversed(tiers[1:])
    ]
    return Layer("risk_value", (*groups, _group("not scored", "未评分")))


def _half_year_orders() -> Layer:
    name = f"order_count_{HALF_YEAR}d"
    groups = (
        _group("more than 5", "5单以上", f"{name} > 5"),
        _group("2 to 5", "2至5单", f"{name} >= 2"),
        _group("1", "1单", f"{name} >= 1"),
        _group("0", "0单"),
    )
    return Layer("half_year_orders", groups)


def _order_value() -> Layer:
    groups = (
        _group("high", "高客单价", "order_amount_mean >= p80"),
        _group("mid", "中客单价", "order_amount_mean >= p50"),
        _group("low", "低客单价", "order_total >= 1"),
        _group("no order", "无订单"),
    )
    return Layer("order_value", groups)


def _high_value() -> Layer:
    buys, count = f"order_count_{HALF_YEAR}d >= 2", f"post_count_{HALF_YEAR}d"
    posts = f"{count} >= p80", f"{count} > 0"  # p80 is 0 where fewer than a fifth of the users post
    groups = (
        _group("buys and posts", "高消费高互动", buys, *posts),
        _group("buys", "高消费", buys),
        _group("posts", "高互动", *posts),
        _group("neither", "其他"),
    )
    return Layer("high_value", groups)


def _points(horizon: float) -> Layer:
    span = span_name(horizon)
    earns, little = f"points_earned_{span} >= p80", f"points_earned_{span} < p50"
    groups = (
        _group("high balance, no spending", "高余额未消费", "points_balance >= p80", f"points_spent_{span} == 0"),
        _group("high earning, low claiming", "高获取低领取", earns, f"points_claimed_{span} < p50"),
        _group("high activity, low earning", "高活跃低获取", f"active_count_{span} >= p80", little),
        _group("others", "其他"),
    )
    return Layer("points", groups)
