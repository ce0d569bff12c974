"""The checks of the anakinra course form that compare it with other pages: weights, other agents, grades, protocol."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from forms.anchors import anchors_of, of_linked
from forms.context import Context
from forms.dosing.agents import agent_span, class_of, episodes_of
from forms.dosing.immunosuppressants import GivenOn, fullest_day, names_of
from forms.dosing.regimen_setting import TAPERED_BY_GRADE, graded_on, index_toxicities
from forms.dosing.weights import Weight, weights_near
from forms.form import Anchor, Check
from forms.items import CONFIRM, SOFT, WARNING
from forms.values import Measurement, Row, answer, day_of, earliest, is_before

WEIGHT_MAY_DIFFER_BY = Decimal("0.1")
LOW_PLATELETS = 20
MANY_AT_ONCE, PROPHYLAXIS_FROM = 3, 2
UNRESOLVED_GRADE = 3
"""CLINICAL.md groups 15, 16, 19, 20 and 23 of section 5."""

NEEDED_BEFORE = {
    "after_tocilizumab": ("tocilizumab",),
    "after_steroid": ("steroid",),
    "after_tocilizumab_and_steroid": ("tocilizumab", "steroid"),
}
"""Line -> classes that must have been given before it."""


def _weights_around(row: Row, context: Context) -> tuple[Weight, ...]:
    when = answer(row, "dosing_weight_on") or answer(row, "started_at")
    return weights_near(context, when, without=row) if when is not None else ()


def _weight_fits_the_nearest(row: Row, context: Context) -> bool | None:
    weight, others = answer(row, "dosing_weight_kg"), _weights_around(row, context)
    if not isinstance(weight, Decimal) or not others:
        return None
    return any(abs(weight - other.kg) <= other.kg * WEIGHT_MAY_DIFFER_BY for other in others)


def _weights_compared(row: Row, context: Context) -> tuple[Anchor, ...]:
    return tuple(weight.anchor for weight in _weights_around(row, context))


def _nearest_weight(row: Row, context: Context) -> str:
    return " or ".join(f"{weight.kg.normalize():f} kg" for weight in _weights_around(row, context))


def _low_platelets_have_a_reason(row: Row, context: Context) -> bool | None:
    platelets = answer(row, "at_start_platelets")
    if answer(row, "route") != "sc" or not isinstance(platelets, Measurement):
        return None
    is_low = platelets.is_below(LOW_PLATELETS)
    return answer(row, "route_reasons") is not None if is_low else (None if is_low is None else True)


def _most_at_once(row: Row, context: Context) -> tuple[date, GivenOn] | None:
    """Return the day of this course with the most classes of immunosuppressant, and those of that day."""
    start, stop = day_of(answer(row, "started_at")), day_of(answer(row, "stopped_at"))
    if start is None or answer(row, "given") is False:
        return None
    return fullest_day([row], context.rows["concomitant_agent"], start, stop or date.max)


def _few_at_once(row: Row, context: Context) -> bool | None:
    most = _most_at_once(row, context)
    return None if most is None else len(most[1].certain) < MANY_AT_ONCE


def _which_at_once(row: Row, context: Context) -> str:
    most = _most_at_once(row, context)
    return f"{names_of(most[1].certain)} on {most[0]}" if most else "several"


def _agents_at_once(row: Row, context: Context) -> tuple[Anchor, ...]:
    """Return what tells when each agent of the fullest day was given."""
    most = _most_at_once(row, context)
    if most is None:
        return ()
    spans = ((agent, agent_span(agent)) for agent in context.rows["concomitant_agent"] if class_of(agent))
    on = [agent for agent, span in spans if span and span.certain_from.date() <= most[0] <= span.certain_to.date()]
    return anchors_of("concomitant_agent", on, "agent", "started_at", "stopped_at")


def _prophylaxis_is_told(row: Row, context: Context) -> bool | None:
    most = _most_at_once(row, context)
    if most is None or len(most[1].certain) < PROPHYLAXIS_FROM:
        return None
    return any(
        answer(page, "kind") == "antimicrobial" and answer(page, "purpose") == "prophylaxis"
        for page in context.rows["support"]
    )


def _taper_highest_grade(row: Row, context: Context) -> int | None:
    protocol = context.protocol_on(day_of(answer(row, "taper_started_on")))
    return protocol.rules.taper_highest_grade if protocol else None


def _grades_at_taper(row: Row, context: Context) -> list[tuple[Row, str]]:
    """Return the assessment and item of each index grade at the start of the taper."""
    day = day_of(answer(row, "taper_started_on"))
    graded = [toxicity for toxicity in index_toxicities(row, context) or () if toxicity in TAPERED_BY_GRADE]
    found = ((graded_on(context, toxicity, day), TAPERED_BY_GRADE[toxicity]) for toxicity in graded)
    return [(assessment, item) for assessment, item in found if assessment is not None]


def _taper_waits_for_the_grade(row: Row, context: Context) -> bool | None:
    highest = _taper_highest_grade(row, context)
    if highest is None:
        return None
    grades = [answer(assessment, item) for assessment, item in _grades_at_taper(row, context)]
    known = [grade for grade in grades if isinstance(grade, int)]
    return max(known) <= highest if known else None


def _graded_at_taper(row: Row, context: Context) -> tuple[Anchor, ...]:
    pairs = _grades_at_taper(row, context)
    return tuple(anchor for page, item in pairs for anchor in anchors_of("assessment", [page], item))


def _taper_rule(row: Row, context: Context) -> str:
    return f"grade {_taper_highest_grade(row, context)} or less"


def _stopped_as_resolved(row: Row, context: Context) -> bool | None:
    reason, grade = answer(row, "stop_reason"), answer(row, "at_stop_grade")
    if reason is None or not isinstance(grade, int):
        return None
    return reason != "resolved" or grade < UNRESOLVED_GRADE


def _resolved_with_its_episode(row: Row, context: Context) -> bool | None:
    episode = context.linked("toxicity_episode", answer(row, "episode")) or {}
    outcome = answer(episode, "outcome")
    return None if answer(row, "stop_reason") != "resolved" or outcome is None else outcome != "ongoing"


def _given_first(row: Row, context: Context) -> list[Row]:
    """Return the tocilizumab and steroid for the index episode that certainly began before this course."""
    episode, start = answer(row, "episode"), answer(row, "started_at")
    return [
        agent
        for agent in context.rows["concomitant_agent"]
        if episode is not None
        and episode in episodes_of(agent)
        and class_of(agent) in ("tocilizumab", "steroid")
        and is_before(answer(agent, "started_at"), start)
    ]


def _first_line_is_first(row: Row, context: Context) -> bool | None:
    return None if answer(row, "line") != "first" else not _given_first(row, context)


def _agents_before(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("concomitant_agent", _given_first(row, context), "agent", "started_at")


def _line_has_its_records(row: Row, context: Context) -> bool | None:
    return None if answer(row, "line") not in NEEDED_BEFORE else not _without_record(row, context)


def _without_record(row: Row, context: Context) -> list[str]:
    """Return the classes that the line names and no page tells of before this course."""
    start = earliest(answer(row, "started_at"))
    if start is None:
        return []
    found = {class_of(agent) for agent in _candidates(row, context) if _may_precede(agent, start)}
    return [name for name in NEEDED_BEFORE[str(answer(row, "line"))] if name not in found]


def _candidates(row: Row, context: Context) -> list[Row]:
    """Return the agents for the index episode, and those that name no episode."""
    episode = answer(row, "episode")
    return [
        agent
        for agent in context.rows["concomitant_agent"]
        if episode is None or not episodes_of(agent) or episode in episodes_of(agent)
    ]


def _may_precede(agent: Row, start: datetime) -> bool:
    began = earliest(answer(agent, "started_at"))
    return began is None or began < start


def _which_are_missing(row: Row, context: Context) -> str:
    return " or ".join(_without_record(row, context))


def _candidates_compared(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("concomitant_agent", _candidates(row, context), "agent", "started_at")


TREATMENT_CHECKS: tuple[Check, ...] = (
    Check(
        id="anakinra_course.weight_fits_nearest",
        group=15,
        severity=WARNING,
        items=("dosing_weight_kg",),
        message="The dosing weight {dosing_weight_kg} differs by more than a tenth from the nearest other weight, "
        "{why}. Fine if the chart says so.",
        holds=_weight_fits_the_nearest,
        explain=_nearest_weight,
        also=_weights_compared,
    ),
    Check(
        id="anakinra_course.low_platelets_explained",
        group=16,
        severity=WARNING,
        items=("route", "at_start_platelets", "route_reasons"),
        message="Under the skin at {at_start_platelets}: bruising is likely below 20. Say why this route was chosen.",
        holds=_low_platelets_have_a_reason,
    ),
    Check(
        id="anakinra_course.few_immunosuppressants",
        group=19,
        severity=WARNING,
        items=("started_at", "stopped_at"),
        message="Three or more kinds of immunosuppressant at once: {why}. Look whether there is an infection page to "
        "fill.",
        holds=_few_at_once,
        explain=_which_at_once,
        uses=("concomitant_agent",),
        also=_agents_at_once,
    ),
    Check(
        id="anakinra_course.prophylaxis_is_told",
        group=19,
        severity=WARNING,
        items=("started_at", "stopped_at"),
        message="Two or more kinds of immunosuppressant at once ({why}) and no antimicrobial prophylaxis on a support "
        "page. Enter it, if there was one.",
        holds=_prophylaxis_is_told,
        explain=_which_at_once,
        uses=("concomitant_agent", "support"),
        also=_agents_at_once,
    ),
    Check(
        id="anakinra_course.taper_waits_for_grade",
        group=20,
        severity=WARNING,
        items=("taper_started_on",),
        message="The taper began on {taper_started_on} above the grade of the site's protocol, {why}. Fine if the "
        "chart says so.",
        holds=_taper_waits_for_the_grade,
        explain=_taper_rule,
        uses=("assessment", "toxicity_episode"),
        also=_graded_at_taper,
    ),
    Check(
        id="anakinra_course.stopped_as_resolved",
        group=20,
        severity=SOFT,
        items=("stop_reason", "at_stop_grade"),
        message="Stopped as resolved, yet the index toxicity was grade {at_stop_grade} at the last dose. Correct one "
        "of them, or say why.",
        holds=_stopped_as_resolved,
    ),
    Check(
        id="anakinra_course.resolved_with_episode",
        group=20,
        severity=SOFT,
        items=("stop_reason", "episode"),
        message="Stopped as resolved, yet the index episode is called ongoing. Enter its resolution there, correct the "
        "reason, or say why.",
        holds=_resolved_with_its_episode,
        uses=("toxicity_episode",),
        also=of_linked("episode", "toxicity_episode", "outcome"),
    ),
    Check(
        id="anakinra_course.first_line_is_first",
        group=23,
        severity=CONFIRM,
        items=("line", "episode", "started_at"),
        message="First line for this episode, yet tocilizumab or steroid is recorded for it before {started_at}. Check "
        "the line, and which episode each was given for, against the source.",
        holds=_first_line_is_first,
        uses=("concomitant_agent",),
        also=_agents_before,
    ),
    Check(
        id="anakinra_course.line_has_records",
        group=23,
        severity=WARNING,
        items=("line", "started_at"),
        message="“{line}”, but no page before {started_at} tells of {why} given for this episode. Enter it, name this "
        "episode on its page, or check the line.",
        holds=_line_has_its_records,
        explain=_which_are_missing,
        uses=("concomitant_agent",),
        also=_candidates_compared,
    ),
)
