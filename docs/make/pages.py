"""Takes the pictures of the tour: the pages over the demo's base, served in this process, by a headless chromium."""

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import anyio
import uvicorn

from features.config import load
from serving.api.live import Current
from serving.api.predict.predictor import Predictor
from serving.api.routes import get_routes, table
from serving.batch.score import most_worth_keeping
from serving.batch.snapshot import latest
from training.tracking import champion

BROWSER, WIDE, NARROW = "chromium", 1440, 390
LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Shot:
    """A picture of a page. path: behind /ui, {user} is the user most worth keeping. height: in pixels, what is seen."""

    name: str
    path: str
    height: int
    width: int = WIDE

    def file(self, language: str) -> str:
        return f"page-{self.name}-{language}.png"


# In the order of the tour. Heights cut long tables, so that a picture shows what its text tells of.
SHOTS = (
    Shot("overview", "", 1240),
    Shot("flow", "/flow", 870),
    Shot("cells", "/cells", 660),
    Shot("user", "/users/{user}", 1150),
    Shot("layers", "/layers", 1500),
    Shot("funnel", "/funnel", 800),
    Shot("retention", "/retention", 900),
    Shot("channels", "/channels", 1420),
    Shot("community", "/community", 900),
    Shot("campaigns", "/campaigns", 970),
    Shot("verification", "/verification", 320),
    Shot("model", "/model", 1000),
    Shot("narrow", "", 900, NARROW),
)


def names() -> set[str]:
    """The files that are made."""
    return {one.file(language) for one in SHOTS for language in LANGUAGES}


def pictures(config: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Name and file of every picture, taken into the folder; one after the other."""
    with served(config) as (address, user):
        for one in SHOTS:
            for language in LANGUAGES:
                file = folder / one.file(language)
                _take(one, f"{address}/ui{one.path.format(user=user)}?lang={language}", file)
                yield file.name, file


@contextmanager
def served(config: Path) -> Iterator[tuple[str, object]]:
    """The address of the pages over a scored base, open to this machine, and the user most worth keeping there."""
    settings = load(config)
    snapshot, version = latest(settings.store_path), champion(settings)
    if version is None:
        raise ValueError(f"{config}: no champion; run 'holdfast demo' anew")
    current = Current(version, snapshot, Predictor(settings, version))
    app = get_routes.app(table.GETS, table.API, table.PAGES)
    get_routes.attach(app, SimpleNamespace(current=lambda: current), anyio.CapacityLimiter(2))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [free]}, daemon=True)
        thread.start()
        while not server.started:
            if not thread.is_alive():
                raise OSError("the pages could not be served")
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{free.getsockname()[1]}", most_worth_keeping(snapshot, 1)["user_id"][0].as_py()
        finally:
            server.should_exit = True
            thread.join()


def _take(one: Shot, address: str, file: Path) -> None:
    size = f"--window-size={one.width},{one.height}"
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", size]
    subprocess.run([*command, f"--screenshot={file}", address], check=True, capture_output=True, timeout=120)
