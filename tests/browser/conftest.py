"""One headless Chromium per worker, one fresh context per test; a page that reports an error fails its test."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from desk import Desk, open_desk
from factories import make_site, make_user
from hospital import Hospital, make_hospital
from registry.database import db, utc_now
from registry.models import User
from sheet_by_hand import Sheet, open_study
from study import Study
from tools.browser import find_or_install_browser

LONGEST = "test_casebook_in_the_browser.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest test start first: begun last, it would leave one core idle to the end."""
    items.sort(key=lambda item: item.path.name != LONGEST)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield the Chromium that BROWSER_EXECUTABLE names, or the one on the PATH."""
    path = os.environ.get("BROWSER_EXECUTABLE") or find_or_install_browser()
    # A page lives for a second: scripts optimized for longer would cost a quarter of the browser's time.
    flags = ["--js-flags=--no-opt"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium refuses its sandbox to root
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Yield a browser context without cookies that expects an answer within ten seconds."""
    context = browser.new_context(locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Yield an empty page; an uncaught script error on it, or a blocked resource, fails the test."""
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if "Content Security" in message.text else None)
    yield page
    assert problems == []


@dataclass(frozen=True, kw_only=True)
class LiveServer:
    """A registry that answers on a port of this machine."""

    app: Flask
    address: str

    def sign_in(self, page: Page, user: User) -> None:
        """Give a page the cookie of a signed-in person."""
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = user.fs_uniquifier
            cookie["_fresh"] = True
            cookie["fs_paa"] = utc_now().timestamp()
            cookie["began_at"] = utc_now().isoformat()
        name = self.app.config["SESSION_COOKIE_NAME"]
        sent = client.get_cookie(name)
        assert sent is not None
        cookie_of_page = {"name": name, "value": sent.value, "domain": "127.0.0.1", "path": "/", "secure": True}
        page.context.add_cookies([cookie_of_page])

    def open_as_coordinator(self, page: Page, path: str) -> None:
        """Open a page as a new coordinator of a new site."""
        with self.app.app_context():
            user = make_user(db.session(), role="coordinator", site=make_site(db.session()))
            db.session.commit()
            self.sign_in(page, user)
        page.goto(f"{self.address}{path}")


@pytest.fixture
def server(own_app: Flask) -> Iterator[LiveServer]:
    """Yield a registry with a database of its own, served from a thread, its forms protected as in earnest."""
    own_app.config["WTF_CSRF_ENABLED"] = True
    own_app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600  # no style sheet changes while a test looks on
    running = make_server("127.0.0.1", 0, own_app, threaded=True)
    thread = Thread(target=running.serve_forever, args=(0.02,), daemon=True)  # looks so often whether to end
    thread.start()
    yield LiveServer(app=own_app, address=f"http://127.0.0.1:{running.server_port}")
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture
def hospital(server: LiveServer, page: Page) -> Iterator[Hospital]:
    """Yield a hospital; what was found wrong with its pages fails the test at its end, all of it at once."""
    made = make_hospital(server, page)
    yield made
    assert made.found == {}


@pytest.fixture
def sheet(server: LiveServer, own_study: Study, page: Page) -> Sheet:
    """Return the grid of the study's child, open in the browser."""
    address = open_study(server, own_study, page)
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(address)
    return Sheet(page=page, study=own_study, address=address)


@pytest.fixture
def desk(server: LiveServer, page: Page) -> Desk:
    """Return a coordinator with one infused child, signed in on the page."""
    return open_desk(server, page)
