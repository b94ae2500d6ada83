"""The contact policy as arithmetic on bits: who of a bucket's users is in which play, by which channel, or why not.

A user's plays are the bits of a whole number, bit i the play of number i. Each reason takes its plays out of what is
left, in the order of ``fates.REASONS``; the lowest bit left is the play that takes the user. One query does a bucket.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from features.config import Config
from features.config.operations.playbook import Play, Playbook
from features.groups.rule_sql import column, named_rules, quoted, rule_sql
from features.said import Said, joined
from features.wall_clock import wall
from serving.campaigns.contact_state import CONTACT, ZONES, id_column
from serving.campaigns.fates import BY_PLAY, HOLDOUT, TREATMENT
from serving.scoring.bucket import BUCKETS, bucket

PEOPLE, EARLIER = "people", "earlier_matches"  # relations of a bucket; EARLIER: user_id, plays that matched before
WEEK = 7
MONEY = "DECIMAL(18, 6)"


def active_days(days: int) -> str:
    """The feature that own usage goes by."""
    return f"active_days_{days}d"


def running(playbook: Playbook, as_of: datetime, zone: str) -> list[Play]:
    """The plays that have not ended at the date of a run, by the project's calendar."""
    today = f"{wall(as_of, zone):%Y-%m-%d}"
    return [one for one in playbook.plays if one.setting.until is None or one.setting.until >= today]


def arm(play: str, epoch: str, user: int | str, holdout: float) -> str:
    """A user's arm in a play: the same in every run while the epoch is the same, and in SQL, see ``_row``.

    Who is in a smaller holdout is in a larger one too.
    """
    return HOLDOUT if bucket(f"{play}|{epoch}|{user}") < round(holdout * BUCKETS) else TREATMENT


def arm_sql(drawn_by: str, held: str) -> str:
    """``arm`` of ``user_id`` in SQL. drawn_by: 'play|epoch|' in SQL; held: buckets that are held out, in SQL."""
    drawn = f"('0x' || right(md5({drawn_by} || user_id::VARCHAR), 8))::BIGINT % {BUCKETS}"
    return f"CASE WHEN {drawn} < {held} THEN '{HOLDOUT}' ELSE '{TREATMENT}' END"


def in_global_holdout(epoch: str, share: float, bucket_of_user: int) -> bool:
    """Whether a user, by the snapshot's ``bucket``, is in no play at all while the epoch is the same."""
    return bucket_of_user in _drawn(epoch, share)


def chosen_sql(config: Config, playbook: Playbook, as_of: datetime) -> str:
    """A row per user of PEOPLE who meets a play's rule, in no order: see ``run.COLUMNS``, before the budget.

    ``number``: of the play; ``key``: what its users are ordered by; of ``plays_REASON`` each bit is a play, and of
    ``stayed`` one that takes only who entered, and whose rule the user met before: it does not match.
    """
    plays = running(playbook, as_of, config.project.timezone)
    return _row(config, plays, judged_sql(config, playbook, plays))


def judged_sql(config: Config, playbook: Playbook, plays: Sequence[Play]) -> str:
    """A row per user of PEOPLE whom one of these plays matches: all columns, ``may_CHANNEL`` for each channel, and of
    the plays, as bits, ``taken`` (the one that takes the user, 0: none), ``bit`` (it, or the first that matched) and
    ``plays_REASON``."""
    steps = [
        _matched(playbook, plays),
        _beside_contact(config),
        _channels(config, plays),
        _limits(config),
        _worth(config, plays),
        _reasons(config),
        _taken(),
    ]
    query = ""
    for step in steps:
        query = step.replace("FROM before", f"FROM ({query})") if query else step
    return query


def reason_sql() -> str:
    """Over ``judged_sql``: why no play takes a user; null where one does."""
    reasons = " ".join(f"WHEN plays_{name} & bit <> 0 THEN '{name}'" for name in BY_PLAY)
    return f"CASE WHEN taken = 0 THEN CASE {reasons} END END"


def _matched(playbook: Playbook, plays: Sequence[Play]) -> str:
    named = named_rules(playbook)
    entered = sum(1 << play.number for play in plays if play.setting.entered)
    bits = [f"(CASE WHEN {rule_sql(play.rule, named)} THEN {1 << play.number}::BIGINT ELSE 0 END)" for play in plays]
    mask = " | ".join(bits) or "0::BIGINT"
    stayed = f"met & coalesce(matched_before, 0) & {entered}" if entered else "0::BIGINT"
    return (
        f"SELECT *, met & ~stayed AS matched FROM (SELECT *, {stayed} AS stayed "
        f"FROM (SELECT *, {mask} AS met FROM {PEOPLE})) WHERE met <> 0"
    )


def _beside_contact(config: Config) -> str:
    return (
        f"SELECT b.*, c.* EXCLUDE (user_id, zone), z.* EXCLUDE (zone) FROM (SELECT * FROM before) AS b "
        f"LEFT JOIN {CONTACT} AS c USING (user_id) JOIN {ZONES} AS z ON z.zone = coalesce(c.zone, '')"
    )


def _channels(config: Config, plays: Sequence[Play]) -> str:
    """For each channel whether it may reach the user, and of it the plays by what still holds."""
    told = []
    masks: dict[str, list[str]] = {"reach": [], "consent": [], "opted_in": [], "uncapped": []}
    for name, channel in config.contact.channels.items():
        mine = sum(1 << play.number for play in plays if name in play.channels)
        anyone = id_column(channel) == "user_id" and not channel.sender
        reach = "true" if anyone else f"coalesce({column(f'reach_{name}')}, false)"
        consent = f"({reach} AND coalesce({column(f'consent_{name}')}, false))"
        opted_in = f"({consent} AND NOT coalesce({column(f'out_{name}')}, false))"
        caps = [f"coalesce({column(f'n_{name}_{cap.days}')}, 0) < {cap.messages}" for cap in channel.max]
        may = f"({' AND '.join([opted_in, *caps])})"
        told.append(f"{may} AS {column(f'may_{name}')}")
        for key, test in zip(masks, (reach, consent, opted_in, may), strict=True):
            masks[key].append(f"CASE WHEN {test} THEN {mine}::BIGINT ELSE 0 END")
    told += [f"{' | '.join(one) or '0::BIGINT'} AS {key}" for key, one in masks.items()]
    return f"SELECT *, {', '.join(told)} FROM before"


def _limits(config: Config) -> str:
    """Whether caps over all channels are reached."""
    caps = config.contact.max
    weekly = [f"coalesce(n_{cap.days}, 0) >= {cap.messages}" for cap in caps if cap.days <= WEEK]
    monthly = [f"coalesce(n_{cap.days}, 0) >= {cap.messages}" for cap in caps if cap.days > WEEK]
    own, used = config.contact.own_usage, "false"
    if own:  # a share of days may be a hair below a whole number
        days = f"floor({own.share!r} * coalesce({active_days(own.days)}, 0) + 1e-9)"
        used = f"coalesce(n_{own.days}, 0) >= least({own.most}, greatest({own.least}, {days}))"
    return (
        f"SELECT *, {' OR '.join(weekly) or 'false'} AS weekly, {' OR '.join(monthly) or 'false'} AS monthly, "
        f"{used} AS used FROM before"
    )


def _worth(config: Config, plays: Sequence[Play]) -> str:
    """The plays that are not worth it, by bits: where a save rate is known, and the gain is below nothing. Plays of the
    same rate, cost and channels are worked out once. Rates by stay tier are joined: as cases they cost thrice that."""
    alike: dict[tuple[str, float, tuple[str, ...]], int] = {}
    tiers, verified = _tiers(plays), [play for play in plays if play.verified]
    for play in plays:
        usual = _rate(play, None)
        if usual is not None and not (play.verified and play.verified.test):
            rate = f"rate_{play.number}" if play.verified and tiers else quoted(usual)
            same = (rate, play.setting.cost, tuple(play.channels))
            alike[same] = alike.get(same, 0) | 1 << play.number
    bits = []
    for (rate, cost, channels), mask in alike.items():
        costs = {name: round(cost + config.contact.channels[name].cost, 6) for name in channels}  # as MONEY has it
        told = " ".join(f"WHEN {column(f'may_{name}')} THEN {quoted(each)}" for name, each in costs.items())
        bits.append(f"CASE WHEN value_at_stake * {rate} - CASE {told} END < 0 THEN {mask}::BIGINT ELSE 0 END")
    joined = ""
    if tiers:
        rows = ", ".join(
            f"({', '.join([quoted(tier or ''), *(f'{_rate(play, tier)!r}::DOUBLE' for play in verified)])})"
            for tier in (*tiers, None)
        )
        known = f"CASE WHEN stay_tier IN ({', '.join(map(quoted, tiers))}) THEN stay_tier ELSE '' END"
        names = ", ".join(["of_tier", *(f"rate_{play.number}" for play in verified)])
        joined = f" AS w LEFT JOIN (VALUES {rows}) AS t({names}) ON t.of_tier = {known}"
    return f"SELECT *, {' | '.join(bits) or '0::BIGINT'} AS unworthy FROM before{joined}"


def _tiers(plays: Sequence[Play]) -> list[str]:
    """The stay tiers that save rates were verified of."""
    return list(dict.fromkeys(tier for play in plays if play.verified for tier in play.verified.tiers))


def _rate(play: Play, tier: str | None) -> float | None:
    """The save rate of a play for users of a stay tier, None: of one that no trial had; None where none is known."""
    saves = play.verified
    if saves is None or saves.rate is None:
        return play.setting.save_rate
    return saves.rate if tier is None else saves.tiers.get(tier, saves.rate)


def _reasons(config: Config) -> str:
    """What each reason takes, by bits, as if no play took the user; and what is left."""
    contact = config.contact
    held = f"bucket IN ({', '.join(map(str, sorted(_drawn(contact.epoch, contact.global_holdout)))) or 'NULL'})"
    tests = (
        ("global_holdout", f"CASE WHEN {held} THEN {{left}} ELSE 0 END"),
        ("not_reachable", "{left} & ~reach"),
        ("no_consent", "{left} & ~consent"),
        ("opted_out", "{left} & ~opted_in"),
        ("blackout", "CASE WHEN blackout THEN {left} ELSE 0 END"),
        ("cooldown", "{left} & coalesce(cooling, 0)"),
        ("weekly_cap", "CASE WHEN weekly THEN {left} ELSE 0 END"),
        ("monthly_cap", "CASE WHEN monthly THEN {left} ELSE 0 END"),
        ("own_usage_cap", "CASE WHEN used THEN {left} ELSE 0 END"),
        ("channel_cap", "{left} & ~uncapped"),
        ("not_worth_it", "{left} & unworthy"),
    )
    query, left = "SELECT *, matched AS left_0 FROM before", "left_0"
    for number, (name, taken) in enumerate(tests, start=1):
        query = f"SELECT *, {taken.format(left=left)} AS plays_{name} FROM ({query})"
        query = f"SELECT *, {left} & ~plays_{name} AS left_{number} FROM ({query})"
        left = f"left_{number}"
        if name == "blackout":
            query = f"SELECT *, {left} AS still_open FROM ({query})"
    return f"SELECT *, {left} & -{left} AS taken FROM ({query})"


def _taken() -> str:
    """Plays after the one that took the user are in_other_play, whatever else would hold."""
    first = "SELECT *, CASE WHEN taken = 0 THEN -1::BIGINT ELSE taken - 1 END AS higher FROM before"
    late = BY_PLAY[BY_PLAY.index("in_other_play") + 1 :]
    masked = ", ".join(f"plays_{name} & higher AS plays_{name}" for name in late)
    return (
        f"SELECT * REPLACE ({masked}), CASE WHEN taken = 0 THEN 0 ELSE still_open & ~higher & ~taken END AS "
        f"plays_in_other_play, CASE WHEN taken = 0 THEN matched & -matched ELSE taken END AS bit FROM ({first})"
    )


def _row(config: Config, plays: Sequence[Play], query: str) -> str:
    """The columns of the assignments. What differs by play is looked up by its number: thirty cases cost more."""
    by_number, last = {play.number: play for play in plays}, max((play.number for play in plays), default=0) + 1

    def of(value: Callable[[Play], Any], kind: str) -> str:
        told = (value(by_number[number]) if number in by_number else None for number in range(last))
        listed = ", ".join("NULL" if one is None else quoted(one) for one in told)
        return f"list_extract([{listed}]::{kind}[], number + 1)"

    def by_mask(name: Callable[[Play], Any], sql: Callable[[Any], str]) -> str:
        masks: dict[Any, int] = {}
        for play in plays:
            masks[name(play)] = masks.get(name(play), 0) | 1 << play.number
        cases = " ".join(f"WHEN bit & {mask} <> 0 THEN {sql(one)}" for one, mask in masks.items())
        return f"CASE WHEN taken <> 0 THEN CASE {cases} END END" if cases else "NULL"

    def first(names: Sequence[str]) -> str:
        cases = (f"WHEN {column(f'may_{name}')} THEN {quoted(name)}" for name in names)
        return f"CASE {' '.join(cases)} END"

    costs = " ".join(f"WHEN {quoted(name)} THEN {one.cost!r}" for name, one in config.contact.channels.items())
    drawn_by = of(lambda play: f"{play.name}|{config.contact.epoch}|", "VARCHAR")
    held = of(lambda play: float(round(play.setting.holdout * BUCKETS)), "BIGINT")
    rate = of(partial(_rate, tier=None), "DOUBLE")
    if tiers := _tiers(plays):
        told = (f"WHEN {quoted(tier)} THEN {of(partial(_rate, tier=tier), 'DOUBLE')}" for tier in tiers)
        rate = f"CASE stay_tier {' '.join(told)} ELSE {rate} END"
    steps = (
        "SELECT *, bit_count(bit - 1)::TINYINT AS number",
        f"SELECT *, {by_mask(lambda play: tuple(play.channels), first)}::VARCHAR AS channel",
        f"SELECT *, ({of(lambda play: play.setting.cost, 'DOUBLE')} + CASE channel {costs} END)::{MONEY} AS cost",
        f"SELECT *, value_at_stake * {rate} - cost::DOUBLE AS gain",
    )
    for step in steps:
        query = f"{step} FROM ({query})"
    picked = [
        "user_id",
        f"{of(lambda play: play.name, 'VARCHAR')} AS play",
        f"CASE WHEN taken <> 0 THEN {arm_sql(drawn_by, held)} END AS arm",
        f"{reason_sql()} AS reason",
        "channel",
        "value_at_stake",
        "gain",
        "cost",
        "CASE WHEN taken <> 0 THEN send_after END AS send_after",
        "CASE WHEN taken <> 0 THEN send_before END AS send_before",
        f"{by_mask(lambda play: key(play)[0], str)}::DOUBLE AS key",
        "number",
        "bucket",
        "stayed",
        "matched AS plays_matched",
        *(f"plays_{name}" for name in BY_PLAY),
    ]
    return f"SELECT {', '.join(picked)} FROM ({query})"


def key(play: Play) -> tuple[str, Said]:
    """The column that orders the users of a play where its budget ends, and why it was taken."""
    if play.setting.rank in ("value_at_stake", "churn_risk"):
        return play.setting.rank, Said("the play says so", "打法如此指定")
    if play.verified:
        return "value_at_stake" if play.verified.test else "gain", play.verified.why
    known = play.saves.why if play.saves else Said("nothing is verified yet", "尚无验证结果")
    if play.setting.save_rate is None:
        return "value_at_stake", joined(Said("the play has no save_rate", "打法没有 save_rate"), known)
    less = Said("value at stake times the play's save_rate, less its cost", "在险价值 × 打法的 save_rate − 成本")
    return "gain", joined(less, known)


@lru_cache(maxsize=16)
def _drawn(epoch: str, share: float) -> frozenset[int]:
    """The buckets whose users are held out of everything, drawn anew for each epoch; a larger share only adds some."""
    order = sorted(
        range(BUCKETS),
        key=lambda one: hashlib.md5(f"global_holdout|{epoch}|{one}".encode(), usedforsecurity=False).digest(),
    )
    return frozenset(order[: round(share * BUCKETS)])
