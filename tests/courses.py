"""A child under anakinra, as the judges of doses meet it: built from what would be typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from forms.casebook import CASEBOOK
from forms.context import Context, Protocol
from forms.dosing.protocols import PROTOCOLS
from forms.values import Row, Value

TODAY = date(2026, 8, 1)
Typed = Mapping[str, str]

# Infused on 2026-03-05 with a CD19 product, CRS from 03-07, anakinra from 03-10 18:00 on, for 20 kg.
COURSE = {
    "key": "c1",
    "infusion": "i1",
    "episode": "t1",
    "given": "yes",
    "started_at": "2026-03-10 18:00",
    "dosing_weight_kg": "20",
    "indications": "crs",
    "line": "after_tocilizumab_and_steroid",
    "at_start_crs_grade": "3",
    "at_start_icans_grade": "3",
}
ORDER = {"key": "r1", "course": "c1", "from_at": "2026-03-10 18:00", "cap_applied": "none", "taper_step": "no"}


def row_of(form: str, texts: Typed) -> dict[str, Value]:
    """Return a row from what would be typed; ``key`` is the record's own."""
    items = CASEBOOK[form].items
    return {name: text if name == "key" else items[name].parse(text) for name, text in texts.items()}


def rows_of(form: str, rows: Iterable[Typed]) -> tuple[Row, ...]:
    return tuple(row_of(form, row) for row in rows)


def protocol_of(center: str) -> Protocol:
    """Return a published protocol as a site's own, in force from 2026 on."""
    published = PROTOCOLS[center]
    return Protocol(
        version="1.0",
        effective_from=date(2026, 1, 1),
        max_single_mg=published.max_single_mg,
        max_day_mg=published.max_day_mg,
        rules=published.rules,
    )


def course_context(
    protocols: tuple[Protocol, ...] = (),
    *,
    toxicity: str = "crs",
    antigens: str = "cd19",
    course: Typed | None = None,
    **rows: Any,
) -> Context:
    """Return the context of a treated child; other forms by name, each a list of what would be typed."""
    typed: dict[str, Iterable[Typed]] = {
        "infusion": [{"key": "i1", "infused_on": "2026-03-05", "antigens": antigens}],
        "toxicity_episode": [{"key": "t1", "toxicity": toxicity, "onset_on": "2026-03-07"}],
        "anakinra_course": [{**COURSE, **(course or {})}],
        **rows,
    }
    return Context(
        today=TODAY,
        rows={form: rows_of(form, typed.get(form, ())) for form in CASEBOOK},
        protocols=protocols,
    )
