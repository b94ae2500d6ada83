"""Finds the route of a path in the table of routes."""

from starlette.routing import compile_path

from serving.api.routes import table
from serving.api.routes.get_routes import path as served
from serving.api.routes.route import ANY, Route

ROUTES = {one.name: one for one in table.ROUTES}
PATTERNS = [(compile_path(served(one))[0], one) for one in table.ROUTES if "{" in one.name]
ELSEWHERE = Route("other", (), ANY, "No route at all.")


def find(path: str) -> Route:
    """The route that a path leads to, by the patterns and in the order in which they are served: the first that fits.
    ELSEWHERE, which any key may find out, where it leads nowhere."""
    if (found := ROUTES.get(path)) and "{" not in path:
        return found
    return next((one for pattern, one in PATTERNS if pattern.match(path)), ELSEWHERE)
