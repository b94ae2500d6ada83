"""Every route of the service, in one table.

From it follow what Starlette serves by GET, what BentoML and the fast path serve by POST, the guard's access rules, the
OpenAPI description, docs/reference/routes.md, and the tests of examples and of the client.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from serving.api.contract.board_responses import BoardAnswer, BoardsAnswer
from serving.api.contract.campaign_responses import CampaignAnswer, CampaignsAnswer, ContactAnswer, HoldoutAnswer
from serving.api.contract.requests import FeaturesRequest, PredictRequest, ScoreRequest
from serving.api.contract.responses import (
    FeaturesAnswer,
    FlowAnswer,
    ModelAnswer,
    PredictAnswer,
    ScoreAnswer,
    StagesAnswer,
    UserAnswer,
)
from serving.api.pages.table import PAGES
from serving.api.routes import board_routes, campaign_routes, get_routes, post_routes
from serving.api.routes.route import ADMIN, ANY, GET, OPEN, PEOPLE, POST, PREDICT, VIEW, Route

LANG: Mapping[str, Any] = {
    "name": "lang",
    "in": "query",
    "description": "The language that reasons, and boards, are worded in. Accept-Language is not looked at.",
    "schema": {"type": "string", "enum": ["en", "zh"], "default": "en"},
}
USER: Mapping[str, Any] = {
    "name": "user_id",
    "in": "path",
    "required": True,
    "description": "The user's id, as in the tables; one of more than some 10,000 characters by POST to /v1/score.",
    "schema": {"type": "string", "minLength": 1},
    "example": "1",
}
RUN: dict[str, Any] = {
    "name": "run",
    "description": "A campaign run by its name, or latest.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
BOARD: Mapping[str, Any] = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "A board by its name, as /v1/boards lists them.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 60},
    "example": "cube",
}
ORDERS = [{"time": "2026-01-02T10:00:00Z", "amount": 20.5}, {"time": "2026-01-30T18:30:00Z", "amount": 12}]


def _run(name: str, default: str) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": 200}
    return {"name": name, "in": "query", "description": f"A snapshot by its run; default: {default}.", "schema": text}


def _score(_: Sequence[str]) -> dict[str, Any]:
    return {"user_ids": [1, 2]}


def _predict(_: Sequence[str]) -> dict[str, Any]:
    return {"users": [{"user_id": 1, "orders": ORDERS}], "as_of": "2026-02-01T00:00:00Z"}


def _predict_features(features: Sequence[str]) -> dict[str, Any]:
    return {"rows": [dict.fromkeys(features)]}


API = (
    Route(
        "/v1/score",
        POST,
        PEOPLE,
        "Rows of the current snapshot by user id.",
        handler=post_routes.score,
        takes=ScoreRequest,
        gives=ScoreAnswer,
        body=_score,
        client="score",
    ),
    Route(
        "/v1/predict",
        POST,
        PREDICT,
        "Scores and reasons for users with their raw rows.",
        handler=post_routes.predict,
        takes=PredictRequest,
        gives=PredictAnswer,
        body=_predict,
        client="predict",
    ),
    Route(
        "/v1/predict_features",
        POST,
        PREDICT,
        "Scores and reasons for rows of features.",
        handler=post_routes.predict_features,
        takes=FeaturesRequest,
        gives=FeaturesAnswer,
        body=_predict_features,
        client="predict_features",
    ),
    Route(
        "/v1/users/{user_id}/contact",  # before the user: an id may hold slashes
        GET,
        PEOPLE,
        "Whether a campaign run lets a user be written to, by which play and channel, or why not.",
        handler=campaign_routes.contact,
        gives=ContactAnswer,
        parameters=(USER, RUN | {"in": "query", "schema": RUN["schema"] | {"default": "latest"}}, LANG),
        refuses=(400, 404),
        sample="/v1/users/1/contact?lang=zh",
        client="contact",
    ),
    Route(
        "/v1/users/{user_id}",
        GET,
        PEOPLE,
        "One user's row of the snapshot.",
        handler=get_routes.user,
        gives=UserAnswer,
        parameters=(USER, LANG),
        refuses=(400, 404),
        sample="/v1/users/1?lang=zh",
        client="user",
    ),
    Route(
        "/v1/stages",
        GET,
        VIEW,
        "How many users of the snapshot are on which stage.",
        handler=get_routes.stages,
        gives=StagesAnswer,
        client="stages",
    ),
    Route(
        "/v1/stages/flow",
        GET,
        VIEW,
        "Who went from which stage to which between two snapshots.",
        handler=get_routes.stages_flow,
        gives=FlowAnswer,
        parameters=(_run("from", "the one before"), _run("to", "the current one")),
        refuses=(404,),
        client="flow",
    ),
    Route(
        "/v1/model",
        GET,
        VIEW,
        "The model that predicts: what it is, how good it was, what it takes.",
        handler=get_routes.model,
        gives=ModelAnswer,
        client="model",
    ),
    Route(
        "/v1/campaigns",
        GET,
        VIEW,
        "The campaign runs, newest first: users matched, written to and held back, cost, and where each stands.",
        handler=campaign_routes.campaigns,
        gives=CampaignsAnswer,
        client="campaigns",
    ),
    Route(
        "/v1/campaigns/{run}",
        GET,
        VIEW,
        "The report of a campaign run: its plays with the fates of their users, which add up.",
        handler=campaign_routes.campaign,
        gives=CampaignAnswer,
        parameters=(RUN | {"in": "path", "required": True, "example": "latest"},),
        refuses=(400, 404),
        sample="/v1/campaigns/latest",
        client="campaign",
    ),
    Route(
        "/v1/holdout/{user_id}",
        GET,
        PEOPLE,
        "Whether a user is in the global holdout, whom no play takes; of any id, known or not.",
        handler=campaign_routes.holdout,
        gives=HoldoutAnswer,
        parameters=(USER,),
        refuses=(400,),
        sample="/v1/holdout/1",
        client="holdout",
    ),
    Route(
        "/v1/boards",
        GET,
        VIEW,
        "The boards of the snapshot: what each says, its columns, its number of rows or why it is missing.",
        handler=board_routes.boards,
        gives=BoardsAnswer,
        parameters=(LANG,),
        refuses=(400,),
        sample="/v1/boards?lang=zh",
        client="boards",
    ),
    Route(
        "/v1/boards/top",  # before the others: it names users
        GET,
        PEOPLE,
        "The board of the users most worth keeping; as JSON, CSV or Parquet, by Accept.",
        handler=board_routes.top,
        gives=BoardAnswer,
        parameters=(LANG,),
        refuses=(400, 404),
        client="top",
    ),
    Route(
        "/v1/boards/{name}",
        GET,
        VIEW,
        "The rows of a board; as JSON, CSV or Parquet, by Accept.",
        handler=board_routes.board,
        gives=BoardAnswer,
        parameters=(BOARD, LANG),
        refuses=(400, 404),
        sample="/v1/boards/cube",
        client="board",
    ),
    Route("/v1/openapi.json", GET, ANY, "This description.", handler=get_routes.description),
)
PROBES = (
    Route("/livez", GET, OPEN, "Whether the process is alive."),
    Route(
        "/readyz", GET, OPEN, "Whether there is something to serve, and to whom has a key what; 503 where there is not."
    ),
)
BESIDE = (
    Route("/metrics", GET, ADMIN, "What Prometheus reads: requests, latencies, versions, scores."),
    Route("/docs.json", GET, ADMIN, "BentoML's own description of the POST routes."),
    Route("/schema.json", GET, ADMIN, "BentoML's description of the service, which its client reads."),
    Route("/healthz", GET, ADMIN, "BentoML's other word for /livez."),
)
ROUTES = (*API, *PAGES, *PROBES, *BESIDE)
GETS = tuple(one for one in API if one.methods == GET)  # beside the pages, which are served with them
POSTS = tuple(one for one in API if one.methods == POST)
