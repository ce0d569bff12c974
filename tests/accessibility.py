"""What axe finds wrong with a page in the browser, on a desk and on a phone."""

from functools import cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

DESK, PHONE = 1280, 390
WHOLE = "axe.run({ resultTypes: ['violations'] }).then((found) => found.violations)"
ALL_BUT_CONTRAST = """axe.run({ resultTypes: ['violations'], rules: { 'color-contrast': { enabled: false } } })
    .then((found) => found.violations)"""
# Measuring contrast takes longest. What a text is seen against are its own colours and those of all it lies in: where
# they are alike the contrast is alike. Of such texts the first and the longest are measured, once for all widths.
CONTRAST_OF_EACH_LOOK = """() => {
    window.looks = window.looks || new Map();
    const texts = new Map();
    const isOff = (element) => Boolean(element) && element.matches(":disabled, [aria-disabled=true]");
    const own = (element) => element.matches("input, select, textarea")
        ? element.value || element.placeholder || ""
        : [...element.childNodes].map((node) => node.nodeType === Node.TEXT_NODE ? node.data.trim() : "").join("");
    const walk = (element, above, offAbove) => {
        const style = getComputedStyle(element);
        const off = offAbove || isOff(element) || isOff(element.control);
        const look = [above, off, element.tagName, style.color, style.backgroundColor, style.backgroundImage,
                      style.opacity, style.fontSize, style.fontWeight, style.textShadow, style.position, style.clip,
                      element.checkVisibility({ visibilityProperty: true })].join("/");
        if (!window.looks.has(look)) window.looks.set(look, { number: window.looks.size, isMeasured: false });
        const known = window.looks.get(look);
        const length = known.isMeasured ? 0 : own(element).length;
        if (length) {
            const { first, longest } = texts.get(known) || { first: element, longest: { element, length } };
            texts.set(known, { first, longest: length > longest.length ? { element, length } : longest });
        }
        for (const child of element.children) walk(child, known.number, off);
    };
    walk(document.body, "", false);
    for (const look of texts.keys()) look.isMeasured = true;
    const found = new Set([...texts.values()].flatMap(({ first, longest }) => [first, longest.element]));
    const only = { resultTypes: ['violations'], runOnly: ['color-contrast'] };
    return found.size ? axe.run({ include: [...found] }, only).then((told) => told.violations) : [];
}"""


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with a page, each with the elements it found."""
    return _told(_run(page, WHOLE))


def wrong_at_each_width(page: Page) -> dict[int, list[str]]:
    """Return width in pixels -> what is wrong with a page on a desk and on a phone: one load serves both.

    The contrast is measured of each look that a text has, at the first width that shows it.
    """
    found = {}
    for width in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        wrong = [*_run(page, ALL_BUT_CONTRAST), *_run(page, CONTRAST_OF_EACH_LOOK)]
        found[width] = [*_told(wrong), *_overflow(page, width)]
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
