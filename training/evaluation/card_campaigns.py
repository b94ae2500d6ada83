"""What the model card says of campaigns: how many training rows are of users whom one treated, and what that means."""

from features.config import Config
from training.evaluation.document import Block
from training.trained_model import Bundle

HOW = {
    "keep": "They were learned from like all others",
    "drop": "They were left out of the training, but not of the figures below",
    "feature": "A feature told them apart in training, which counts as 0 when users are scored",
}


def campaigns(config: Config, bundle: Bundle) -> tuple[Block, ...]:
    """Of the rows of treated user-cutoffs, see ``training.rows.treated``."""
    share = bundle.trained_on.get("treated", 0.0)
    if not share:
        return ("No training row is of a user whom a known campaign treated: the churn labels are natural.",)
    return (
        f"{share:.1%} of the training rows are of users whom a campaign treated in, or shortly before, the window of the "
        "label. Their churn labels are not natural: they tell what users did whom somebody wrote to. "
        f'{HOW[config.train.treated]} (train.treated = "{config.train.treated}").',
        "So the risk of a user whom nobody writes to may be off by as much as campaigns changed what users did, times "
        "that share. What they changed is told by 'holdfast verify'; those who were held back show how users are without.",
    )
