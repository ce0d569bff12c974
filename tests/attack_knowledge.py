"""What an attacker knows about a child: read from a cut's files, where the truth stands with exact days."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

Cells = Mapping[str, str]
Span = tuple[date, date]
"""The first and the last day that a date, perhaps known to the month only, can mean."""
Years = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of one child; None is not known, an empty tuple that it did not happen.

    ``infused`` spans the days the first infusion can have been on; ``center`` holds what is infused in the city.
    ``data_date`` is known to everybody: nothing that happened later is in the files.
    """

    data_date: date
    sex: str | None = None
    age_years: Years | None = None
    age_months: Years | None = None
    infused: Span | None = None
    infusions: int | None = None
    site: str | None = None
    center: Mapping[str, frozenset[str]] | None = None
    admitted: tuple[Span, ...] | None = None
    discharged: tuple[Span, ...] | None = None
    intensive_care: tuple[Span, ...] | None = None
    transplants: tuple[Span, ...] | None = None
    died: tuple[Span, ...] | None = None
    was_given: bool | None = None
    doses: tuple[Span, ...] | None = None
    last_dose: tuple[Span, ...] | None = None
    dose_mg_per_kg_day: Decimal | None = None
    capped: str = ""
    weight_kg: Decimal | None = None
    disease: str | None = None
    product: str | None = None
    antigens: str | None = None
    events: frozenset[str] | None = None

    def days_of(self, spans: Iterable[Span], *, after: bool = False) -> tuple[int, int] | None:
        """Return the fewest and most days from the first infusion to the first of some dates; None without one.

        ``after`` leaves out what was before the infusion.
        """
        assert self.infused is not None
        first, last = self.infused
        days = [((low - last).days, (high - first).days) for low, high in spans]
        days = [(low, high) for low, high in days if not after or high >= 0]
        return (min(low for low, _ in days), min(high for _, high in days)) if days else None


Scenario = Callable[[Known], Known | None]
"""From all that is true to what one attacker knows; None where the child is no target of his."""


def _only(known: Known, *names: str) -> Known:
    return replace(Known(data_date=known.data_date), **{name: getattr(known, name) for name in names})


def _family(known: Known) -> Known | None:
    if known.infused is None:
        return _only(known, "sex", "age_years", "site", "center")
    month = known.infused[0].replace(day=1)
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return replace(_only(known, "sex", "age_years", "site", "center"), infused=(month, last))


def _obituary(known: Known) -> Known | None:
    return _only(known, "sex", "age_years", "site", "center", "died") if known.died else None


def _calendar(known: Known) -> Known | None:
    return _only(known, "infused", "admitted", "discharged", "intensive_care") if known.infused else None


def _insider(known: Known) -> Known | None:
    return replace(known, events=None, disease=None, product=None, antigens=None) if known.infused else None


def _case_report(known: Known) -> Known | None:
    return _only(known, "product", "antigens", "disease", "age_years", "age_months", "events") if known.events else None


SCENARIOS: Mapping[str, Scenario] = {
    "family or neighbour": _family,
    "obituary or press": _obituary,
    "discharge calendar": _calendar,
    "insider at the center": _insider,
    "published case report": _case_report,
}


def truth_of(cut: Path) -> dict[str, Known]:
    """Return all that is true of each child of a cut, by its key."""
    data_date = date.fromisoformat(json.loads((cut / "manifest.json").read_text(encoding="utf-8"))["data_date"])
    forms = {path.stem: _by_child(path) for path in (cut / "forms").glob("*.csv")}
    sites = {row["subject"]: row["site"] for row in _read(cut / "subjects.csv")}
    centers = _centers(forms, sites)
    return {
        child: _truth({name: rows.get(child, []) for name, rows in forms.items()}, data_date, site, centers[site])
        for child, site in sites.items()
    }


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _by_child(path: Path) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for row in _read(path):
        found.setdefault(row["subject"], []).append(row)
    return found


def _centers(
    forms: Mapping[str, Mapping[str, Sequence[Cells]]], sites: Mapping[str, str]
) -> dict[str, dict[str, frozenset[str]]]:
    """Return what each center treats and infuses: its trials and its publications say so."""
    found: dict[str, dict[str, set[str]]] = {
        site: {"product": set(), "antigens": set(), "disease": set()} for site in sites.values()
    }
    for form, names in (("infusion", ("product", "antigens")), ("baseline", ("disease",))):
        for child, rows in forms[form].items():
            for row in rows:
                for name in names:
                    found[sites[child]][name].add(row[name])
    return {site: {name: frozenset(codes) for name, codes in own.items()} for site, own in found.items()}


def _truth(
    own: Mapping[str, Sequence[Cells]], data_date: date, site: str, center: Mapping[str, frozenset[str]]
) -> Known:
    infusions = sorted(own["infusion"], key=lambda row: row["infused_on"])
    first = infusions[0] if infusions else {}
    enrolled = own["enrolment"][0]
    before = own["baseline"][0] if own["baseline"] else {}
    given = sorted((row for row in own["anakinra_course"] if row["given"] == "true"), key=lambda row: row["started_at"])
    orders = sorted(
        (row for row in own["anakinra_regimen"] if given and row["course"] == given[0]["record"]),
        key=lambda row: row["from_at"],
    )
    order = orders[0] if orders else {}
    weight = first.get("weight_at_infusion_kg") or before.get("weight_kg")  # what mg and mg/kg of a dose come to
    ends = [row for row in own["end_of_study"] if row["reason"] == "died"]
    infused = span_of(first["infused_on"]) if first else None
    # Of who is still in hospital not every stay is entered: then nobody can read from the cut that there was none.
    discharged, intensive_care = (_stays(own["support"], kind) for kind in ("discharge", "icu"))
    age = first.get("age_years") or enrolled["age_at_enrolment"]
    years = (int(age), int(age)) if age else None
    return Known(
        data_date=data_date,
        sex=enrolled["sex"],
        age_years=years,
        age_months=_months(span_of(enrolled["birth_date"]), infused) if infused else None,
        infused=infused,
        infusions=len(infusions),
        site=site,
        center=center,
        admitted=_stays(own["support"], "admission"),
        discharged=discharged,
        intensive_care=intensive_care if intensive_care or discharged else None,
        transplants=_spans(row["transplant_on"] for row in own["follow_up"]),
        died=_spans(row["died_on"] or row["ended_on"] for row in ends),
        was_given=bool(given),
        doses=_spans(row["started_at"] for row in given),
        last_dose=_spans(row["stopped_at"] for row in given),
        dose_mg_per_kg_day=Decimal(order["mg_per_kg_day"]) if order.get("mg_per_kg_day") else None,
        capped=order.get("cap_applied", ""),
        weight_kg=Decimal(weight) if order and weight else None,
        disease=before.get("disease"),
        product=first.get("product"),
        antigens=first.get("antigens"),
        events=frozenset(row["event"] for row in own["adverse_event"]),
    )


def _stays(rows: Iterable[Cells], kind: str) -> tuple[Span, ...]:
    return _spans(row["started_at"] for row in rows if row["kind"] == kind)


def _spans(texts: Iterable[str]) -> tuple[Span, ...]:
    return tuple(sorted(span_of(text) for text in texts if text))


def span_of(text: str) -> Span:
    """Return the first and the last day that a date of a cut can mean."""
    if len(text) >= 10:
        day = date.fromisoformat(text[:10])
        return day, day
    year, month = int(text[:4]), int(text[5:7] or 1)
    if len(text) == 4:
        return date(year, 1, 1), date(year, 12, 31)
    return date(year, month, 1), (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _months(born: Span, infused: Span) -> Years:
    """Return the fewest and most completed months of age at the infusion."""

    def completed(birth: date, day: date) -> int:
        return (day.year - birth.year) * 12 + day.month - birth.month - (day.day < birth.day)

    return completed(born[1], infused[0]), completed(born[0], infused[1])
