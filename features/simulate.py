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
holds these and r, v, h (`hazard`). Openings, surveys, points and posts mirror the phase. Points are earned, then
claimed, then spent or expired, each once. No session crosses midnight, so no cutoff there shows half an order.
What channels cost follows from who signed up that day.
`discount` is taken off before `amount`. `features/simulation/go_on.py` goes on with a base after its end, with messages
that others send.

A `World` changes some of this, see there: another season; from a day on another m, more who sign up a day, newcomers;
logs that begin later; contacts whose factors, on m and on orders, depend on the user. `truth` then tells these too.
The parts are in features/simulation/.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput
from features.simulation import costs, logs, people
from features.simulation.story import (
    BLOCK,
    CAMPAIGN_GAP,
    CHANNEL_HAZARD,
    CHANNEL_RATE,
    CHANNELS,
    COMPLAIN,
    COMPLAINT_EFFECT,
    CONTACT_DAYS,
    CONTACT_EFFECT,
    CONTACTED,
    DAY,
    HOUR,
    LEAVE,
    NEVER,
    NEW_AMOUNT,
    NEW_CHANNEL,
    OPT_OUT,
    RESOLVE,
    UNTIL,
)
from features.simulation.truth import churn_probability, expected_value
from features.simulation.world import KIND_BY_CHANNEL, KINDS, QUIET, QUIET_WORLD, TIME, World, day

__all__ = ["TABLES", "World", "churn_probability", "expected_value", "simulate"]

TABLES = ("orders", "events", "users", "messages", "points", "feedback", "costs", "truth")


def simulate(
    out: Path,
    users: int,
    *,
    seed: int = 7,
    until: date = date(2026, 1, 1),
    days: int = 540,
    chunk: int = 50_000,
    world: World = QUIET_WORLD,
    progress: Callable[[int], None] | None = None,
) -> dict[str, int]:
    """Write `users` users into `out/<table>/part-*.parquet`, one part per chunk of users; return the rows per table.

    The log covers `days` days and ends before midnight UTC of `until`. `truth` holds what no log shows and is only for
    checking predictions. `chunk` users, rounded up to whole blocks of 5,000, are held in memory at once; the same
    users, seed, until, days and world give the same rows whatever the chunk. `world` tells what is unlike the quiet
    world. `progress` is told how many users are written.
    BadInput where a number is below 1, a drift is not within the logs, or a table's folder already holds Parquet files.
    """
    if min(users, days, chunk) < 1:
        raise BadInput(f"simulate: users, days and chunk must be at least 1, not {users}, {days} and {chunk}")
    world.first_drift(day(until) - days, day(until))
    for folder in (Path(out) / table for table in TABLES):
        if any(folder.glob("*.parquet")):  # another base's parts would silently be read as parts of this one
            raise BadInput(f"simulate: {folder} already holds Parquet files; remove them or name another folder")
        folder.mkdir(parents=True, exist_ok=True)
    rows, step = dict.fromkeys(TABLES, 0), -(-chunk // BLOCK) * BLOCK
    came = costs.nobody(days)
    for part, begin in enumerate(range(0, users, step)):
        stop = min(begin + step, users)
        blocks = [_block(seed, at, min(BLOCK, stop - at), day(until), days, world) for at in range(begin, stop, BLOCK)]
        for block in blocks:
            costs.count(came, block["users"], day(until))
        for table in (one for one in TABLES if one != "costs"):
            whole = pa.concat_tables([block.pop(table) for block in blocks])
            whole_files.write(Path(out) / table / f"part-{part:05}.parquet", partial(pq.write_table, whole))
            rows[table] += whole.num_rows
        if progress:
            progress(stop)
    spent = costs.costs(seed, came, day(until))  # of days and channels, not of users: one part
    whole_files.write(Path(out) / "costs" / "part-00000.parquet", partial(pq.write_table, spent))
    rows["costs"] = spent.num_rows
    whole_files.write_text(Path(out) / UNTIL, f"{until:%Y-%m-%d}")
    return rows


def _block(seed: int, begin: int, users: int, until: int, days: int, world: World) -> dict[str, pa.Table]:
    """All tables of the users `begin + 1` to `begin + users`; `until` is a day."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(begin // BLOCK,)))
    other = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(begin // BLOCK, 1)))  # no quiet world's
    log_start, drift, who = until - days, world.first_drift(until - days, until), np.arange(users)
    days += world.days_before
    start, early = until - days, rng.random(users) < 1 / 3
    first = start + rng.integers(0, np.where(early, min(30, days), days))
    if world.arrival_factor != 1:
        at = other.random(users) * (drift - start + world.arrival_factor * (until - drift))  # each day as wide as full
        spread = np.where(at < drift - start, start + at, drift + (at - (drift - start)) / world.arrival_factor)
        first = np.where(early, first, np.minimum(spread, until - 1).astype(int))
    signup = first * DAY + logs.clock(rng, users)
    source, plan = rng.choice(4, users, p=(0.4, 0.3, 0.2, 0.1)), rng.choice(2, users, p=(0.75, 0.25))
    new = (first >= drift) & (other.random(users) < world.newcomers)
    source = np.where(new, CHANNELS.index(NEW_CHANNEL), source)
    active, consent = rng.random(users) < 0.95, rng.random(users) < 0.8
    order_rate = active * rng.gamma(0.75, 0.042 / 0.75, users) * CHANNEL_RATE[source] * np.where(plan, 1.5, 0.9)
    visit_rate = active * rng.gamma(1.5, 0.078 / 1.5, users) * CHANNEL_RATE[source]
    hazard = active * rng.gamma(0.8, 0.0028 / 0.8, users) * CHANNEL_HAZARD[source]
    mean_amount = 40 * rng.lognormal(-0.18, 0.6, users) * np.where(new, NEW_AMOUNT, 1)
    kind = (other.random((users, 1)) > KIND_BY_CHANNEL[source, :-1].cumsum(axis=1)).sum(axis=1)
    effect, lift, hazards, rates = np.array(list(KINDS.values()))[kind].T
    if world.contact_effects:
        hazard, order_rate = hazard * hazards, order_rate * rates
    else:
        effect = np.full(users, CONTACT_EFFECT)
    campaigns = np.arange(start + -start % CAMPAIGN_GAP, until, CAMPAIGN_GAP)
    sent = campaigns * DAY + 9 * HOUR + rng.integers(0, HOUR, (users, campaigns.size))
    contacts = consent[:, None] & (first[:, None] < campaigns) & (rng.random(sent.shape) < CONTACTED)
    opt_outs = contacts & (rng.random(sent.shape) < OPT_OUT)
    reachable_until = np.where(consent, np.where(opt_outs, sent, NEVER).min(axis=1, initial=NEVER), signup)
    contacts &= sent <= reachable_until[:, None]
    lasts = rng.geometric(RESOLVE, (users, 10 + int(4 * COMPLAIN * days)))  # well above the most that fit into the log
    resolved = first[:, None] + np.cumsum(rng.geometric(COMPLAIN, lasts.shape) + lasts, axis=1)
    opened = resolved - lasts
    calendar = start + np.arange(days)
    contacted = _contacted(calendar, campaigns, contacts)
    speed = np.where(contacted, effect[:, None], 1) * np.where(calendar < drift, 1, world.hazard_factor)
    cool, left = _phases(rng, calendar, first, hazard, opened, resolved, speed)
    life = logs.Lives(rng, begin + 1 + who, signup, cool, np.minimum(left, until), until, world.season)
    complained = active[:, None] & (opened < life.end[:, None])
    opened, resolved = (at * DAY + logs.clock(rng, at.shape) for at in (opened, resolved))

    lifted = np.where(contacted, lift[:, None], 1) if world.contact_effects else None
    (buyer, bought), visits = life.process(order_rate, lifted), life.process(visit_rate)
    amount = np.maximum(np.round(mean_amount[buyer] * rng.lognormal(-0.125, 0.5, buyer.size), 2), 0.01)
    order_id, items = begin * 10_000 + np.arange(buyer.size), 1 + rng.poisson(1.2, buyer.size)  # 50 million ids a block
    discount = np.round(amount * rng.uniform(0.05, 0.4, buyer.size) * (rng.random(buyer.size) < 0.25), 2)
    where = pa.array(["app", "web", "store"]).take(rng.choice(3, buyer.size, p=(0.5, 0.4, 0.1)))
    region = pa.array(["north", "south", "east", "west", "centre", "abroad"]).take(rng.integers(0, 6, users))
    birthday = (start - rng.integers(18 * 365, 75 * 365, users)).astype("M8[D]")
    known = {"signup_time": signup, "channel": pa.array(CHANNELS).take(source)}
    known |= {"plan": pa.array(["free", "plus"]).take(plan), "region": region}
    known |= {"consent_marketing": pa.array(consent), "birthday": pa.array(birthday, mask=rng.random(users) < 0.1)}
    known |= people.columns(seed, begin, life.ids, signup, known["channel"], region, consent)
    lived = {"signup_time": signup, "cooling_at": cool * DAY, "left_at": left * DAY, "reachable_until": reachable_until}
    told = {"order_rate": order_rate, "visit_rate": visit_rate, "hazard": hazard, "mean_amount": mean_amount}
    lists = {"contact_effect": effect}
    moments = {"contacts": (contacts, sent), "complaints": (complained, opened), "resolved": (complained, resolved)}
    for name, (mask, times) in moments.items():
        offsets = np.append(0, mask.sum(axis=1).cumsum())
        lists[name] = pa.ListArray.from_arrays(offsets, pa.array(times[mask]).cast(TIME))
    if world.season != QUIET:
        lists["season"] = pa.array(np.full(users, world.season))
    if world.hazard_factor != 1:
        lists |= {"drift_at": np.full(users, drift * DAY), "hazard_factor": np.full(users, world.hazard_factor)}
    if world.contact_effects:
        lists |= {"contact_orders": lift, "contact_kind": pa.array(list(KINDS)).take(kind)}
    lots = life if world.contact_effects else replace(life, rng=people.generator(seed, begin, 3))
    tables = {
        "orders": life.table(
            buyer, time=bought, order_id=order_id, amount=amount, items=items, discount=discount, channel=where
        ),
        "events": logs.events(life, buyer, bought, amount, *visits),
        "messages": logs.messages(life, contacts, opt_outs, sent),
        "points": logs.points(lots, buyer, bought, amount, *visits),
    }
    if not world.contact_effects:
        logs.spend_draws(life, buyer, bought, visits[0])
    told_us = logs.feedback(life, buyer, bought, complained, opened, resolved)
    tables["feedback"] = logs.answered(told_us, people.generator(seed, begin, 4), until)
    if world.days_before:
        begun = pa.scalar(log_start * DAY).cast(TIME)
        tables = {name: one.filter(pc.greater_equal(one["time"], begun)) for name, one in tables.items()}
    return tables | {"users": life.table(who, **known), "truth": life.table(who, **lived, **told, **lists)}


def _contacted(calendar: np.ndarray, campaigns: np.ndarray, contacts: np.ndarray) -> np.ndarray:
    """Whether a contact runs, by user and day of the calendar."""
    latest = np.searchsorted(campaigns, calendar, side="right") - 1
    running = (latest >= 0) & (calendar % CAMPAIGN_GAP < CONTACT_DAYS)
    found = np.zeros((len(contacts), calendar.size), dtype=bool)
    found[:, running] = contacts[:, latest[running]]
    return found


def _phases(rng, calendar, first, hazard, opened, resolved, speed) -> tuple[np.ndarray, ...]:
    """The first day of cooling and the first day gone: where the hazard's running sum crosses a unit exponential.

    speed: what multiplies the hazard for each user and day of the calendar, complaints not yet counted.
    """
    row, start, days = np.arange(first.size), calendar[0], calendar.size
    change = np.zeros((first.size, days + 1))
    change[row[:, None], np.minimum(opened - start, days)] += 1
    change[row[:, None], np.minimum(resolved - start, days)] -= 1
    speed = speed * np.where(np.cumsum(change[:, :days], axis=1) > 0, COMPLAINT_EFFECT, 1)
    clock = np.cumsum(speed * (calendar > first[:, None]), axis=1)
    cooled = (hazard[:, None] * clock < rng.exponential(size=(first.size, 1))).sum(axis=1)
    since = clock[row, np.minimum(cooled, days - 1)]
    gone = (clock < (since + rng.exponential(1 / LEAVE, first.size))[:, None]).sum(axis=1)
    return tuple(np.where(last + 1 < days, start + last + 1, NEVER // DAY) for last in (cooled, gone))
