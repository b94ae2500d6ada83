"""What operators do with a run: approve it, export its lists, cancel it; and fetch what was exported."""

from collections.abc import Sequence

from starlette.responses import FileResponse, RedirectResponse, Response

from features import whole_files
from features.errors import BadInput
from serving.api.contract.errors import Problem, Refused
from serving.api.pages.audit import audit
from serving.api.pages.handlers.campaigns.parts import actor, now, run_of
from serving.api.pages.handlers.campaigns.run import shown
from serving.api.pages.view import View
from serving.campaigns import receipts
from serving.campaigns.export import WHICH, allowed
from serving.campaigns.fates import TREATMENT
from serving.campaigns.formats.table import LIST
from serving.campaigns.run import Run
from serving.jobs.jobs import start

TEXT = 2000  # characters of a message
CONFLICT = 409


def approve(view: View) -> Response:
    """Let the run's lists be exported; never by who drafted it."""
    run = run_of(view)
    view.form.only(())
    problem = _standing(view, run)
    if not problem and receipts.drafted(run, actor(view)):
        problem = view.t("campaigns.own_draft")
    if not problem and (found := receipts.approval(run)):
        problem = view.t("campaigns.approved_already", by=found["by"])
    try:
        if not problem:
            run.verify()  # so that nothing is noted that is refused
            audit(view, "run approved", _users(run), run=run.name)
            receipts.approve(run, actor(view), now())
    except BadInput as error:
        problem = str(error)
    return shown(view, run, CONFLICT, problem) if problem else _back(view, run)


def cancel(view: View) -> Response:
    """Let nothing of the run be exported from now on."""
    run = run_of(view)
    view.form.only(())
    problem = _standing(view, run)
    try:
        if not problem:
            audit(view, "run cancelled", _users(run), run=run.name)
            receipts.cancel(run, actor(view), now())
    except BadInput as error:
        problem = str(error)
    return shown(view, run, CONFLICT, problem) if problem else _back(view, run)


def export(view: View) -> Response:
    """Start to write lists of an approved run: consent is read again from the tables, which may take minutes."""
    run, form = run_of(view), view.form.only(("play", "format", "list", "text"))
    plays, kind, which, text = form.several("play"), form.one("format"), form.one("list"), form.one("text")
    problem = _standing(view, run)
    if not problem and not plays:
        problem = view.t("campaigns.choose_one")
    elif not problem and (kind not in [one.name for one in LIST] or which not in WHICH or len(text) > TEXT):
        problem = view.t("campaigns.bad_export", most=TEXT)
    elif not problem and receipts.approval(run) is None:
        problem = view.t("campaigns.not_approved")
    if problem:
        return shown(view, run, 422, problem)
    try:
        for name in plays:
            allowed(run, name, which, now(), view.config.project.timezone)
        audit(view, "run exported", _users(run, plays), run=run.name, plays=plays, target=kind, list=which)
        start(
            view.config,
            "export",
            [
                "campaign",
                "export",
                run.name,
                f"--config={view.config.file}",
                f"--by={actor(view)}",
                f"--format={kind}",
                f"--list={which}",
                *([f"--text={text}"] if text else []),
                *(f"--play={name}" for name in plays),
            ],
            actor(view),
            {"run": run.name},
        )
    except BadInput as error:
        return shown(view, run, CONFLICT, str(error))
    return _back(view, run)


def download(view: View) -> Response:
    """A file of an export. It is named by its place in the receipt, never by a path of the address."""
    run, params = run_of(view), view.request.path_params
    for place, receipt in receipts.receipts(run.folder):
        number = params["number"]
        if place.name == params["export"] and number.isdecimal() and int(number[:6]) < len(receipt["files"]):
            told = receipt["files"][int(number[:6])]
            file = (place / told["file"]).resolve()
            if not file.is_relative_to(place.resolve()) or not file.exists():
                break
            if whole_files.sha256(file) != told["sha256"]:
                raise Refused(Problem(503, "unavailable", view.t("campaigns.file_changed")))
            name = f"{run.name}-{place.name}-{told['file'].replace('/', '-')}"
            audit(view, "list downloaded", told["rows"], run=run.name, play=receipt["play"], target=name)
            return FileResponse(file, media_type="application/octet-stream", filename=name)
    raise Refused(Problem(404, "unknown_run", view.t("campaigns.no_file")))


def _standing(view: View, run: Run) -> str:
    """Why nothing may be done with the run any more; "" where that is not so."""
    found = receipts.cancelled(run)
    return view.t("campaigns.cancelled_already", by=found["by"]) if found else ""


def _users(run: Run, plays: Sequence[str] = ()) -> int:
    """How many are on the lists of these plays; none given: of all."""
    fates = [one["fates"] for one in run.report["plays"] if not plays or one["name"] in plays]
    return sum(one[TREATMENT] for one in fates)


def _back(view: View, run: Run) -> Response:
    return RedirectResponse(view.link(f"/campaigns/{run.name}"), 303)
