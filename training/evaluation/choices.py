"""What a training chose at the newest closed windows, and what each choice would have done there, in plain words."""

from collections.abc import Iterator, Mapping
from typing import Any


def told(metrics: Mapping[str, Any]) -> Iterator[str]:
    """A line each: history, shared features, season, the newest closed window. metrics: a bundle's."""
    history = metrics.get("history")
    if history and history["log_loss_change"]:
        at = f"tried at {len(history['cutoffs'])} past cutoffs, change of log loss: {_changes(history)}"
        yield f"history: learned from {history['applied'] or 'all'} cutoffs; {at}"
    shared = metrics.get("shared_features")
    if shared and shared["log_loss_change"]:
        left = ", ".join(shared["left_out"]) or "none"
        yield f"features that a cutoff's users share: left out {left}; change of log loss: {_changes(shared)}"
    season = metrics.get("season")
    if season and season["alike"] is not None:
        over = season["alike"] > season["needed"]
        verdict = "last year's season was tried" if over else f"no season: more than {season['needed']:g} is needed"
        now = season["expected_now"]
        expected = f"; it lets {now:.1%} of comparable users be expected to churn" if now is not None else ""
        missed = metrics.get("calibration", {})
        shift, off = missed.get("season_shift"), missed.get("season_off")
        beside = (
            f"; a shift of {shift:+.2f} in log-odds, beside the {off:.2f} that it was off by at past cutoffs"
            if shift is not None and off is not None
            else ""
        )
        yield f"season: two years' months of activity go together by {season['alike']:.2f}; {verdict}{expected}{beside}"
    drift = metrics.get("drift")
    if drift:
        by = 100 * (drift["predicted"] - drift["churned"])
        yield (
            f"newest closed window, {drift['cutoff']}: {drift['predicted']:.1%} predicted by a model of what was "
            f"known then, {drift['churned']:.1%} did ({by:+.1f} points)"
        )


def _changes(found: Mapping[str, Any]) -> str:
    errors = found["standard_error"]
    return ", ".join(f"{name} {by:+.4f} ± {errors[name]:.4f}" for name, by in found["log_loss_change"].items())
