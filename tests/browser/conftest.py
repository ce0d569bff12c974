"""One headless Chromium per worker, one fresh context per test; a page that reports an error fails its test."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tools.browser import find_or_install_browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield the Chromium that BROWSER_EXECUTABLE names, or the one on the PATH."""
    path = os.environ.get("BROWSER_EXECUTABLE") or find_or_install_browser()
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=sandbox)
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
