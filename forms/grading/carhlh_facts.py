"""Whether HLH-like toxicity was there at a first dose, and what was newly needed after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

from forms.grading.carhlh_course import Needs
from forms.grading.crs_signs import counted_vasoactives
from forms.grading.precedence import toxicity_of
from forms.values import Row, answer, day_of, earliest

RESCUE_CLASSES = {
    "ruxolitinib": "JAK inhibitor",
    "other_jak": "JAK inhibitor",
    "emapalumab": "interferon gamma antibody",
    "siltuximab": "IL-6 antibody",
    "canakinumab": "IL-1 antibody",
    "etanercept": "TNF blocker",
    "other_tnf": "TNF blocker",
    "etoposide": "chemotherapy",
    "cyclophosphamide": "chemotherapy",
    "dasatinib": "kinase inhibitor",
    "atg": "T-cell depletion",
    "plasma_exchange": "plasma exchange",
}
"""Agents that count as rescue, by class; tocilizumab and steroids are first-line treatment and do not."""

COAGULATION_PRODUCTS = ("plasma", "cryoprecipitate_fibrinogen")


def is_carhlh(episode: Row) -> bool:
    """Return whether an episode is carHLH; the committee's word goes before the clinician's (CLINICAL.md D7)."""
    return toxicity_of(episode) == "carhlh"


def has_carhlh_at(episodes: Iterable[Row], course: Row, day: date) -> bool:
    """Return whether a carHLH episode had begun and not ended by the day of a first dose, or its page says so.

    The page does not count where the committee found that the episode of that day was not carHLH.
    """
    open_then = [episode for episode in episodes if _covers(episode, day)]
    if any(is_carhlh(episode) for episode in open_then):
        return True
    overruled = any(answer(episode, "toxicity") == "carhlh" for episode in open_then)
    return answer(course, "at_start_carhlh_present") is True and not overruled


def _covers(episode: Row, day: date) -> bool:
    """Return whether an episode had begun by a day and had not ended on it."""
    begun, ended = day_of(answer(episode, "onset_on")), day_of(answer(episode, "resolved_on"))
    return begun is not None and begun <= day and (ended is None or ended > day)


def needs_of(agents: Iterable[Row], support: Iterable[Row], assessments: Iterable[Row], first_dose: datetime) -> Needs:
    """Return the coagulation products given, and the days a rescue class or organ support newly began."""
    supports = tuple(support)
    begun = [*_begun(agents, rescue_class_of), *_begun(supports, organ_support_of), *_vasopressors(assessments)]
    before = {kind for kind, at in begun if at <= first_dose}
    new = {(at.date() - first_dose.date()).days for kind, at in begun if at > first_dose and kind not in before}
    return Needs(
        coagulation_products=tuple(sorted(_coagulation_products(supports))), new_rescue_days=tuple(sorted(new))
    )


def rescue_class_of(row: Row) -> str | None:
    """Return the class of the rescue that a page is about; None for an agent that is none."""
    return RESCUE_CLASSES.get(str(answer(row, "agent")))


def _begun(rows: Iterable[Row], kind_of: Callable[[Row], str | None]) -> list[tuple[str, datetime]]:
    """Return the kind and the start of each page that is of a kind and has a start."""
    starts = ((kind_of(row), earliest(answer(row, "started_at"))) for row in rows)
    return [(kind, at) for kind, at in starts if kind is not None and at is not None]


def organ_support_of(row: Row) -> str | None:
    """Return the organ support that a page is about: dialysis, ECMO, invasive ventilation; None for what is none."""
    kind = answer(row, "kind")
    counts = kind in ("dialysis", "ecmo") or (kind == "ventilation" and answer(row, "invasive") is True)
    return str(kind) if counts else None


def _vasopressors(rows: Iterable[Row]) -> list[tuple[str, datetime]]:
    """Return the assessments under a vasopressor, as CRS grading counts them."""
    moments = (earliest(answer(row, "assessed_at")) for row in rows if is_under_vasopressor(row))
    return [("vasopressor", at) for at in moments if at is not None]


def is_under_vasopressor(row: Row) -> bool:
    """Tell whether an assessment was made under a vasopressor, as CRS grading counts them."""
    given = answer(row, "vasoactives")
    counted = isinstance(given, tuple) and any(counted_vasoactives(given))
    return counted and answer(row, "vasoactive_for_sedation") is not True


def _coagulation_products(rows: Iterable[Row]) -> list[datetime]:
    given = (earliest(answer(row, "started_at")) for row in rows if answer(row, "kind") in COAGULATION_PRODUCTS)
    return [at for at in given if at is not None]
