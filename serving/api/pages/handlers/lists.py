"""A list: the users behind any number of any page, most value at stake first."""

from starlette.responses import Response

from features.errors import BadInput
from serving.api.contract.errors import Problem, Refused
from serving.api.pages.audit import audit
from serving.api.pages.listed import counted, first
from serving.api.pages.people import ABSENT, KEYS, Filter, asked
from serving.api.pages.user_rows import user_rows
from serving.api.pages.view import View
from serving.batch.listing import named
from serving.batch.snapshot import Snapshot

ROWS = 50  # a page of the list


def lists(view: View) -> Response:
    """The users whom the address asks for; ``at`` names an earlier snapshot."""
    snapshot, whom = at_of(view), asked(view.request.query_params)
    found = counted(snapshot, whom)
    if found is None:
        return view.render("no_boards.html", title=view.t("lists.title"), why=view.why_not("cube"))
    page = view.query("page", "1")
    last = max(1, -(-int(found["users"]) // ROWS))
    number = min(int(page), last) if page.isdecimal() and int(page[:9]) > 0 else 1
    query = query_of(view, whom)
    audit(view, "list opened", int(found["users"]), filter=query, page=number)
    return view.render(
        "list.html",
        told=told(view, whom),
        whom=whom,
        found=found,
        snapshot=snapshot,
        rows=user_rows(view, first(snapshot, whom, ROWS, (number - 1) * ROWS)),
        place=number,
        last=last,
        before=view.link("/list", **query, page=number - 1) if number > 1 else "",
        after=view.link("/list", **query, page=number + 1) if number < last else "",
        query=query,
        now=snapshot.run_id == view.snapshot.run_id,
    )


def query_of(view: View, whom: Filter) -> dict[str, str]:
    """The address of the list: whom it asks for, and of when."""
    return whom.query | ({"at": view.query("at")} if view.query("at") else {})


def at_of(view: View) -> Snapshot:
    """The snapshot that the address names, or the one that is live. Raises Refused for an unknown one."""
    name = view.query("at")
    if not name:
        return view.snapshot
    try:
        return named(view.config.store_path, name)
    except BadInput:
        raise Refused(Problem(404, "unknown_snapshot", view.t("lists.no_snapshot"), "at")) from None


def told(view: View, whom: Filter) -> str:
    """The filter in words."""
    parts = []
    for key, given in whom.values.items():
        names = [view.t("lists.none") if one == ABSENT else _named(view, KEYS[key], one) for one in given]
        parts.append(view.t(f"lists.{key}", value=view.t("lists.or").join(names)))
    if whom.tag:
        parts.append(view.t("lists.tag", value=view.tag(whom.tag)))
    if whom.scored:
        parts.append(view.t("lists.scored"))
    return view.t("lists.and").join(parts) or view.t("lists.all")


def _named(view: View, column: str, value: str) -> str:
    if column.startswith("stage"):
        return view.stage(value)
    return str(view.level(value)) if column == "level" else view.group(value)
