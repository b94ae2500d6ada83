"""What a block's users leave in the logs: sessions, messages, points, feedback."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.simulation.story import COOLED, DAY, HOUR, MINUTE, NEVER
from features.simulation.world import LIFT_MOST, QUIET, TIME, highest, seasonal


@dataclass(frozen=True)
class Lives:
    """What a block's users go through. Days are counted from 1970-01-01; a day that never comes is NEVER // DAY."""

    rng: np.random.Generator
    ids: np.ndarray
    signup: np.ndarray  # time
    cool: np.ndarray  # first day of cooling
    end: np.ndarray  # first day without rows: gone, or the log's end
    until: int  # the log's end, a day
    season: str = QUIET

    def process(self, rate: np.ndarray, lift: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Users (positions) and times of a Poisson process at `rate` a day, thinned by season, phase and presence.

        lift: a factor for each user and each day up to the log's end, at most LIFT_MOST; None: 1.
        """
        peak = highest(self.season) * (1 if lift is None else LIFT_MOST)
        who = np.repeat(np.arange(rate.size), self.rng.poisson(rate * peak * (self.end - self.signup // DAY)))
        day = self.rng.integers(self.signup[who] // DAY, self.end[who])
        time = day * DAY + clock(self.rng, who.size)
        wanted = seasonal(day, self.season) * np.where(day < self.cool[who], 1, COOLED)
        if lift is not None:
            wanted *= lift[who, day - self.until]  # counted from the end
        keep = self.rng.random(who.size) * peak < wanted
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


def events(life, buyer, bought, amount, visitor, visited) -> pa.Table:
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


def messages(life, contacts, opt_outs, sent) -> pa.Table:
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


def spend_draws(life, buyer, bought, visitor) -> None:
    """The draws that points once took from the quiet world's generator: feedback's of old seeds stay behind them."""
    rng, spent, claims = life.rng, life.rng.random(buyer.size) < 0.4, life.rng.random(visitor.size) < 0.12
    end = bought + np.where(spent, rng.integers(HOUR, 120 * DAY, buyer.size), 365 * DAY)
    rng.choice(3, buyer.size + claims.sum() + (end < life.end[buyer] * DAY).sum(), p=(0.8, 0.15, 0.05))


def points(life, buyer, bought, amount, visitor, visited) -> pa.Table:
    """What an order or a task earns is later claimed or not, and what is claimed later spent, or expired after a year:
    at any time no more was claimed than earned, and no more spent or expired than claimed."""
    rng, tasks = life.rng, life.rng.random(visitor.size) < 0.12
    who, start = np.append(buyer, visitor[tasks]), np.append(bought, visited[tasks] + 25 * MINUTE)
    task = np.append(np.full(buyer.size, -1), rng.choice(3, tasks.sum(), p=(0.8, 0.15, 0.05)))
    worth = np.where(
        task < 0, 1 + np.append(amount, np.zeros(tasks.sum())).astype(np.int64), np.array([5, 20, 50])[task]
    )
    claims, spends = rng.random((2, who.size)) < [[0.7], [0.5]]
    claimed = start + np.where(task < 0, rng.integers(HOUR, 30 * DAY, who.size), MINUTE)  # a task's at once
    done = claimed + np.where(spends, rng.integers(HOUR, 120 * DAY, who.size), 365 * DAY)
    last = life.end[who] * DAY
    times, kinds = (
        np.column_stack([start, claimed, done]),
        np.column_stack([np.zeros_like(who), 1 + 0 * who, 3 - spends]),
    )
    seen = np.column_stack([start < last, claims & (claimed < last), claims & (done < last)])
    row, step = np.nonzero(seen)
    kind = pa.array(["earned", "claimed", "spent", "expired"]).take(kinds[row, step])
    named = pa.array(["check_in", "profile", "invite"]).take(pa.array(task[row], mask=(task[row] < 0) | (step != 1)))
    return life.table(who[row], time=times[row, step], kind=kind, points=worth[row], task=named)


def feedback(life, buyer, bought, complained, opened, resolved) -> pa.Table:
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


def answered(feedback: pa.Table, rng: np.random.Generator, until: int) -> pa.Table:
    """Feedback with the first answer to complaints and tickets, behind the other columns: hours after the time and not
    after the solution. rng: one of its own, so that nothing else of an old seed changes."""
    time = feedback["time"].to_numpy().astype("M8[us]").astype(np.int64)
    solved = pc.cast(feedback["resolved_at"], pa.int64()).fill_null(NEVER).to_numpy()
    at = np.minimum(time + rng.integers(HOUR // 4, 20 * HOUR, time.size), solved)
    none = (feedback["kind"].to_numpy() == "survey") | (at >= until * DAY)
    return feedback.append_column("responded_at", pa.array(at, mask=none).cast(TIME))


def clock(rng: np.random.Generator, size: int | tuple[int, ...]) -> np.ndarray:
    """Times of day from 7:00 to 23:30, so that a session of under half an hour stays within its day."""
    return ((7 + 16.5 * rng.beta(2.2, 1.8, size)) * HOUR).astype(np.int64)
