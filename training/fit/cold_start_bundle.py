"""A bundle for a base too young or too small to train: MBG/NBD and Gamma-Gamma on the histories so far.

It needs no closed label window. It knows no season, trend or covariate, and gives no reasons and no lifetime. No
backtest has measured it on this base: train as soon as the data gates allow.
"""

from datetime import datetime

import numpy as np

from features.build.population import measure
from features.errors import BadInput
from features.user_base import UserBase
from training.classical import cold_start
from training.classical.purchase_history import EVER, SUMS, histories
from training.models.value import Bounds, stay_bounds, tier_bounds
from training.trained_model import Bundle, quantiles


def bundle(base: UserBase, as_of: datetime) -> Bundle:
    """Fit on everybody active before ``as_of``; bands, ranks and tiers are cut on the users eligible then.

    Raises BadInput where nobody is eligible, nobody came twice, or the fit does not converge.
    """
    everybody = histories(base, as_of)
    if not len(everybody.frequency):
        raise BadInput(f"as-of {as_of:%Y-%m-%d %H:%M}: nobody was active before; take a later as-of")
    history = (everybody.frequency, everybody.recency, everybody.age, everybody.value)
    model = cold_start.fit(*history)
    found = model.predict(*history, base.config.horizon, base.config.value_horizon)
    silence = np.where(everybody.frequency > 0, everybody.age - everybody.recency, everybody.age)
    eligible = silence <= base.config.eligible
    if not eligible.any():
        raise BadInput(f"as-of {as_of:%Y-%m-%d %H:%M}: no user is eligible then; raise churn.eligible_days")
    risk, expected = found["churn_risk"][eligible], found["expected_value"][eligible]
    stays = expected / np.maximum(1 - risk, 1e-9)
    cuts = base.config.value.cuts
    return Bundle(
        boosters={},
        features=("gap_count", "days_since_active", "tenure_days", f"{SUMS[base.config.value.sum]}_{EVER}d"),
        bounds=Bounds(tier_bounds(stays[risk <= 0.5], cuts), quantiles(expected), 1.0, stay_bounds(stays, cuts)),
        risk_quantiles=quantiles(risk),
        population=measure(base, as_of),
        config=base.config.model_dump(mode="json"),
        config_hash=base.config.model_hash(),
        trained_on={"as_of": as_of.isoformat(), "users": len(everybody.frequency)},
        metrics={},
        cold_start=model,
    )
