"""What axe finds wrong with a page in the browser, on a desk and on a phone."""

from functools import cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

DESK, PHONE = 1280, 390
WHOLE = "axe.run({ resultTypes: ['violations'] }).then((found) => found.violations)"
ALL_BUT_CONTRAST = """axe.run({ resultTypes: ['violations'], rules: { 'color-contrast': { enabled: false } } })
    .then((found) => found.violations)"""
# What a text is seen against are its own colours and those of all it lies in: equal chains have equal numbers.
REMEMBER_LOOKS = """() => {
    window.chains = window.chains || new Map();
    window.looks = () => {
        const seen = new Map();
        const walk = (element, above) => {
            const style = getComputedStyle(element);
            const chain = [above, style.color, style.backgroundColor, style.backgroundImage, style.opacity,
                           style.fontSize, style.fontWeight, style.textShadow].join("/");
            if (!window.chains.has(chain)) window.chains.set(chain, window.chains.size);
            const number = window.chains.get(chain);
            if (element.checkVisibility({ visibilityProperty: true })) seen.set(element, number);
            for (const child of element.children) walk(child, number);
        };
        walk(document.body, 0);
        return seen;
    };
    window.looksBefore = window.looks();
}"""
CONTRAST_OF_OTHER_LOOKS = """() => {
    const others = [...window.looks()].filter(([element, look]) => window.looksBefore.get(element) !== look);
    const found = others.map(([element]) => element);
    const only = { resultTypes: ['violations'], runOnly: ['color-contrast'] };
    return found.length ? axe.run({ include: found }, only).then((found) => found.violations) : [];
}"""


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with a page, each with the elements it found."""
    return _told(_run(page, WHOLE))


def wrong_at_each_width(page: Page) -> dict[int, list[str]]:
    """Return width in pixels -> what is wrong with a page on a desk and on a phone: one load serves both.

    On a phone the contrast is measured, which takes longest, where something is shown that was not shown on the desk,
    or in other colours or letters.
    """
    page.set_viewport_size({"width": DESK, "height": 900})
    found = {DESK: [*violations(page), *_overflow(page, DESK)]}
    page.evaluate(REMEMBER_LOOKS)
    page.set_viewport_size({"width": PHONE, "height": 900})
    on_phone = [*_run(page, ALL_BUT_CONTRAST), *page.evaluate(CONTRAST_OF_OTHER_LOOKS)]
    found[PHONE] = [*_told(on_phone), *_overflow(page, PHONE)]
    page.set_viewport_size({"width": DESK, "height": 900})
    return {width: wrong for width, wrong in found.items() if wrong}


@cache
def _script() -> str:
    return Axe().axe_script


def _run(page: Page, command: str) -> list[dict[str, Any]]:
    if not page.evaluate("'axe' in window"):  # a page that is looked at twice needs the script once
        page.evaluate(_script())
    found: list[dict[str, Any]] = page.evaluate(command)
    return found


def _told(found: list[dict[str, Any]]) -> list[str]:
    return [f"{one['id']}: {[node['html'][:200] for node in one['nodes']]}" for one in found]


def _overflow(page: Page, width: int) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [] if wide == width else [f"{wide} pixels wide"]
