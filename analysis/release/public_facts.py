"""What the public tables ask of each child: one level of each variable, as the report counts it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analysis.endpoints.children import Child
from analysis.endpoints.day_28 import first_infusion
from analysis.endpoints.enrolment_flow import SHOWN_TOXICITIES
from analysis.endpoints.follow_up import follow_up_of
from analysis.endpoints.groupings import TIERS, dose_tier
from analysis.endpoints.infections import COUNTED
from analysis.endpoints.toxicities import worst_grades
from analysis.plan.public import AGE_FROM_YEARS, DAY_28, DEATH_BY_DAY, INFUSED, NOT_KNOWN, TREATED
from analysis.plan.responses import CR
from analysis.release.endpoint_rows import WINDOWS, windowed
from analysis.study import Study
from forms.casebook import CASEBOOK
from forms.code_lists import INDICATIONS
from forms.items import Choice
from forms.values import answer

YES, NO = "Yes", "No"
NEVER, GRADE_NOT_KNOWN = "None", "Grade not known"
GRADES = (NEVER, *(f"Grade {grade}" for grade in range(1, 6)), GRADE_NOT_KNOWN)
SEVERAL = "Several"
SHORTER = f"Followed for less than {DEATH_BY_DAY} days"
RESPONDED, NO_RESPONSE, NOT_ASSESSED = "CR or CRi", "No CR", "Not assessed, or died before"
NOT_RESOLVED = "Not seen to resolve by day 28"
RESOLVED_IN = tuple(f"Resolved on {window}" for window in WINDOWS[:-1])


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A variable of public tables: its levels in the order of the page; only neighbours of ordered ones are pooled."""

    name: str
    levels: tuple[str, ...]
    is_ordered: bool = False


@dataclass(frozen=True, kw_only=True)
class Population:
    """Children who are counted together: subject -> variable -> level. ``within``: all populations it is a part of."""

    name: str
    children: Mapping[str, Mapping[str, str]]
    within: tuple[str, ...] = ()


def variables(study: Study) -> dict[str, Variable]:
    """Return the variables by id; years reach from the first infusion of the cut to the last."""
    years = [child.infusions[0].day.year for child in study.children]
    grades = {
        code: Variable(name=f"Highest grade of {name}", levels=GRADES, is_ordered=True)
        for code, name in SHOWN_TOXICITIES.items()
    }
    return {
        # No holds the children of whom it is not recorded too. As a level of their own they would be few, and counted
        # together with Yes their number would be this table's Yes less the children of the tables of the treated.
        "anakinra": Variable(name="Recorded as given anakinra", levels=(YES, NO)),
        "year": Variable(
            name="Year", levels=tuple(map(str, range(min(years), max(years) + 1))) if years else (), is_ordered=True
        ),
        "age": Variable(name="Age", levels=(*(name for name, _ in AGE_FROM_YEARS), NOT_KNOWN), is_ordered=True),
        "sex": Variable(name="Sex", levels=_labels("enrolment", "sex")),
        "disease": Variable(name="Disease", levels=_labels("baseline", "disease")),
        **grades,
        "infection": Variable(name="Infection", levels=(YES, NO)),
        "death": Variable(name="Died", levels=(YES, NO, SHORTER)),
        "indication": Variable(name="Indication", levels=(*INDICATIONS.labels.values(), SEVERAL, NOT_KNOWN)),
        "dose_tier": Variable(name="Dose tier", levels=(*TIERS, NOT_KNOWN)),
        "response": Variable(name="Day 28", levels=(RESPONDED, NO_RESPONSE, NOT_ASSESSED)),
        "carhlh_before": Variable(name="carHLH before", levels=(YES, NO, NOT_KNOWN)),
        "resolution": Variable(name="Resolution", levels=(*RESOLVED_IN, NOT_RESOLVED), is_ordered=True),
    }


def populations(study: Study) -> dict[str, Population]:
    """Return the populations by id: the infused, the treated, those of day 28, those of each primary endpoint."""
    infected = {page.subject for page in study.infections.pages if page.fate == COUNTED}
    infused = {child.subject: _of_infused(study, child, child.subject in infected) for child in study.children}
    treated = {child.subject: _of_treated(study, child) for child in study.children if child.given_anakinra}
    day_28 = next(population for population in study.day_28 if population.outcome is CR)
    judged = {
        child.subject: {
            "response": (RESPONDED if child.responded else NO_RESPONSE) if child.evaluable else NOT_ASSESSED,
            "carhlh_before": _yes_no(child.had_carhlh),
        }
        for child in day_28.children
    }
    endpoints = {
        result.endpoint.id: Population(
            name=f"Children in the curve of {result.endpoint.toxicity}",
            children={
                row.subject: {"resolution": _resolution(row.window, row.outcome)}
                for row in windowed(result.cohort.rows)
            },
            within=(TREATED, INFUSED),
        )
        for result in study.endpoints
    }
    return {
        INFUSED: Population(name="Children infused", children=infused),
        TREATED: Population(name="Children given anakinra", children=treated, within=(INFUSED,)),
        DAY_28: Population(name="Children judged at day 28", children=judged, within=(INFUSED,)),
        **endpoints,
    }


def ages_of(study: Study) -> list[int]:
    """Return the age in years at the first infusion of all children of whom it is known."""
    found = (answer(first_infusion(study.cut, child.subject), "age_years") for child in study.children)
    return [age for age in found if isinstance(age, int)]


def _of_infused(study: Study, child: Child, is_infected: bool) -> dict[str, str]:
    cut, subject = study.cut, child.subject
    worst = worst_grades(cut, subject)
    age = answer(first_infusion(cut, subject), "age_years")
    follow_up = follow_up_of(cut, child, DEATH_BY_DAY)
    died = YES if follow_up.died else (NO if follow_up.last_day >= DEATH_BY_DAY else SHORTER)
    return {
        "anakinra": _yes_no(child.given_anakinra),
        "year": str(child.infusions[0].day.year),
        "age": [name for name, first in AGE_FROM_YEARS if age >= first][-1] if isinstance(age, int) else NOT_KNOWN,
        "sex": _label(study, subject, "enrolment", "sex"),
        "disease": _label(study, subject, "baseline", "disease"),
        **{code: _grade(worst, code) for code in SHOWN_TOXICITIES},
        "infection": _yes_no(is_infected),
        "death": died,
    }


def _of_treated(study: Study, child: Child) -> dict[str, str]:
    courses = study.cut.rows("anakinra_course", child.subject)
    given = (course for course in courses if answer(course, "given") is True)
    course = child.first_dose.course if child.first_dose else next(given)
    indications = answer(course, "indications")
    told: Iterable[str] = indications if isinstance(indications, tuple) else ()
    labels = [INDICATIONS.labels[code] for code in told]
    tier = dose_tier(study.cut, child, child.first_dose) if child.first_dose else None
    return {
        "indication": SEVERAL if len(labels) > 1 else next(iter(labels), NOT_KNOWN),
        "dose_tier": tier or NOT_KNOWN,
    }


def _grade(worst: Mapping[str, int | None], code: str) -> str:
    grade = worst.get(code, 0)
    return GRADE_NOT_KNOWN if grade is None else GRADES[grade]


def _resolution(window: str, outcome: str) -> str:
    return f"Resolved on {window}" if outcome == "resolved" and window in WINDOWS[:-1] else NOT_RESOLVED


def _labels(form: str, item: str) -> tuple[str, ...]:
    choice = CASEBOOK[form].items[item]
    return (*(choice.codes.labels.values() if isinstance(choice, Choice) else ()), NOT_KNOWN)


def _label(study: Study, subject: str, form: str, item: str) -> str:
    choice = CASEBOOK[form].items[item]
    row = next(iter(study.cut.rows(form, subject)), None)
    code = answer(row, item) if row is not None else None
    return choice.codes.labels[code] if isinstance(choice, Choice) and isinstance(code, str) else NOT_KNOWN


def _yes_no(known: bool | None) -> str:
    return NOT_KNOWN if known is None else (YES if known else NO)


def counted_by(population: Population, rows: str, columns: str) -> Mapping[tuple[str, str], int]:
    """Return how many children of a population have each pair of levels; without ``columns`` the second is empty."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for levels in population.children.values():
        counts[levels[rows], levels[columns] if columns else ""] += 1
    return counts
