"""What to tell a person who asks for a champion where there is none: train, or what became of the model trained."""

from features.config import Config
from features.errors import BadInput
from training.tracking.registry import entries
from training.tracking.server import Unreachable


def no_champion(config: Config) -> BadInput:
    """The error that names the newest registered model, why it was not promoted, and the ways on; or says to train.

    To train again on the same rows gives the same model and the same refusal, so that is no way on.
    """
    file = config.file
    try:
        newest, *_ = entries(config)
    except (ValueError, Unreachable):  # none is registered, or nobody can say
        return BadInput(f"{file}: no champion in the registry yet; run 'holdfast train --config {file}'")
    why = " ".join(newest.gate.split()) or "nobody said why"
    return BadInput(
        f"{file}: no champion in the registry: {newest.name} is registered but was not promoted ({why}); train again "
        "with another churn.horizon_days or more data, or, at your own risk, run "
        f"'holdfast models promote {newest.number} --config {file}'"
    )
