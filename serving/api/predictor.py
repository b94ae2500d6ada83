"""A model made ready to answer requests: what can be worked out before the first of them is."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from features.config import Config
from features.engine import threads
from serving.api.errors import Refused, invalid
from serving.phrases import Lang
from serving.scorer import judge
from serving.wording import Words
from training.tracking import Version


class Predictor:
    """Scores and reasons of rows of features, by one model."""

    def __init__(self, config: Config, model: Version):
        self.model, self.threads = model, threads(config)
        self.activity = tuple(config.churn.activity)

    def words(self, lang: Lang) -> Words:
        """How reasons are worded."""
        return Words(lang, self.activity)

    def rows(self, rows: Sequence[Mapping[str, float | str | None]], lang: Lang) -> list[dict[str, Any]]:
        """The scores of rows of ready features, as in ``schemas.Scores``.

        Raises Refused where a row lacks a feature or holds a text for a number.
        """
        bundle = self.model.bundle
        names, texts = bundle.features, bundle.encodings
        for index, row in enumerate(rows):
            if missing := [name for name in names if name not in row]:
                what = f"{len(missing)} features missing, first '{missing[0]}'; name them all, null where unknown"
                raise Refused(invalid(what, f"rows[{index}].{missing[0]}", index))
            for name in names:
                if row[name] is not None and isinstance(row[name], str) != (name in texts):
                    due = "text" if name in texts else "a number"
                    raise Refused(invalid(f"not {due}; send {due} or null", f"rows[{index}].{name}", index))
        kinds = {name: pa.string() if name in texts else pa.float64() for name in names}
        table = pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()})
        scores, words = pa.table(judge(bundle, table, self.threads)).to_pylist(), self.words(lang)
        for score, row in zip(scores, rows, strict=True):
            numbers: Any = {name: row[name] for name in names if name not in texts}
            score["reasons"] = words.told(score["reasons"], numbers)
        return scores
