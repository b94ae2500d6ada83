"""Finds the route of a path in the table of routes."""

from serving.api.routes import table
from serving.api.routes.route import ANY, Route

ROUTES = {one.name: one for one in table.ROUTES}
ELSEWHERE = Route("other", (), ANY, "No route at all.")


def find(path: str) -> Route:
    """The route that a path leads to; ELSEWHERE, which any key may find out, where it leads nowhere. A user's id is all
    that stands behind /v1/users/, with what slashes it has."""
    if found := ROUTES.get(path):
        return found if "{" not in path else ELSEWHERE
    return ROUTES["/v1/users/{user_id}"] if path.removeprefix("/v1/users/") not in ("", path) else ELSEWHERE
