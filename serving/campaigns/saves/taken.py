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
    campaigns = f"{len(one['campaigns'])} campaign{'s' if len(one['campaigns']) > 1 else ''}"
    users = f"{one['treated']:,} treated and {one['holdout']:,} held out in {campaigns} until {one['until'][:10]}"
    if one["rarer"] < ENOUGH:
        return Saves(
            None, {}, f"verified on too few, {users}: {one['rarer']:.0f} of {ENOUGH} expected to churn or stay"
        )
    tiers = {name: each["rate"] for name, each in one["tiers"].items() if name}
    told = ", ".join(f"{name} {_percent(rate)}" for name, rate in tiers.items())
    why = (
        f"verified: it saves {_percent(one['rate'])} of the value at stake ({_percent(one['low'])} to "
        f"{_percent(one['high'])}), by {users}" + (f"; by stay tier: {told}" if told else "")
    )
    cost = cost_of(play)
    learned, said = _learned(play, one, there)
    if learned is not None and learned["spend"]:
        return Saves(one["rate"], tiers, f"{said}; {why}", uplift=_uplift(learned))
    if learned is not None and cost:
        test = test_size(play.setting.holdout)
        return Saves(one["rate"], tiers, f"{HELD_BACK} of {test:,} users, by value at stake; {said}; {why}", test)
    why = f"{why}{f'; {said}' if said else ''}"
    if not cost:
        return Saves(one["rate"], tiers, f"{why}; value at stake times that")
    gain, error = worth(one, cost)
    brings = f"it brings {gain:.3g} ± {error:.2g} a user of its trials after a cost of {cost:g} for each treated"
    if gain > error:
        return Saves(one["rate"], tiers, f"{why}; {brings}; value at stake times that, less its cost")
    test = test_size(play.setting.holdout)
    return Saves(one["rate"], tiers, f"{HELD_BACK} of {test:,} users, by value at stake; {brings}; {why}", test)


def _learned(play: Play, one: Mapping[str, Any], there: Collection[str]) -> tuple[Mapping[str, Any] | None, str]:
    """The uplift that was learned from the play's trials, if it counts here; and what is to be said of it."""
    learned = one.get("uplift")
    if learned is None:
        return None, ""
    if "predictor" not in learned:
        return None, f"no uplift by user: {learned['why']}"
    if play.setting.rank == "auto" and learned["users"] < TELLS:
        return None, f"no uplift by user: {learned['users']:,} users tell it, auto takes it from {TELLS:,} on"
    if learned["cost"] != cost_of(play):
        told = f"it was weighed at a cost of {learned['cost']:g}, now it is {cost_of(play):g}"
        return None, f"no uplift by user: {told}; 'holdfast verify' weighs it anew"
    if lacks := missing(learned["predictor"]["design"]["names"], there):
        return None, f"no uplift by user: it asks for {lacks}, which is not there any more"
    return learned, f"uplift by user, learned from {learned['users']:,} users of its trials: {learned['why']}"


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
