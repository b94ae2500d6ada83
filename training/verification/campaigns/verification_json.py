"""What a verification found, as a file that programs read; docs/how-to/verification.md describes every key."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from training.verification.campaigns.looks_kept import Plan
from training.verification.campaigns.verify import Verified
from training.verification.effect import Effect
from training.verification.stage_moves import Move


def as_json(found: Sequence[Verified]) -> dict[str, Any]:
    """What was found, as the file of ``holdfast verify --json`` has it."""
    return {"plays": [_finite(_one(one)) for one in found]}


def to_keep(found: Sequence[Verified], before: Mapping[str, Plan]) -> dict[str, Plan]:
    """The plans with a look that was not kept before, by key; a new look with what it tells now."""
    changed = {}
    for one in found:
        if one.plan is not None and one.plan != before.get(one.key):
            told = {"verdict": one.verdict.verdict, "churn": _effect(one.churn), "value": _effect(one.value)}
            made = (*one.plan.made[:-1], replace(one.plan.made[-1], told=_finite(told)))
            changed[one.key] = replace(one.plan, made=made)
    return changed


def _one(one: Verified) -> dict[str, Any]:
    moves = one.moves
    return {
        "campaign_id": one.campaign_id,
        "goal": one.goal,
        "assigned": {"treatment": one.users[0], "holdout": one.users[1]},
        "looked_at": one.looked and {"treatment": one.looked[0], "holdout": one.looked[1]},
        "look": one.look
        and one.plan
        and {
            "number": one.look.number,
            "fraction": one.look.fraction,
            "level": one.look.level,
            "planned_users": one.plan.users,
            "next_at_users": None if one.plan.over else one.plan.next_users,
        },
        "clusters": one.clusters,
        "delivered": one.reached,
        "closes": one.closes.isoformat(timespec="seconds"),
        "trial": {
            "ok": one.trial.ok,
            "sample_ratio_p": one.trial.sample_ratio_p,
            "balance_p": one.trial.balance_p,
            "smallest_loss": one.trial.smallest_loss,
            "refused": [{"code": refusal.code, "why": refusal.words} for refusal in one.trial.refusals],
        },
        "churn": _effect(one.churn),
        "relative_lift": one.lift and {"lift": one.lift.lift, "low": one.lift.low, "high": one.lift.high},
        "value": _effect(one.value),
        "capped_value": _effect(one.capped),
        "moves": moves
        and {
            "planned": moves.planned and _move(moves.planned),
            "directions": [_move(each) for each in moves.directions],
            "table_p": moves.table_p,
            "claims": list(moves.claims),
            "cells": [_move(each) for each in moves.cells],
        },
        "on_treated": one.on_treated and vars(one.on_treated),
        "overlap": [vars(each) for each in one.overlap],
        "verdict": one.verdict.verdict,
        "sentence": {"en": one.verdict.sentence.en, "zh": one.verdict.sentence.zh},
        "next": {"en": one.verdict.next.en, "zh": one.verdict.next.zh},
        "missing_users": one.verdict.missing,
    }


def _effect(effect: Effect | None) -> dict[str, Any] | None:
    if effect is None:
        return None
    return {
        "treatment": effect.treatment,
        "holdout": effect.holdout,
        "difference": effect.difference,
        "low": effect.low,
        "high": effect.high,
        "variance_removed": effect.variance_removed,
    }


def _move(move: Move) -> dict[str, Any]:
    return {
        "move": move.name,
        "treatment": move.moved[0] / move.users[0],
        "holdout": move.moved[1] / move.users[1],
        "difference": move.difference,
        "low": move.low,
        "high": move.high,
        "claimed": move.claimed,
    }


def _finite(told: Any) -> Any:
    """The same with null for what is no number: JSON has no NaN."""
    if isinstance(told, dict):
        return {key: _finite(value) for key, value in told.items()}
    if isinstance(told, list):
        return [_finite(value) for value in told]
    return None if isinstance(told, float) and not math.isfinite(told) else told
