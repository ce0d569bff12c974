"""The checks of the anakinra course form, and the values it derives."""

from __future__ import annotations

from decimal import Decimal

from forms.anchors import anchors_of, of_all, of_linked
from forms.casebook.anakinra_course_recorded import WEIGHT_WITHIN
from forms.casebook.anakinra_course_start_rules import START_CHECKS
from forms.casebook.anakinra_course_treatment import TREATMENT_CHECKS
from forms.context import Context
from forms.derivations import days_between
from forms.form import Anchor, Check
from forms.items import (
    CONFIRM,
    HARD,
    SOFT,
    WARNING,
)
from forms.ordering import entered_in_time, not_after_death, not_before, not_before_infusion
from forms.values import Answer, Row, answer, is_before


def duration(row: Row, context: Context) -> Answer | None:
    days = days_between(answer(row, "started_at"), answer(row, "stopped_at"))
    return None if days is None else days + 1


def course_number(row: Row, context: Context) -> Answer | None:
    return None if answer(row, "started_at") is None else 1 + len(_began_before(row, context))


def _began_before(row: Row, context: Context) -> list[Row]:
    """Return the child's other courses that certainly began before this one."""
    start = answer(row, "started_at")
    others = context.others("anakinra_course", row)
    return [other for other in others if is_before(answer(other, "started_at"), start)]


def _courses_do_not_overlap(row: Row, context: Context) -> bool | None:
    return None if answer(row, "started_at") is None else not _overlapping(row, context)


def _overlapping(row: Row, context: Context) -> list[Row]:
    """Return the child's other courses that run at the same time; one without an end goes on."""
    start, stop = answer(row, "started_at"), answer(row, "stopped_at")
    begun = [other for other in context.others("anakinra_course", row) if answer(other, "started_at") is not None]
    return [
        other
        for other in begun
        if not is_before(answer(other, "stopped_at"), start) and not is_before(stop, answer(other, "started_at"))
    ]


def _overlap_anchors(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("anakinra_course", _overlapping(row, context), "started_at", "stopped_at")


def _later_course_has_its_own_episode(row: Row, context: Context) -> bool | None:
    number, episode = course_number(row, context), answer(row, "episode")
    if not isinstance(number, int) or number == 1:
        return None
    taken = {answer(other, "episode") for other in _began_before(row, context)}
    return episode is not None and episode not in taken and answer(row, "restart_reason") is not None


def _index_toxicity_came_first(row: Row, context: Context) -> bool | None:
    indications = answer(row, "indications")
    if not isinstance(indications, tuple):
        return None
    wrong = is_before(answer(row, "started_at"), answer(_index_episode(row, context), "onset_on"))
    return None if wrong is None else not wrong or bool({"prophylaxis", "other"} & set(indications))


def _prophylaxis_precedes_toxicity(row: Row, context: Context) -> bool | None:
    if answer(row, "line") != "prophylaxis" and answer(row, "indications") != ("prophylaxis",):
        return None
    wrong = is_before(answer(_index_episode(row, context), "onset_on"), answer(row, "started_at"))
    return None if wrong is None else not wrong


def _resolution_came_after(row: Row, context: Context) -> bool | None:
    wrong = is_before(answer(_index_episode(row, context), "resolved_on"), answer(row, "started_at"))
    return None if wrong is None else not wrong


def _index_episode(row: Row, context: Context) -> Row:
    return context.linked("toxicity_episode", answer(row, "episode")) or {}


def _weight_is_recent(row: Row, context: Context) -> bool | None:
    days = days_between(answer(row, "dosing_weight_on"), answer(row, "started_at"))
    return None if days is None else days <= WEIGHT_WITHIN.days


def _weight_is_near_baseline(row: Row, context: Context) -> bool | None:
    weight, baseline = answer(row, "dosing_weight_kg"), answer(context.single("baseline"), "weight_kg")
    if not isinstance(weight, Decimal) or not isinstance(baseline, Decimal) or baseline <= 0:
        return None
    return abs(weight - baseline) <= baseline / 5


CHECKS: tuple[Check, ...] = (
    not_before_infusion("anakinra_course", "started_at", label="The first dose"),
    not_after_death("anakinra_course", "started_at", label="The first dose", severity=HARD),
    not_after_death("anakinra_course", "stopped_at", label="The last dose", severity=HARD),
    entered_in_time("anakinra_course", "started_at"),
    not_before(
        "anakinra_course",
        "stopped_at",
        "started_at",
        group=5,
        message="The last dose {stopped_at} is before the first {started_at}. Check both times.",
    ),
    not_before(
        "anakinra_course",
        "taper_started_on",
        "started_at",
        message="The taper on {taper_started_on} is before the first dose {started_at}. Check both.",
    ),
    Check(
        id="anakinra_course.toxicity_came_first",
        group=4,
        severity=CONFIRM,
        items=("started_at", "episode", "indications"),
        message="The first dose {started_at} is before the onset of the index episode, and prevention is not among "
        "the indications. Check both against the source.",
        holds=_index_toxicity_came_first,
        uses=("toxicity_episode",),
        also=of_linked("episode", "toxicity_episode", "onset_on"),
    ),
    Check(
        id="anakinra_course.prophylaxis_precedes",
        group=4,
        severity=SOFT,
        items=("line", "started_at", "indications"),
        message="Anakinra was given as prevention, yet the index episode began before {started_at}. Correct one of "
        "them, or say why.",
        holds=_prophylaxis_precedes_toxicity,
        uses=("toxicity_episode",),
        also=of_linked("episode", "toxicity_episode", "onset_on"),
    ),
    Check(
        id="anakinra_course.resolution_came_after",
        group=5,
        severity=SOFT,
        items=("started_at", "episode"),
        message="The index episode had resolved before the first dose {started_at}. Correct a date, choose another "
        "episode, or say why.",
        holds=_resolution_came_after,
        uses=("toxicity_episode",),
        also=of_linked("episode", "toxicity_episode", "resolved_on"),
    ),
    Check(
        id="anakinra_course.no_overlap",
        severity=CONFIRM,
        items=("started_at", "stopped_at"),
        message="Another course of this child runs at the same time. A change of dose is a new regimen of one "
        "course: check it.",
        holds=_courses_do_not_overlap,
        also=_overlap_anchors,
    ),
    Check(
        id="anakinra_course.later_course_explained",
        group=24,
        version=2,
        severity=SOFT,
        items=("episode", "restart_reason"),
        message="This is not the first course: choose an index episode that no other course has, and say why it was "
        "given.",
        holds=_later_course_has_its_own_episode,
        also=of_all("anakinra_course", "started_at"),
    ),
    Check(
        id="anakinra_course.weight_is_recent",
        group=15,
        version=2,
        severity=WARNING,
        items=("dosing_weight_on",),
        message="The dosing weight of {dosing_weight_on} is more than 14 days older than the first dose. Fine if the "
        "chart says so.",
        holds=_weight_is_recent,
    ),
    Check(
        id="anakinra_course.weight_near_baseline",
        group=15,
        severity=CONFIRM,
        items=("dosing_weight_kg",),
        message="The dosing weight {dosing_weight_kg} differs by more than a fifth from the baseline weight. Check "
        "it against the source.",
        holds=_weight_is_near_baseline,
        also=of_all("baseline", "weight_kg"),
    ),
    *TREATMENT_CHECKS,
    *START_CHECKS,
)
