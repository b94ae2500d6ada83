"""The pages in one table, of which the service's routes are a part: menu, guard and tests follow from it."""

from serving.api.routes.route import GET, VIEW, Route
from serving.pages.handlers.overview import overview
from serving.pages.view import Handler, page


def _page(name: str, scope: str, does: str, handler: Handler, menu: str, methods: tuple[str, ...] = GET) -> Route:
    """menu: its entry in the menu; with "-" before, the entry that it belongs to."""
    endpoint = page(handler, menu.removeprefix("-"))
    return Route(name, methods, scope, does, handler=endpoint, html=True, menu=menu)


PAGES = (_page("/ui", VIEW, "Overview: the base in five numbers, stages, early warning.", overview, "overview"),)
