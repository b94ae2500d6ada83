"""Levels and tags in a snapshot are what the rules give user by user, whatever the number of buckets."""

from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from features.build import build
from features.catalogue.feature import parse
from features.config import Config
from features.errors import BadInput
from features.groups.levels import levels_at, names_of
from features.user_base import UserBase
from serving.batch.score import score
from serving.scoring.named import named

LEVEL = [
    {"name": "silver", "least": 100, "measure": "order_amount_180d", "keep_days": 90},
    {"name": "gold", "least": 400, "measure": "order_amount_180d", "keep_days": 90},
]
LAYER = {
    "name": "often",
    "group": [{"name": "many", "label": "多", "all": ["order_count_90d > mean"]}, {"name": "few"}],
}
SEGMENT = [
    {"name": "rich", "all": ["level == 'gold'", "eligible == true"]},
    {
        "name": "risky",
        "all": ["stay_tier == 'high'", "churn_risk > 0.3"],
        "any": ["segment:rich == true", "plan == 'free'"],
    },
    {"name": "soon", "all": ["days_to:birthday <= 30", "layer:often == '多'"]},
    {"name": "rose", "all": ["level == 'gold'", "level_before == 'silver'"]},
    {"name": "unused", "all": ["points_balance > 3"]},
]
TAG = [{"name": name, "segment": name} for name in ("soon", "rich", "risky", "rose")]
SECTIONS = {
    "level": LEVEL,
    "segment": SEGMENT,
    "tag": TAG,
    "calendar": [{"name": "birthday", "column": "users.birthday"}],
    "layers": {"layer": [LAYER]},
}


def with_sections(config, **sections):
    return Config(**config.model_dump(exclude=set(sections) | {"file"}, by_alias=True) | sections, file=config.file)


@pytest.fixture
def here(base, own):
    return UserBase(with_sections(own, **SECTIONS), base.con, base.tables)


def test_levels_and_tags_stand_in_the_snapshot_as_user_by_user_in_any_number_of_buckets(base, here, as_of):
    before = score(here, base.model, as_of - timedelta(days=60))
    found = score(here, base.model, as_of, digits=1).table()
    users = found.select(["user_id"])
    then, now = (
        names_of(here.config.level, levels_at(here, at, users).codes).to_pylist() for at in (before_at(before), as_of)
    )
    assert found["level"].to_pylist() == now and {None, "silver", "gold"} == set(now)
    asked = build(
        here, as_of, [parse(name) for name in ("plan", "days_to_birthday", "order_count_90d", "active_total")]
    )
    also = {row["user_id"]: row for row in asked.to_pylist()}
    rows = [row | also[row["user_id"]] for row in found.to_pylist()]
    ever = [row["order_count_90d"] for row in rows if row["active_total"]]
    mean = round(sum(ever) / len(ever), 6)
    seen = set()
    for row, was, level in zip(rows, then, now, strict=True):
        rich = level == "gold" and row["eligible"]
        high = row["stay_tier"] == "high" and (row["churn_risk"] or 0) > 0.3
        own = {
            "soon": row["days_to_birthday"] is not None
            and row["days_to_birthday"] <= 30
            and row["order_count_90d"] > mean,
            "rich": rich,
            "risky": high and (rich or row["plan"] == "free"),
            "rose": level == "gold" and was == "silver",
        }
        assert row["tags"] == [name for name, there in own.items() if there]
        seen |= set(row["tags"])
    assert seen == {"soon", "rich", "risky", "rose"}
    again = score(here, base.model, as_of, fresh=True, digits=0).table()
    assert again.equals(found)


def before_at(snapshot):
    return datetime.fromisoformat(snapshot.manifest["as_of"])


def test_without_tags_and_levels_nothing_is_asked_and_nobody_has_any(base, own, as_of):
    plain = UserBase(with_sections(own, segment=SEGMENT[4:]), base.con, base.tables)
    assert named(plain, as_of, None) is None
    found = score(plain, base.model, as_of).table(["level", "tags"])
    assert found["level"].null_count == len(found) and found["tags"].combine_chunks().flatten() == pa.array(
        [], pa.string()
    )


def test_segments_that_no_tag_uses_cost_nothing(here, as_of):
    asked = named(here, as_of, None)
    assert "points_balance" not in asked.features and {"plan", "order_count_90d"} <= set(asked.features)
    assert asked.users == ("users.timezone", "users.birthday") and asked.dates[0] == as_of


def test_other_cuts_make_another_run(base, here, as_of):
    one = score(here, base.model, as_of)
    file = here.config.store_path / "layers" / "cuts.json"
    file.write_text(file.read_text().replace('"order_count_90d mean": ', '"order_count_90d mean": 9'))
    other = score(here, base.model, as_of)
    assert other.run_id != one.run_id
    file.write_text("{")
    with pytest.raises(BadInput, match="cuts.json: cannot be read as kept cuts; remove it"):
        score(here, base.model, as_of)


def test_what_is_only_known_of_today_is_refused_for_a_date_in_the_past(base, own, as_of):
    segment = [{"name": "north", "all": ["region == 'north'"]}]
    config = with_sections(own, segment=segment, tag=[{"name": "north", "segment": "north"}])
    with pytest.raises(BadInput, match="region"):
        named(UserBase(config, base.con, base.tables), as_of - timedelta(days=30), None)
