"""Draws pictures of all pages: `make pictures`, or `pictures(…)` of a service that runs. They are to be looked at, and
not kept in the repository."""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
WIDTHS = {"wide": 1440, "phone": 390}
PORT, PATIENCE = 3217, 300  # seconds: the service starts in half a minute, on a machine that is busy in some
# Links of pages to pages that are not in the menu: name → the page that has one, and the link.
BEHIND = {
    "flow-all": ("/ui/flow", "a.button[href*='all=1']"),
    "cell": ("/ui/cells", "td a"),
    "user": ("/ui", "table.users a"),
    "list": ("/ui", "main table a[href*='/list']"),
    "layer": ("/ui/layers", "main a[href*='/layers/']"),
    "campaign-new": ("/ui/list?stage=at_risk", "a[href*='/campaigns/new']"),
    "run": ("/ui/campaigns", "tbody th a"),
    "run-users": ("/ui/campaigns", "tbody td a[href*='/people']"),
}


def pictures(base_url: str, folder: Path, key: str = "") -> list[Path]:
    """Write a picture of every page that the key may open, in both languages, light and dark, wide and on a phone:
    ``folder/NAME-LANGUAGE-SCHEME-WIDTH.png``; returns their paths. key: "" for a service without keys.

    Raises playwright's errors where the service does not answer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    with sync_playwright() as program:
        browser = program.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for language in LANGUAGES:
            page = _entered(browser, base_url, language, key, folder if key else None)
            for name, address in _addresses(page).items():
                page.goto(address)
                found += _drawn(page, folder, f"{name}-{language}")
        browser.close()
    return found


def _entered(browser: Browser, base_url: str, language: str, key: str, folder: Path | None) -> Page:
    page = browser.new_context(locale=LANGUAGES[language], base_url=base_url).new_page()
    if key and folder:
        page.goto("/ui/login")
        _drawn(page, folder, f"login-{language}")
        page.fill("#key", key)
        page.click("main button")
    page.goto("/ui")
    return page


def _addresses(page: Page) -> dict[str, str]:
    """Name → address of the pages: those in the menu, and those behind a link of theirs, where there is one."""
    links = "all => all.map(one => one.getAttribute('href'))"
    menu = page.eval_on_selector_all("nav a", links)
    found = {address.removeprefix("/ui").strip("/").replace("/", "-") or "overview": address for address in menu}
    for name, (address, link) in BEHIND.items():
        page.goto(address)
        if behind := page.eval_on_selector_all(link, links):
            found[name] = behind[0]
    return found | {"error": "/ui/nowhere"}


def _drawn(page: Page, folder: Path, name: str) -> Iterator[Path]:
    for scheme, (width, pixels) in product(("light", "dark"), WIDTHS.items()):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": pixels, "height": 900})
        file = folder / f"{name}-{scheme}-{width}.png"
        page.screenshot(path=file, full_page=True)
        yield file


@contextmanager
def _demo(folder: Path) -> Iterator[str]:
    """A demo base that is served; gives its address."""
    config = folder / "demo" / "holdfast.toml"
    holdfast = [sys.executable, str(ROOT / "holdfast.py")]
    subprocess.run([*holdfast, "demo", "--out", str(folder / "demo")], check=True, stdout=subprocess.DEVNULL)
    server = subprocess.Popen([*holdfast, "serve", "--config", str(config), "--port", str(PORT)])
    try:
        end = time.monotonic() + PATIENCE
        while not _answers(f"http://127.0.0.1:{PORT}/ui"):
            if server.poll() is not None or time.monotonic() > end:
                raise TimeoutError("the service did not start")
            time.sleep(1)
        yield f"http://127.0.0.1:{PORT}"
    finally:
        server.terminate()
        server.wait()


def _answers(address: str) -> bool:
    try:
        return bool(urlopen(address, timeout=5).status == 200)
    except (URLError, OSError):
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write them")
    parser.add_argument("--url", help="of a service that runs; default: a demo of its own")
    parser.add_argument("--key", default="", help="to sign in with, where the service asks for one")
    given = parser.parse_args()
    if given.url:
        print(f"{len(pictures(given.url, given.folder, given.key))} pictures in {given.folder}")
        return
    with tempfile.TemporaryDirectory() as folder, _demo(Path(folder)) as url:
        print(f"{len(pictures(url, given.folder))} pictures in {given.folder}")


if __name__ == "__main__":
    main()
