"""A model made ready to answer requests: all that can be worked out before the first one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from features.build.population import Population, moved
from features.config import Config
from features.engine.duckdb_session import threads
from serving.api.contract.errors import Problem, Refused, invalid
from serving.api.contract.responses import PredictedUser, Scores
from serving.api.guard import metrics
from serving.api.predict.raw_rows import Raw
from serving.api.predict.raw_stages import can_tell, stages
from serving.batch.bucket_features import required_features
from serving.scoring.phrases import Lang
from serving.scoring.scorer import risk_rows, score_rows, snapshot_rows
from serving.scoring.wording import Words
from training.rows import text_codes
from training.tracking import Version

NO_SCORES: dict[str, Any] = dict.fromkeys(Scores.model_fields)
MOST_ROWS = 100_000  # raw rows of one request


class Predictor:
    """Scores and reasons by one model, of rows of features and of raw rows."""

    def __init__(self, config: Config, model: Version):
        self.model, self.threads = model, threads(config)
        self.config, self.activity = config, tuple(config.churn.activity)
        self._codes = {
            model.bundle.features.index(name): {text: text_codes.FIRST + code for code, text in enumerate(texts)}
            | {None: text_codes.MISSING}
            for name, texts in model.bundle.encodings.items()
        }
        self.required = required_features(config, model.bundle.features)
        looks = self.required.looks if can_tell(self.required) else ()
        self.raw = Raw(config, self.required.columns, self.threads, looks)

    def words(self, lang: Lang) -> Words:
        """How reasons are worded."""
        return Words(lang, self.activity)

    def rows(
        self, rows: Sequence[Mapping[str, float | str | None]], lang: Lang, only: str | None = None
    ) -> list[dict[str, Any]]:
        """The scores of rows of ready features, as in ``responses.Scores``.

        only: 'churn_risk' gives the risk, its band and its percentile alone. Raises Refused where a row lacks a feature
        or has a text where a number is due.
        """
        bundle, words = self.model.bundle, self.words(lang)
        if only:
            return [NO_SCORES | row for row in risk_rows(bundle, self._matrix(rows), self.threads)]
        scores = score_rows(bundle, self._matrix(rows), self.threads)
        for score, row in zip(scores, rows, strict=True):
            others: Any = row
            score["reasons"] = words.with_text(score["reasons"], others)
        return scores

    def _matrix(self, rows: Sequence[Mapping[str, float | str | None]]) -> np.ndarray:
        """The rows as ``Bundle.matrix`` gives them."""
        names = self.model.bundle.features
        matrix = np.empty((len(rows), len(names)))
        for index, row in enumerate(rows):
            try:
                values = [row[name] for name in names]
            except KeyError:
                missing = [name for name in names if name not in row]
                what = f"{len(missing)} features missing, first '{missing[0]}'; name them all, null where unknown"
                raise Refused(invalid(what, f"rows[{index}].{missing[0]}", index)) from None
            for place, codes in self._codes.items():
                if (text := values[place]) is not None and not isinstance(text, str):
                    raise Refused(invalid("not text; send text or null", f"rows[{index}].{names[place]}", index))
                values[place] = codes.get(text, text_codes.UNSEEN)
            if str in set(map(type, values)):
                name = next(name for name, value in zip(names, values, strict=True) if isinstance(value, str))
                raise Refused(invalid("not a number; send a number or null", f"rows[{index}].{name}", index))
            matrix[index] = values  # None becomes NaN
        return matrix

    def users(
        self,
        users: Sequence[Mapping[str, Any]],
        as_of: datetime,
        record: Population,
        lang: Lang,
    ) -> list[dict[str, Any]]:
        """The scores of users as of a date (UTC, without a zone) from their raw rows, as ``responses.PredictedUser``.

        record: the population, taken to be the same as of that date. Raises Refused for a table that is not configured
        and for more rows than one request may hold.
        """
        self._fits(users)
        known = self.raw.known(users, moved(record, as_of, self.config.project.timezone))
        bundle, version, features = self.model.bundle, self.model.name, known.features
        rows = snapshot_rows(bundle, features, as_of, self.config.eligible, version, "", self.threads)
        placed = stages(self.config, self.required, as_of, known, rows["risk_band"].combine_chunks())
        metrics.unseen(bundle.encodings, features.select(list(bundle.encodings)).to_pylist())
        words, found = self.words(lang), []
        numbers = features.select([name for name in bundle.features if name not in bundle.encodings]).to_pylist()
        for user, row, stage, values in zip(users, rows.to_pylist(), placed, numbers, strict=True):
            row |= {"user_id": user["user_id"], "stage": stage, "bad_rows": []}
            row["reasons"] = words.with_text(row["reasons"], values)
            found.append(row)
        for one in known.bad:
            why = {"table": one.table, "row": one.row, "code": one.code, "message": one.reason}
            found[one.user]["bad_rows"].append(why)
        return [{name: row[name] for name in PredictedUser.model_fields} for row in found]

    def _fits(self, users: Sequence[Mapping[str, Any]]) -> None:
        count = 0
        for index, user in enumerate(users):
            for name, rows in user.items():
                if name != "user_id" and name not in self.config.user_tables:
                    what = "the model knows no such table; take it out"
                    raise Refused(invalid(what, f"users[{index}].{name}", index))
                count += len(rows) if name != "user_id" else 0
        if count > MOST_ROWS:
            raise Refused(Problem(413, "too_large", f"more than {MOST_ROWS:,} rows; send fewer users at once", "users"))
