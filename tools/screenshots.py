"""Take the README's pictures from a fresh demonstration: `make screenshots`."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tools.browser import find_or_install_browser

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
PORT = 8765
ADDRESS = f"http://127.0.0.1:{PORT}"
SIZE = {"width": 1280, "height": 800}


def main() -> None:
    """Walk the three straight paths and save one or two pictures of each."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with demonstration() as logins, sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=find_or_install_browser(), args=sandbox)
        coordinator(signed_in(browser, logins, "coordinator"))
        investigator(signed_in(browser, logins, "investigator"))
        data_manager(signed_in(browser, logins, "data_manager"))
        browser.close()


def coordinator(page: Page) -> None:
    """Show a child's page and the daily grid."""
    page.goto(f"{ADDRESS}/subjects")
    child = treated_child(page)
    picture(page, child, "subject.png")
    picture(page, f"{child}/grid", "grid.png")


def treated_child(page: Page) -> str:
    """Return the path of a child whose timeline has an anakinra bar, so that the picture shows what it can."""
    links = [link.get_attribute("href") or "" for link in page.query_selector_all("main table a")]
    for path in dict.fromkeys(link for link in links if re.fullmatch(r"/subjects/[0-9a-f-]{36}", link)):
        drawn = page.request.get(f"{ADDRESS}{path}/timeline.svg").text()
        if "mg/kg" in drawn and "ocilizumab" in drawn:
            return path
    raise RuntimeError("no child on the first page of the list was given anakinra")


def investigator(page: Page) -> None:
    """Show the curve of CRS of a new analysis."""
    page.goto(f"{ADDRESS}/analysis")
    page.get_by_role("button", name="Start the analysis").click()
    page.wait_for_load_state()
    for _ in range(60):
        if page.query_selector("main img"):
            break
        time.sleep(1)
        page.reload()
    page.locator("#section-crs_r1_24h img").first.screenshot(path=IMAGES / "curve.png")


def data_manager(page: Page) -> None:
    """Show what an export would do to each item before anything leaves."""
    picture(page, "/exports/new", "export.png")


def picture(page: Page, path: str, name: str) -> None:
    """Save a picture of a page as it opens."""
    page.goto(f"{ADDRESS}{path}")
    page.screenshot(path=IMAGES / name)


def signed_in(browser: Browser, logins: list[dict[str, str]], role: str) -> Page:
    """Return a page on which the first person with a role is signed in."""
    login = next(login for login in logins if login["role"] == role)
    page = browser.new_context(viewport=SIZE).new_page()  # type: ignore[arg-type]
    page.goto(f"{ADDRESS}/sign-in")
    page.fill("[name=email]", login["email"])
    page.fill("[name=password]", login["password"])
    page.click("main form button")
    page.wait_for_load_state()
    return page


@contextmanager
def demonstration() -> Iterator[list[dict[str, str]]]:
    """Serve a demonstration from a folder of its own until the block ends; give its logins."""
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder) / "instance"
        environment = {**os.environ, "ANAKINRA_REGISTRY_INSTANCE": str(instance), "PORT": str(PORT)}
        server = subprocess.Popen([sys.executable, "-m", "registry", "demo"], env=environment)
        try:
            wait_until_it_answers()
            yield json.loads((instance / "demo-logins.json").read_text(encoding="utf-8"))
        finally:
            server.terminate()
            server.wait(timeout=20)


def wait_until_it_answers() -> None:
    """Wait for the demonstration to be loaded and served."""
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"{ADDRESS}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("the demonstration did not come up in two minutes")


if __name__ == "__main__":
    main()
