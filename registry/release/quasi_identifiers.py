"""What others could know about a child: read from a cut, with the ladder of coarser values for each.

A newspaper or a neighbour knows sex, age, the disease, an intensive care stay, the way home, a death. Who works at the
center knows when anakinra began and ended and its dose. All of it stands in one table, `children.csv`, as the gate lets
it, and nowhere else in a de-identified export.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal

from forms.casebook.baseline import TRANSPLANTS
from forms.casebook.enrolment import SEXES
from forms.casebook.infusion import PRODUCTS
from forms.code_lists import ANTIGENS, DISEASE_GROUPS
from forms.dosing.tiers import DOSE_TIERS
from forms.item import CodeList
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
PAGES = ("assessment", "laboratory")
BUT = " but only "
"""Between a window of days and the one kind of page that a child has in it."""
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
    found: dict[str, set[str]] = {}
    for part in text.split(";") if text else ():
        fine, _, kind = part.partition(BUT)
        found.setdefault(coarse_window(fine), set()).update((kind,) if kind else PAGES)
    return ";".join(pages_in(words, kinds) for words, kinds in found.items()) or NONE


def pages_in(words: str, kinds: Collection[str]) -> str:
    """Return a window of days with the kind of its pages, where there is one kind alone.

    Rows of either form leave, so a window with a laboratory page alone is told apart from one with an assessment too.
    """
    return words if len(kinds) == len(PAGES) else BUT.join((words, *kinds))


def windows_in(text: str) -> str:
    """Return the windows with any page, as the table of the children shows them."""
    return ";".join(part.partition(BUT)[0] for part in text.split(";"))


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
