"""What others could know about a child: read from a cut, with the ladder of coarser values for each.

A newspaper or a neighbour knows sex, age, the disease, an intensive care stay, the way home, a death. Who works at the
center knows when anakinra began and ended and its dose. All of it stands in one table, `children.csv`, as the gate lets
it, and nowhere else in a de-identified export.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from forms.casebook.baseline import TRANSPLANTS
from forms.casebook.enrolment import SEXES
from forms.casebook.infusion import PRODUCTS
from forms.code_lists import ANTIGENS, DISEASE_GROUPS
from forms.dosing.tiers import DOSE_TIERS, dose_tier
from forms.item import CodeList
from forms.values import PartialDate
from registry.release.cut_files import Cells, CutFiles, whole_day
from registry.release.gate import Level, Quasi

NONE, UNKNOWN, UNDATED = "none", "not known", "on a day not known"
OR = " or "
"""Between tiers that were put together."""
BEFORE, LATER = "before day 0", "after day 28"
WINDOW_ENDS = (3, 7, 14, 28)
WINDOWS = (BEFORE, *(f"day {low} to {high}" for low, high in zip((0, 4, 8, 15), WINDOW_ENDS, strict=True)), LATER)
"""Days are grouped where the report reads its curves, before anything coarser; EXPORT.md section 1.5."""
DURATIONS = ("at most 3 days", "4 to 7 days", "8 to 14 days", "15 to 28 days", "more than 28 days")
AGE_GROUPS = {2: "under 2 years", 12: "2 to 11 years", 18: "12 to 17 years"}
OLDEST_GROUP = "18 years or more"
"""The groups of ICH E11."""
PERIOD_YEARS = 3
WEIGHT_STEP_KG = 10
EARLY_AND_LATE = {BEFORE: BEFORE, LATER: LATER}
ONCE, TWICE = "at most 1", "2 or more"


def window(day: int) -> str:
    """Return the window a day counted from the infusion falls into."""
    return WINDOWS[0] if day < 0 else WINDOWS[1 + sum(day > end for end in WINDOW_ENDS)]


def coarse_window(fine: str) -> str:
    """Return the window of the coarser level that a finer one belongs to."""
    return EARLY_AND_LATE.get(fine, "day 0 to 28")


def _code(text: str) -> str:
    return text or UNKNOWN


def _age_group(text: str) -> str:
    if not text:
        return UNKNOWN
    return next((words for limit, words in AGE_GROUPS.items() if int(text) < limit), OLDEST_GROUP)


def _under_12(text: str) -> str:
    return ("under 12 years" if int(text) < 12 else "12 years or more") if text else UNKNOWN


def _period(text: str) -> str:
    if not text:
        return UNKNOWN
    first = int(text) - int(text) % PERIOD_YEARS
    return f"{first} to {first + PERIOD_YEARS - 1}"


def _weight_band(text: str) -> str:
    if not text:
        return UNKNOWN
    low = int(Decimal(text)) // WEIGHT_STEP_KG * WEIGHT_STEP_KG
    return f"{low} to under {low + WEIGHT_STEP_KG} kg"


def _window_or_none(text: str) -> str:
    if not text:
        return NONE
    return text if text == UNDATED else window(int(text))


def _early_or_late(text: str) -> str:
    found = _window_or_none(text)
    return found if found in (NONE, UNDATED) else coarse_window(found)


def _whether(text: str) -> str:
    return "yes" if text and text != NONE else "no"


def _given(text: str) -> str:
    return "no" if text == NONE else "yes"


def _duration(text: str) -> str:
    if not text:
        return NONE
    return text if text == UNKNOWN else DURATIONS[sum(int(text) > end for end in WINDOW_ENDS)]


def _either(code: str, other: str) -> Callable[[str], str]:
    """Return the reading that tells one code from all others."""
    return lambda text: (code if text == code else other) if text else UNKNOWN


def _each_window(text: str) -> str:
    return text or NONE


def _each_coarse_window(text: str) -> str:
    return ";".join(dict.fromkeys(coarse_window(fine) for fine in text.split(";"))) if text else NONE


def _level(words: str, read: Callable[[str], str]) -> Level:
    return Level(words=words, read=read)


_WINDOWS = _level("the window 0 to 3, 4 to 7, 8 to 14, 15 to 28 or later", _window_or_none)
_EARLY_OR_LATE = _level("by day 28 or later", _early_or_late)
_YES_NO = _level("yes or no", _whether)
_AS_RECORDED = _level("as recorded", _code)

LADDER: tuple[Quasi, ...] = (
    Quasi(
        name="weight",
        label="Weight at the infusion",
        items=("infusion.weight_at_infusion_kg", "baseline.weight_kg"),
        levels=(_level("ranges of 10 kg", _weight_band),),
    ),
    Quasi(
        name="discharge",
        label="First discharge home",
        items=("support.started_at",),
        levels=(_WINDOWS, _EARLY_OR_LATE),
    ),
    Quasi(
        name="intensive_care",
        label="First intensive care stay",
        items=("support.started_at",),
        levels=(_WINDOWS, _YES_NO),
    ),
    Quasi(
        name="transplant",
        label="Transplant after the infusion",
        items=("follow_up.transplant_on",),
        levels=(_EARLY_OR_LATE, _YES_NO),
    ),
    Quasi(
        name="adverse_events",
        label="Adverse events",
        items=("adverse_event.event",),
        levels=(_level("which ones", _each_window), _YES_NO),
        can_be_masked=False,
    ),
    Quasi(
        name="infusions",
        label="Infusions",
        items=("infusion.infusion_number",),
        levels=(_level("at most 1, or 2 or more", lambda text: ONCE if int(text) <= 1 else TWICE),),
    ),
    Quasi(
        name="prior_transplant",
        label="Transplant before",
        items=("baseline.prior_transplant",),
        levels=(_AS_RECORDED, _YES_NO),
    ),
    Quasi(name="product", label="Product", items=("infusion.product",), levels=(_AS_RECORDED,)),
    Quasi(
        name="antigens",
        label="Antigens",
        items=("infusion.antigens",),
        levels=(_AS_RECORDED, _level("CD19 alone or other", _either("cd19", "other"))),
    ),
    Quasi(
        name="disease",
        label="Disease",
        items=("baseline.disease",),
        levels=(_AS_RECORDED, _level("B-ALL or other", _either("b_all", "other"))),
    ),
    Quasi(
        name="anakinra_days",
        label="Days of anakinra, first to last dose",
        items=("anakinra_course.started_at", "anakinra_course.stopped_at"),
        levels=(_level("at most 3, 7, 14, 28 days, or more", _duration),),
    ),
    Quasi(
        name="infusion_year",
        label="Year of the infusion",
        items=("infusion.infused_on",),
        levels=(_level("the year", _code), _level("periods of 3 years", _period)),
    ),
    Quasi(
        name="course",
        label="Windows with an assessment or a laboratory page",
        items=("assessment.assessed_at", "laboratory.sampled_at"),
        levels=(
            _level("windows 0 to 3, 4 to 7, 8 to 14, 15 to 28 and later", _each_window),
            _level("day 0 to 28 and later", _each_coarse_window),
        ),
        can_be_masked=False,
    ),
    Quasi(
        name="anakinra_start",
        label="First anakinra dose",
        items=("anakinra_course.started_at",),
        levels=(_WINDOWS, _EARLY_OR_LATE),
    ),
    Quasi(
        name="age",
        label="Age at the infusion",
        items=("infusion.age_years", "enrolment.age_at_enrolment"),
        levels=(_level("groups under 2, 2 to 11, 12 to 17, 18 or more", _age_group), _level("under 12", _under_12)),
    ),
    Quasi(
        name="death",
        label="Death",
        items=("end_of_study.died_on",),
        levels=(_WINDOWS, _EARLY_OR_LATE, _YES_NO),
    ),
    Quasi(name="sex", label="Sex", items=("enrolment.sex",), levels=(_AS_RECORDED,)),
    Quasi(
        name="day_28",
        label="Assessed at day 28",
        items=("response.timepoint",),
        levels=(_YES_NO,),
        can_be_masked=False,
    ),
    Quasi(
        name="anakinra_dose",
        label="Anakinra, and the dose ordered first",
        items=("anakinra_course.given", "anakinra_regimen.mg_per_kg_day"),
        levels=(_level("none, or the dose tier", _code), _level("given or not", _given)),
        can_be_masked=False,
    ),
)
"""First what is given up first: what serves the registry's question least. Above all it asks about the dose."""

CODES: Mapping[str, CodeList] = {
    "sex": SEXES,
    "disease": DISEASE_GROUPS,
    "prior_transplant": TRANSPLANTS,
    "product": PRODUCTS,
    "antigens": ANTIGENS,
    "anakinra_dose": DOSE_TIERS,
}
"""Code lists behind values that are shown as recorded."""

QUASI_ITEMS: Mapping[str, Quasi] = {item: quasi for quasi in reversed(LADDER) for item in quasi.items}
"""Item -> the first quasi-identifier it is read into."""


def ladder(keep: Sequence[str] = ()) -> tuple[Quasi, ...]:
    """Return the ladder with some quasi-identifiers moved to its end, where they are given up last."""
    return tuple(sorted(LADDER, key=lambda quasi: quasi.name in keep))


_READ = (
    *("enrolment", "baseline", "infusion", "anakinra_course", "anakinra_regimen"),
    *("support", "response", "follow_up", "end_of_study"),
)


def facts_of(cut: CutFiles, children: Iterable[str], terms: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return each child's fact by quasi-identifier, in the order of the children.

    Days are whole days from the first infusion, empty for what did not happen or has no day. ``terms`` maps a child to
    its adverse events as they would be shown.
    """
    forms = (
        "enrolment",
        "baseline",
        "infusion",
        "anakinra_course",
        "anakinra_regimen",
        "support",
        "follow_up",
        "response",
    )
    records = {name: cut.form(name).by_child() for name in (*forms, "end_of_study")}
    pages = _pages(cut)
    found: dict[str, list[str]] = {quasi.name: [] for quasi in LADDER}
    for child in children:
        own = {name: rows.get(child, []) for name, rows in records.items()}
        for name, fact in _facts(own, pages.get(child, [])).items():
            found[name].append(fact)
        found["adverse_events"].append(";".join(terms.get(child, ())))
    return found


def _pages(cut: CutFiles) -> dict[str, list[date]]:
    """Return the days with an assessment or a laboratory page by child."""
    found: dict[str, list[date]] = {}
    for name, item in (("assessment", "assessed_at"), ("laboratory", "sampled_at")):
        for row in cut.form(name).rows():
            if day := whole_day(row[item]):
                found.setdefault(row["subject"], []).append(day)
    return found


def _facts(own: Mapping[str, list[Cells]], pages: list[date]) -> dict[str, str]:
    infusions = sorted(own["infusion"], key=lambda row: row["infused_on"])
    first = infusions[0] if infusions else {}
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
    windows = sorted({window((day - day_0).days) for day in pages}, key=WINDOWS.index) if day_0 else []
    return {
        "sex": enrolled.get("sex", ""),
        "age": first.get("age_years") or enrolled.get("age_at_enrolment", ""),
        "infusion_year": str(day_0.year) if day_0 else "",
        "disease": before.get("disease", ""),
        "prior_transplant": before.get("prior_transplant", ""),
        "product": first.get("product", ""),
        "antigens": first.get("antigens", ""),
        "infusions": str(len(infusions)),
        "weight": first.get("weight_at_infusion_kg") or before.get("weight_kg", ""),
        "discharge": day_of_first(stays("discharge"), after=True),
        "intensive_care": day_of_first(stays("icu"), after=True),
        "transplant": day_of_first((row["transplant_on"] for row in own["follow_up"]), after=True),
        "death": day_of_first(died),
        "anakinra_start": day_of_first(row["started_at"] or UNDATED for row in courses),
        "anakinra_days": days_given,
        "anakinra_dose": first_dose_tier(courses, own["anakinra_regimen"]),
        "course": ";".join(windows),
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


def given_courses(courses: Iterable[Cells]) -> list[Cells]:
    """Return the anakinra courses of a child that were given, in order of time."""
    return sorted(
        (row for row in courses if row["given"] == "true"), key=lambda row: (row["started_at"] or "9", row["record"])
    )


def first_orders(courses: Sequence[Cells], orders: Iterable[Cells]) -> list[Cells]:
    """Return the orders of a child's first course, in order of time."""
    first = courses[0]["record"] if courses else None
    return sorted((row for row in orders if row["course"] == first), key=lambda row: (row["from_at"], row["record"]))


def first_dose_tier(courses: Sequence[Cells], orders: Iterable[Cells]) -> str:
    """Return the code of the tier of the first order; ``none`` without anakinra, empty where the dose is not known."""
    if not courses:
        return NONE
    found = first_orders(courses, orders)
    if not found:
        return ""
    per_day = found[0]["mg_per_kg_day"]
    return dose_tier(Decimal(per_day) if per_day else None, found[0]["cap_applied"]) or ""
