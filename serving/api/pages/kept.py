"""Pages that follow from what is live and what lies in the store alone: made once, and answered again while neither
changes. What a page notes of who looked at whom is noted each time."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

from starlette.responses import HTMLResponse, Response

from serving.api.live import Current
from serving.api.pages.audit import audit
from serving.api.pages.marks import boards
from serving.api.pages.view import Handler, Noted, View

MOST = 64  # pages of a handler; of some 20 kB
Marks = Callable[[View], Hashable | None]
_all: list["_Kept"] = []


def kept(handler: Handler, marks: Marks = boards) -> Handler:
    """The handler, which is asked only for a page that is not there yet.

    marks: what tells that something changed which the page reads beside what is live; None: make it anew, whatever was
    kept. The default is for pages that read the snapshot and its boards.
    """
    _all.append(_Kept(handler, marks))
    return _all[-1]


def forget() -> None:
    """Make every page anew, as a new process does."""
    for one in _all:
        one.forget()


class _Kept:
    """A handler and its pages, by who asks for what in which language. Threads may share it."""

    def __init__(self, handler: Handler, marks: Marks):
        self._handler, self._marks, self._lock = handler, marks, Lock()
        self._pages: OrderedDict[tuple[Any, ...], tuple[Current, bytes, tuple[Noted, ...]]] = OrderedDict()

    def __call__(self, view: View) -> Response:
        key = self._key(view)  # before it is made: what changes meanwhile makes it anew
        return self._kept(view, key) or self._made(view, key)

    def again(self, view: View) -> Response | None:
        """The page where it is there already, in a tenth of a millisecond; None where it has to be made."""
        return self._kept(view, self._key(view))

    def forget(self) -> None:
        with self._lock:
            self._pages.clear()

    def _key(self, view: View) -> tuple[Any, ...] | None:
        if "lang" in view.request.query_params or (marks := self._marks(view)) is None:  # lang sets a cookie too
            return None
        url = view.request.url
        return url.path, url.query, view.language, view.who, view.here, tuple(view.stale), marks

    def _kept(self, view: View, key: tuple[Any, ...] | None) -> Response | None:
        with self._lock:
            current, body, noted = self._pages.get(key or (), (None, b"", ()))
            if current is not view.current:
                return None
            self._pages.move_to_end(key or ())
        for one in noted:
            audit(view, one.what, one.count, **one.about)
        return HTMLResponse(body)

    def _made(self, view: View, key: tuple[Any, ...] | None) -> Response:
        page = self._handler(view)
        if key and page.status_code == 200:
            with self._lock:
                self._pages[key] = view.current, bytes(page.body), tuple(view.noted)
                self._pages.move_to_end(key)
                while len(self._pages) > MOST:
                    self._pages.popitem(last=False)
        return page
