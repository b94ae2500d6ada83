"""How two models agree: the figures of what each says, however the users are split."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import spearmanr

from serving.batch.challenger.scores import agreement

RISK = np.random.default_rng(3).beta(1, 4, 4000)
OTHER = 1 / (1 + np.exp(-np.log(RISK / (1 - RISK)) - np.random.default_rng(4).normal(0, 0.8, len(RISK))))


def rows(risk, cut=0.3):
    band = ["high" if one > cut else "low" for one in risk]
    tier = ["none" if n % 4 else "top" for n in range(len(risk))]
    texts = {"risk_band": pa.array(band, pa.string()), "stay_tier": pa.array(tier, pa.string())}
    return pa.table({"user_id": pa.array(range(len(risk)), pa.int64()), "churn_risk": risk, **texts})


def test_figures_are_those_of_all_users_whatever_the_parts_and_the_order():
    ours, theirs = rows(RISK), rows(OTHER, 0.35)
    mixed = theirs.take(np.random.default_rng(5).permutation(len(theirs)))
    split = [(ours, mixed.slice(0, 1500)), (ours, mixed.slice(1500))]
    found = agreement(split)
    assert found["users"] == 4000 and found["rank"] == pytest.approx(spearmanr(RISK, OTHER).statistic, abs=0.002)
    assert found["same_band"] == np.mean((RISK > 0.3) == (OTHER > 0.35)) and found["same_tier"] == 1
    assert (found["risk"], found["challenger_risk"]) == (pytest.approx(RISK.mean()), pytest.approx(OTHER.mean()))
    assert found == pytest.approx(agreement([(ours, theirs)]))


def test_where_nobody_was_scored_or_all_risks_are_alike_nothing_is_made_up():
    nobody = agreement([(rows(RISK[:0]), rows(RISK[:0]))])
    assert nobody == {"users": 0} | dict.fromkeys(("rank", "same_band", "same_tier", "risk", "challenger_risk"))
    assert agreement([(rows(RISK[:9]), rows(np.full(9, 0.5)))])["rank"] is None
