"""Before a campaign: what the newest run's holdout of a play could see, from the scores of the users it would take."""

import numpy as np
import pyarrow.parquet as pq

from features.config import Config
from features.errors import BadInput, did_you_mean
from serving.batch.snapshot import open_snapshot
from serving.campaigns.run import open_run
from training.verification.power import Design, churn_goal, design, value_goal


def design_of(config: Config, play: str) -> list[tuple[str, Design]]:
    """The design for churn and for value, from the newest run that has the play. Their variance is that of the scores:
    of a risk r, a user's churn varies by r (1 − r), and the risks themselves explain the rest.

    Raises BadInput where no run has the play, or nobody of it was scored.
    """
    run = open_run(config.store_path, "latest")
    if play not in run.plays:
        raise BadInput(f"{run.name}: no play '{play}'; {did_you_mean(play, run.plays)}")
    users = [
        row
        for file in run.files
        for row in pq.read_table(file, columns=["user_id"], filters=[("play", "=", play), ("arm", "!=", "")])[
            "user_id"
        ].to_pylist()
    ]
    scored = open_snapshot(config.store_path / "snapshots" / run.manifest["snapshot"]).look_up(users)
    risk, value = (
        np.asarray(scored[name].drop_null().to_pylist(), dtype=float) for name in ("churn_risk", "expected_value")
    )
    if not len(risk):
        raise BadInput(f"{run.name}: nobody of '{play}' was scored, so nothing can be told before; try it on some")
    share, mean = run.plays[play]["holdout"], float(risk.mean())
    removed = float(risk.var() / max(mean * (1 - mean), 1e-12))
    spread = float(value.std())
    return [
        ("churn", design(churn_goal(mean, removed), len(users), share)),
        ("value", design(value_goal(float(value.mean()), max(spread, 1e-9)), len(users), share)),
    ]
