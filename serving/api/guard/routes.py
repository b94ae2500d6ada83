"""Finds the route of a path in the table of routes."""

from serving.api.routes import table
from serving.api.routes.route import ANY, Route

ROUTES = {one.name: one for one in table.ROUTES}
ELSEWHERE = Route("other", (), ANY, "No route at all.")


def find(path: str) -> Route:
    """The route of a path; ELSEWHERE, which answers any key with 404, where there is none."""
    if found := ROUTES.get(path):
        return found if "{" not in path else ELSEWHERE
    start, _, rest = path.rpartition("/")
    if rest and start == "/v1/users":
        return ROUTES["/v1/users/{user_id}"]
    return ROUTES["/static_content/{file}"] if path.startswith("/static_content/") else ELSEWHERE
