"""The pages in one table, of which the service's routes are a part: menu, guard and tests follow from it."""

from serving.api.pages import marks
from serving.api.pages.handlers.campaigns.acts import approve, cancel, download, export
from serving.api.pages.handlers.campaigns.new import new
from serving.api.pages.handlers.campaigns.run import run
from serving.api.pages.handlers.campaigns.run_users import everybody
from serving.api.pages.handlers.campaigns.run_users import users as play_users
from serving.api.pages.handlers.campaigns.runs import campaigns, draft
from serving.api.pages.handlers.cells import cells
from serving.api.pages.handlers.channels import channels
from serving.api.pages.handlers.community import community
from serving.api.pages.handlers.flow import flow
from serving.api.pages.handlers.funnel import funnel
from serving.api.pages.handlers.layers import layer, layers
from serving.api.pages.handlers.list_files import list_file
from serving.api.pages.handlers.lists import lists
from serving.api.pages.handlers.model import model
from serving.api.pages.handlers.overview import overview
from serving.api.pages.handlers.retention import retention
from serving.api.pages.handlers.users import user, users
from serving.api.pages.handlers.verification import verification, verify
from serving.api.pages.kept import kept
from serving.api.pages.view import Handler, page
from serving.api.routes.route import APPROVE, GET, OPEN, OPERATE, PEOPLE, POST, VIEW, Route


def _page(name: str, scope: str, does: str, handler: Handler, menu: str, methods: tuple[str, ...] = GET) -> Route:
    """menu: its entry in the menu; with "-" before, the entry that it belongs to."""
    endpoint = page(handler, menu.removeprefix("-"))
    return Route(name, methods, scope, does, handler=endpoint, html=True, menu=menu, streams=handler is list_file)


SIGN_IN = (  # the guard itself answers all but the last, and Starlette the files
    Route("/ui/login", (*GET, *POST), OPEN, "The form to sign in with a key, and what takes it.", html=True),
    Route("/ui/login/oidc", GET, OPEN, "Leads to who vouches for people, by OpenID Connect.", html=True),
    Route("/ui/login/oidc/back", GET, OPEN, "Where people come back to from there.", html=True),
    Route("/ui/logout", POST, OPEN, "Signs out.", html=True),
    Route("/ui/static/{file}", GET, OPEN, "Style sheets.", html=True),
)
USER = kept(user, marks.user)
RUNS, RUN = kept(campaigns, marks.campaigns), kept(run, marks.campaigns)
EVERYBODY, PLAY_USERS = kept(everybody, marks.run), kept(play_users, marks.run)
VERIFICATION = kept(verification, marks.verification)
PAGES = (
    *SIGN_IN,
    _page("/ui", VIEW, "Overview: the base in five numbers, stages, early warning.", kept(overview), "overview"),
    _page("/ui/flow", VIEW, "Stage flow: who moved where, and what is expected next.", kept(flow), "flow"),
    _page("/ui/cells", VIEW, "Risk × value: bands against what users are worth if they stay.", kept(cells), "cells"),
    _page("/ui/users", PEOPLE, "Users: looking one up.", kept(users), "users"),
    _page("/ui/users/{user_id}", PEOPLE, "One user: stage, numbers, reasons, history, campaigns.", USER, "-users"),
    _page("/ui/layers", VIEW, "Layers and tags, and the portrait of a stage.", kept(layers), "layers"),
    _page("/ui/layers/{layer}/{group}", PEOPLE, "The users of a group of a layer.", kept(layer), "-layers"),
    _page("/ui/funnel", VIEW, "The funnel: steps, and groups that differ.", kept(funnel), "funnel"),
    _page("/ui/retention", VIEW, "Retention and value of cohorts.", kept(retention), "retention"),
    _page("/ui/channels", VIEW, "Traffic, orders, channels, AARRR, goals.", kept(channels), "channels"),
    _page("/ui/community", VIEW, "Community groups, private domain, points, levels.", kept(community), "community"),
    _page("/ui/list", PEOPLE, "The users behind a number of any page.", kept(lists), "-users"),
    _page("/ui/list/{kind}", PEOPLE, "A list as a file.", list_file, "-users"),
    _page("/ui/campaigns", VIEW, "Campaigns: the runs, the playbook, what is ahead.", RUNS, "campaigns"),
    _page("/ui/campaigns/draft", OPERATE, "Draft a run from the playbook.", draft, "-campaigns", POST),
    _page("/ui/campaigns/new", OPERATE, "A campaign of the users of a list.", new, "-campaigns", (*GET, *POST)),
    _page("/ui/campaigns/{run}", VIEW, "One campaign run: plays with the fates of their users.", RUN, "-campaigns"),
    _page("/ui/campaigns/{run}/approve", APPROVE, "Approve a run.", approve, "-campaigns", POST),
    _page("/ui/campaigns/{run}/export", OPERATE, "Export lists of a run.", export, "-campaigns", POST),
    _page("/ui/campaigns/{run}/cancel", OPERATE, "Cancel a run.", cancel, "-campaigns", POST),
    _page("/ui/campaigns/{run}/files/{export}/{number}", OPERATE, "An exported file.", download, "-campaigns"),
    _page("/ui/campaigns/{run}/people", PEOPLE, "Whom the plays of a run matched.", EVERYBODY, "-campaigns"),
    _page("/ui/campaigns/{run}/play/{play}", PEOPLE, "Whom a play matched.", PLAY_USERS, "-campaigns"),
    _page("/ui/verification", VIEW, "Verification: whether campaigns worked.", VERIFICATION, "verification"),
    _page("/ui/verification/verify", OPERATE, "Verify all campaigns.", verify, "-verification", POST),
    _page("/ui/model", VIEW, "Model and data: quality, tables, definitions of churn.", kept(model), "model"),
)
