"""Chromium before the pages of a served base; each test signs in as whom it needs.

Playwright keeps an event loop running in the thread that began it, and other tests of this process run loops of their
own: so fixtures and tests of this folder run in a thread of theirs, one after the other.
"""

import inspect
import shutil
from types import SimpleNamespace

import pytest

from tests.serving.api.pages.browser import world as module
from tests.serving.api.pages.browser.thread import THREAD, in_thread
from tests.serving.conftest import TOML

LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run a test of this folder in the browser's thread."""
    names = inspect.signature(pyfuncitem.obj).parameters
    THREAD.submit(pyfuncitem.obj, **{name: pyfuncitem.funcargs[name] for name in names}).result()
    return True


@pytest.fixture(scope="session")
def world(base, tmp_path_factory):
    """What the pages show."""
    return module.build(base, TOML, tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="session")
@in_thread
def chromium(needs):
    """The browser, started once."""
    needs("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as program:
        browser = program.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
@in_thread
def site(chromium, world):
    """The pages' address, and open(name, language, **options): a page of a browser of its own where that name has
    signed in; "" has not. What went wrong behind it is in its ``said``."""
    opened = []

    def open(name="", language="en", **options):
        context = chromium.new_context(locale=LANGUAGES[language], base_url=address, **options)
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.said = said = []
        page.on("console", lambda one: said.append(one.text) if one.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda one: None if one.url.startswith((address, "data:")) else said.append(one.url))
        if name:
            page.goto("/ui/login")
            page.fill("#key", module.KEYS[name])
            page.click("main button")
            page.wait_for_url("**/ui")
        return page

    with module.served(world) as address:
        yield SimpleNamespace(address=address, open=open)
        for one in opened:
            one.close()
