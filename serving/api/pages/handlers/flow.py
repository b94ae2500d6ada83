"""Stage flow: the Sankey over snapshots and what is expected next, whose bands are links to who moved."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from starlette.responses import Response

from features.groups.lifecycle import ABSENT
from serving.api.pages.history import Past, history
from serving.api.pages.numbers import day
from serving.api.pages.people import ABSENT as NONE
from serving.api.pages.people import grouped
from serving.api.pages.told.meanings import stage_meanings
from serving.api.pages.view import View
from serving.charts.sankey import Band, Box, Column, sankey
from serving.charts.stages import classes, order

DATES, SHARE = 4, 0.001  # columns; moves of fewer users of the base are not drawn
GONE = ("prospect",)  # left out unless ``all=1``: never active, and gone longer than the ladder is long


def flow(view: View) -> Response:
    """The picture, and the last moves as a table."""
    past = history(view.snapshot, DATES)
    if not past:
        return view.render("no_boards.html", title=view.t("flow.title"), why=view.why_not("cube"))
    everybody = view.query("all") == "1"
    hidden = set() if everybody else {*GONE, *[name for name in view.stages if name.startswith("lapsed_")][:1]}
    ranked = [*order(view.stages), ABSENT]
    counts = [_counts(one.cube) for one in past]
    moves = [_moves(past, place, hidden) for place in range(1, len(past))]
    expected = _expected(view, hidden)
    columns = [_column(view, one, counts[place], ranked, hidden) for place, one in enumerate(past)]
    bands = [
        Band(
            place, a, b, users, _told(view, (a, b), users, past[place : place + 2]), _href(view, past[place + 1], a, b)
        )
        for place, found in enumerate(moves)
        for (a, b), users in found.items()
    ]
    _with_absent(view, columns, moves)
    if expected:
        columns.append(_column_of(view, expected, ranked))
        bands += [
            Band(
                len(past) - 1,
                a,
                b,
                users,
                view.t("flow.expects", move=_move(view, a, b), users=view.n(users)),
            )
            for (a, b), users in expected.items()
        ]
    least = max(1.0, SHARE * view.snapshot.manifest["users"])
    drawn = sankey(columns, bands, view.t("flow.title"), least)
    return view.render(
        "flow.html",
        drawn=drawn,
        least=least,
        everybody=everybody,
        toggle=view.link("/flow", all="" if everybody else "1"),
        table=_table(view, past),
        meanings=[*stage_meanings(view), (view.stage(None), view.t("flow.absent_means"))],
        past=past,
        expected=bool(expected),
        single=len(past) == 1,
    )


def _counts(cube: pa.Table) -> Counter[str]:
    return Counter({stage: int(one["users"]) for (stage,), one in grouped(cube, "stage").items()})


def _moves(past: Sequence[Past], place: int, hidden: set[str]) -> Counter[tuple[str, str]]:
    """Moves into a snapshot; stages before are of the one that its manifest names."""
    found: Counter[tuple[str, str]] = Counter()
    for (a, b), one in grouped(past[place].cube, "stage_before", "stage").items():
        a = ABSENT if a is None else a
        if a not in hidden and b not in hidden:
            found[a, b] += int(one["users"])
    return found


def _column(view: View, one: Past, counts: Counter[str], ranked: Sequence[str], hidden: set[str]) -> Column:
    paint = classes(view.stages)
    boxes = [
        Box(name, view.stage(name), counts[name], view.n(counts[name]), paint[name], _list(view, one, stage=name))
        for name in ranked
        if counts[name] and name not in hidden
    ]
    return Column(_day(view, one), boxes)


def _with_absent(view: View, columns: list[Column], moves: Sequence[Counter[tuple[str, str]]]) -> None:
    """Give each column but the last a box for who was not known then."""
    paint = classes(view.stages)
    for place, found in enumerate(moves):
        new = sum(users for (a, _), users in found.items() if a == ABSENT)
        if new:
            box = Box(ABSENT, view.t("common.not_known_yet"), new, view.n(new), paint[ABSENT])
            columns[place] = Column(columns[place].head, [*columns[place].boxes, box])


def _expected(view: View, hidden: set[str]) -> dict[tuple[str, str], float]:
    """Moves of the board ``next``."""
    board = view.board("next")
    if board is None:
        return {}
    found: dict[tuple[str, str], float] = {}
    for row in board.to_pylist():
        a, b = row["stage"], row["stage_next"]
        if a not in hidden and b not in hidden:
            found[a, b] = found.get((a, b), 0.0) + row["users"]
    return found


def _column_of(view: View, expected: dict[tuple[str, str], float], ranked: Sequence[str]) -> Column:
    paint, users = classes(view.stages), Counter[str]()
    for (_, b), n in expected.items():
        users[b] += n  # type: ignore[assignment]
    head = view.t("flow.next", days=view.n(view.config.horizon))
    return Column(
        head,
        [Box(name, view.stage(name), users[name], view.n(users[name]), paint[name]) for name in ranked if users[name]],
        expected=True,
    )


def _table(view: View, past: Sequence[Past]) -> list[dict[str, Any]]:
    """The moves into the newest snapshot, by users."""
    if len(past) < 2:
        return []
    paint = classes(view.stages)
    return [
        {
            "from": view.stage(a),
            "to": view.stage(b),
            "from_cls": paint.get(a, "stage-absent"),
            "to_cls": paint[b],
            "users": users,
            "href": _href(view, past[-1], a, b),
        }
        for (a, b), users in _moves(past, len(past) - 1, set()).most_common()
    ]


def _move(view: View, a: str, b: str) -> str:
    return f"{view.stage(a)} → {view.stage(b)}"


def _told(view: View, move: tuple[str, str], users: int, between: Sequence[Past]) -> str:
    dates = " – ".join(_day(view, one) for one in between)
    return f"{view.says(_move(view, *move), users)}, {dates}"


def _href(view: View, end: Past, a: str, b: str) -> str | None:
    return _list(view, end, **{"from": NONE if a == ABSENT else a, "stage": b})


def _list(view: View, one: Past, **query: str) -> str | None:
    """The list of who is counted, in the snapshot of then; None for who may not open it."""
    now = one.snapshot.run_id == view.snapshot.run_id
    return view.list_link(**query, at="" if now else one.snapshot.run_id)


def _day(view: View, one: Past) -> str:
    return day(one.at, view.language)
