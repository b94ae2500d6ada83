"""The contact policy in plain Python, from OPERATIONS.md §2-3 and the order of reasons: one user, one play at a time.

It shares nothing with serving/campaigns but the names of reasons. Slow, and meant to be read.
"""

import hashlib
import operator
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

UTC = timezone.utc  # noqa: UP017
MINUTE = timedelta(minutes=1)
TESTS = {
    ">=": operator.ge,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
    "in": lambda value, several: value in several,
}


@dataclass(frozen=True)
class Message:
    """A message that was seen, or (``arm`` given) a user on a list that was exported."""

    user: Any
    time: datetime
    channel: str
    campaign: str | None = None
    opted_out: bool = False
    arm: str | None = None


@dataclass(frozen=True)
class Fate:
    """What becomes of a user in a play; channel, cost and rank where the play took the user."""

    fate: str
    channel: str | None = None
    cost: float | None = None
    rank: int | None = None


def draw(text: str) -> int:
    """md5 mod 10,000, of its last 8 hex digits."""
    return int(hashlib.md5(text.encode()).hexdigest()[-8:], 16) % 10_000


def held_out_of_all(epoch: str, share: float) -> set[int]:
    """The buckets of the global holdout: the first of all, in the order of their md5 with the epoch."""
    order = sorted(range(10_000), key=lambda one: hashlib.md5(f"global_holdout|{epoch}|{one}".encode()).hexdigest())
    return set(order[: round(share * 10_000)])


def matches(rules: Sequence[str], row: Mapping[str, Any]) -> bool:
    """Comparisons such as "value_at_stake >= 60" and "stage in ('a', 'b')"; what is not known matches nothing."""
    for rule in rules:
        name, test, constant = rule.split(" ", 2)
        value, other = row.get(name), eval(constant)
        if value is None:
            return False
        if not TESTS[test](value, other):
            return False
    return True


class Oracle:
    """The fates of users in plays.

    settings: [contact] as TOML gives it; plays: [[play]] likewise, by priority. users: rows of users by id, snapshot:
    of the snapshot, with ``active_days`` of own usage. as_of: UTC, without a zone. before: (user, play) that matched or
    would have, in the run before; None where there was none.
    """

    def __init__(
        self,
        contact: Mapping[str, Any],
        plays: Sequence[Mapping[str, Any]],
        users: Mapping[Any, Mapping[str, Any]],
        snapshot: Mapping[Any, Mapping[str, Any]],
        messages: Sequence[Message],
        exported: Sequence[Message],
        as_of: datetime,
        before: set[tuple[Any, str]] | None = None,
        project: str = "UTC",
    ) -> None:
        self.contact, self.users, self.snapshot, self.as_of = contact, users, snapshot, as_of
        self.project, self.before = project, before
        today = self.local(as_of, project).date().isoformat()
        self.plays = [play for play in plays if play.get("until", "9999") >= today]
        seen = {(one.user, one.campaign) for one in messages if one.campaign is not None}
        self.contacts: dict[Any, list[Message]] = defaultdict(list)
        self.after: dict[str, datetime] = {}
        self.out: set[tuple[Any, str]] = set()
        for one in messages:
            self.contacts[one.user].append(one)
            if one.opted_out:
                self.out.add((one.user, one.channel))
        for one in exported:
            if one.arm == "holdout" or (one.user, one.campaign) not in seen:
                self.contacts[one.user].append(one)
        self.held = held_out_of_all(contact.get("epoch", "1"), contact.get("global_holdout", 0.05))

    @staticmethod
    @lru_cache(maxsize=1_000_000)
    def local(at: datetime, zone: str) -> datetime:
        return at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))

    def zone(self, user: Any) -> str:
        zone = self.users.get(user, {}).get("timezone") or self.project
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            return self.project
        return zone

    def quiet(self, at: datetime, zone: str) -> bool:
        """Whether the clock on the wall shows a quiet hour."""
        hours = self.contact.get("quiet_hours")
        if not hours:
            return False
        clock = self.local(at, zone).strftime("%H:%M")
        if hours["from"] < hours["to"]:
            return hours["from"] <= clock < hours["to"]
        return clock >= hours["from"] or clock < hours["to"]

    def send_after(self, zone: str) -> datetime:
        """The first minute from the as-of on that is not quiet."""
        if zone not in self.after:
            self.after[zone] = self._send_after(zone)
        return self.after[zone]

    def _send_after(self, zone: str) -> datetime:
        at = self.as_of
        while self.quiet(at, zone):
            at = at.replace(second=0, microsecond=0) + MINUTE
        return at

    def contacted(self, user: Any, days: int, channel: str | None = None, play: str | None = None) -> int:
        """Contacts on the last so many calendar days of the user's, the day of the message the last of them."""
        zone = self.zone(user)
        last: date = self.local(self.send_after(zone), zone).date()
        first = last - timedelta(days=days - 1)
        return sum(
            self.local(one.time, zone).date() >= first
            and channel in (None, one.channel)
            and (play is None or (one.campaign or "").partition("/")[2].partition("/")[0] == play)
            for one in self.contacts[user]
        )

    def open_channels(self, user: Any, play: Mapping[str, Any]) -> dict[str, list[str]]:
        """The play's channels that are left after each test."""
        known, found = self.users.get(user, {}), {}
        channels = {name: self.contact["channels"][name] for name in play["channels"]}

        def reachable(name: str) -> bool:
            column = channels[name].get("id", "users.user_id").removeprefix("users.")
            return column == "user_id" or known.get(column) not in (None, "")

        def consents(name: str) -> bool:
            column = channels[name].get("consent", self.contact.get("consent", "users.consent_marketing"))
            return known.get(column.removeprefix("users.")) is True

        def uncapped(name: str) -> bool:
            caps = channels[name].get("max", [])
            return all(self.contacted(user, cap["days"], channel=name) < cap["messages"] for cap in caps)

        found["not_reachable"] = [name for name in channels if reachable(name)]
        found["no_consent"] = [name for name in found["not_reachable"] if consents(name)]
        found["opted_out"] = [name for name in found["no_consent"] if (user, name) not in self.out]
        found["channel_cap"] = [name for name in found["opted_out"] if uncapped(name)]
        return found

    def cost(self, play: Mapping[str, Any], channel: str) -> float:
        return float(Decimal(str(play.get("cost", 0))) + Decimal(str(self.contact["channels"][channel].get("cost", 0))))

    def gain(self, user: Any, play: Mapping[str, Any], channel: str) -> float | None:
        stake = self.snapshot[user]["value_at_stake"]
        if stake is None or play.get("save_rate") is None:
            return None
        return stake * play["save_rate"] - self.cost(play, channel)

    def why_not(self, user: Any, play: Mapping[str, Any], taken: bool) -> str | None:
        """The first reason against a play; taken: a play before it took the user."""
        contact, channels = self.contact, self.open_channels(user, play)
        if draw(str(user)) in self.held:
            return "global_holdout"
        for reason in ("not_reachable", "no_consent", "opted_out"):
            if not channels[reason]:
                return reason
        zone = self.zone(user)
        day = self.local(self.send_after(zone), zone).date().isoformat()
        if any(span.partition("/")[0] <= day <= span.rpartition("/")[2] for span in contact.get("blackout", [])):
            return "blackout"
        if taken:
            return "in_other_play"
        cooldown = play.get("cooldown_days", contact.get("cooldown_days", 30))
        if cooldown and self.contacted(user, cooldown, play=play["name"]):
            return "cooldown"
        caps = contact.get("max", [])
        if any(cap["days"] <= 7 and self.contacted(user, cap["days"]) >= cap["messages"] for cap in caps):
            return "weekly_cap"
        if any(cap["days"] > 7 and self.contacted(user, cap["days"]) >= cap["messages"] for cap in caps):
            return "monthly_cap"
        if own := contact.get("own_usage"):
            allowed = floor(Fraction(str(own["share"])) * self.snapshot[user].get("active_days", 0))
            allowed = max(own["least"], min(own["most"], allowed))
            if self.contacted(user, own["days"]) >= allowed:
                return "own_usage_cap"
        if not channels["channel_cap"]:
            return "channel_cap"
        gain = self.gain(user, play, channels["channel_cap"][0])
        return "not_worth_it" if gain is not None and gain < 0 else None

    def fates(self) -> dict[tuple[Any, str], Fate]:
        """The fate of every user in every play that matches, and of no other."""
        found: dict[tuple[Any, str], Fate] = {}
        for user, row in self.snapshot.items():
            taken = False
            for play in self.plays:
                if not self.matched(user, play, row):
                    continue
                reason = self.why_not(user, play, taken)
                if reason:
                    found[user, play["name"]] = Fate(reason)
                    continue
                taken = True
                channel = self.open_channels(user, play)["channel_cap"][0]
                drawn = draw(f"{play['name']}|{self.contact.get('epoch', '1')}|{user}")
                arm = "holdout" if drawn < round(play.get("holdout", 0.1) * 10_000) else "treatment"
                found[user, play["name"]] = Fate(arm, channel, self.cost(play, channel))
        for play in self.plays:
            self._budget(play, found)
        return found

    def matched(self, user: Any, play: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
        came = not play.get("entered") or self.before is None or (user, play["name"]) not in self.before
        return matches(play["all"], row) and came

    def _budget(self, play: Mapping[str, Any], found: dict[tuple[Any, str], Fate]) -> None:
        name = play["name"]
        users = [user for user, own in found if own == name and found[user, own].channel]

        def key(user: Any) -> tuple[bool, float, Any]:
            by = play.get("rank", "auto")
            value = self.snapshot[user][by if by in ("value_at_stake", "churn_risk") else "value_at_stake"]
            if by == "auto" and play.get("save_rate") is not None:
                value = self.gain(user, play, found[user, name].channel or "")
            return (value is None, -(value or 0.0), user)

        spent, treated, over = Decimal(0), 0, False
        for place, user in enumerate(sorted(users, key=key), start=1):
            one = found[user, name]
            if one.fate == "treatment":
                spent, treated = spent + Decimal(str(one.cost)), treated + 1
                over = over or ("budget" in play and spent > Decimal(str(play["budget"])))
                over = over or ("most" in play and treated > play["most"])
            found[user, name] = Fate("over_budget" if over else one.fate, one.channel, one.cost, place)
