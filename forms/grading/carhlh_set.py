"""The composite of HLH-like toxicity after the first dose of a course, as a rule set in its first version.

The newest version stands in ``carhlh_open.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from forms.context import Context
from forms.grading.carhlh_course import (
    ANALYTES,
    COMPONENTS,
    CompositeDay,
    Needs,
    composite_days,
    first_resolved,
    limits_on,
    peak_ferritin,
)
from forms.grading.carhlh_facts import has_carhlh_at, needs_of
from forms.grading.child import infusion_days
from forms.grading.parts import SIGNS_MISSING, not_assessable
from forms.grading.samples import Sample, samples_of
from forms.rule_set import NOT_ASSESSABLE, RuleSet, Verdict
from forms.values import Row, answer

RESOLVED, UNRESOLVED = "resolved", "unresolved"

JudgeCourse = Callable[[Row, datetime, Context, tuple[Sample, ...]], Verdict | None]
"""What a version says of a course, its first dose and the child's samples; None where carHLH was not there."""

NO_PEAK = not_assessable("no ferritin between infusion and first dose", SIGNS_MISSING, "laboratory.ferritin")


def judge_composite(context: Context) -> Mapping[str, Verdict]:
    """Return course -> whether the composite resolved after it, for courses begun with HLH-like toxicity."""
    return of_each_course(context, _judge_course)


def of_each_course(context: Context, judge: JudgeCourse) -> Mapping[str, Verdict]:
    """Return course -> what a version says of it, for courses of anakinra that was given since a known time."""
    samples = samples_of(context.rows["laboratory"], ANALYTES)
    found: dict[str, Verdict] = {}
    for course in context.rows["anakinra_course"]:
        first_dose = answer(course, "started_at")
        if answer(course, "given") is True and isinstance(first_dose, datetime):
            verdict = judge(course, first_dose, context, samples)
            if verdict is not None:
                found[str(course.get("key"))] = verdict
    return found


def _judge_course(course: Row, first_dose: datetime, context: Context, samples: tuple[Sample, ...]) -> Verdict | None:
    rows = context.rows
    if not has_carhlh_at(rows["toxicity_episode"], course, first_dose.date()):
        return None
    needs = needs_of(rows["concomitant_agent"], rows["support"], rows["assessment"], first_dose)
    followed = follow(context, samples, first_dose, needs)
    return NO_PEAK if followed is None else verdict_on(followed[0])


def follow(
    context: Context, samples: tuple[Sample, ...], first_dose: datetime, *needs: Needs
) -> list[dict[int, CompositeDay]] | None:
    """Return what each day from the first dose on says, for each of the needs; None without a ferritin before it."""
    day = first_dose.date()
    infused_on = max((other for other in infusion_days(context).values() if other <= day), default=None)
    since = tuple(sample for sample in samples if infused_on is None or sample.at.date() >= infused_on)
    peak = peak_ferritin(since, first_dose)
    if peak is None:
        return None
    limits = limits_on(context, day, samples, infused_on or day)
    return [composite_days(since, time_zero=day, peak=peak, limits=limits, needs=one) for one in needs]


def verdict_on(days: Mapping[int, CompositeDay]) -> Verdict:
    """Return whether the composite resolved; the first day of each component stands in the details, after the dose."""
    later = {day: one for day, one in days.items() if day >= 1}
    details = {f"{name}_day": str(day) for name in COMPONENTS if (day := _first(later, name)) is not None}
    resolved = first_resolved(days)
    if resolved is not None:
        because = f"all components hold from day {resolved} after the first dose, and ferritin stays low for 48 hours"
        return Verdict(value=RESOLVED, because=because, details={"resolved_day": str(resolved), **details})
    if not any(one.sampled for one in later.values()):
        return not_assessable("no sample after the day of the first dose", SIGNS_MISSING, "laboratory.ferritin")
    possible = first_resolved(days, unknown=True)
    if possible is not None:
        return _not_confirmed(possible, days, details)
    lacking = ", ".join(name.replace("_", " ") for name in COMPONENTS if f"{name}_day" not in details)
    because = f"never held: {lacking}" if lacking else "the components did not hold together for 48 hours"
    return Verdict(value=UNRESOLVED, because=because, details=details)


_IN_WORDS = {"nothing_new_needed": "whether nothing was newly needed"}


def _not_confirmed(day: int, days: Mapping[int, CompositeDay], details: Mapping[str, str]) -> Verdict:
    """Return that the composite may have resolved on a day: a component is not known, or the two days after it."""
    one = days[day]
    unknown = [name for name in COMPONENTS if one.components[name] is None]
    names = ", ".join(_IN_WORDS.get(name, name) for name in unknown)
    what = f"{names} not known on that day" if unknown else "ferritin not known on the two days after"
    if one.unranged:
        ranges = ", ".join(one.unranged)
        what += f", since no normal range for {ranges} is recorded of the laboratory that the sample names"
    if one.undated:
        what += ", since the day of an agent, a support or a product is not known"
    unmeasured = [name for name in unknown if name not in (*one.unranged, *one.undated)] if unknown else ["ferritin"]
    dates = dict.fromkeys(item for items in one.undated.values() for item in items)
    return Verdict(
        value=None,
        certainty=NOT_ASSESSABLE,
        because=f"not assessable: it may have resolved on day {day} after the first dose; {what}",
        why="components_unknown",
        missing=(*(f"laboratory.{name}" for name in unmeasured), *dates),
        details=details,
    )


def _first(days: Mapping[int, CompositeDay], component: str) -> int | None:
    return next((day for day in sorted(days) if days[day].components[component]), None)


CARHLH_COMPOSITE_1 = RuleSet(
    id="carhlh_composite",
    version="1",
    title="Resolution of carHLH, composite (awaiting the steering group's signature)",
    source="The registry's own; multiples of CTCAE v5 grade 2",
    verified=False,
    form="anakinra_course",
    uses=("toxicity_episode", "laboratory", "concomitant_agent", "support", "assessment"),
    values=(RESOLVED, UNRESOLVED),
    decisions=(
        "Ferritin at most 50 % of its peak between infusion and first dose, and no rebound above that for 48 hours.",
        "Fibrinogen at least 150 mg/dL without plasma, cryoprecipitate or fibrinogen in the 48 hours before.",
        "AST and ALT at most 5 x, bilirubin at most 3 x the upper limit, or the value before infusion where that is "
        "above it. Upper limits are the site's own, for a sample that names another laboratory those recorded for it; "
        "a value before infusion is above that of the laboratory that measured it.",
        "No new rescue class and no new organ support since the first dose.",
        "A value serves its own day and the next; a day without a sample only confirms.",
        "The first day of each component is kept by itself.",
    ),
    judge_child=judge_composite,
)
