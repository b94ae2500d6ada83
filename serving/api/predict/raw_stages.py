"""The lifecycle stage of users whose raw rows a request brings: by the rules, and the weeks before, of the batch."""

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
    """Whether a user's own rows tell what the rules ask of the weeks before: not where it depends on everybody, which
    only a whole base tells of an earlier week, nor on how long it is until a date comes round."""
    features = [parse(name).feature for name in required.looks]
    return not any(of_everybody(one) or _of_dates(one) for one in features)


def stages(
    config: Config, required: RequiredFeatures, at: datetime, known: Known, band: pa.Array
) -> Sequence[str | None]:
    """Each user's stage at a date, None for all where the weeks before are not told. band: their risk bands."""
    if known.weeks is None:
        return [None] * len(known.features)
    features = known.features.select(["user_id", *required.now])
    now, looks = arrays(features, features, required.now), arrays(known.weeks, known.weeks, required.looks)
    weeks = [{name: values[week::WEEKS] for name, values in looks.items()} for week in range(WEEKS)]
    placed = lifecycle.placed_from(config, required.ladders, at, features, now, weeks, band)
    return placed.users["stage"].to_pylist()


def _of_dates(one: Feature) -> bool:
    return not DATES.isdisjoint(one.needs) or any(_of_dates(REGISTRY[name]) for name in one.uses)
