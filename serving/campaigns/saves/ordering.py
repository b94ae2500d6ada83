"""What contacting a user is taken to bring, who comes first in a play, and why."""

from collections.abc import Sequence

from features.config.operations.playbook import Play, Uplift
from features.said import Said, joined


def key(play: Play) -> tuple[str, Said]:
    """By what the users of a play are ordered where its budget ends, and why that was taken."""
    asked = play.setting.rank
    if asked in ("value_at_stake", "churn_risk"):
        return asked, Said("the play says so", "打法如此指定")
    if play.verified:
        usual = "value_at_stake" if play.verified.test else "gain"
        return play.verified.uplift.ranking if play.verified.uplift else usual, play.verified.why
    known = play.saves.why if play.saves else Said("nothing is verified yet", "尚无验证结果")
    if play.setting.save_rate is None:
        return "value_at_stake", joined(Said("the play has no save_rate", "打法没有 save_rate"), known)
    less = Said("value at stake times the play's save_rate, less its cost", "在险价值 × 打法的 save_rate − 成本")
    return "gain", joined(less, known)


def key_sql(play: Play) -> str:
    """The same as a column of ``judged_sql`` with the gain."""
    by = key(play)[0]
    columns = {"uplift": "gain", "response": f"response_{play.number}", "risk": "value_at_stake", "random": "bucket"}
    return columns.get(by, by)


def by_uplift(plays: Sequence[Play]) -> dict[int, Uplift]:
    """What was learned by user, by the number of the play, where the gain goes by it."""
    return {play.number: play.verified.uplift for play in plays if play.verified and play.verified.uplift}


def for_anybody(plays: Sequence[Play]) -> list[int]:
    """The numbers of plays that take users by another ranking, whose gain keeps nobody out: the budget alone does."""
    return [number for number, learned in by_uplift(plays).items() if learned.ranking != "uplift"]


def with_uplift(plays: Sequence[Play]) -> str:
    """A step that adds what such a play brings by a user, in money before its cost, and what ``response`` orders by."""
    told = (
        f", value_if_stays * {learned.brings} AS brings_{number}, "
        f"value_if_stays * {learned.response} AS response_{number}"
        for number, learned in by_uplift(plays).items()
    )
    return f"SELECT *{''.join(told)} FROM before"


def gain_sql(plays: Sequence[Play], rate: str) -> str:
    """What contacting a user brings after its cost, by the play's ``number``. rate: save rate in SQL for the others."""
    cases = " ".join(f"WHEN {number} THEN brings_{number}" for number in by_uplift(plays))
    usual = f"value_at_stake * {rate}"
    return f"{f'CASE number {cases} ELSE {usual} END' if cases else usual} - cost::DOUBLE"
