"""Who is in a stage, band, cell, layer, segment, tag, level or move: rows for people and programs, never for sending.

Each row says why the user may leave, and by which channels the contact policy lets them be written to today.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from features.config import Config
from features.config.operations.conditions import comparisons
from features.config.operations.playbook import Play, Playbook
from features.config.operations.plays import PlaySetting
from features.config.rules import Rule
from features.config.sections import Condition
from features.engine.duckdb_session import read
from features.errors import BadInput, did_you_mean
from features.groups.rule_sql import column, english, quoted
from features.progress import Progress, silent
from features.user_base import UserBase
from serving.batch.part import prefixes
from serving.batch.snapshot import Snapshot
from serving.campaigns.contact_state import contact_state
from serving.campaigns.fates import words
from serving.campaigns.people import asked, bucket_by_bucket
from serving.campaigns.policy import active_days, judged_sql, reason_sql
from serving.campaigns.receipts import exported
from serving.scoring.wording import Words

ORDERS = {"value_at_stake": "value_at_stake", "risk": "churn_risk", "rank": "value_rank"}
SHOWN = (  # of the snapshot
    "stage",
    "stage_before",
    "churn_risk",
    "risk_band",
    "expected_value",
    "value_if_stays",
    "stay_tier",
    "value_at_stake",
)
REASONS = 3


@dataclass(frozen=True)
class Wanted:
    """Whom a list holds. rules: comparisons as plays have them, all of which must hold. most: users at most, the first
    by ``order``, a key of ORDERS; None: all, by user id. language: of words, en or zh."""

    rules: tuple[str, ...] = ()
    order: str = "value_at_stake"
    most: int | None = None
    language: str = "en"


def user_list(
    base: UserBase, snapshot: Snapshot, wanted: Wanted, work: Path, progress: Progress = silent
) -> Iterator[pa.Table]:
    """The rows of the list, part by part of the snapshot, or in one table where ``most`` is given.

    Columns: user_id, those of SHOWN, ``reasons`` (list of words, the first first), ``channels`` (those that may reach
    the user), ``why_not`` (why none may; null where one may), ``send_after``, ``send_before`` (UTC). Raises BadInput
    for a rule that cannot be asked.
    """
    if wanted.order not in ORDERS:
        raise BadInput(f"--by '{wanted.order}': {did_you_mean(wanted.order, ORDERS)}")
    config, con = base.config, base.con
    as_of = datetime.fromisoformat(snapshot.manifest["as_of"])
    playbook = english(_playbook(config, wanted.rules), {layer.name: layer for layer in config.groupings()})
    own = (active_days(config.contact.own_usage.days),) if config.contact.own_usage else ()
    needed = asked(base, playbook, as_of, (*own, *SHOWN, *ORDERS.values()))
    needed = replace(needed, snapshot=tuple(dict.fromkeys([*needed.snapshot, "reasons"])))
    contact_state(con, config, playbook, base.tables, exported(config.store_path, _id_type(snapshot)), as_of)
    show = bucket_by_bucket(base, snapshot, needed, work, None, progress)
    query, names = _query(config, playbook), prefixes(int(snapshot.manifest["digits"]))
    best: pa.Table | None = None
    for done, prefix in enumerate(names):
        progress("listing users", done, len(names))
        show(prefix)
        if wanted.most is None:
            yield _worded(read(con, f"{query} ORDER BY user_id"), config, wanted.language)
            continue
        first = read(con, f"{query} ORDER BY {ORDERS[wanted.order]} DESC NULLS LAST, user_id LIMIT {wanted.most}")
        best = first if best is None else pa.concat_tables([best, first])
        best = best.sort_by([(ORDERS[wanted.order], "descending"), ("user_id", "ascending")]).slice(0, wanted.most)
    progress("listing users", len(names), len(names))
    if best is not None:
        yield _worded(best, config, wanted.language)


def can_be_asked(config: Config, option: str, rule: str) -> None:
    """Raises BadInput, naming the option, for a rule that cannot be: told before any table is read."""
    try:
        comparisons(Condition(all=[rule]), option, config.playbook_names)
    except BadInput as error:
        raise BadInput(str(error).replace(f"{option}.all[0]", option)) from None


def _playbook(config: Config, rules: Sequence[str]) -> Playbook:
    """A playbook of one play that takes everybody whom the rules match, by any channel."""
    known = config.playbook_names
    rule = Rule(*comparisons(Condition(all=list(rules)), "holdfast list", known))
    channels = config.contact.channels
    setting = PlaySetting.model_construct(name="list", channels=list(channels), holdout=0.0, verify=False)
    return Playbook((Play(0, setting, rule, channels, 0),), config.playbook.segments, config.playbook.tags)


def _query(config: Config, playbook: Playbook) -> str:
    may = [
        f"CASE WHEN {column(f'may_{name}')} AND taken <> 0 THEN {quoted(name)} END" for name in config.contact.channels
    ]
    channels = f"list_filter([{', '.join(may)}], lambda one: one IS NOT NULL)" if may else "[]::VARCHAR[]"
    shown = ", ".join(["user_id", *SHOWN, "value_rank", "reasons"])
    return (
        f"SELECT {shown}, {channels} AS channels, {reason_sql()} AS why_not, send_after, send_before "
        f"FROM ({judged_sql(config, playbook, playbook.plays)})"
    )


def _worded(rows: pa.Table, config: Config, language: str) -> pa.Table:
    """Reasons of the churn risk and of the policy in words."""
    not_ = [None if one is None else words(one, language) for one in rows["why_not"].to_pylist()]
    kinds = {"reasons": why(rows["reasons"], config, language), "why_not": pa.array(not_, pa.string())}
    names = [name for name in rows.column_names if name != "value_rank"]
    return pa.table({name: kinds.get(name, rows[name]) for name in names})


def why(reasons: pa.ChunkedArray, config: Config, language: str) -> pa.Array:
    """The first reasons of each row in words, as lists of text; an empty one for who has none."""
    told = Words("zh" if language == "zh" else "en", tuple(config.churn.activity))
    found = [
        [one["text"] for one in (told.with_text(each) or [])[:REASONS]] if each else [] for each in reasons.to_pylist()
    ]
    return pa.array(found, pa.list_(pa.string()))


def _id_type(snapshot: Snapshot) -> pa.DataType:
    return snapshot.schema.field("user_id").type
