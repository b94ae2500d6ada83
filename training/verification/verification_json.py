"""What a verification found, as a file that programs read."""

from collections.abc import Sequence
from typing import Any

from training.verification.effect import Effect
from training.verification.stage_moves import Move
from training.verification.verify import Verified


def as_json(found: Sequence[Verified]) -> dict[str, Any]:
    """What was found, as the file of ``holdfast verify --json`` has it."""
    return {"plays": [_one(one) for one in found]}


def _one(one: Verified) -> dict[str, Any]:
    moves = one.moves
    return {
        "campaign_id": one.campaign_id,
        "goal": one.goal,
        "assigned": {"treatment": one.users[0], "holdout": one.users[1]},
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
            "table_p": None if moves.table_p != moves.table_p else moves.table_p,
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
