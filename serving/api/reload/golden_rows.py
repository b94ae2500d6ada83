"""Golden rows: rows of features that every new model has to score, elsewhere first and then here, with one result."""

from typing import Any

import numpy as np
import pyarrow as pa

from features.errors import BadInput
from serving.scoring.scorer import score_columns
from training.trained_model import Bundle

ROWS = 48
SEED = 7
SAME = 1e-9
NUMBERS = ("churn_risk", "risk_percentile", "expected_value", "value_rank", "value_at_stake")


def rows(bundle: Bundle) -> pa.Table:
    """The rows: nothing known, nothing ever done, and a spread of counts, amounts, texts and gaps; always the same."""
    chance, columns = np.random.default_rng(SEED), {}
    for name in bundle.features:
        if texts := bundle.encodings.get(name):
            choices = [*texts, "never seen", None]
            column = [choices[n] for n in chance.integers(len(choices), size=ROWS)]
        elif name in bundle.encodings:
            column = [None] * ROWS
        else:
            spread = np.exp(chance.normal(0, 3, ROWS)).round(int(chance.integers(3)))
            column = [None if gone else float(n) for n, gone in zip(spread, chance.random(ROWS) < 0.2, strict=True)]
            column[0], column[1] = None, 0.0
        columns[name] = pa.array(column, pa.string() if name in bundle.encodings else pa.float64())
    return pa.table(columns)


def outcome(bundle: Bundle) -> dict[str, list[Any]]:
    """The scores of the golden rows, by column. Raises BadInput where they are no scores."""
    scores = score_columns(bundle, rows(bundle), 1)
    found = {name: scores[name].to_pylist() for name in NUMBERS}
    risks = np.asarray(found["churn_risk"], dtype=float)
    numbers = np.asarray([found[name] for name in NUMBERS], dtype=float)
    if not np.isfinite(numbers).all():
        raise BadInput("the model scores golden rows with what is no number; train again or take another version")
    if risks.min() < 0 or risks.max() > 1 or min(found["expected_value"]) < 0:
        raise BadInput(
            "the model gives golden rows a risk or a value that cannot be; train again or take another version"
        )
    if len(set(found["churn_risk"])) == 1:
        raise BadInput("the model gives all golden rows one risk; train again or take another version")
    return found


def differ(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> bool:
    """Whether two outcomes of one model are not the same."""
    mine, theirs = (np.asarray([found.get(name, []) for name in NUMBERS], dtype=float) for found in (one, other))
    return mine.shape != theirs.shape or not bool(np.allclose(mine, theirs, rtol=SAME, atol=SAME))
