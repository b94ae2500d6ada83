"""What a play's holdout can see, before it is sent, in points and money."""

from rich.table import Table

from serving.terminal.console import console, say
from serving.verification.design import PlayDesign, Seen


def show_design(one: PlayDesign, language: str = "en") -> None:
    """Sizes, the smallest effect, what is hoped for and the chance to prove it; and other shares of a holdout."""
    zh = language == "zh"
    for line in _lines(one, zh):
        say(line)
    title = "不同对照组比例下可看出的最小变化" if zh else "Smallest change seen, by the share held out"
    table = Table(title=title, title_justify="left")
    for name in ("对照组", "流失", "人均价值") if zh else ("held out", "churn", "value a user"):
        table.add_column(name, justify="right")
    for share, churn in one.churn.by_share.items():
        mark = " *" if share == one.share else ""
        table.add_row(f"{share:.0%}{mark}", _points(churn, zh), _money(one.value.by_share[share]))
    console().print(table)


def _lines(one: PlayDesign, zh: bool) -> list[str]:
    treated, left = one.users - one.held, one.over_budget
    if zh:
        money = (
            "未设预算" if not one.budget else f"预算 {one.budget:,.0f}，{f'超出预算 {left:,} 人' if left else '够用'}"
        )
        head = f"{one.play}（{one.run}）：共 {one.users:,} 人，实验组 {treated:,}，对照组 {one.held:,}；{money}"
    else:
        ends = f"which leaves out {left:,}" if left else "enough"
        money = f"budget {one.budget:,.0f}, {ends}" if one.budget else "no budget"
        head = f"{one.play} ({one.run}): {one.users:,} users, {treated:,} to be written to and {one.held:,} held out; "
        head += money
    return [head, *_goal(one, one.churn, True, zh), *_goal(one, one.value, False, zh)]


def _goal(one: PlayDesign, seen: Seen, share: bool, zh: bool) -> list[str]:
    """Two sentences: what can be seen, and how likely what is hoped for is proven."""
    name = ("流失率" if zh else "churn") if share else ("人均价值" if zh else "value a user")
    mean, small = f"{seen.mean:.1%}" if share else f"{seen.mean:,.2f}", seen.now.smallest
    size = _points(small, zh) if share else _money(small)
    hoped = _points(abs(seen.hoped), zh) if share else _money(abs(seen.hoped))
    if small is None:
        first = f"{name} {mean}：人数太少，看不出任何效果" if zh else f"{name} {mean}: too few users to see any effect"
        return [first, _needed(seen, hoped, zh)]
    saved = round(small * (one.users - one.held)) if share else 0
    if zh:
        way, more = ("下降" if share else "上升"), f"（约少流失 {saved:,} 人）" if share else ""
        return [f"{name}现为 {mean}；{way} {size}{more}才能在五次中看出四次", _needed(seen, hoped, zh)]
    way, more = ("falls" if share else "rises"), f", about {saved:,} users kept," if share else ""
    first = f"{name} is {mean} without it; if it {way} by {size}{more} 4 of 5 such campaigns are proven"
    return [first, _needed(seen, hoped, zh)]


def _needed(seen: Seen, hoped: str, zh: bool) -> str:
    power, needed = seen.now.power, seen.now.needed
    if power is None:
        return "  没有可期望的变化" if zh else "  there is no change to hope for"
    users = "–" if needed is None else f"{needed:,}"
    if zh:
        return f"  期望变化 {hoped}：被证实的可能为 {power:.0%}；要有 80%，共需 {users} 人"
    chance = f"  a change of {hoped}, as hoped, is proven with a chance of {power:.0%}"
    return f"{chance}; for 80 % it takes {users} users in all"


def _points(x: float | None, zh: bool) -> str:
    return "–" if x is None else f"{100 * x:.1f} {'个百分点' if zh else 'points'}"


def _money(x: float | None) -> str:
    return "–" if x is None else f"{x:,.2f}"
