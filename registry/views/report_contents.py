"""What a report that is shown holds: its chapters, their sections, and the figures that may be downloaded."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, field

from markupsafe import Markup

PLACE = re.compile(
    r'<section[^>]* id="(?P<id>(?:chapter|section)-[^"]+)"[^>]*>\s*<h[23]>(?P<title>.*?)</h[23]>'
    r'|<img src="[^"]*/(?P<figure>figures/[^"/]+)\.svg"'
)
"""Where a part of the report begins or a figure stands, in the markup that ``report_markup`` writes."""


@dataclass(kw_only=True)
class Part:
    """A chapter or a section: where it stands, what it is called, the figures in it, the sections of a chapter."""

    id: str
    title: Markup
    figures: list[str] = field(default_factory=list)
    sections: list[Part] = field(default_factory=list)


def contents_of(report: Markup, files: Container[str]) -> list[Part]:
    """Return the chapters of a report as it is shown; a figure that may be had as a PDF is named without its ending."""
    chapters: list[Part] = []
    for place in PLACE.finditer(str(report)):
        if place["id"]:
            part = Part(id=place["id"], title=Markup(place["title"]))
            within = chapters[-1].sections if chapters and part.id.startswith("section-") else chapters
            within.append(part)
        elif chapters and f"{place['figure']}.pdf" in files:
            (chapters[-1].sections or chapters)[-1].figures.append(place["figure"])
    return chapters
