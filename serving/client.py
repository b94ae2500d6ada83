"""A small client of the HTTP API: typed answers, one retry where a connection is lost, and waiting where asked to.

    with Client("https://score.example", key=os.environ["SCORE_KEY"]) as client:
        for user in client.score([1, 2, 3])["users"]:
            print(user["user_id"], user["churn_risk"])

It needs httpx alone, so the file may be copied into another program.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict
from urllib.parse import quote

import httpx

User = int | str
Lang = Literal["en", "zh"]
PATIENT = (429, 503)  # too much at once, or starting: worth another try after the seconds that Retry-After names
TRIES = 4
LONGEST = 30.0  # seconds that are waited at once, whatever Retry-After says


class Reason(TypedDict):
    """A feature, its value and that of the window before, its part of the log-odds; in words; theme; what to do."""

    feature: str
    value: float | None
    before: float | None
    contribution: float
    text: str
    theme: str | None
    lever: str | None


class CurvePoint(TypedDict):
    """The probability of no activity in so many days, and of having returned by then."""

    days: float
    churn_risk: float
    returned: float


class Scores(TypedDict):
    """What the model says of a row; null where the user is not eligible."""

    churn_risk: float | None
    risk_band: str | None
    risk_percentile: float | None
    expected_value: float | None
    value_rank: float | None
    value_tier: str | None
    value_if_stays: float | None
    stay_tier: str | None
    value_at_stake: float | None
    churn_curve: list[CurvePoint] | None
    lifetime_days: float | None
    lifetime_value: float | None
    lifetime_value_low: float | None
    lifetime_value_high: float | None
    reasons: list[Reason] | None


class Judged(Scores):
    """A user who was scored, or why not."""

    user_id: User
    eligible: bool
    reason_not_eligible: str | None
    history_days: float | None
    active_days: int | None
    bucket: int


class UserScores(Judged):
    """A user's row of the snapshot."""

    stage: str | None
    stage_before: str | None
    level: str | None
    tags: list[str]
    weekly_counts: list[int] | None
    points_balance: float | None


class BadRow(TypedDict):
    """A row sent that was set aside, and why."""

    table: str
    row: int
    code: str
    message: str


class PredictedUser(Judged):
    """A user scored from the rows sent; no stage where its rules take the whole base to tell of earlier weeks."""

    stage: str | None
    bad_rows: list[BadRow]


class Made(TypedDict):
    """What made an answer."""

    model_version: str
    snapshot: str | None
    as_of: str | None


class ScoreAnswer(Made):
    """Users of the snapshot in the order asked for, and ids that are not in it."""

    users: list[UserScores]
    unknown: list[User]


class PredictAnswer(Made):
    """Users in the order asked for."""

    users: list[PredictedUser]


class FeaturesAnswer(Made):
    """One entry per row, in order."""

    rows: list[Scores]


class UserAnswer(Made):
    """One user of the snapshot."""

    user: UserScores


class Fate(TypedDict):
    """What became of a user in a play that matched them: an arm or a reason, and its words; the play's last day."""

    play: str
    called: str
    fate: str
    text: str
    channel: str | None
    until: str | None


class ContactAnswer(TypedDict):
    """What a campaign run decided about a user; null where no play matched them. Nobody should be written to by a run
    that is a draft or cancelled, who is in an arm other than treatment, or after the play's last day."""

    user_id: User
    run: str
    as_of: str
    standing: Literal["draft", "approved", "exported", "cancelled"]
    play: str | None
    arm: Literal["treatment", "holdout"] | None
    channel: str | None
    send_after: str | None
    send_before: str | None
    reason: str | None
    reason_text: str | None
    fates: list[Fate]
    global_holdout: bool


class HoldoutAnswer(TypedDict):
    """Whether a user is in the global holdout, whom no play takes, of that share of the users and that epoch."""

    user_id: User
    global_holdout: bool
    share: float
    epoch: str


class ApiError(Exception):
    """A refused request. status: of HTTP; code, message, field, row: the error's own; request_id: as in the log."""

    def __init__(self, status: int, error: Mapping[str, Any], request_id: str | None):
        self.status, self.request_id = status, request_id
        self.code, self.message = str(error.get("code", "unknown")), str(error.get("message", ""))
        self.field, self.row = error.get("field"), error.get("row")
        where = f" ({self.field})" if self.field else ""
        super().__init__(f"{status} {self.code}: {self.message}{where}; request {request_id}")


class Client:
    """Connections to one service, to be closed or used as a context. Threads may share it.

    timeout: seconds for one try. transport: of httpx, for tests. Every method raises ApiError where the service
    refuses, and httpx.TransportError where it cannot be reached twice in a row.
    """

    def __init__(
        self, url: str, key: str | None = None, timeout: float = 30, transport: httpx.BaseTransport | None = None
    ):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, transport=transport)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def score(self, user_ids: Sequence[User], lang: Lang = "en") -> ScoreAnswer:
        """The users' rows of the current snapshot; 1,000 users at most."""
        return self._ask("POST", "/v1/score", {"user_ids": list(user_ids), "lang": lang})

    def predict(self, users: Sequence[Mapping[str, Any]], as_of: str | None = None, lang: Lang = "en") -> PredictAnswer:
        """New scores from raw rows: of each user the ``user_id`` and, by table, rows as in docs/reference/tables.md."""
        return self._ask("POST", "/v1/predict", {"users": list(users), "as_of": as_of, "lang": lang})

    def predict_features(
        self,
        rows: Sequence[Mapping[str, float | str | None]],
        lang: Lang = "en",
        only: Literal["churn_risk"] | None = None,
    ) -> FeaturesAnswer:
        """New scores from ready features; every feature of ``model()`` has to be named in every row. only: the churn
        risk, with its band and percentile, in half the time."""
        return self._ask("POST", "/v1/predict_features", {"rows": list(rows), "lang": lang, "only": only})

    def user(self, user_id: User, lang: Lang = "en") -> UserAnswer:
        """One user's row of the current snapshot; of an id that ends in '/contact' by ``score``."""
        return self._ask("GET", f"/v1/users/{quote(str(user_id), safe='')}?lang={lang}")

    def stages(self) -> dict[str, Any]:
        """How many users are on each stage."""
        return self._ask("GET", "/v1/stages")

    def flow(self) -> dict[str, Any]:
        """How users moved between stages since the snapshot before."""
        return self._ask("GET", "/v1/stages/flow")

    def model(self) -> dict[str, Any]:
        """The model that serves: version, metrics, features, card."""
        return self._ask("GET", "/v1/model")

    def campaigns(self) -> dict[str, Any]:
        """The campaign runs, newest first: users matched, written to and held back, cost, and where each stands."""
        return self._ask("GET", "/v1/campaigns")

    def campaign(self, run: str = "latest") -> dict[str, Any]:
        """The report of a campaign run: its plays with the fates of their users, which add up."""
        return self._ask("GET", f"/v1/campaigns/{quote(run, safe='')}")

    def contact(self, user_id: User, run: str = "latest", lang: Lang = "en") -> ContactAnswer:
        """Whether a campaign run lets a user be written to, by which play and channel, or why not."""
        user, of = quote(str(user_id), safe=""), quote(run, safe="")
        return self._ask("GET", f"/v1/users/{user}/contact?lang={lang}&run={of}")

    def holdout(self, user_id: User) -> HoldoutAnswer:
        """Whether a user is in the global holdout, whom no play takes; of any id, known or not."""
        return self._ask("GET", f"/v1/holdout/{quote(str(user_id), safe='')}")

    def boards(self, lang: Lang = "en") -> dict[str, Any]:
        """The boards of the snapshot: what each says, its columns, its number of rows or why it is missing."""
        return self._ask("GET", f"/v1/boards?lang={lang}")

    def board(self, name: str, lang: Lang = "en") -> dict[str, Any]:
        """A board and its rows."""
        return self._ask("GET", f"/v1/boards/{quote(name, safe='')}?lang={lang}")

    def top(self, lang: Lang = "en") -> dict[str, Any]:
        """The board of the users most worth keeping, which takes a key of the scope people."""
        return self._ask("GET", f"/v1/boards/top?lang={lang}")

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Every request only reads, so each may be sent again: once where the connection is lost, as when a worker is
        killed, and after a while where the service says that it is too busy."""
        lost = False
        for left in range(TRIES - 1, -1, -1):
            try:
                answer = self._http.request(method, path, json=body)
            except httpx.TransportError:
                if lost or not left:
                    raise
                lost = True
                continue
            if answer.is_success:
                return answer.json()
            if answer.status_code not in PATIENT or not left:
                break
            time.sleep(_pause(answer))
        raise ApiError(answer.status_code, _error(answer), answer.headers.get("x-request-id"))


def _pause(answer: httpx.Response) -> float:
    given = answer.headers.get("retry-after", "")
    return min(float(given), LONGEST) if given.isdecimal() else 1.0


def _error(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
