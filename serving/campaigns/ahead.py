"""What the playbook has ahead: calendar days, days without messages, ends of plays and goals."""

from dataclasses import dataclass
from datetime import date, timedelta

from features.config import Config
from features.config.operations.contact import day


@dataclass(frozen=True)
class Ahead:
    """A date, and what begins or ends on it."""

    on: date
    what: str


def ahead(config: Config, today: date, days: int, language: str = "en") -> list[Ahead]:
    """What falls on the next ``days`` days, today among them, earliest first. Days of users' own are not dates here."""
    last, found = today + timedelta(days=days - 1), []
    zh = language == "zh"
    for one in config.calendar:
        name = (one.zh or one.name) if zh else one.name
        for text in one.dates:
            begins = day(text) - timedelta(days=one.days_before)
            found += [(day(text), name)] + (
                [(begins, f"{name}：开始触达" if zh else f"{name}: counts from here on")] * (begins < day(text))
            )
    for first, end in config.contact.blackouts:
        told = f"免打扰日，至 {end}" if zh else f"no messages until {end}, that day among them"
        found.append((max(first, today) if end >= today else first, told))
    for play in config.play:
        name = (play.zh or play.name) if zh else (play.en or play.name)
        if play.until:
            found.append((day(play.until), f"{name}：最后一天" if zh else f"{name}: its last day"))
    for goal in config.goal:
        name = (goal.zh or goal.name) if zh else goal.name
        found.append((day(goal.by), f"目标：{name}" if zh else f"goal: {name}"))
    return [Ahead(on, what) for on, what in sorted(found) if today <= on <= last]
