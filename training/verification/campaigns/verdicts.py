"""Verdicts that are no interval around an effect: of a planned stage move, of too few users, of a look not due yet."""

from collections.abc import Mapping

from training.verification.stage_moves import StageMoves
from training.verification.verdict import Text, Verdict

Names = Mapping[str, tuple[str, str]]  # of stages: what each is called in English and in Chinese


def called(move: str, names: Names, language: str) -> str:
    """A stage move such as 'lapsed_1 -> active' in the words of a language; what is no stage stays as it is."""
    place = 1 if language == "zh" else 0
    return " → ".join(names[one][place] if one in names else one for one in move.split(" -> "))


def of_move(moves: StageMoves, move: tuple[str, str], names: Names, more_to_come: bool = False) -> Verdict:
    """Whether a planned stage move came more often among the treated."""
    found = moves.planned
    name, name_zh = (called(" -> ".join(move), names, language) for language in ("en", "zh"))
    if found is None:
        begin, begin_zh = (called(move[0], names, language) for language in ("en", "zh"))
        words = Text(f"not proven: nobody of one arm stood on {begin}", f"未能证实：有一组没有人处于{begin_zh}")
        return Verdict("not proven", words, Text("choose users who stand there", "请选择处于该阶段的用户"))
    a, b = (f"{moved / total:.1%}" for moved, total in zip(found.moved, found.users, strict=True))
    en = f"{name}: {a} in treatment, {b} in holdout ({100 * found.low:+.2f} to {100 * found.high:+.2f} points)"
    zh = f"{name_zh}：实验组 {a}，对照组 {b}（{100 * found.low:+.2f} 至 {100 * found.high:+.2f} 个百分点）"
    if not found.claimed:
        yet, yet_zh = ("not proven yet", "尚未证实") if more_to_come else ("not proven", "未能证实")
        after = Text("go on, or raise the holdout", "请继续执行，或提高对照组比例")
        return Verdict("not proven", Text(f"{yet}: {en}", f"{yet_zh}：{zh}"), after)
    if found.difference > 0:
        after = Text("go on with it, and keep the holdout", "继续执行，并保留对照组")
        return Verdict("worked", Text(f"it worked: {en}", f"有效：{zh}"), after)
    after = Text("stop it, or try another offer on few", "停止执行，或更换方案先小范围试验")
    return Verdict("harm", Text(f"it did harm: {en}", f"有害：{zh}"), after)


def too_few(users: tuple[int, int], fewest: int) -> Verdict:
    """Of a campaign one of whose arms has fewer users than any effect is told of."""
    missing = fewest - min(users)
    en = f"not proven: {users[0]:,} users in treatment and {users[1]:,} in holdout are too few to tell anything"
    zh = f"未能证实：实验组 {users[0]:,} 人，对照组 {users[1]:,} 人，人数太少"
    after = Text("write to more users, or raise the holdout", "请扩大人群或对照组比例")
    return Verdict("not proven", Text(en, zh), after, missing)


def few_clusters(count: int) -> Verdict:
    """Of a campaign whose users are in so few clusters that no effect is told of them."""
    en = f"not proven: users are in {count:,} clusters, which are too few to tell anything"
    zh = f"未能证实：用户只分属 {count:,} 个群组，数量太少"
    after = Text("draw more clusters, or draw users one by one", "请增加群组数量，或按用户随机分组")
    return Verdict("not proven", Text(en, zh), after, None)


def not_due(closed: int, at: int, planned: int) -> Verdict:
    """Of a campaign whose first planned look is still to come."""
    en = f"not proven yet: the windows of {closed:,} users are over, and the first of the planned looks is at {at:,}"
    zh = f"尚未证实：已有 {closed:,} 名用户的结果窗口结束，首次计划查看需 {at:,} 名"
    return Verdict("not proven", Text(en, zh), Text("wait for that look", "请等到计划的查看时间"))
