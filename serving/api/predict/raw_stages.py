"""Lifecycle stages of users from the raw rows of a request, by the same rules as in batch scoring."""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from features.build.look_up import arrays, of_everybody
from features.catalogue.feature import REGISTRY, Feature, parse
from features.catalogue.input_tables import CONTRACTS
from features.config import Config
from features.config.stage_rules import WEEKS
from features.groups import lifecycle
from serving.api.predict.raw_rows import Known
from serving.batch.bucket_features import RequiredFeatures

DATES = {f"{name}.{one.name}" for name, table in CONTRACTS.items() for one in table.columns if one.kind == "date"}


def can_tell(required: RequiredFeatures) -> bool:
    """Whether a user's own rows are enough for what the rules read of the weeks before.

    They are not for features that depend on everybody, which need the whole base at that week, nor for those that count
    the days until a date.
    """
    features = [parse(name).feature for name in required.looks]
    return not any(of_everybody(one) or _of_dates(one) for one in features)


def stages(
    config: Config, required: RequiredFeatures, at: datetime, known: Known, band: pa.Array
) -> Sequence[str | None]:
    """Each user's stage at a date, None for all where the weeks before are not known. band: their risk bands."""
    if known.weeks is None:
        return [None] * len(known.features)
    features = known.features.select(["user_id", *required.now])
    now, looks = arrays(features, features, required.now), arrays(known.weeks, known.weeks, required.looks)
    weeks = [{name: values[week::WEEKS] for name, values in looks.items()} for week in range(WEEKS)]
    placed = lifecycle.placed_from(config, required.ladders, at, features, now, weeks, band)
    return placed.users["stage"].to_pylist()


def _of_dates(one: Feature) -> bool:
    return not DATES.isdisjoint(one.needs) or any(_of_dates(REGISTRY[name]) for name in one.uses)
