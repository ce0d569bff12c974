"""What axe finds wrong with a page in the browser, on a desk and on a phone."""

from functools import cache

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

DESK, PHONE = 1280, 390
# To measure a contrast takes longest. What a text is seen against are its own colours and those of all it lies in:
# what passed once passes wherever they are the same. What can lie on others' ground is measured each time.
LOOK = """(passed) => {
    const known = new Set(passed), looks = new Map(), fresh = [];
    const hash = (text) => {
        let [one, other] = [0xdeadbeef, 0x41c6ce57];
        for (let at = 0; at < text.length; at += 1) {
            one = Math.imul(one ^ text.charCodeAt(at), 2654435761);
            other = Math.imul(other ^ text.charCodeAt(at), 1597334677);
        }
        return 4294967296 * (2097151 & (other ^ (one >>> 16))) + (one >>> 0);
    };
    const isOpaque = (style) => style.backgroundImage === 'none' && style.backgroundColor.startsWith('rgb(');
    const isOff = (element) => element.matches(':disabled, [aria-disabled=true]') || element.control?.disabled;
    const isMoved = (style) => style.transform !== 'none' || style.marginTop.startsWith('-')
        || !['static', 'relative'].includes(style.position)
        || style.position === 'relative' && [style.top, style.left].some((moved) => Number.parseFloat(moved));
    const isSeen = ({ width, height }) => width > 1 && height > 1;
    const speaks = (element) => (element.value || element.placeholder
        || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim().length > 1))
        && isSeen(element.getBoundingClientRect());
    const walk = (element, above, floated) => {
        const style = getComputedStyle(element);
        const floats = !isOpaque(style) && (floated || isMoved(style));
        const look = hash([above, style.color, style.backgroundColor, style.backgroundImage, style.opacity,
                           style.filter, style.fontSize, style.fontWeight, style.textShadow, isOff(element)].join('/'));
        looks.set(element, look);
        if ((floats || !known.has(look)) && speaks(element)) fresh.push(element);
        for (const child of element.children) walk(child, look, floats);
    };
    walk(document.documentElement, 0, false);
    for (const element of document.querySelectorAll('[data-new-look]')) element.removeAttribute('data-new-look');
    for (const element of fresh) element.setAttribute('data-new-look', '');
    const told = (rules, callback) => callback({
        wrong: rules.filter((rule) => rule.violations.length)
            .map((rule) => [rule.id, rule.violations.map((one) => one.node.source.replace(' data-new-look=""', ''))]),
        passed: rules.filter((rule) => rule.id === 'color-contrast')
            .flatMap((rule) => rule.passes.map((one) => looks.get(one.node.element))),
    });
    axe.addReporter('told', (rules, options, callback) => told(rules, callback ?? options));
    axe.configure({ rules: [{ id: 'color-contrast', selector: '[data-new-look]' }] });
    return axe.run({ reporter: 'told' });
}"""
LOOKS_THAT_PASSED: set[int] = set()
"""Of all pages of this run."""


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with a page, each with the elements it found."""
    if not page.evaluate("'axe' in window"):
        page.context.add_init_script(_script())  # the pages that follow have it: to send it costs most
        page.evaluate(_script())
    found = page.evaluate(LOOK, list(LOOKS_THAT_PASSED))
    LOOKS_THAT_PASSED.update(found["passed"])
    return [f"{rule}: {[source[:200] for source in sources]}" for rule, sources in found["wrong"]]


def wrong_at_each_width(page: Page) -> dict[int, list[str]]:
    """Return width in pixels -> what is wrong with a page on a desk and on a phone: one load serves both."""
    found = {}
    for width in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = [*violations(page), *_overflow(page, width)]
    page.set_viewport_size({"width": DESK, "height": 900})
    return {width: wrong for width, wrong in found.items() if wrong}


@cache
def _script() -> str:
    return Axe().axe_script


def _overflow(page: Page, width: int) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [] if wide == width else [f"{wide} pixels wide"]
