"""What one would write in an afternoon instead: a bare FastAPI app around the same bundle and the same snapshot.

Started by bench_api.py: `uvicorn api_peer:app`. No keys, no limits, no log, no reload, no reasons.
"""

import os

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

from features.config import load
from serving.batch.snapshot import latest
from training.tracking import champion

CONFIG = load(os.environ["HOLDFAST_CONFIG"])
BUNDLE = champion(CONFIG).bundle  # type: ignore[union-attr]
BOOSTER = BUNDLE._models.loaded["churn"]
CODES = {name: {text: 2 + code for code, text in enumerate(texts)} for name, texts in BUNDLE.encodings.items()}
SNAPSHOT = latest(CONFIG.store_path)
app = FastAPI()


class Rows(BaseModel):
    rows: list[dict[str, float | str | None]]


class Users(BaseModel):
    user_ids: list[int]


def matrix(rows: Rows) -> np.ndarray:
    return np.array(
        [
            [CODES[name].get(row[name], 0) if name in CODES else row[name] for name in BUNDLE.features]
            for row in rows.rows
        ],
        dtype=float,
    )


@app.post("/risk")
async def risk(rows: Rows) -> dict[str, list[float]]:
    """The churn risk alone: one booster of the bundle's."""
    return {"churn_risk": BOOSTER.predict(matrix(rows), num_threads=1).tolist()}


@app.post("/answers")
async def answers(rows: Rows) -> dict[str, list[float]]:
    """Every score of the bundle's, and the contributions of every feature, unsorted and unworded."""
    features = matrix(rows)
    found = {name: values.tolist() for name, values in BUNDLE.answers(features, 1).items()}
    return found | {"contributions": BUNDLE.explained(features, 1).ravel().tolist()}


@app.post("/score")
async def score(users: Users) -> list[dict]:
    """Rows of the snapshot."""
    return SNAPSHOT.look_up(users.user_ids).to_pylist()
