"""What the plays of a run are taken to save: what was verified, else what the playbook says, else nothing is known.

For plays with ``rank`` auto or uplift; who says value_at_stake or churn_risk has decided. A play is verified on enough
where, of the smaller arms of its trials, ENOUGH users were expected to churn and ENOUGH to stay: with fewer, the normal
interval of a save rate misses too often, and the rate is known to no better than about ± .2 anyway.

A verified play that costs money is held against section 4.6 of the design: what it would have brought over the users of
its own trials, treating those who are worth it, has to be above 0 by more than one standard error. Else all are held
back but a test, which shows whether that changes: so many users that FEWEST stand in either arm. The errors of tiers
are added as if they were one, for they share the play's mean. Nobody of a test is "not worth it".
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import Any

from features.config.operations.playbook import Play, Playbook, Saves, Uplift
from features.said import Said, both, joined
from serving.campaigns.saves.kept import read_save_rates
from serving.campaigns.saves.uplift_sql import missing, needs, predictor_sql
from training.verification.policies import HELD_BACK, RESPONSE
from training.verification.save_rates import NORMAL
from training.verification.uplift import restore

RANKS = ("auto", "uplift")
ENOUGH = 100  # users of the smaller arms expected to churn, and to stay
TELLS = 2_000  # users of the trials from which on `auto` goes by uplift; below, rates by tier are as good
FEWEST = 100  # users in either arm of a test
Kept = Mapping[str, Mapping[str, Any]]


def kept(store: Path, plays: Playbook) -> dict[str, dict[str, Any]]:
    """What was verified of these plays, by name, as far as it counts for them. Raises BadInput for a damaged file."""
    wanted = {play.name for play in plays.plays if play.setting.rank in RANKS}
    return {name: one for name, one in read_save_rates(store).items() if name in wanted}


def marks(found: Kept) -> list[str]:
    """A hash of all that a run takes from the file; none where it takes nothing."""
    return [sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:16]] if found else []


def with_saves(playbook: Playbook, found: Kept, there: Collection[str]) -> Playbook:
    """The playbook, its plays with what was verified of them. there: columns of the snapshot and of users."""
    plays = [
        replace(play, saves=_saves(play, found[play.name], there)) if play.name in found else play
        for play in playbook.plays
    ]
    return replace(playbook, plays=tuple(plays))


def asks(playbook: Playbook) -> tuple[str, ...]:
    """The columns that the uplift of these plays asks for."""
    learned = [play.saves.uplift for play in playbook.plays if play.saves and play.saves.uplift]
    return tuple(dict.fromkeys(name for one in learned for name in ("value_if_stays", *one.needs)))


def cost_of(play: Play) -> float:
    """What a contact of the play costs at most: its offer, and its dearest channel."""
    return play.setting.cost + max((channel.cost for channel in play.channels.values()), default=0.0)


def _saves(play: Play, one: Mapping[str, Any], there: Collection[str]) -> Saves:
    campaigns, until = len(one["campaigns"]), one["until"][:10]
    users = Said(
        f"{one['treated']:,} treated and {one['holdout']:,} held out in {campaigns} "
        f"campaign{'s' if campaigns > 1 else ''} until {until}",
        f"截至 {until} 的 {campaigns} 次活动，触达 {one['treated']:,} 人，对照 {one['holdout']:,} 人",
    )
    if one["rarer"] < ENOUGH:
        rarer = f"{one['rarer']:.0f}"
        few = Said(
            f"verified on too few, {users.en}: {rarer} of {ENOUGH} expected to churn or stay",
            f"验证人数不足（{users.zh}）：预计流失或留存的 {rarer} 人，需要 {ENOUGH} 人",
        )
        return Saves(None, {}, few)
    tiers = {name: each["rate"] for name, each in one["tiers"].items() if name}
    told = [f"{name} {_percent(rate)}" for name, rate in tiers.items()]
    rate, low, high = (_percent(one[name]) for name in ("rate", "low", "high"))
    why = Said(
        f"verified: it saves {rate} of the value at stake ({low} to {high}), by {users.en}"
        + (f"; by stay tier: {', '.join(told)}" if told else ""),
        f"已验证：挽回在险价值的 {rate}（{low} 至 {high}），{users.zh}"
        + (f"；按留存分层：{'、'.join(told)}" if told else ""),
    )
    cost = cost_of(play)
    learned, said = _learned(play, one, there)
    test = test_size(play.setting.holdout)
    held_back = Said(
        f"{HELD_BACK} of {test:,} users, by value at stake",
        f"尚未证明有效：按在险价值只触达 {test:,} 人作为测试，其余全部保留",
    )
    if learned is not None and said and learned["spend"]:
        return Saves(one["rate"], tiers, joined(said, why), uplift=_uplift(learned))
    if learned is not None and said and cost:
        return Saves(one["rate"], tiers, joined(held_back, said, why), test)
    why = joined(why, said) if said else why
    if not cost:
        return Saves(one["rate"], tiers, joined(why, Said("value at stake times that", "在险价值 × 该比率")))
    gain, error = worth(one, cost)
    brings = Said(
        f"it brings {gain:.3g} ± {error:.2g} a user of its trials after a cost of {cost:g} for each treated",
        f"每位触达用户成本 {cost:g}，扣除后试验中的每位用户带来 {gain:.3g} ± {error:.2g}",
    )
    if gain > error:
        less = Said("value at stake times that, less its cost", "在险价值 × 该比率 − 成本")
        return Saves(one["rate"], tiers, joined(why, brings, less))
    return Saves(one["rate"], tiers, joined(held_back, brings, why), test)


def _learned(
    play: Play, one: Mapping[str, Any], there: Collection[str]
) -> tuple[Mapping[str, Any] | None, Said | None]:
    """The uplift that was learned from the play's trials, if it counts here; and what is to be said of it."""
    learned = one.get("uplift")
    if learned is None:
        return None, None
    if "predictor" not in learned:
        return None, _no_uplift(*both(learned["why"]).values())
    users = f"{learned['users']:,}"
    if play.setting.rank == "auto" and learned["users"] < TELLS:
        return None, _no_uplift(
            f"{users} users tell it, auto takes it from {TELLS:,} on", f"试验用户 {users} 人，auto 需要 {TELLS:,} 人"
        )
    if learned["cost"] != (cost := cost_of(play)):
        was = f"{learned['cost']:g}"
        return None, _no_uplift(
            f"it was weighed at a cost of {was}, now it is {cost:g}; 'holdfast verify' weighs it anew",
            f"当时成本为 {was}，现为 {cost:g}；请用 holdfast verify 重新评估",
        )
    if lacks := missing(learned["predictor"]["design"]["names"], there):
        return None, _no_uplift(f"it asks for {lacks}, which is not there any more", f"所需的 {lacks} 已不存在")
    why = both(learned["why"])
    return learned, Said(
        f"uplift by user, learned from {users} users of its trials: {why['en']}",
        f"按用户的增量效果，取自 {users} 位试验用户：{why['zh']}",
    )


def _no_uplift(en: str, zh: str) -> Said:
    return Said(f"no uplift by user: {en}", f"没有按用户的增量效果：{zh}")


def _uplift(learned: Mapping[str, Any]) -> Uplift:
    predictor = restore(learned["predictor"])
    response = predictor_sql(predictor, RESPONSE)
    return Uplift(learned["ranking"], predictor_sql(predictor), response, needs(predictor.design.names))


def worth(one: Mapping[str, Any], cost: float) -> tuple[float, float]:
    """What it brings in money per user of the trials to treat those whose gain is above 0, and its standard error."""
    gain = error = 0.0
    for tier in one["tiers"].values():
        doubt = (tier["high"] - tier["low"]) / (2 * NORMAL)
        each = tier["share"] / max(len(tier["stakes"]), 1)
        for stake in tier["stakes"]:
            if stake * tier["rate"] > cost:
                gain += each * (stake * tier["rate"] - cost)
                error += each * stake * doubt
    return gain, error


def test_size(holdout: float) -> int:
    """Users treated in a test, so that as a rule FEWEST stand in either arm."""
    return max(FEWEST, ceil(FEWEST * (1 - holdout) / holdout)) if holdout else FEWEST


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f} %"
