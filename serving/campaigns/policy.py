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
from features.groups.rule_sql import bits_sql, column, named_rules, quoted
from features.wall_clock import wall
from serving.campaigns.contact_state import CONTACT, ZONES, id_column
from serving.campaigns.fates import BY_PLAY, HOLDOUT, TREATMENT
from serving.campaigns.saves.ordering import by_uplift, for_anybody, gain_sql, key_sql, with_uplift
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

    ``number``: of the play; ``price``: the cost as a float; ``key``: what its users are ordered by; of ``plays_REASON``
    each bit is a play, and of ``stayed`` one that takes only who entered, whose rule was met before: it does not match.
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
        *([with_uplift(plays)] if by_uplift(plays) else []),
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
    mask = bits_sql({play.number: play.rule for play in plays}, named)
    stayed = f"met & coalesce(matched_before, 0) & {entered}" if entered else "0::BIGINT"
    return (  # materialized: else DuckDB works the mask out twice, once for the filter
        f"WITH masked AS MATERIALIZED (SELECT *, {mask} AS met FROM {PEOPLE}) "
        f"SELECT *, met & ~stayed AS matched FROM (SELECT *, {stayed} AS stayed FROM masked WHERE met <> 0)"
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
    learned, anybody = by_uplift(plays), for_anybody(plays)
    for play in plays:
        usual = _rate(play, None)
        if usual is not None and play.number not in anybody and not (play.verified and play.verified.test):
            rate = f"rate_{play.number}" if play.verified and tiers else quoted(usual)
            brings = f"brings_{play.number}" if play.number in learned else f"value_at_stake * {rate}"
            same = (brings, play.setting.cost, tuple(play.channels))
            alike[same] = alike.get(same, 0) | 1 << play.number
    bits = []
    for (brings, cost, channels), mask in alike.items():
        costs = {name: round(cost + config.contact.channels[name].cost, 6) for name in channels}  # as MONEY has it
        told = " ".join(f"WHEN {column(f'may_{name}')} THEN {quoted(each)}" for name, each in costs.items())
        bits.append(f"CASE WHEN {brings} - CASE {told} END < 0 THEN {mask}::BIGINT ELSE 0 END")
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
    """What each reason takes, by bits, as if no play took the user; the play that does; ``higher``: those before it,
    all where none does."""
    contact = config.contact
    held = f"bucket IN ({', '.join(map(str, sorted(_drawn(contact.epoch, contact.global_holdout)))) or 'NULL'})"
    kept = {
        "global_holdout": f"CASE WHEN {held} THEN 0 ELSE -1 END",
        "not_reachable": "reach",
        "no_consent": "consent",
        "opted_out": "opted_in",
        "blackout": "CASE WHEN blackout THEN 0 ELSE -1 END",
        "cooldown": "~coalesce(cooling, 0)",
        "weekly_cap": "CASE WHEN weekly THEN 0 ELSE -1 END",
        "monthly_cap": "CASE WHEN monthly THEN 0 ELSE -1 END",
        "own_usage_cap": "CASE WHEN used THEN 0 ELSE -1 END",
        "channel_cap": "uncapped",
        "not_worth_it": "~unworthy",
    }
    bits = ", ".join(f"({sql})::BIGINT AS kept_{name}" for name, sql in kept.items())
    left, told = "matched", []
    for name in kept:
        told.append(f"{left} & ~kept_{name} AS plays_{name}")
        left = f"({left} & kept_{name})"  # written out: DuckDB works out what is written alike only once
        if name == "blackout":
            told.append(f"{left} AS still_open")
    told += [f"{left} & -{left} AS taken", f"({left} & -{left}) - 1 AS higher"]
    return f"SELECT *, {', '.join(told)} FROM (SELECT *, {bits} FROM before)"


def _taken() -> str:
    """Plays after the one that took the user are in_other_play, whatever else would hold."""
    late = BY_PLAY[BY_PLAY.index("in_other_play") + 1 :]
    masked = ", ".join(f"plays_{name} & higher AS plays_{name}" for name in late)
    return (
        f"SELECT * REPLACE ({masked}), still_open & ~higher & ~taken AS plays_in_other_play, "
        "CASE WHEN taken = 0 THEN matched & -matched ELSE taken END AS bit FROM before"
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
    channel = by_mask(lambda play: tuple(play.channels), first)
    steps = (  # sent_by: a rule may ask for the channel that the user came through
        f"SELECT *, bit_count(bit - 1)::TINYINT AS number, {channel}::VARCHAR AS sent_by",
        f"SELECT *, ({of(lambda play: play.setting.cost, 'DOUBLE')} + CASE sent_by {costs} END)::{MONEY} AS cost",
        f"SELECT *, {gain_sql(plays, rate)} AS gain",
    )
    for step in steps:
        query = f"{step} FROM ({query})"
    picked = [
        "user_id",
        f"{of(lambda play: play.name, 'VARCHAR')} AS play",
        f"CASE WHEN taken <> 0 THEN {arm_sql(drawn_by, held)} END AS arm",
        f"{reason_sql()} AS reason",
        "sent_by AS channel",
        "value_at_stake",
        "gain",
        "cost",
        "cost::DOUBLE AS price",
        "CASE WHEN taken <> 0 THEN send_after END AS send_after",
        "CASE WHEN taken <> 0 THEN send_before END AS send_before",
        f"{by_mask(key_sql, str)}::DOUBLE AS key",
        "number",
        "bucket",
        "stayed",
        "matched AS plays_matched",
        *(f"plays_{name}" for name in BY_PLAY),
    ]
    return f"SELECT {', '.join(picked)} FROM ({query})"


@lru_cache(maxsize=16)
def _drawn(epoch: str, share: float) -> frozenset[int]:
    """The buckets whose users are held out of everything, drawn anew for each epoch; a larger share only adds some."""
    order = sorted(
        range(BUCKETS),
        key=lambda one: hashlib.md5(f"global_holdout|{epoch}|{one}".encode(), usedforsecurity=False).digest(),
    )
    return frozenset(order[: round(share * BUCKETS)])
