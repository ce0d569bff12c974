"""The daily grid as a sheet in a browser: cells by day and ward name, keys, and a block from the clipboard."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page

from registry.database import db
from study import Study


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The grid of the study's child, open in a browser."""

    page: Page
    study: Study
    address: str

    def cell(self, day: int, name: str) -> Locator:
        """Return a cell by day and ward name, as a screen reader would find it."""
        return self.page.get_by_label(f"Day {day}, 2026-03-{5 + day:02}, {name}", exact=True)

    def reload(self) -> None:
        self.page.goto(self.address)

    def save(self) -> None:
        self.page.get_by_role("button", name="Save all days").click()

    def paste(self, block: str) -> None:
        """Paste a block into the focused cell, as the clipboard does."""
        self.page.evaluate(
            """(block) => {
              const data = new DataTransfer();
              data.setData("text/plain", block);
              document.activeElement.dispatchEvent(
                new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
            }""",
            block,
        )


def open_study(server: Any, study: Study, page: Page) -> str:
    """Sign the coordinator in; return the address of the grid. An open transaction would lock the page out."""
    server.sign_in(page, study.coordinator)
    address = f"{server.address}/subjects/{study.subject.key}/grid?start=0"
    db.session.rollback()
    return address
