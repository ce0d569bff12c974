"""A coordinator's hands on a case report form in a browser: everything by keyboard."""

from collections.abc import Iterator, Mapping

from playwright.sync_api import Page

from forms.form import Form
from forms.items import Choice, Item, Link, MultiChoice, Text, YesNo
from registry.webforms import LINE_UP_TO, RADIOS_UP_TO, sections

Typed = Mapping[str, list[str]]
"""Item name -> texts, as a person gives them: codes for choices, record keys for links."""

OPTIONS = "Array.from(document.activeElement.options, one => one.value)"
BOXES = (
    "Array.from(document.activeElement.closest('[data-item]').querySelectorAll('[type=checkbox]'), one => one.value)"
)


def fill(page: Page, form: Form, typed: Typed) -> None:
    """Answer the items of a form down the page, those that only later answers call for on a second way down."""
    left, row = dict(typed), {}
    while left:
        before = len(left)
        for is_fold, names in _blocks(form):
            here = ""
            for name in [one for one in names if one in left]:
                asked = [one for one in names if one in form.asked(row)]
                if name not in asked:
                    continue
                # Enter led here if nothing between was left out; a slip would stand in the wrong field and be found.
                if not here or asked.index(name) != asked.index(here) + 1:
                    _go_to(page, name, is_fold=is_fold)
                texts = left.pop(name)
                _answer(page, form.items[name], texts)
                page.keyboard.press("Enter")
                row[name] = form.items[name].parse(";".join(texts))
                here = name
        assert len(left) < before, f"never asked: {', '.join(left)}"


def _blocks(form: Form) -> Iterator[tuple[bool, list[str]]]:
    """Yield the items of a form in the order of the page: of each section the core, then those in its fold."""
    for _, core, extended in sections(form):
        yield False, core
        yield True, extended


def _go_to(page: Page, name: str, *, is_fold: bool) -> None:
    item = page.locator(f"#item-{name}")
    if is_fold and not item.is_visible():
        page.locator("details.extended", has=item).locator("summary").focus()
        page.keyboard.press("Enter")
    item.locator(f"[name='{name}']").first.focus()


def _answer(page: Page, item: Item, texts: list[str]) -> None:
    if isinstance(item, MultiChoice) or (isinstance(item, Link) and item.many):
        _tick(page, texts)
    elif isinstance(item, YesNo) or (isinstance(item, Choice) and len(item.codes.labels) <= RADIOS_UP_TO):
        _pick(page, item.codes.labels if isinstance(item, Choice) else {"yes": "Yes", "no": "No"}, texts[0])
    elif isinstance(item, (Choice, Link)):
        options = page.evaluate(OPTIONS)
        place = options.index(texts[0])
        for key in ["End"] if place == len(options) - 1 else ["ArrowDown"] * place:
            page.keyboard.press(key)
    else:
        page.keyboard.insert_text(texts[0])
        if isinstance(item, Text) and item.max_length > LINE_UP_TO:
            page.keyboard.press("Tab")  # in a field of several lines Enter begins a new one


def _pick(page: Page, labels: Mapping[str, str], code: str) -> None:
    """Press the first letter of an answer until it is picked: the answers that share it follow each other."""
    letter = labels[code][0].lower()
    alike = [one for one, label in labels.items() if label.lower().startswith(letter)]
    for _ in range(alike.index(code) + 1):
        page.keyboard.press(letter)


def _tick(page: Page, texts: list[str]) -> None:
    """Tick boxes with the space bar, on the way down with the tabulator."""
    last = 0
    for place, value in enumerate(page.evaluate(BOXES)):
        if value in texts:
            for _ in range(place - last):
                page.keyboard.press("Tab")
            page.keyboard.press("Space")
            last = place


def save(page: Page, *, reason: str = "") -> str:
    """Save by keyboard, confirm what is asked back as checked against the source; return the key of the record."""
    if reason:
        page.get_by_label("Reason for change").fill(reason)
    _send(page)
    boxes = page.get_by_label("Checked against the source")
    if boxes.count():
        for box in boxes.all():
            box.focus()
            for key in ("Space", "Tab"):
                page.keyboard.press(key)
            page.keyboard.insert_text("It stands in the chart")
        _send(page)
    problems = page.locator(".error-summary li").all_text_contents()
    assert problems == [], page.url
    return page.url.partition("?")[0].rpartition("/")[2]


def _send(page: Page) -> None:
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.keyboard.press("Control+s")
