"""The flow between stages as a page that stands alone: one file, no script, the picture above and its numbers below."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from features import whole_files
from features.groups.lifecycle import ABSENT, Flow
from serving.charts.sankey import Band, Box, Column, Sankey, sankey
from serving.charts.stages import classes, swatch
from serving.reports.sankey import order, sums

NOT_YET = ("not known yet", "尚未出现")
THIN = 1250  # moves of fewer than one in so many users are thinner than half a pixel


def write(flows: Sequence[Flow], names: Mapping[str, tuple[str, str]], file: Path) -> None:
    """Write the page. names: what the stages are called in English and in Chinese; those without are called by id."""
    stages = order(flows, names)
    called = {name: NOT_YET if name == ABSENT else names.get(name, (name, name)) for name in stages}
    dates = [f"{at:%Y-%m-%d}" for at in (flows[0].begin, *(flow.end for flow in flows))]
    by_date = [sums(flows, place) for place in range(len(dates))]
    seen = [name for name in stages if any(name in one for one in by_date)]
    least = max(math.ceil(max(sum(one.values()) for one in by_date) / THIN), 1)
    page = _template().render(
        title="Flow between lifecycle stages · 阶段流转",
        style=Markup((files("serving") / "api/pages/static/charts.css").read_text(encoding="utf-8")),
        dates=dates,
        called=called,
        seen=seen,
        swatch={name: swatch(cls) for name, cls in classes(stages[:-1]).items()},
        by_date=by_date,
        totals=[sum(one.values()) for one in by_date],
        flows=flows,
        drawn=_drawn(flows, stages, called, dates, by_date, least),
        least=least,
    )
    whole_files.write_text(file, page)


def _drawn(
    flows: Sequence[Flow],
    stages: Sequence[str],
    called: Mapping[str, tuple[str, str]],
    dates: Sequence[str],
    by_date: Sequence[Mapping[str, int]],
    least: int,
) -> Sankey:
    paint, english = classes(stages[:-1]), {name: en for name, (en, _) in called.items()}
    columns = [
        Column(at, [Box(name, english[name], n, f"{n:,}", paint[name]) for name in stages if (n := users.get(name))])
        for at, users in zip(dates, by_date, strict=True)
    ]
    bands = [
        Band(place, a, b, n, f"{english[a]} → {english[b]}: {n:,} users, {dates[place]} to {dates[place + 1]}")
        for place, flow in enumerate(flows)
        for (a, b), n in flow.counts.items()
    ]
    return sankey(columns, bands, f"Flow between lifecycle stages, {dates[0]} to {dates[-1]}; numbers below", least)


@lru_cache
def _template() -> Template:
    text = (files("serving") / "reports/flow_page.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(text)
