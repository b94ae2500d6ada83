"""Which routes there are, who may use them, and under which name they stand in logs and metrics."""

from dataclasses import dataclass

READ, PREDICT, ADMIN = "read", "predict", "admin"
OPEN = ("/livez", "/readyz")  # for whoever watches the process; they tell nothing of users


@dataclass(frozen=True)
class Route:
    """A route: its name (a path that quotes no user), its methods, and the scope that a key needs; '' = any key."""

    name: str
    methods: tuple[str, ...]
    scope: str


def _get(name: str, scope: str) -> Route:
    return Route(name, ("GET", "HEAD"), scope)


ROUTES = {
    one.name: one
    for one in (
        Route("/v1/score", ("POST",), READ),
        Route("/v1/predict", ("POST",), PREDICT),
        Route("/v1/predict_features", ("POST",), PREDICT),
        _get("/v1/users/{user_id}", READ),
        _get("/v1/stages", READ),
        _get("/v1/stages/flow", READ),
        _get("/v1/model", READ),
        _get("/v1/openapi.json", ""),
        *(_get(path, "") for path in OPEN),
        # BentoML's own: its index page, its description of the service, and another word for /livez.
        *(_get(path, ADMIN) for path in ("/", "/metrics", "/docs.json", "/schema.json", "/healthz")),
        _get("/static_content/{file}", ADMIN),
    )
}
ELSEWHERE = Route("other", (), "")


def find(path: str) -> Route:
    """The route that a path leads to; ELSEWHERE, which any key may find out, where it leads nowhere."""
    if found := ROUTES.get(path):
        return found if "{" not in path else ELSEWHERE
    start, _, rest = path.rpartition("/")
    if rest and start == "/v1/users":
        return ROUTES["/v1/users/{user_id}"]
    return ROUTES["/static_content/{file}"] if path.startswith("/static_content/") else ELSEWHERE
