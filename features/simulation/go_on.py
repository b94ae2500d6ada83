"""Goes on with a simulated base after its end, with the messages that somebody else sends: plan, send, verify.

The story of `features.simulate` from a midnight on: what a user does depends on the past only through the phase, the
open complaint and the running contact, all of which the table `truth` knows. Nobody signs up any more, and there are no
campaigns but the given messages. Their effect is the user's own, for CONTACT_DAYS days from the message's.
"""

from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput
from features.simulation import logs
from features.simulation.story import (
    COMPLAIN,
    COMPLAINT_EFFECT,
    CONTACT_DAYS,
    COOLED,
    DAY,
    HOUR,
    LEAVE,
    MINUTE,
    NEVER,
    OPT_OUT,
    RESOLVE,
    UNTIL,
)
from features.simulation.world import QUIET, TIME, day, seasonal

COLUMNS = ("user_id", "time", "channel", "campaign_id")


def go_on(folder: Path, messages: pa.Table, days: int, seed: int = 7, delivered: float = 1.0) -> dict[str, int]:
    """Add ``days`` days to the logs in ``folder``, which `simulate` wrote, and return the new rows by table.

    messages: ``user_id``, ``time`` (UTC), ``channel``, ``campaign_id``, within these days; users that the base does not
    have are passed over. delivered: the share of them that arrives; what does not has neither row nor effect. The same
    base, messages, days and seed give the same rows. ``truth`` is carried on, with four columns about the new days:
    ``no_order_if_sent`` and ``no_order_if_not``, each user's exact chance of no order in them with a message on the
    first day and with none, and ``value_if_sent`` and ``value_if_not``, the expected sum of their amounts. Raises
    BadInput for a folder without a base, or messages that do not fit.
    """
    end = Path(folder) / UNTIL
    if not end.exists():
        raise BadInput(f"simulate: {folder} holds no simulated base; make one with 'holdfast simulate --out {folder}'")
    at = day(date.fromisoformat(end.read_text(encoding="utf-8").strip()))
    sent = _checked(messages, at, days)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(at, 4)))
    sent = sent.filter(pa.array(rng.random(len(sent)) < delivered))
    parts = sorted((Path(folder) / "truth").glob("part-*.parquet"))
    free = {
        name: _next(Path(folder) / table, name) for table, name in (("orders", "order_id"), ("events", "session_id"))
    }
    rows, truths = dict[str, int](), dict[Path, pa.Table]()
    for number, part in enumerate(parts):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(at, 5, number)))
        tables, truths[part] = _more(rng, pq.read_table(part), sent, at, days, free)
        for name, table in tables.items():
            file = Path(folder) / name / f"part-{number:05}-{np.datetime64(at, 'D')}.parquet"
            whole_files.write(file, partial(pq.write_table, table))
            rows[name] = rows.get(name, 0) + len(table)
    for part, table in truths.items():  # at the end: until then a run that was killed can be done again
        whole_files.write(part, partial(pq.write_table, table))
    whole_files.write_text(end, str(np.datetime64(at + days, "D")))
    return rows


@dataclass(frozen=True)
class _Now:
    """Users at the midnight ``at``. cooling, left: the phase. resolved: the day on which an open complaint ends, ``at``
    for none. contacted: on which of the coming days a contact from before still runs."""

    cooling: np.ndarray
    left: np.ndarray
    resolved: np.ndarray
    contacted: np.ndarray


def _more(
    rng: np.random.Generator, truth: pa.Table, sent: pa.Table, at: int, days: int, free: dict[str, int]
) -> tuple[dict[str, pa.Table], pa.Table]:
    """The new rows of the users of a part of ``truth``, and their truth carried on."""
    users, until, now, calendar = len(truth), at + days, _now(truth, at, days), at + np.arange(days)
    number = {name: truth[name].to_numpy() for name in ("order_rate", "visit_rate", "hazard", "mean_amount")}
    place = pc.index_in(sent["user_id"], truth["user_id"].combine_chunks())
    mine = sent.append_column("place", place).filter(place.is_valid()).sort_by([("time", "ascending")])
    who, when = mine["place"].to_numpy().astype(np.int64), mine["time"].cast(pa.int64()).to_numpy()
    contacted = now.contacted | _running(users, who, when // DAY - at, days)
    gaps, lasts = rng.geometric(COMPLAIN, (users, 6 + days // 30)), rng.geometric(RESOLVE, (users, 6 + days // 30))
    resolved = np.maximum(now.resolved, at - 1)[:, None] + np.cumsum(gaps + lasts, axis=1)
    opened = resolved - lasts
    complains = calendar < now.resolved[:, None]
    for column in range(opened.shape[1]):
        complains |= (opened[:, column, None] <= calendar) & (calendar < resolved[:, column, None])
    speed = _known(truth, "hazard_factor")[:, None] * np.where(complains, COMPLAINT_EFFECT, 1)
    clock = np.cumsum(speed * np.where(contacted, truth["contact_effect"].to_numpy()[:, None], 1), axis=1)
    last = (number["hazard"][:, None] * clock < rng.exponential(size=(users, 1))).sum(axis=1)
    since = np.where(now.cooling, 0, clock[np.arange(users), np.minimum(last, days - 1)])
    gone = (clock < (since + rng.exponential(1 / LEAVE, users))[:, None]).sum(axis=1)
    cools = np.where(~now.cooling & (last < days), at + last + 1, NEVER // DAY)
    leaves = np.where(~now.left & (now.cooling | (last < days)) & (gone < days), at + gone + 1, NEVER // DAY)
    cool, left = np.where(now.cooling, at, cools), np.where(now.left, at, leaves)

    ids, start = truth["user_id"].to_numpy(), np.full(users, at * DAY)
    life = logs.Lives(rng, ids, start, cool, np.minimum(left, until), until, _season(truth))
    lifts = "contact_orders" in truth.column_names
    lift = np.where(contacted, _known(truth, "contact_orders")[:, None], 1) if lifts else None
    (buyer, bought), visits = life.process(number["order_rate"], lift), life.process(number["visit_rate"])
    amount = np.maximum(np.round(number["mean_amount"][buyer] * rng.lognormal(-0.125, 0.5, buyer.size), 2), 0.01)
    complained = (number["hazard"] > 0)[:, None] & (opened < life.end[:, None])
    opened, resolved = (one * DAY + logs.clock(rng, one.shape) for one in (opened, resolved))
    events = logs.events(life, buyer, bought, amount, *visits)
    session = pc.add(events["session_id"], int(free["session_id"] - ids[0] * 10_000))
    messages, out = _messages(life, who, when, mine)
    tables = {
        "orders": _orders(life, buyer, bought, amount, free["order_id"]),
        "events": events.set_column(events.column_names.index("session_id"), "session_id", session),
        "points": logs.points(life, buyer, bought, amount, *visits),
        "feedback": logs.feedback(life, buyer, bought, complained, opened, resolved),
        "messages": messages,
    }
    tables["feedback"] = logs.answered(tables["feedback"], rng, until)
    free["order_id"] += buyer.size
    free["session_id"] += buyer.size + visits[0].size
    opted_out = np.full(users, NEVER)
    np.minimum.at(opted_out, who[out], when[out])
    for name, times in {"cooling_at": cools * DAY, "left_at": leaves * DAY, "reachable_until": opted_out}.items():
        truth = _set(truth, name, pc.coalesce(truth[name], pa.array(times, mask=times >= until * DAY).cast(TIME)))
    new = np.nonzero(complained)[0]
    lists = {"contacts": (who, when), "complaints": (new, opened[complained]), "resolved": (new, resolved[complained])}
    for name, (of, times) in lists.items():
        truth = _set(truth, name, _longer(truth[name].combine_chunks(), of, times))
    for name, first in (("no_order_if_sent", True), ("no_order_if_not", False)):
        no_order, value = _expected(truth, now, at, days, first)
        truth = _set(truth, name, pa.array(no_order))
        truth = _set(truth, name.replace("no_order", "value"), pa.array(value))
    return tables, truth


def _now(truth: pa.Table, at: int, days: int) -> _Now:
    users = np.arange(len(truth))
    lists = {name: truth[name].combine_chunks() for name in ("contacts", "resolved")}
    times = {name: one.flatten().cast(pa.int64()).to_numpy() // DAY for name, one in lists.items()}
    of = {name: np.repeat(users, one.value_lengths().to_numpy()) for name, one in lists.items()}
    resolved = np.full(users.size, at)
    np.maximum.at(resolved, of["resolved"], times["resolved"])
    cool, left = (truth[name].cast(pa.int64()).fill_null(NEVER).to_numpy() // DAY for name in ("cooling_at", "left_at"))
    return _Now(cool <= at, left <= at, resolved, _running(users.size, of["contacts"], times["contacts"] - at, days))


def _running(users: int, who: np.ndarray, first: np.ndarray, days: int) -> np.ndarray:
    """On which of the coming days a contact runs. first: the day of each message, before or after the first of them."""
    found = np.zeros((users, days), bool)
    for ahead in range(CONTACT_DAYS):
        inside = (first + ahead >= 0) & (first + ahead < days)
        found[who[inside], first[inside] + ahead] = True
    return found


def _expected(truth: pa.Table, now: _Now, at: int, days: int, sent: bool) -> tuple[np.ndarray, np.ndarray]:
    """The chance of no order in the coming days, and the expected sum of amounts, by recursion from their end: as in
    truth.py, without campaigns."""
    rate, hazard, factor = truth["order_rate"].to_numpy(), truth["hazard"].to_numpy(), _known(truth, "hazard_factor")
    effect, lift = truth["contact_effect"].to_numpy(), _known(truth, "contact_orders")
    upset = np.array([1.0, COMPLAINT_EFFECT])[:, None]
    chance, count = np.ones((2, 2, len(truth))), np.zeros((2, 2, len(truth)))  # by cooling, open complaint and user
    for day_ahead in range(days - 1, -1, -1):
        contacted = now.contacted[:, day_ahead] | (sent and day_ahead < CONTACT_DAYS)
        orders = rate * seasonal(np.array(at + day_ahead), _season(truth)) * np.where(contacted, lift, 1)
        speed = upset * factor * np.where(contacted, effect, 1)
        well, cooling = np.exp(-hazard * speed), np.exp(-LEAVE * speed)
        chance[0] = np.exp(-orders) * (well * chance[0] + (1 - well) * chance[1])
        chance[1] = np.exp(-orders * COOLED) * (cooling * chance[1] + (1 - cooling))
        count[0] = orders + well * count[0] + (1 - well) * count[1]
        count[1] = orders * COOLED + cooling * count[1]
        for ahead in (chance, count):
            calm, angry = ahead[:, 0].copy(), ahead[:, 1].copy()
            ahead[:, 0], ahead[:, 1] = calm + COMPLAIN * (angry - calm), angry + RESOLVE * (calm - angry)
    index = now.cooling.astype(int), (now.resolved > at).astype(int), np.arange(len(truth))
    value = truth["mean_amount"].to_numpy() * count[index]
    return np.where(now.left, 1.0, chance[index]), np.where(now.left, 0.0, value)


def _orders(life: logs.Lives, who: np.ndarray, time: np.ndarray, amount: np.ndarray, free: int) -> pa.Table:
    rng = life.rng
    discount = np.round(amount * rng.uniform(0.05, 0.4, who.size) * (rng.random(who.size) < 0.25), 2)
    where = pa.array(["app", "web", "store"]).take(rng.choice(3, who.size, p=(0.5, 0.4, 0.1)))
    items, order_id = 1 + rng.poisson(1.2, who.size), free + np.arange(who.size)
    return life.table(who, time=time, order_id=order_id, amount=amount, items=items, discount=discount, channel=where)


def _messages(life: logs.Lives, who: np.ndarray, time: np.ndarray, sent: pa.Table) -> tuple[pa.Table, np.ndarray]:
    """The messages with what came of them, and which of them made their user opt out."""
    rng, out = life.rng, life.rng.random(who.size) < OPT_OUT
    opens = out | (time < life.end[who] * DAY) & (rng.random(who.size) < 0.4)
    opened = np.where(opens, time + rng.integers(MINUTE, 12 * HOUR, who.size), NEVER)
    clicked = np.where(opens & (rng.random(who.size) < 0.3), opened + MINUTE // 2, NEVER)
    answers = {"opened_at": opened, "clicked_at": clicked, "opted_out_at": np.where(out, opened + MINUTE, NEVER)}
    texts = {name: sent[name].cast(pa.string()).combine_chunks() for name in ("channel", "campaign_id")}
    return life.table(who, time=time, **texts, **answers), out


def _longer(old: pa.ListArray, who: np.ndarray, times: np.ndarray) -> pa.ListArray:
    """The lists with the new times of the users ``who`` behind the old ones."""
    of = np.concatenate([np.repeat(np.arange(len(old)), old.value_lengths().to_numpy()), who])
    values = np.concatenate([old.flatten().cast(pa.int64()).to_numpy(), times])
    offsets = np.append(0, np.bincount(of, minlength=len(old)).cumsum())
    return pa.ListArray.from_arrays(offsets, pa.array(values[np.lexsort((values, of))]).cast(TIME))


def _checked(messages: pa.Table, at: int, days: int) -> pa.Table:
    """The messages with the columns that count; BadInput where one is missing, or a time is not in the new days."""
    if lacks := [name for name in COLUMNS if name not in messages.column_names]:
        raise BadInput(f"simulate: the messages have no column '{lacks[0]}'; give them {', '.join(COLUMNS)}")
    found = messages.select(COLUMNS)
    found = _set(found, "time", found["time"].cast(TIME))
    begin, end = (pa.scalar(one * DAY).cast(TIME) for one in (at, at + days))
    outside = pc.or_(pc.less(found["time"], begin), pc.greater_equal(found["time"], end))
    if pc.any(outside).as_py():
        first = pc.min(found["time"].filter(outside)).as_py()
        until = np.datetime64(at + days - 1, "D")
        raise BadInput(
            f"simulate: a message of {first:%Y-%m-%d} is not from {np.datetime64(at, 'D')} to {until}; mend it"
        )
    return found


def _next(folder: Path, column: str) -> int:
    """A number above all in a column of whole numbers."""
    most = (pc.max(pq.read_table(file, columns=[column])[column]).as_py() for file in folder.glob("*.parquet"))
    return max((one for one in most if one is not None), default=0) + 1


def _known(truth: pa.Table, name: str) -> np.ndarray:
    return truth[name].to_numpy() if name in truth.column_names else np.ones(len(truth))


def _season(truth: pa.Table) -> str:
    return truth["season"][0].as_py() if "season" in truth.column_names and len(truth) else QUIET


def _set(table: pa.Table, name: str, column: pa.Array | pa.ChunkedArray) -> pa.Table:
    if name not in table.column_names:
        return table.append_column(name, column)
    return table.set_column(table.column_names.index(name), name, column)
