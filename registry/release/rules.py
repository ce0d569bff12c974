"""What each profile does to each item, decided from its privacy class; no rule, no export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import (
    Choice,
    Count,
    Derived,
    Item,
    Link,
    Measured,
    MultiChoice,
    Number,
    Privacy,
    Text,
    YesNo,
)
from forms.rule_set import FATAL_GRADE
from registry.release.actions import Action, Bands, Grades, UnruledItem, Verb
from registry.release.giving_away import is_a_day, withhold_what_tells
from registry.release.profiles import Profile
from registry.release.quasi_identifiers import QUASI_ITEMS
from registry.release.row_rules import ROWS_OF_FORMS, WINDOWED, RowRule

CLEARANCE = Bands(edges=(15, 30, 45, 60, 90))
"""The stages of KDIGO 2012."""

CREATININE = Bands(edges=(1, 2, 4))
"""In mg/dL: healthy children are hardly ever above 1; from 4 on it is stage 3 of KDIGO 2012, whatever it was."""

HIGHEST_GRADES = Grades(highest=4)
"""Grade 5 is a death, which a newspaper can know."""

_TELLS_HEIGHT = "the exact number gives the height away"
_TELLS_AGE = "tells how old the child is"
_GROWS_WITH_AGE = f"it grows with the muscles, so the exact number {_TELLS_AGE}"
_TELLS_WEIGHT = "a dose that was not ordered by weight, or reached its largest amount, gives the weight away"

BANDS_BY_ITEM: Mapping[str, tuple[Bands, str]] = {
    "anakinra_course.at_start_egfr": (CLEARANCE, _TELLS_HEIGHT),
    "laboratory.egfr": (CLEARANCE, _TELLS_HEIGHT),
    "anakinra_course.at_start_steroid_mg_per_kg_72h": (Bands(edges=(1, 2, 5)), _TELLS_WEIGHT),
    "assessment.fluid_bolus_ml_kg": (Bands(edges=(1, 10, 20, 40)), _TELLS_WEIGHT),
    "baseline.baseline_creatinine": (CREATININE, _GROWS_WITH_AGE),
    "laboratory.creatinine": (CREATININE, _GROWS_WITH_AGE),
    "infusion.cells_million_per_kg": (Bands(edges=(1, 2, 3)), _TELLS_WEIGHT),
    "baseline.therapy_lines": (
        Bands(edges=(2, 3, 4), of_whole_numbers=True),
        "many lines of treatment are rare, and families tell of them",
    ),
    "baseline.relapses": (
        Bands(edges=(1, 2), of_whole_numbers=True),
        "many relapses are rare, and families tell of them",
    ),
}
"""Clinical numbers that others could know, or that give the age or a body measure away: an estimated clearance with the
creatinine beside it gives the height (bedside Schwartz); 10 mg of dexamethasone in mg/kg of prednisone, a bolus of 500
mL in mL/kg or a whole bag of cells per kg the weight; the creatinine of healthy kidneys the age."""

_TELLS_DAYS = "a number of doses or days tells when treatment began and ended"

WITHHELD: Mapping[str, str] = {
    "enrolment.reconsent_on": "lies close to the 18th birthday, so it gives the birth date",
    "enrolment.reconsent_refused": "tells that the child came of age",
    "enrolment.retrospective": "tells when the child was infused",
    "enrolment.consent_type": _TELLS_AGE,
    "enrolment.assent": _TELLS_AGE,
    "baseline.performance_scale": _TELLS_AGE,
    "baseline.baseline_instrument": _TELLS_AGE,
    "assessment.instrument": _TELLS_AGE,
    "anakinra_regimen.dose_value": "with the child's weight it is the center's dosing",
    "anakinra_regimen.given_mg_per_kg_day": "an exact dose by weight gives the weight",
    "anakinra_regimen.doses_given": _TELLS_DAYS,
    "anakinra_regimen.doses_held": _TELLS_DAYS,
    "anakinra_regimen.doses_missed": _TELLS_DAYS,
    "anakinra_regimen.doses_partial": _TELLS_DAYS,
    "anakinra_course.course_number": _TELLS_DAYS,
    "toxicity_episode.recurrence_of": "only a later episode names an earlier one, and no later one leaves",
    "concomitant_agent.doses_given": _TELLS_DAYS,
    "infection.treatment_days": _TELLS_DAYS,
}
"""Items that go out in no de-identified form though their class would let them, with the reason."""

TELLS: Mapping[str, tuple[str, ...]] = {
    "intensive_care": (
        "anakinra_course.at_start_oxygen",
        "anakinra_course.at_start_vasopressors",
        "assessment.oxygen_mode",
        "assessment.sedated",
        "assessment.vasoactives",
        "assessment.ventilation_reason",
        "infection.organ_support",
        "toxicity_episode.organ_supports",
    ),
    "anakinra_dose": (
        "concomitant_agent.timing",
        "infection.agents_30_days",
        "infection.agents_7_days",
        "infection.anakinra_changed",
        "infection.relation",
        "toxicity_episode.treatments",
    ),
}
"""Quasi-identifier -> items that tell it, and leave only where it leaves itself, for every child."""

FIRST_STANDS_FOR_ALL: Mapping[str, tuple[str, str]] = {
    "toxicity_episode": (
        "first episode of that toxicity",
        "the first of each toxicity leaves and is named for all of them: it may have been a later one",
    ),
    "anakinra_course": (
        "the first",
        "the first course leaves and is named for all of them: it may have been a later one",
    ),
}
"""Form of which a first row leaves for others -> what a link to it means then, in few words and in a sentence."""

_DROPPED_CLASSES = {
    Privacy.DIRECT: "identifies the child",
    Privacy.FREE_TEXT: "typed words can name anybody",
    Privacy.SENSITIVE: "sensitive",
    Privacy.QI_SITE: "tells the center",
}
_DEATHS = frozenset({"died", "death", "fatal", "unresolved_at_death", "died_first"})
"""Codes that tell a death, which a newspaper can know: it stands in `children.csv` alone."""

_RARE = "an answer of fewer children than must look alike is put together with others, or the item is left out"
_STANDS_ELSEWHERE = "others could know it: one value per child in children.csv, as far as enough children share it"
_DAY = "a day that who knows the child could know"


@cache
def actions(profile: Profile = Profile.DEIDENTIFIED) -> dict[str, tuple[Action, ...]]:
    """Return what a profile does to each item of the casebook, by form; UnruledItem when an item has no rule."""
    return actions_for(CASEBOOK, profile)


def actions_for(casebook: Mapping[str, Form], profile: Profile = Profile.DEIDENTIFIED) -> dict[str, tuple[Action, ...]]:
    """Return what a profile does to each item of some forms; what gives a withheld value away is withheld too."""
    items = {(form.name, name): item for form in casebook.values() for name, item in form.items.items()}
    decided = {key: _PROFILES[profile](*key, item) for key, item in items.items()}
    if profile in (Profile.LIMITED, Profile.DEIDENTIFIED):
        decided = withhold_what_tells(decided, items, days_only=profile is Profile.LIMITED)
    return {
        form.name: tuple(decided[form.name, name] for name in (*form.typed_items, *form.derived_items))
        for form in casebook.values()
    }


def _act(
    form: str,
    name: str,
    item: Item,
    verb: Verb,
    why: str,
    detail: str = "",
    *,
    bands: Bands | Grades | None = None,
    column: str = "",
) -> Action:
    return Action(
        form=form,
        item=name,
        label=item.label,
        privacy=item.privacy,
        verb=verb,
        why=why,
        detail=detail,
        bands=bands,
        column=column,
    )


def _identified(form: str, name: str, item: Item) -> Action:
    return _act(form, name, item, Verb.KEEP, "everything is in this profile")


def _public(form: str, name: str, item: Item) -> Action:
    return _act(form, name, item, Verb.DROP, "no child has a row: only counts and curves leave")


def _limited(form: str, name: str, item: Item) -> Action:
    if item.privacy in (Privacy.DIRECT, Privacy.FREE_TEXT, Privacy.SENSITIVE):
        return _act(form, name, item, Verb.DROP, _DROPPED_CLASSES[item.privacy])
    if isinstance(item, Text):
        return _act(form, name, item, Verb.DROP, _DROPPED_CLASSES[Privacy.FREE_TEXT])
    if isinstance(item, Link):
        return _act(form, name, item, Verb.RECODE, "links records of one child")
    return _act(form, name, item, Verb.KEEP, "a limited data set keeps dates, ages and the center")


def _deidentified(form: str, name: str, item: Item) -> Action:
    """Return the action of an item taken by itself."""
    key = f"{form}.{name}"
    if (rule := ROWS_OF_FORMS.get(form)) and rule.rule is RowRule.LEFT_OUT and key not in QUASI_ITEMS:
        return _act(form, name, item, Verb.DROP, f"the form is left out: {rule.why}")
    if reason := WITHHELD.get(key):
        return _act(form, name, item, Verb.DROP, reason)
    if key in WINDOWED.values():
        return _act(form, name, item, Verb.RELDAY, "one page for each window of days", column="window")
    if quasi := QUASI_ITEMS.get(key):
        words = "; ".join(level.words for level in quasi.levels)
        return _act(form, name, item, _verb_of_quasi(key, item), _STANDS_ELSEWHERE, detail=words, column=quasi.name)
    if reason := _DROPPED_CLASSES.get(item.privacy):
        return _act(form, name, item, Verb.DROP, reason)
    if isinstance(item, Text):
        return _act(form, name, item, Verb.DROP, _DROPPED_CLASSES[Privacy.FREE_TEXT])
    if isinstance(item, Link) and item.privacy is Privacy.STRUCTURE:
        return _deidentified_link(form, name, item)
    if item.privacy is Privacy.DATE and is_a_day(item):
        return _act(form, name, item, Verb.DROP, _DAY)
    if item.privacy is Privacy.QI:
        return _act(form, name, item, Verb.DROP, "the exact answer can single out a child")
    if key in BANDS_BY_ITEM:
        bands, reason = BANDS_BY_ITEM[key]
        return _act(form, name, item, Verb.BAND, reason, detail="; ".join(bands.labels), bands=bands)
    if item.privacy in (Privacy.CLINICAL, Privacy.STRUCTURE):
        return _clinical(form, name, item)
    raise _unruled(form, name, item)


def _deidentified_link(form: str, name: str, item: Link) -> Action:
    if item.form == "infusion":
        return _act(form, name, item, Verb.DROP, "tells a later infusion")
    action = _act(form, name, item, Verb.RECODE, "links records of one child")
    if item.form not in FIRST_STANDS_FOR_ALL:
        return action
    meaning, detail = FIRST_STANDS_FOR_ALL[item.form]
    return replace(action, label=f"{item.label} ({meaning})", detail=detail)


def _clinical(form: str, name: str, item: Item) -> Action:
    shape = item.result if isinstance(item, Derived) else item
    if isinstance(shape, Choice | MultiChoice) and _DEATHS & set(shape.codes.labels):
        return _act(form, name, item, Verb.DROP, "one of its answers is a death")
    if isinstance(shape, Choice | MultiChoice | YesNo):
        return _act(form, name, item, Verb.POOL, item.privacy, detail=_RARE)
    if isinstance(shape, Count) and name.endswith("grade") and shape.high == FATAL_GRADE:
        words = "; ".join(HIGHEST_GRADES.labels)
        return _act(form, name, item, Verb.BAND, "grade 5 tells a death", detail=words, bands=HIGHEST_GRADES)
    if isinstance(shape, Number | Count | Measured):
        return _act(form, name, item, Verb.KEEP, item.privacy)
    raise _unruled(form, name, item)


def _verb_of_quasi(key: str, item: Item) -> Verb:
    if key == "infusion.infused_on":
        return Verb.YEAR
    if item.privacy is Privacy.DATE:
        return Verb.RELDAY
    return Verb.POOL if isinstance(item, Choice | MultiChoice | YesNo) else Verb.BAND


_PROFILES: Mapping[Profile, Callable[[str, str, Item], Action]] = {
    Profile.IDENTIFIED: _identified,
    Profile.LIMITED: _limited,
    Profile.DEIDENTIFIED: _deidentified,
    Profile.PUBLIC: _public,
}


def _unruled(form: str, name: str, item: Item) -> UnruledItem:
    unit = f" in {item.unit}" if item.unit else ""
    return UnruledItem(
        f"{form}.{name}: the de-identified profile has no rule for a {item.kind}{unit} of class “{item.privacy}”, so "
        "nothing can be exported. Give the item another class or the profile a rule."
    )
