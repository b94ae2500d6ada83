"""Chromium before the pages of a served base; each test signs in as whom it needs.

Playwright keeps an event loop running in the thread that began it, and other tests of this process run loops of their
own: so fixtures and tests of this folder run in a thread of theirs, one after the other.
"""

import inspect
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.serving.api.pages.browser import world as module
from tests.serving.conftest import TOML

LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}


HERE = Path(__file__).parent
_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run a test of this folder in the browser's thread."""
    if HERE not in pyfuncitem.path.parents:
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    given = {name: pyfuncitem.funcargs[name] for name in names if name in pyfuncitem.funcargs}
    _THREAD.submit(pyfuncitem.obj, **given).result()
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef, request):
    """Make a fixture of this folder in the same thread, and end it there."""
    function = fixturedef.func
    if getattr(function, "in_thread", False) or HERE not in Path(inspect.getfile(function)).parents:
        return
    if inspect.isgeneratorfunction(function):

        def made(*given, **named):
            running = function(*given, **named)
            yield _THREAD.submit(next, running).result()
            _THREAD.submit(next, running, None).result()
    else:

        def made(*given, **named):
            return _THREAD.submit(function, *given, **named).result()

    made.in_thread = True
    fixturedef.func = made
    return


@pytest.fixture(scope="session")
def world(base, tmp_path_factory):
    """What the pages show."""
    return module.build(base, TOML, tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="session")
def chromium(needs):
    """The browser, started once."""
    needs("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as program:
        browser = program.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
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
