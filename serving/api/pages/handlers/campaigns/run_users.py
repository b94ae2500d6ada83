"""The users of a run or of one of its plays, by what became of them: as long as the report says."""

from typing import Any

from starlette.responses import Response

from serving.api.contract.errors import Problem, Refused
from serving.api.pages.audit import audit
from serving.api.pages.handlers.campaigns.parts import called, people, run_of
from serving.api.pages.handlers.campaigns.run import parts
from serving.api.pages.scans import scanning
from serving.api.pages.view import View
from serving.campaigns.fates import ARMS, BY_PLAY, FATES, words
from serving.campaigns.run import Run
from serving.charts.bars import legend

ROWS = 50  # a page of them


def everybody(view: View) -> Response:
    """Every user whom a play of the run matched, each once."""
    run = run_of(view)
    return _shown(view, run, "", run.report["users"])


def users(view: View) -> Response:
    """The users whom one play matched."""
    run, name = run_of(view), view.request.path_params["play"]
    report = next((one for one in run.report["plays"] if one["name"] == name), None)
    if report is None:
        raise Refused(Problem(404, "unknown_run", view.t("campaigns.no_play"), "play"))
    return _shown(view, run, name, report)


def _shown(view: View, run: Run, play: str, report: dict[str, Any]) -> Response:
    fate = view.query("fate") if view.query("fate") in FATES else ""
    found = report["fates"][fate] if fate else report["matched"]
    last = max(1, -(-found // ROWS))
    asked = view.query("page", "1")
    page = min(int(asked), last) if asked.isdecimal() and int(asked[:9]) > 0 else 1
    audit(view, "list opened", found, run=run.name, play=play, fate=fate, page=page)
    name = called(view, run.plays[play]) if play else view.t("campaigns.all_plays")
    return view.render(
        "campaigns/users.html",
        run=run,
        name=name,
        fate=words(fate, view.language) if fate else "",
        found=found,
        rows=[_row(view, run, one) for one in rows(run, play, fate, ROWS, (page - 1) * ROWS)],
        legend=legend(parts(view, run, report["fates"], play)),
        all=people(view, run, play) if fate else "",
        page=page,
        last=last,
        before=people(view, run, play, fate=fate, page=page - 1) if page > 1 else "",
        after=people(view, run, play, fate=fate, page=page + 1) if page < last else "",
    )


def rows(run: Run, play: str = "", fate: str = "", most: int = ROWS, begin: int = 0) -> list[dict[str, Any]]:
    """Users with their fate: of a play those it matched, of "" those of any, each once. In the order of the play, then
    by value at stake, then by id. Raises BadInput where the run was changed."""
    reason, where, given = "coalesce(arm, reason)", "true", []
    if play:
        bit = 1 << run.plays[play]["number"]
        kept_off = " ".join(f"WHEN plays_{one} & {bit} <> 0 THEN '{one}'" for one in BY_PLAY)
        reason, where = f"CASE {kept_off} ELSE coalesce(arm, reason) END", f"plays_matched & {bit} <> 0"
    if fate:
        given.append(fate)
    own = f"fate NOT IN ({', '.join(map(repr, BY_PLAY))})"  # then the row tells of this play
    picked = ", ".join(f"CASE WHEN {own} THEN {name} END AS {name}" for name in ("channel", "rank", "cost"))
    with scanning() as con:
        found = con.execute(
            f"SELECT user_id, fate, play, value_at_stake, send_after::TIMESTAMP AS send_after, "
            f"send_before::TIMESTAMP AS send_before, {picked} "
            f"FROM (SELECT *, {reason} AS fate FROM read_parquet(?) WHERE {where}) "
            f"{'WHERE fate = ?' if fate else ''} ORDER BY CASE WHEN {own} THEN 0 ELSE 1 END, {'' if play else 'play, '}"
            "rank NULLS LAST, value_at_stake DESC NULLS LAST, user_id LIMIT ? OFFSET ?",
            [[str(file) for file in run.files], *given, most, begin],
        )
        names = [one[0] for one in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _row(view: View, run: Run, row: dict[str, Any]) -> dict[str, Any]:
    hours = ""
    if row["fate"] in ARMS and row["send_after"] and row["send_before"]:
        hours = f"{row['send_after']:%H:%M} – {row['send_before']:%H:%M} UTC"
    return {
        **row,
        "href": view.link(f"/users/{row['user_id']}"),
        "called": called(view, run.plays[row["play"]]) if row["play"] in run.plays else "",
        "text": words(row["fate"], view.language),
        "cls": f"fate-{row['fate']}",
        "hours": hours,
    }
