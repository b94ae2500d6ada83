"""The playbook as it is run: segments, tags and plays with their rules read, checked and held against each other."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from features.config.layer_rules import Layer
from features.config.operations.conditions import Known, comparisons, features_of
from features.config.operations.contact import Channel, Contact
from features.config.operations.goals import check_metric
from features.config.operations.monitor_section import Monitor
from features.config.operations.named import (
    CalendarSetting,
    GoalSetting,
    LevelSetting,
    Points,
    SegmentSetting,
    TagSetting,
)
from features.config.operations.openlineage_section import Openlineage
from features.config.operations.plays import MOST, PlaySetting
from features.config.operations.promote_section import Promote
from features.config.operations.schedule_section import Schedule
from features.config.rules import Comparison, Rule, kind_of, unreachable
from features.config.section import Section
from features.errors import BadInput, did_you_mean
from features.said import Said

SEGMENT = "segment:"


class Operations(Section):
    """The sections of user operations, all optional."""

    contact: Contact = Field(default_factory=Contact)
    segment: list[SegmentSetting] = Field(default=[], description="Named rules on users.")
    tag: list[TagSetting] = Field(default=[], description="Segments that are synced out.")
    calendar: list[CalendarSetting] = Field(default=[], description="Days that rules may ask for.")
    points: Points = Field(default_factory=Points)
    level: list[LevelSetting] = Field(default=[], description="Member levels, lowest first.")
    goal: list[GoalSetting] = Field(default=[], description="What the team wants to reach.")
    play: list[PlaySetting] = Field(default=[], max_length=MOST, description="The plays, first things first.")
    monitor: Monitor = Field(default_factory=Monitor)
    schedule: Schedule = Field(default_factory=Schedule)
    promote: Promote = Field(default_factory=Promote)
    openlineage: Openlineage = Field(default_factory=Openlineage)


@dataclass(frozen=True)
class Uplift:
    """Whom a play was verified to work on. ranking: by what users come in order: uplift (times value, less the cost;
    who gains less than nothing is not worth it), response, risk or random. brings, response: by how much a contact
    raises the chance to stay, and that chance with one, in SQL. needs: the columns that it asks for."""

    ranking: str
    brings: str
    response: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Saves:
    """What a play was verified to save. rate: share of the value at stake, below 0 where it did harm; None where too
    few users tell. tiers: the same by stay tier; who is in none of them counts by ``rate``. why: in words, with the
    figures. test: how many may be treated where it is not proven to be worth its cost. uplift: takes the place of the
    rates, None where it was not learned or not proven."""

    rate: float | None
    tiers: Mapping[str, float]
    why: Said
    test: int | None = None
    uplift: Uplift | None = None


@dataclass(frozen=True)
class Play:
    """A play with its rule read. number: its place by priority, from 0; channels: in order; saves: what was verified of
    it, None where nothing was."""

    number: int
    setting: PlaySetting
    rule: Rule
    channels: Mapping[str, Channel]
    cooldown: int
    saves: Saves | None = None

    @property
    def name(self) -> str:
        return self.setting.name

    @property
    def verified(self) -> Saves | None:
        """What it saves, where enough users told it."""
        return self.saves if self.saves is not None and self.saves.rate is not None else None


@dataclass(frozen=True)
class Playbook:
    """Plays by priority, and the rules of the segments and tags that they may name."""

    plays: tuple[Play, ...]
    segments: Mapping[str, Rule]
    tags: Mapping[str, Rule]

    def names(self, plays: bool = True) -> list[str]:
        """What its rules look at, each once, segments and tags resolved. plays: those of the plays as well."""
        rules = [*self.segments.values(), *(play.rule for play in self.plays if plays)]
        found = dict.fromkeys(name for rule in rules for name in rule.names)
        return [name for name in found if not name.startswith((SEGMENT, "tag:"))]

    @property
    def features(self) -> list[str]:
        """Those of ``names`` that are features."""
        return features_of(self.names())


def known_names(settings: Operations, layers: list[Layer], texts: Mapping[str, list[str]], tables: list[str]) -> Known:
    """What rules may name. texts: of snapshot columns whose values are known, such as stage, those values. tables: the
    configured ones."""
    known: dict[str, list[str]] = {
        "layer": [one.name for one in layers],
        "segment": [one.name for one in settings.segment],
        "tag": [one.name for one in settings.tag],
        "calendar": [one.name for one in settings.calendar],
        "days_to": [one.name for one in settings.calendar],
        "points": ["points"] if "points" in tables else [],
        **{f"layer:{one.name}": [text for group in one.groups for text in (group.en, group.zh)] for one in layers},
        **texts,
    }
    if settings.level:
        known["level"] = known["level_before"] = [one.name for one in settings.level]
    return known


def playbook(settings: Operations, known: Known, where: str) -> Playbook:
    """Read and check the rules of segments, tags and plays. known: of ``known_names``.

    Raises BadInput, naming file and key, for what a rule cannot ask, two of one name, a segment that goes in a circle,
    an unknown segment or channel, an offer of an unknown column, a play that nothing can match.
    """
    for key in ("segment", "tag", "calendar", "level", "play"):
        _once([one.name for one in getattr(settings, key)], f"{where}: {key}")
    _levels(settings, where)
    for number, goal in enumerate(settings.goal):
        check_metric(goal.metric, f"{where}: goal[{number}].metric", known["stage"])
    segments = {
        one.name: Rule(*comparisons(one, f"{where}: segment[{number}]", known))
        for number, one in enumerate(settings.segment)
    }
    tags: dict[str, Rule] = {}
    for number, one in enumerate(settings.tag):
        if one.segment not in segments:
            near = did_you_mean(one.segment, segments)
            raise BadInput(f"{where}: tag[{number}].segment: no [[segment]] named '{one.segment}'; {near}")
        tags[one.name] = Rule((Comparison(SEGMENT + one.segment, "==", True),))
    for number, name in enumerate(segments):
        _no_circle(name, segments | {f"tag:{tag}": rule for tag, rule in tags.items()}, f"{where}: segment[{number}]")
    for number, rule in enumerate(segments.values()):
        if bad := unreachable([rule]):
            raise BadInput(f"{where}: segment[{number}]: nobody can be in it: {bad[0][1]}; mend it")
    plays = tuple(_play(settings, number, known, segments, where) for number in range(len(settings.play)))
    return Playbook(plays, segments, tags)


def _play(settings: Operations, number: int, known: Known, segments: Mapping[str, Rule], where: str) -> Play:
    one, key, contact = settings.play[number], f"{where}: play[{number}]", settings.contact
    all_of, any_of = comparisons(one, key, known)
    if one.segment is not None:
        if one.segment not in segments:
            near = did_you_mean(one.segment, segments)
            raise BadInput(f"{key}.segment: no [[segment]] named '{one.segment}'; {near}")
        all_of = (Comparison(SEGMENT + one.segment, "==", True), *all_of)
    rule = Rule(all_of, any_of)
    flat = [part for name in all_of if name.name.startswith(SEGMENT) for part in segments[name.name[8:]].all]
    if bad := unreachable([Rule((*all_of, *flat), any_of)]):
        raise BadInput(f"{key}: nothing can match '{one.name}': {bad[0][1]}; mend it")
    for place, channel in enumerate(one.channels):
        if channel not in contact.channels:
            near = did_you_mean(channel, contact.channels)
            raise BadInput(f"{key}.channels[{place}]: no [contact.channels.{channel}]; {near}")
    if "." in one.offer and not one.offer.startswith("users."):
        raise BadInput(f"{key}.offer: '{one.offer}' is no column of users; write a code, or 'users.NAME'")
    _goal(one, known, key)
    cooldown = contact.cooldown_days if one.cooldown_days is None else one.cooldown_days
    return Play(number, one, rule, {name: contact.channels[name] for name in one.channels}, cooldown)


def _goal(play: PlaySetting, known: Known, key: str) -> None:
    begin, arrow, end = (part.strip() for part in play.goal.partition("->"))
    if not arrow and play.goal not in ("churn", "value"):
        raise BadInput(f"{key}.goal: '{play.goal}' is not churn, value, or a move such as 'lapsed_1 -> active'")
    for stage in (begin, end) if arrow else ():
        if stage not in known["stage"]:
            raise BadInput(f"{key}.goal: no stage '{stage}'; {did_you_mean(stage, known['stage'])}")


def _levels(settings: Operations, where: str) -> None:
    for number, one in enumerate(settings.level):
        try:
            kind = kind_of(one.measure, {})
        except BadInput as error:
            raise BadInput(f"{where}: level[{number}].measure: {error}") from None
        if kind != "number":
            raise BadInput(f"{where}: level[{number}].measure: '{one.measure}' is a {kind}; name a number")
        if number and one.measure != settings.level[0].measure:
            raise BadInput(f"{where}: level[{number}].measure: another than level[0]'s; one measure makes the ladder")
        if number and one.least <= settings.level[number - 1].least:
            raise BadInput(f"{where}: level[{number}].least: {one.least:g} does not rise; sort levels, lowest first")


def _once(names: list[str], key: str) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise BadInput(f"{key}[{number}].name: '{name}' stands twice; name each once")


def _no_circle(name: str, rules: Mapping[str, Rule], key: str, trail: tuple[str, ...] = ()) -> None:
    if name in trail:
        way = " → ".join((*trail[trail.index(name) :], name))
        raise BadInput(f"{key}: it goes in a circle: {way}; take one of them out")
    for asked in rules[name].names:
        own = asked.removeprefix(SEGMENT)
        if (own in rules and own != asked) or asked in rules:
            _no_circle(own if own in rules else asked, rules, key, (*trail, name))
