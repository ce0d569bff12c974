"""What others could know about each child of a cut: the facts that the ladder makes coarser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from forms.dosing.tiers import DOSE_TIERS, dose_tier
from forms.values import PartialDate
from registry.release.cut_files import Cells, CutFiles, whole_day
from registry.release.first_pages import first_orders, given_courses, infusions
from registry.release.quasi_identifiers import LADDER, NONE, OR, UNDATED, UNKNOWN, WINDOWS, pages_in, window

_READ = (
    *("enrolment", "baseline", "infusion", "anakinra_course", "anakinra_regimen"),
    *("support", "response", "follow_up", "end_of_study"),
)


def facts_of(cut: CutFiles, children: Iterable[str], terms: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return each child's fact by quasi-identifier, in the order of the children.

    Days are whole days from the first infusion, empty for what did not happen or has no day. ``terms`` maps a child to
    its adverse events as they would be shown.
    """
    records = {name: cut.form(name).by_child() for name in _READ}
    pages = _pages(cut)
    found: dict[str, list[str]] = {quasi.name: [] for quasi in LADDER}
    for child in children:
        own = {name: rows.get(child, []) for name, rows in records.items()}
        for name, fact in _facts(own, pages.get(child, [])).items():
            found[name].append(fact)
        found["adverse_events"].append(";".join(terms.get(child, ())))
    return found


def _pages(cut: CutFiles) -> dict[str, list[tuple[str, date]]]:
    """Return the assessment and laboratory pages by child: which of the two, and the day."""
    found: dict[str, list[tuple[str, date]]] = {}
    for name, item in (("assessment", "assessed_at"), ("laboratory", "sampled_at")):
        for child, text in cut.form(name).cells("subject", item):
            if day := whole_day(text):
                found.setdefault(child, []).append((name, day))
    return found


def _facts(own: Mapping[str, list[Cells]], pages: list[tuple[str, date]]) -> dict[str, str]:
    infused = infusions(own["infusion"])
    first = infused[0] if infused else {}
    enrolled = own["enrolment"][0] if own["enrolment"] else {}
    before = own["baseline"][0] if own["baseline"] else {}
    day_0 = whole_day(first.get("infused_on", ""))

    def day_of_first(texts: Iterable[str], *, after: bool = False) -> str:
        """Return the day of the first of some dates, counted from day 0, as far as they are known."""
        told = [text for text in texts if text]
        days = [counted for text in told if (counted := _day_since(day_0, text)) is not None]
        kept = [day for day in days if not after or day >= 0]
        return str(min(kept)) if kept else (UNDATED if len(days) < len(told) else "")

    def stays(kind: str) -> list[str]:
        return [row["started_at"] for row in own["support"] if row["kind"] == kind]

    courses = given_courses(own["anakinra_course"])
    began = [day for row in courses if (day := whole_day(row["started_at"]))]
    ended = [day for row in courses if (day := whole_day(row["stopped_at"]))]
    days_given = str((max(ended) - min(began)).days) if began and ended else (UNKNOWN if courses else "")
    died = [row["died_on"] or row["ended_on"] for row in own["end_of_study"] if row["reason"] == "died"]
    kinds: dict[str, set[str]] = {}
    if day_0:
        for kind, day in pages:
            kinds.setdefault(window((day - day_0).days), set()).add(kind)
    return {
        "sex": enrolled.get("sex", ""),
        "age": first.get("age_years") or enrolled.get("age_at_enrolment", ""),
        "infusion_year": str(day_0.year) if day_0 else "",
        "disease": before.get("disease", ""),
        "prior_transplant": before.get("prior_transplant", ""),
        "product": first.get("product", ""),
        "antigens": first.get("antigens", ""),
        "infusions": str(len(infused)),
        "weight": first.get("weight_at_infusion_kg") or before.get("weight_kg", ""),
        "discharge": day_of_first(stays("discharge"), after=True),
        "intensive_care": day_of_first(stays("icu"), after=True),
        "transplant": day_of_first((row["transplant_on"] for row in own["follow_up"]), after=True),
        "death": day_of_first(died),
        "anakinra_start": day_of_first(row["started_at"] or UNDATED for row in courses),
        "anakinra_days": days_given,
        "anakinra_dose": first_dose_tier(courses, own["anakinra_regimen"]),
        "course": ";".join(pages_in(words, kinds[words]) for words in sorted(kinds, key=WINDOWS.index)),
        "day_28": "yes" if any(row["timepoint"] == "day_28" for row in own["response"]) else "",
    }


def with_small_tiers_together(tiers: Sequence[str], least: int) -> list[str]:
    """Return the dose tiers of children with those of fewer than ``least`` put together with the next smallest one.

    A dose that is not known counts as a tier; without anakinra there is none. A few children whose dose was not
    recorded would otherwise cost everybody the tier.
    """
    groups = {tier: [tier] for tier in set(tiers) - {NONE}}
    sizes = Counter(tiers)
    while len(groups) > 1:
        small, next_one = sorted(groups, key=lambda name: (sizes[name], name))[:2]
        if sizes[small] >= least:
            break
        groups[next_one] += groups.pop(small)
        sizes[next_one] += sizes[small]
    together = {
        tier: OR.join(one or UNKNOWN for one in sorted(members, key=_tier_place))
        for members in groups.values()
        for tier in members
    }
    return [together.get(tier, tier) for tier in tiers]


def _tier_place(tier: str) -> int:
    codes = list(DOSE_TIERS.labels)
    return codes.index(tier) if tier in codes else len(codes)


def _day_since(day_0: date | None, text: str) -> int | None:
    """Return the day of a date counted from day 0; None where no day is known, or not to one window of days."""
    try:
        known = PartialDate(text)
    except ValueError:
        return None
    if day_0 is None:
        return None
    earliest, latest = ((end.date() - day_0).days for end in (known.earliest, known.latest))
    return earliest if window(earliest) == window(latest) else None


def first_dose_tier(courses: Sequence[Cells], orders: Iterable[Cells]) -> str:
    """Return the code of the tier of the first order; ``none`` without anakinra, empty where the dose is not known."""
    if not courses:
        return NONE
    found = first_orders(courses, orders)
    if not found:
        return ""
    per_day = found[0]["mg_per_kg_day"]
    return dose_tier(Decimal(per_day) if per_day else None, found[0]["cap_applied"]) or ""
