"""The pages in one table, of which the service's routes are a part: menu, guard and tests follow from it."""

from serving.api.routes.route import GET, OPEN, POST, VIEW, Route
from serving.pages.handlers.overview import overview
from serving.pages.view import Handler, page


def _page(name: str, scope: str, does: str, handler: Handler, menu: str, methods: tuple[str, ...] = GET) -> Route:
    """menu: its entry in the menu; with "-" before, the entry that it belongs to."""
    endpoint = page(handler, menu.removeprefix("-"))
    return Route(name, methods, scope, does, handler=endpoint, html=True, menu=menu)


PAGES = (
    _page("/ui", VIEW, "Overview: the base in five numbers, stages, early warning.", overview, "overview"),
    # The guard itself answers these two, and Starlette the files.
    Route("/ui/login", (*GET, *POST), OPEN, "The form to sign in with a key, and what takes it.", html=True),
    Route("/ui/logout", POST, OPEN, "Signs out.", html=True),
    Route("/ui/static/{file}", GET, OPEN, "Style sheets.", html=True),
)
