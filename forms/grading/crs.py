"""CRS by ASTCT 2019: fever begins it, hypotension and hypoxia grade it, over all assessments after an infusion.

Source: CLINICAL.md 2.1 with D4 (signs that come back, late onset) and D5 (what a sign needs to count). Days are
calendar days at the site (D21): resolved for 48 hours means grade 0 on a day and on the two days after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial

from forms.context import Context
from forms.grading.child import child_of, day_of_death_from, in_order, infusion_days, infusion_key, text_of
from forms.grading.crs_signs import FEVER_C, Signs, has_fever, parts_of, signs_of
from forms.grading.daily import DAYS_OF_48_HOURS
from forms.grading.fever_hiding import NOT_HIDDEN, HiddenFrom, Stretch, fever_hiding_drugs, hidden_from
from forms.grading.parts import Part, combined, died_of, not_assessable, part
from forms.rule_set import EXACT, RuleSet, Verdict

LATE_AFTER_DAYS = 14

_FEVER = part("fever", 1, 1, "fever")
_NO_FEVER = part("fever", 0, 0)
_OTHER_FEVER = part("fever", 0, 0, "fever put down to another cause")
_FEVER_OPEN = part("fever", 0, 1, "", ("temperature_c",))
_DEATH = died_of("CRS")
_TREATMENT = ("anticytokine_given", "antipyretic_24h")


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """One assessment on the way from infusion on: its signs, and to what late signs were put down."""

    key: str
    at: datetime
    signs: Signs
    attribution: str | None = None


def grade(signs: Signs, *, has_begun: bool | None, is_hidden: bool | None) -> Verdict:
    """Return the CRS grade of one assessment.

    ``has_begun`` says that CRS began before with fever; ``is_hidden`` that something was given since that hides fever:
    then hypotension and hypoxia count without it. None where it is not known.
    """
    signs_parts, fever = parts_of(signs), has_fever(signs)
    if fever:
        return combined(_FEVER, *signs_parts)
    is_other = signs.fever_other_cause is True and signs.temperature_c is not None and signs.temperature_c >= FEVER_C
    fever_part = _FEVER_OPEN if fever is None else (_OTHER_FEVER if is_other else _NO_FEVER)
    if has_begun and is_hidden:
        return combined(fever_part, *signs_parts)
    missing = _TREATMENT if has_begun is not False and is_hidden is None else ()
    if fever is None or has_begun is None:
        missing = (*missing, "temperature_c")
    if missing:
        return combined(fever_part, *(_open(sign, missing) for sign in signs_parts))
    why = "no fever, and nothing that hides it was given" if has_begun else "no fever so far"
    return combined(fever_part, *(_uncounted(sign, "" if is_other else why) for sign in signs_parts))


@cache
def _uncounted(sign: Part, why: str) -> Part:
    """Return a part that does not count for want of fever."""
    return part(sign.name, 0, 0, why) if sign.high else sign


@cache
def _open(sign: Part, missing: tuple[str, ...]) -> Part:
    """Return a part that counts only if there was fever, or something hid it, which is not known."""
    return part(sign.name, 0, sign.high, "", (*sign.missing, *missing)) if sign.high else sign


@dataclass
class _Course:
    """What is known of CRS after one infusion, up to an assessment."""

    infused_on: date | None
    drugs: tuple[Stretch, ...]
    has_begun: bool | None = False
    hidden_from: HiddenFrom = NOT_HIDDEN
    hidden_since: datetime | None = None
    last_positive: date | None = None
    first_free: date | None = None

    def take(self, one: Assessment) -> Verdict:
        """Return the verdict on the next assessment and take it into account."""
        signs, day = one.signs, one.at.date()
        if signs.anticytokine_given is True and self.has_begun is not True:
            self._begin(one.at)
        verdict = grade(signs, has_begun=self.has_begun, is_hidden=self._is_hidden(one))
        if _is_positive(verdict) and self._needs_attribution(day):
            verdict = _attributed(verdict, one.attribution)
        if _is_positive(verdict):
            if self.has_begun is not True:
                self._begin(one.at)
            self.last_positive, self.first_free = day, None
        elif _is_free(verdict) and self.first_free is None and day != self.last_positive:
            self.first_free = day
        if self.has_begun is False and signs.temperature_c is None:
            self.has_begun = None
        return verdict

    def _begin(self, at: datetime) -> None:
        self.has_begun = True
        self.hidden_from = hidden_from(self.drugs, at)

    def _is_hidden(self, one: Assessment) -> bool | None:
        """Tell whether fever is hidden: by an antipyretic for a day, by anything else from its first dose on."""
        if one.signs.anticytokine_given is True:
            self.hidden_since = min(self.hidden_since or one.at, one.at)
        begun = (self.hidden_since, self.hidden_from.certain)
        if one.signs.antipyretic_24h is True or any(at is not None and at <= one.at for at in begun):
            return True
        if self.hidden_from.possible is not None and self.hidden_from.possible <= one.at:
            return None
        return None if None in (one.signs.anticytokine_given, one.signs.antipyretic_24h) else False

    def _needs_attribution(self, day: date) -> bool:
        """Tell whether signs on a day are an onset after day 14, or come back after 48 hours without."""
        if self.last_positive is None:
            return self.infused_on is not None and (day - self.infused_on).days > LATE_AFTER_DAYS
        return self.first_free is not None and (day - self.first_free).days > DAYS_OF_48_HOURS


def _is_positive(verdict: Verdict) -> bool:
    return verdict.value is not None and verdict.value != "0"


def _is_free(verdict: Verdict) -> bool:
    return verdict.value == "0" and verdict.certainty is EXACT


_OTHER_CAUSES = {
    cause: Verdict(value="0", because=f"grade 0: signs after CRS had resolved, or late, put down to {words}")
    for cause, words in {"carhlh": "HLH-like toxicity", "infection": "infection", "other": "another cause"}.items()
}
_NOT_ATTRIBUTED = not_assessable(
    "signs came back after 48 hours without, or began after day 14, and were not yet put down to a cause",
    "attribution_missing",
    "late_attribution",
)


def _attributed(verdict: Verdict, attribution: str | None) -> Verdict:
    if attribution == "crs":
        return verdict
    return _OTHER_CAUSES.get(attribution or "", _NOT_ATTRIBUTED)


def follow(
    assessments: Iterable[Assessment],
    *,
    infused_on: date | None,
    drugs: tuple[Stretch, ...] = (),
    died_on: date | None = None,
) -> dict[str, Verdict]:
    """Return key -> verdict of the assessments after one infusion, given in the order of time.

    ``died_on`` is the day of a death from CRS: its assessments are grade 5.
    """
    course = _Course(infused_on=infused_on, drugs=drugs)
    verdicts = {}
    for one in assessments:
        verdict = course.take(one)
        verdicts[one.key] = _DEATH if died_on is not None and one.at.date() == died_on else verdict
    return verdicts


def judge_crs(context: Context) -> dict[str, Verdict]:
    """Return key -> CRS verdict of all the child's assessments that have a time."""
    child, infusions = child_of(context), infusion_days(context)
    by_infusion: dict[object, list[Assessment]] = {}
    for at, row in in_order(context.rows["assessment"], "assessed_at"):
        signs = signs_of(row, child.baseline_support, partial(child.age_on, at.date()))
        one = Assessment(key=str(row.get("key")), at=at, signs=signs, attribution=text_of(row, "late_attribution"))
        by_infusion.setdefault(infusion_key(row, infusions, at.date()), []).append(one)
    drugs, died_on = fever_hiding_drugs(context), day_of_death_from(context, "crs")
    verdicts: dict[str, Verdict] = {}
    for key, assessments in by_infusion.items():
        verdicts |= follow(assessments, infused_on=infusions.get(key), drugs=drugs, died_on=died_on)
    return verdicts


CRS = RuleSet(
    id="crs_astct_2019",
    version="1",
    title="CRS (ASTCT 2019)",
    source="Lee 2019, Biol Blood Marrow Transplant 25:625, table on CRS",
    verified=True,
    form="assessment",
    uses=("concomitant_agent", "end_of_study"),
    beside="crs_grade",
    decisions=(
        "Vasopressin without another vasopressor is grade 3 and flagged: the published table does not name it.",
        "Milrinone and dobutamine are inodilators: they are named, and not counted as vasopressors.",
        "One low reading that was neither repeated nor treated is not hypotension of CRS.",
        "Ventilation counts only for hypoxia; support that is no more than at home does not count.",
        "Up to 6 L/min is low flow at every age and by every cannula.",
        "Signs without fever count once a drug that hides fever was given since CRS began; without fever and without "
        "such a drug they do not.",
        "Signs that come back after 48 hours at grade 0, or begin after day 14, are graded only once they are put down "
        "to CRS.",
        "Grade 5 stands on a recorded death from CRS and is given to the assessments of that day.",
    ),
    judge_child=judge_crs,
)
