"""Pages that follow from what is live and what lies in the store alone: made once, and answered again while neither
changes."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Any

from starlette.responses import HTMLResponse, Response

from serving.api.pages.view import Handler, View

MOST = 256  # pages; of some 20 kB
WATCHED = ("snapshots", "boards", "layers/counts.parquet")  # places of the store that such a page may read
_pages: OrderedDict[tuple[Any, ...], tuple[Any, bytes]] = OrderedDict()
_lock = Lock()


def kept(handler: Handler) -> Handler:
    """The handler, which is asked only for a page that is not there yet. Not for pages that are audited, and not for
    any that read more than the snapshot, its boards and the places of WATCHED."""

    def shown(view: View) -> Response:
        if "lang" in view.request.query_params:  # it sets a cookie too
            return handler(view)
        key = (handler, view.request.url.query, view.language, view.who, view.here, *_stamps(view.config.store_path))
        with _lock:
            current, body = _pages.get(key, (None, b""))
            if current is view.current:
                _pages.move_to_end(key)
                return HTMLResponse(body)
        page = handler(view)
        if page.status_code == 200:
            with _lock:
                _pages[key] = view.current, bytes(page.body)
                _pages.move_to_end(key)
                while len(_pages) > MOST:
                    _pages.popitem(last=False)
        return page

    return shown


def forget() -> None:
    """Make every page anew, as a new process does."""
    with _lock:
        _pages.clear()


def _stamps(store: Path) -> list[int]:
    """When each place last changed; 0 where it is not there."""
    return [_stamp(store / name) for name in WATCHED]


def _stamp(place: Path) -> int:
    try:
        return place.stat().st_mtime_ns
    except OSError:
        return 0
