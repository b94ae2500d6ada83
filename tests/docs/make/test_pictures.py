"""The pictures of the pages: one of each page that the menu or a page links to, in every language, scheme and width."""

import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image

ROOT = Path(__file__).parents[3]


@pytest.fixture
def address(tmp_path):
    """Pages of a few letters where a service would have its own."""
    for name, text in (
        ("ui", '<nav><a href="/ui/cells">cells</a></nav>'),
        ("ui/cells", '<table><td><a href="/ui">a cell</a></table>'),
    ):
        (tmp_path / "pages" / name).mkdir(parents=True)
        (tmp_path / "pages" / name / "index.html").write_text(f"<!doctype html>{text}", encoding="utf-8")
    serve = partial(SimpleHTTPRequestHandler, directory=tmp_path / "pages")
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_each_page_is_drawn_in_every_language_scheme_and_width(address, needs, tmp_path):
    needs("chromium")
    script = [sys.executable, ROOT / "docs/make/pictures.py", tmp_path / "made", "--url", address]
    said = subprocess.run(
        script, check=True, capture_output=True, text=True
    ).stdout  # it starts a playwright of its own
    made = {file.stem: Image.open(file).width for file in (tmp_path / "made").iterdir()}
    looks = {"light-wide": 1440, "light-phone": 390, "dark-wide": 1440, "dark-phone": 390}
    names = [f"{page}-{language}" for page in ("cells", "cell", "error") for language in ("en", "zh")]
    assert made == {f"{name}-{look}": width for name in names for look, width in looks.items()}
    assert said.startswith(f"{len(made)} pictures")
