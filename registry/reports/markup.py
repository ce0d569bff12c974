"""A finished report as a part of a page of the registry: its words, figures and tables, through an allow-list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from html import escape
from html.parser import HTMLParser

from markupsafe import Markup

CONTAINERS = frozenset(
    {"section", "h2", "h3", "p", "figure", "figcaption", "div", "span", "dl", "dt", "dd", "ol", "ul", "li", "nav"}
    | {"table", "caption", "thead", "tbody", "tr", "th", "td", "a", "strong", "em"}
)
LOST = frozenset({"script", "style", "head", "h1"})
"""Elements that go with everything inside them; any other unknown element only loses its tags."""
WIDTH = re.compile(r"\d{1,3}%", re.ASCII)
"""How wide a column of a table is."""
WITHHELD = '<p class="notice">This picture has a row for each child: it is for roles that see the whole study.</p>'
PLAIN_ATTRIBUTES = frozenset({"id", "class", "scope", "colspan", "rowspan", "aria-label", "alt"})
SCROLLED = {"scroll": "Table", "scroll wide": "Table", "scroll picture": "Figure"}
"""What stands in an element that scrolls sideways, by its class."""


AddressOf = Callable[[str], str | None]


def report_markup(html: str, address_of: AddressOf, picture_of: AddressOf | None = None) -> Markup:
    """Return the body of a report page as safe markup.

    ``address_of`` gives the address of one of the report's own files, or None for a file that may not be shown; then
    the picture or link is left out. ``picture_of`` does the same for a picture where that lies elsewhere. Links within
    the page stay; all others lose their address.
    """
    reader = _Reader(address_of, picture_of or address_of)
    reader.feed(html)
    reader.close()
    return Markup("".join(reader.parts))  # every text and attribute in it was escaped


class _Reader(HTMLParser):
    """Writes down again what is on the allow-list."""

    def __init__(self, address_of: AddressOf, picture_of: AddressOf) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._address_of, self._picture_of = address_of, picture_of
        self._in_main = False
        self._lost = 0
        self._counts: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element that is allowed."""
        if tag == "main":
            self._in_main = True
        elif tag in LOST:
            self._lost += 1
        elif self._is_shown:
            given = {name: value or "" for name, value in attrs}
            if tag in CONTAINERS:
                self.parts.append(f"<{tag}{self._attributes(tag, given)}>")
            elif tag == "col":
                width = given.get("width", "")
                self.parts.append(f'<col width="{width}">' if WIDTH.fullmatch(width) else "<col>")
            elif tag == "br":
                self.parts.append("<br>")
            elif tag == "img" and (name := given.get("data-file")):
                address = self._picture_of(name)
                shown = f'<img src="{escape(address)}" alt="{escape(given.get("alt", ""))}">' if address else WITHHELD
                self.parts.append(shown)

    def handle_endtag(self, tag: str) -> None:
        """Close an element that is allowed."""
        if tag == "main":
            self._in_main = False
        elif tag in LOST:
            self._lost -= 1
        elif self._is_shown and tag in CONTAINERS:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Write text, escaped."""
        if self._is_shown:
            self.parts.append(escape(data))

    @property
    def _is_shown(self) -> bool:
        return self._in_main and self._lost == 0

    def _attributes(self, tag: str, given: Mapping[str, str]) -> str:
        kept = {name: value for name, value in given.items() if name in PLAIN_ATTRIBUTES}
        target = given.get("href", "") if tag == "a" else ""
        address = target if target.startswith("#") else self._address_of(target)
        if address:
            kept["href"] = address
        kind = SCROLLED.get(given.get("class", ""))
        if kind:
            self._counts[kind] += 1  # a region scrolls with the keyboard too; its name must be its own
            kept |= {"role": "region", "aria-label": f"{kind} {self._counts[kind]}", "tabindex": "0"}
        return "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
