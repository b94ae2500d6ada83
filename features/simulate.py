"""A user base with a known truth, for the demo, the tests and runs at scale.

The story runs on whole UTC days. Read in this order, it gives every user's future exactly:

- A third of the users sign up in the first 30 days, the others evenly over the history. One in twenty is a prospect:
  rates and hazard 0, never active. The others are well, then cooling, then gone for good.
- Orders on day d are Poisson with mean r · season(d) · f, visits without an order likewise with v. r = Gamma(shape .75,
  mean .042), v = Gamma(shape 1.5, mean .078), times factors of acquisition channel and, for r, plan; f = 1 while well
  and COOLED while cooling; season(d) = (1 + .2 cos(2π (d - mid-December) / 365.25)) · WEEKDAY[d].
- In the morning a complaint opens with probability COMPLAIN if none is open; an open one is resolved with RESOLVE.
- Every CAMPAIGN_GAP days a campaign goes to every reachable user with probability CONTACTED, whatever their state: a
  randomised trial. Reachable = consented and not opted out, which a message brings about with probability OPT_OUT.
- At the end of day d a well user starts to cool with probability 1 - exp(-h · m) and a cooling one leaves with
  probability 1 - exp(-LEAVE · m). h = Gamma(shape .8, mean .0028), times the channel's factor; m = COMPLAINT_EFFECT
  while a complaint is open, times CONTACT_EFFECT on the CONTACT_DAYS days that begin with a message's.

From a midnight on, the future depends on the past only through the phase, the open complaint, the running contact and
whether messages reach the user, so `churn_probability` is an exact backward recursion over days. The table `truth`
holds these and r, v, h (`hazard`). Openings, surveys, points and posts mirror the phase. No session crosses midnight,
so no cutoff there shows half an order. `discount` is taken off before `amount`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput

TABLES = ("orders", "events", "users", "messages", "points", "feedback", "truth")
BLOCK = 5_000  # users drawn from one random stream; chunks hold whole blocks, so a chunk's size changes nothing
COOLED, LEAVE, COMPLAIN, RESOLVE, COMPLAINT_EFFECT = 0.3, 1 / 30, 0.003, 1 / 12, 3.0
CAMPAIGN_GAP, CONTACTED, OPT_OUT = 21, 0.5, 0.01
CONTACT_DAYS, CONTACT_EFFECT = 14, 0.7  # shorter than the gap, so that two contacts never overlap
WEEKDAY = np.array([0.9, 0.9, 0.95, 1.0, 1.15, 1.2, 0.9])  # Monday first
PEAK = 1.2 * WEEKDAY.max()  # no day's season is higher: the rate from which days are thinned
CHANNEL_RATE, CHANNEL_HAZARD = np.array([1.1, 0.7, 1.3, 0.9]), np.array([1.0, 1.6, 0.7, 1.2])
MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000  # microseconds, like every time here
NEVER = np.iinfo(np.int64).max // DAY * DAY
TIME = pa.timestamp("us", tz="UTC")


def simulate(
    out: Path,
    users: int,
    *,
    seed: int = 7,
    until: date = date(2026, 1, 1),
    days: int = 540,
    chunk: int = 50_000,
    progress: Callable[[int], None] | None = None,
) -> dict[str, int]:
    """Write `users` users into `out/<table>/part-*.parquet`, one part per chunk of users; return the rows per table.

    The log covers `days` days and ends before midnight UTC of `until`. `truth` holds what no log shows and is only for
    checking predictions. `chunk` users, rounded up to whole blocks of 5,000, are held in memory at once; the same
    users, seed, until and days give the same rows whatever the chunk. `progress` is told how many users are written.
    BadInput where a number is below 1, or where a table's folder already holds Parquet files.
    """
    if min(users, days, chunk) < 1:
        raise BadInput(f"simulate: users, days and chunk must be at least 1, not {users}, {days} and {chunk}")
    for folder in (Path(out) / table for table in TABLES):
        if any(folder.glob("*.parquet")):  # another base's parts would silently be read as parts of this one
            raise BadInput(f"simulate: {folder} already holds Parquet files; remove them or name another folder")
        folder.mkdir(parents=True, exist_ok=True)
    rows, step = dict.fromkeys(TABLES, 0), -(-chunk // BLOCK) * BLOCK
    for part, begin in enumerate(range(0, users, step)):
        stop = min(begin + step, users)
        blocks = [_block(seed, at, min(BLOCK, stop - at), _day(until), days) for at in range(begin, stop, BLOCK)]
        for table in TABLES:
            whole = pa.concat_tables([block.pop(table) for block in blocks])
            whole_files.write(Path(out) / table / f"part-{part:05}.parquet", partial(pq.write_table, whole))
            rows[table] += whole.num_rows
        if progress:
            progress(stop)
    return rows


def churn_probability(truth: pa.Table, as_of: date, horizon_days: int) -> np.ndarray:
    """The true probability of no order in [as_of, as_of + horizon_days), in the order of `truth`'s rows.

    Exact given all of the user's state at midnight UTC of `as_of`, averaged over what may come; 1 for prospects and for
    who has left, NaN for who signs up later. Holds up to the log's end. BadInput where `as_of` is no midnight.
    """
    first, now, users = _day(as_of), _day(as_of) * DAY, np.arange(len(truth))
    moments = {name: truth[name].combine_chunks() for name in ("contacts", "complaints", "resolved")}
    sent, opened, resolved = (column.flatten().cast(pa.int64()).to_numpy() for column in moments.values())
    of_contact, of_complaint, _ = (np.repeat(users, column.value_lengths()) for column in moments.values())
    contact, complaint = np.zeros((2, users.size), dtype=int)
    contact[of_contact[(sent < now) & (sent >= now - CONTACT_DAYS * DAY)]] = 1
    complaint[of_complaint[(opened < now) & (resolved >= now)]] = 1

    # quiet[cooling, complaint, contact, reachable, user]: the probability of no order from here to the horizon's end
    quiet = np.ones((2, 2, 2, 2, users.size))
    contacted = np.array([np.ones(users.size), truth["contact_effect"].to_numpy()])
    speed = np.array([contacted, COMPLAINT_EFFECT * contacted])[:, :, None]
    keep_well, keep_cooling = np.exp(-truth["hazard"].to_numpy() * speed), np.exp(-LEAVE * speed)
    for day in range(first + horizon_days - 1, first - 1, -1):
        orders = truth["order_rate"].to_numpy() * _season(np.array(day))
        quiet[0] = np.exp(-orders) * (keep_well * quiet[0] + (1 - keep_well) * quiet[1])
        quiet[1] = np.exp(-orders * COOLED) * (keep_cooling * quiet[1] + (1 - keep_cooling))
        calm, upset = quiet[:, 0], quiet[:, 1]
        quiet[:, 0], quiet[:, 1] = calm + COMPLAIN * (upset - calm), upset + RESOLVE * (calm - upset)
        if day % CAMPAIGN_GAP == 0:
            reached = (1 - OPT_OUT) * quiet[:, :, 1, 1] + OPT_OUT * quiet[:, :, 1, 0]
            quiet[:, :, 0, 1] = (1 - CONTACTED) * quiet[:, :, 0, 1] + CONTACTED * reached
        elif day % CAMPAIGN_GAP == CONTACT_DAYS:
            quiet[:, :, 1] = quiet[:, :, 0]
    names = ("signup_time", "cooling_at", "left_at", "reachable_until")  # null: not within the log
    signup, cool, left, reachable = (truth[name].cast(pa.int64()).fill_null(NEVER).to_numpy() for name in names)
    chance = quiet[(cool <= now).astype(int), complaint, contact, (reachable >= now).astype(int), users]
    return np.where(signup < now, np.where(left <= now, 1.0, chance), np.nan)


@dataclass(frozen=True)
class _Lives:
    """What a block's users go through. Days are counted from 1970-01-01; a day that never comes is NEVER // DAY."""

    rng: np.random.Generator
    ids: np.ndarray
    signup: np.ndarray  # time
    cool: np.ndarray  # first day of cooling
    end: np.ndarray  # first day without rows: gone, or the log's end
    until: int  # the log's end, a day

    def process(self, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Users (positions) and times of a Poisson process at `rate` a day, thinned by season, phase and presence."""
        who = np.repeat(np.arange(rate.size), self.rng.poisson(rate * PEAK * (self.end - self.signup // DAY)))
        day = self.rng.integers(self.signup[who] // DAY, self.end[who])
        time = day * DAY + _clock(self.rng, who.size)
        keep = self.rng.random(who.size) * PEAK < _season(day) * np.where(day < self.cool[who], 1, COOLED)
        keep &= time > self.signup[who] + 30 * MINUTE  # room for the visit that leads to an order
        return who[keep], time[keep]

    def table(self, who: np.ndarray, **columns: np.ndarray | pa.Array) -> pa.Table:
        """Rows of the users `who`; NaN, integers below 0 and times at or after the log's end become null."""
        done = {"user_id": pa.array(self.ids[who])}
        for name, values in columns.items():
            if name == "time" or name.endswith(("_time", "_at", "_until")):
                done[name] = pa.array(values, mask=values >= self.until * DAY).cast(TIME)
            else:
                done[name] = pa.array(values, mask=~(values >= 0)) if isinstance(values, np.ndarray) else values
        return pa.table(done)


def _block(seed: int, begin: int, users: int, until: int, days: int) -> dict[str, pa.Table]:
    """All tables of the users `begin + 1` to `begin + users`; `until` is a day."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(begin // BLOCK,)))
    start, who = until - days, np.arange(users)
    first = start + rng.integers(0, np.where(rng.random(users) < 1 / 3, min(30, days), days))
    signup = first * DAY + _clock(rng, users)
    source, plan = rng.choice(4, users, p=(0.4, 0.3, 0.2, 0.1)), rng.choice(2, users, p=(0.75, 0.25))
    active, consent = rng.random(users) < 0.95, rng.random(users) < 0.8
    order_rate = active * rng.gamma(0.75, 0.042 / 0.75, users) * CHANNEL_RATE[source] * np.where(plan, 1.5, 0.9)
    visit_rate = active * rng.gamma(1.5, 0.078 / 1.5, users) * CHANNEL_RATE[source]
    hazard = active * rng.gamma(0.8, 0.0028 / 0.8, users) * CHANNEL_HAZARD[source]
    mean_amount = 40 * rng.lognormal(-0.18, 0.6, users)
    campaigns = np.arange(start + -start % CAMPAIGN_GAP, until, CAMPAIGN_GAP)
    sent = campaigns * DAY + 9 * HOUR + rng.integers(0, HOUR, (users, campaigns.size))
    contacts = consent[:, None] & (first[:, None] < campaigns) & (rng.random(sent.shape) < CONTACTED)
    opt_outs = contacts & (rng.random(sent.shape) < OPT_OUT)
    reachable_until = np.where(consent, np.where(opt_outs, sent, NEVER).min(axis=1, initial=NEVER), signup)
    contacts &= sent <= reachable_until[:, None]
    lasts = rng.geometric(RESOLVE, (users, 10 + int(4 * COMPLAIN * days)))  # well above the most that fit into the log
    resolved = first[:, None] + np.cumsum(rng.geometric(COMPLAIN, lasts.shape) + lasts, axis=1)
    opened = resolved - lasts
    cool, left = _phases(rng, start, days, first, hazard, opened, resolved, campaigns, contacts)
    life = _Lives(rng, begin + 1 + who, signup, cool, np.minimum(left, until), until)
    complained = active[:, None] & (opened < life.end[:, None])
    opened, resolved = (day * DAY + _clock(rng, day.shape) for day in (opened, resolved))

    (buyer, bought), visits = life.process(order_rate), life.process(visit_rate)
    amount = np.maximum(np.round(mean_amount[buyer] * rng.lognormal(-0.125, 0.5, buyer.size), 2), 0.01)
    order_id, items = begin * 10_000 + np.arange(buyer.size), 1 + rng.poisson(1.2, buyer.size)  # 50 million ids a block
    discount = np.round(amount * rng.uniform(0.05, 0.4, buyer.size) * (rng.random(buyer.size) < 0.25), 2)
    where = pa.array(["app", "web", "store"]).take(rng.choice(3, buyer.size, p=(0.5, 0.4, 0.1)))
    region = pa.array(["north", "south", "east", "west", "centre", "abroad"]).take(rng.integers(0, 6, users))
    birthday = (start - rng.integers(18 * 365, 75 * 365, users)).astype("M8[D]")
    known = {"signup_time": signup, "channel": pa.array(["organic", "ads", "referral", "partner"]).take(source)}
    known |= {"plan": pa.array(["free", "plus"]).take(plan), "region": region}
    known |= {"consent_marketing": pa.array(consent), "birthday": pa.array(birthday, mask=rng.random(users) < 0.1)}
    lived = {"signup_time": signup, "cooling_at": cool * DAY, "left_at": left * DAY, "reachable_until": reachable_until}
    rates = {"order_rate": order_rate, "visit_rate": visit_rate, "hazard": hazard, "mean_amount": mean_amount}
    lists = {"contact_effect": np.full(users, CONTACT_EFFECT)}
    moments = {"contacts": (contacts, sent), "complaints": (complained, opened), "resolved": (complained, resolved)}
    for name, (mask, times) in moments.items():
        offsets = np.append(0, mask.sum(axis=1).cumsum())
        lists[name] = pa.ListArray.from_arrays(offsets, pa.array(times[mask]).cast(TIME))
    return {
        "orders": life.table(
            buyer, time=bought, order_id=order_id, amount=amount, items=items, discount=discount, channel=where
        ),
        "events": _events(life, buyer, bought, amount, *visits),
        "users": life.table(who, **known),
        "messages": _messages(life, contacts, opt_outs, sent),
        "points": _points(life, buyer, bought, amount, *visits),
        "feedback": _feedback(life, buyer, bought, complained, opened, resolved),
        "truth": life.table(who, **lived, **rates, **lists),
    }


def _phases(rng, start, days, first, hazard, opened, resolved, campaigns, contacts) -> tuple[np.ndarray, ...]:
    """The first day of cooling and the first day gone: where the hazard's running sum crosses a unit exponential."""
    row, calendar = np.arange(first.size), start + np.arange(days)
    change = np.zeros((first.size, days + 1))
    change[row[:, None], np.minimum(opened - start, days)] += 1
    change[row[:, None], np.minimum(resolved - start, days)] -= 1
    speed = np.where(np.cumsum(change[:, :days], axis=1) > 0, COMPLAINT_EFFECT, 1.0)
    latest = np.searchsorted(campaigns, calendar, side="right") - 1
    running = (latest >= 0) & (calendar % CAMPAIGN_GAP < CONTACT_DAYS)
    speed[:, running] *= np.where(contacts[:, latest[running]], CONTACT_EFFECT, 1)
    clock = np.cumsum(speed * (calendar > first[:, None]), axis=1)
    cooled = (hazard[:, None] * clock < rng.exponential(size=(first.size, 1))).sum(axis=1)
    since = clock[row, np.minimum(cooled, days - 1)]
    gone = (clock < (since + rng.exponential(1 / LEAVE, first.size))[:, None]).sum(axis=1)
    return tuple(np.where(last + 1 < days, start + last + 1, NEVER // DAY) for last in (cooled, gone))


def _events(life, buyer, bought, amount, visitor, visited) -> pa.Table:
    """One session per order, the whole funnel just before it, and one per visit, which may end in a post or a reply."""
    rng, who = life.rng, np.concatenate([buyer, visitor])
    buys = np.arange(who.size) < buyer.size
    views = buys | (rng.random(who.size) < 0.85)
    carts, posts = buys | views & (rng.random(who.size) < 0.15), rng.random(who.size) < 1 / 3
    talks = ~buys & (rng.random(life.ids.size) < 0.2)[who] & (rng.random(who.size) < 0.4)
    row, kind = np.nonzero(np.column_stack([buys | True, views, carts, buys, talks & posts, talks & ~posts]))
    steps = np.cumsum(rng.integers(MINUTE // 6, 4 * MINUTE, (who.size, 6)), axis=1)  # under 16 minutes to a checkout
    time = np.concatenate([bought - 20 * MINUTE, visited])[row] + steps[row, kind]
    event = pa.array(["visit", "view", "cart", "checkout", "post", "reply"]).take(kind)
    value = np.where(kind == 3, np.append(amount, np.zeros(visitor.size))[row], np.nan)
    item = np.where((kind == 1) | (kind == 2), (2000 * rng.random(who.size)[row] ** 3).astype(np.int64), -1)
    return life.table(who[row], time=time, event=event, session_id=life.ids[0] * 10_000 + row, value=value, item=item)


def _messages(life, contacts, opt_outs, sent) -> pa.Table:
    """Those who left may be sent messages and opt out of them; cooling users open half as many as others."""
    rng, (who, campaign) = life.rng, np.nonzero(contacts)
    time, out = sent[contacts], opt_outs[contacts]
    likes = rng.beta(2, 3, life.ids.size)[who] * np.where(time < life.cool[who] * DAY, 1, 0.5)
    opens = out | (time < life.end[who] * DAY) & (rng.random(who.size) < likes)
    opened = np.where(opens, time + rng.integers(MINUTE, 12 * HOUR, who.size), NEVER)
    clicked = np.where(opens & (rng.random(who.size) < 0.3), opened + MINUTE // 2, NEVER)
    channel = pa.array(["email", "push", "sms"]).take(rng.choice(3, who.size, p=(0.6, 0.3, 0.1)))
    answers = {"opened_at": opened, "clicked_at": clicked, "opted_out_at": np.where(out, opened + MINUTE, NEVER)}
    return life.table(who, time=time, channel=channel, campaign_id=pa.array(campaign).cast(pa.string()), **answers)


def _points(life, buyer, bought, amount, visitor, visited) -> pa.Table:
    """Earned by orders and later spent, or expired after a year; claimed for tasks on visits."""
    rng, spent, claims = life.rng, life.rng.random(buyer.size) < 0.4, life.rng.random(visitor.size) < 0.12
    end = bought + np.where(spent, rng.integers(HOUR, 120 * DAY, buyer.size), 365 * DAY)
    seen = end < life.end[buyer] * DAY
    kind = np.concatenate([np.zeros(buyer.size, int), np.ones(claims.sum(), int), 3 - spent[seen]])
    task = np.where(kind == 1, rng.choice(3, kind.size, p=(0.8, 0.15, 0.05)), -1)
    worth = np.array([5, 20, 50, 1])[task]  # 1 where there is no task: an order's amount, rounded up
    points = worth + np.concatenate([amount, np.zeros(claims.sum()), amount[seen]]).astype(np.int64)
    who = np.concatenate([buyer, visitor[claims], buyer[seen]])
    time = np.concatenate([bought, visited[claims] + 25 * MINUTE, end[seen]])
    kinds = pa.array(["earned", "claimed", "spent", "expired"]).take(kind)
    tasks = pa.array(["check_in", "profile", "invite"]).take(pa.array(task, mask=task < 0))
    return life.table(who, time=time, kind=kinds, points=points, task=tasks)


def _feedback(life, buyer, bought, complained, opened, resolved) -> pa.Table:
    """The story's complaints; a day after some orders a survey answered with 0 to 10, two days after some a ticket."""
    rng, (asked, helped) = life.rng, life.rng.random((2, buyer.size)) < [[0.06], [0.04]]
    who = np.concatenate([np.nonzero(complained)[0], buyer[asked], buyer[helped]])
    time = np.concatenate([opened[complained], bought[asked] + DAY, bought[helped] + 2 * DAY])
    kind = np.repeat([0, 1, 2], [complained.sum(), asked.sum(), helped.sum()])
    mood = np.clip(np.round(rng.normal(np.where(time < life.cool[who] * DAY, 8, 5.5), 1.7)), 0, 10)
    score = np.where(kind == 1, mood, np.nan)
    closed = np.where(kind == 2, time + rng.integers(HOUR, 4 * DAY, time.size), NEVER)
    closed[kind == 0] = resolved[complained]
    seen = time < life.end[who] * DAY
    kinds = pa.array(["complaint", "survey", "ticket"]).take(kind[seen])
    return life.table(who[seen], time=time[seen], kind=kinds, score=score[seen], resolved_at=closed[seen])


def _season(day: np.ndarray) -> np.ndarray:
    """The factor on all rates on a day; 1970-01-01 was a Thursday, and 349 days later it was mid-December."""
    return (1 + 0.2 * np.cos(2 * np.pi * (day - 349) / 365.25)) * WEEKDAY[(day + 3) % 7]


def _clock(rng: np.random.Generator, size: int | tuple[int, ...]) -> np.ndarray:
    """Times of day from 7:00 to 23:30, so that a session of under half an hour stays within its day."""
    return ((7 + 16.5 * rng.beta(2.2, 1.8, size)) * HOUR).astype(np.int64)


def _day(moment: date) -> int:
    """Days from 1970-01-01 to a date, or to a midnight UTC (a datetime without a zone is read as UTC)."""
    if (moment_us := pa.scalar(pd.Timestamp(moment), TIME).value) % DAY:
        raise BadInput(f"simulate: {moment} is no midnight UTC, and the days here are whole")
    return moment_us // DAY
