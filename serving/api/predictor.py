"""A model made ready to answer requests: what can be worked out before the first of them is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from features.config import Config
from features.engine import threads
from features.population import Population, moved
from serving.api.errors import Problem, Refused, invalid
from serving.api.guard import metrics
from serving.api.raw import Raw
from serving.api.replies import PredictedUser
from serving.phrases import Lang
from serving.scorer import judge, snapshot_rows
from serving.wording import Words
from training.tracking import Version

NEEDED = ("days_since_active", "tenure_days", "gap_count")  # to tell who is eligible, and the history
MOST_ROWS = 100_000  # raw rows of one request


class Predictor:
    """Scores and reasons by one model, of rows of features and of raw rows."""

    def __init__(self, config: Config, model: Version):
        self.model, self.threads = model, threads(config)
        self.config, self.activity = config, tuple(config.churn.activity)
        self.raw = Raw(config, tuple(dict.fromkeys([*NEEDED, *model.bundle.features])), self.threads)

    def words(self, lang: Lang) -> Words:
        """How reasons are worded."""
        return Words(lang, self.activity)

    def rows(self, rows: Sequence[Mapping[str, float | str | None]], lang: Lang) -> list[dict[str, Any]]:
        """The scores of rows of ready features, as in ``replies.Scores``.

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

    def users(
        self,
        users: Sequence[Mapping[str, Any]],
        as_of: datetime,
        record: Population,
        lang: Lang,
    ) -> list[dict[str, Any]]:
        """The scores of users as of a date (UTC, without a zone) from their raw rows, as ``replies.PredictedUser``.

        record: of a population; what it says is taken to hold as of that date. Raises Refused for a table that is not
        configured and for more rows than one request may bring.
        """
        self._fits(users)
        features, bad = self.raw.features(users, moved(record, as_of))
        bundle, version = self.model.bundle, self.model.name
        judged = snapshot_rows(bundle, features, as_of, self.config.eligible, version, "", self.threads).to_pylist()
        metrics.unseen(bundle.encodings, features.select(list(bundle.encodings)).to_pylist())
        words, found = self.words(lang), []
        numbers = features.select([name for name in bundle.features if name not in bundle.encodings]).to_pylist()
        for user, row, known in zip(users, judged, numbers, strict=True):
            row |= {"user_id": user["user_id"], "reasons": words.told(row["reasons"], known), "bad_rows": []}
            found.append(row)
        for one in bad:
            told = {"table": one.table, "row": one.row, "code": one.code, "message": one.reason}
            found[one.user]["bad_rows"].append(told)
        return [{name: row[name] for name in PredictedUser.model_fields} for row in found]

    def _fits(self, users: Sequence[Mapping[str, Any]]) -> None:
        count = 0
        for index, user in enumerate(users):
            for name, rows in user.items():
                if name != "user_id" and name not in self.config.tables:
                    what = "the model knows no such table; take it out"
                    raise Refused(invalid(what, f"users[{index}].{name}", index))
                count += len(rows) if name != "user_id" else 0
        if count > MOST_ROWS:
            raise Refused(Problem(413, "too_large", f"more than {MOST_ROWS:,} rows; send fewer users at once", "users"))
