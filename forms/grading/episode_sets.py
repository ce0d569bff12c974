"""The episodes of CRS, ICANS and TIAN after each infusion, as rule sets: days are counted from the infusion."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from forms.context import Context
from forms.grading.child import day_of_death_from, death_of, infusion_days
from forms.grading.crs import CRS
from forms.grading.daily import DayGrade, days_after_infusions
from forms.grading.episodes import Episode, Taper, episodes_of
from forms.grading.icans import ICANS_ATTRIBUTABLE, ICANS_LITERAL
from forms.grading.parts import HIGHEST_OF_THE_LIVING, SIGNS_MISSING, not_assessable
from forms.grading.tian import TIAN
from forms.rule_set import AT_LEAST, EXACT, FATAL_GRADE, RuleSet, Verdict
from forms.values import answer, day_of, earliest, latest


def episodes_after(context: Context, rule_set: RuleSet, *, fatal_cause: str = "") -> dict[object, tuple[Episode, ...]]:
    """Return infusion key -> the episodes in its days; worked out once per context.

    A death from ``fatal_cause`` is a day at grade 5, whether or not the child was assessed on it.
    """
    name = f"episodes by {rule_set.id} {rule_set.version}"
    return context.once(name, lambda known: _episodes_after(known, rule_set, fatal_cause))


def _episodes_after(context: Context, rule_set: RuleSet, fatal_cause: str) -> dict[object, tuple[Episode, ...]]:
    death, died_of_it = death_of(context), day_of_death_from(context, fatal_cause)
    infusions, tapers = infusion_days(context), tapers_of(context)
    last = max(infusions, key=lambda key: infusions[key], default=None)
    return {
        key: episodes_of(
            _with_death(days, died_of_it if key == last else None),
            tapers=tapers,
            died_on=death.day if death and key == last else None,
        )
        for key, days in days_after_infusions(context, rule_set).items()
    }


def tapers_of(context: Context) -> tuple[Taper, ...]:
    """Return the stretches in which anakinra or another agent was being lowered.

    The taper of another agent is not dated by itself: the whole of a course that was tapered counts.
    """
    courses = ((day_of(answer(row, "taper_started_on")), row) for row in context.rows["anakinra_course"])
    agents = (
        (earliest(answer(row, "started_at")), row)
        for row in context.rows["concomitant_agent"]
        if answer(row, "tapered") is True
    )
    begun = [*courses, *((at.date(), row) for at, row in agents if at is not None)]
    ends = ((since, latest(answer(row, "stopped_at"))) for since, row in begun if since is not None)
    return tuple(Taper(since=since, until=end.date() if end else None) for since, end in ends)


def _with_death(days: tuple[DayGrade, ...], died_on: date | None) -> tuple[DayGrade, ...]:
    if died_on is None or any(day.day == died_on and day.grade == FATAL_GRADE for day in days):
        return days
    before = tuple(day for day in days if day.day < died_on)
    return (*before, DayGrade(day=died_on, grade=5, record=""))


def _judge(rule_set: RuleSet, fatal_cause: str, context: Context) -> dict[str, Verdict]:
    infusions = infusion_days(context)
    found = episodes_after(context, rule_set, fatal_cause=fatal_cause)
    days = days_after_infusions(context, rule_set)
    return {
        str(key): verdict_on(found[key], infused_on, days[key]) for key, infused_on in infusions.items() if key in found
    }


def verdict_on(episodes: tuple[Episode, ...], infused_on: date, days: tuple[DayGrade, ...]) -> Verdict:
    """Return the highest grade after an infusion; each episode stands in the details, in days after it."""
    if not episodes:
        return _NEVER if any(day.is_free for day in days) else _NO_DAY
    told = {name: text for number, one in enumerate(episodes, 1) for name, text in _told(number, one, infused_on)}
    worst = max(one.peak for one in episodes)
    is_bound = worst < HIGHEST_OF_THE_LIVING and any(one.peak_is_lower_bound for one in episodes)
    count = "1 episode" if len(episodes) == 1 else f"{len(episodes)} episodes"
    return Verdict(
        value=str(worst),
        certainty=AT_LEAST if is_bound else EXACT,
        because=f"{count}, at worst {'at least ' if is_bound else ''}grade {worst}",
        why=SIGNS_MISSING if is_bound else "",
        details={"episodes": str(len(episodes)), **told},
    )


_NEVER = Verdict(value="0", because="no day at grade 1 or more", details={"episodes": "0"})
_NO_DAY = not_assessable("no day has a grade", SIGNS_MISSING)


def _told(number: int, one: Episode, infused_on: date) -> Iterator[tuple[str, str]]:
    """Yield what is known of an episode; a day that has not come, or is not known, is left out."""
    days = {
        "onset_day": one.onset,
        "peak_day": one.peak_on,
        "last_present_day": one.last_present,
        "first_free_day": one.first_free,
        "sustained_24h_day": one.sustained_24h,
        "sustained_48h_day": one.sustained_48h,
        "ended_day": one.ended,
    }
    counts = {"missing_days": one.missing, "carried_days": one.carried, "sedated_days": one.sedated}
    states = {
        "is_recurrence": one.is_recurrence,
        "sedated_at_the_end": one.is_hidden_at_its_end,
        "unresolved_at_death": one.unresolved_at_death,
    }
    yield f"{number}_peak", f"at_least_{one.peak}" if one.peak_is_lower_bound else str(one.peak)
    yield from ((f"{number}_{name}", str((day - infused_on).days)) for name, day in days.items() if day is not None)
    yield from ((f"{number}_{name}", str(count)) for name, count in counts.items())
    yield from ((f"{number}_{name}", "yes" if state else "no") for name, state in states.items())


def _episodes(rule_set: RuleSet, id_: str, title: str, fatal_cause: str) -> RuleSet:
    return RuleSet(
        id=id_,
        version="1",
        title=f"Episodes of {title}",
        source=f"The registry's own, from the daily grades by {rule_set.title}",
        verified=True,
        form="infusion",
        uses=("assessment", "concomitant_agent", "end_of_study"),
        decisions=(
            "The grade of a day is its worst assessable one: derived from complete signs, else the clinician's.",
            "24 hours are the next calendar day too, 48 hours the next two.",
            "One missing day between two equal grades is carried; other missing days are counted and never grade 0.",
            "A sedated day without any sign is unresolved.",
            "Signs after 48 hours at grade 0 are a new episode, unless within 14 days while a drug is tapered.",
        ),
        judge_child=partial(_judge, rule_set, fatal_cause),
    )


CRS_EPISODES = _episodes(CRS, "crs_episodes", "CRS", "crs")
ICANS_EPISODES = _episodes(ICANS_ATTRIBUTABLE, "icans_attributable_episodes", "ICANS (attributable)", "icans")
ICANS_LITERAL_EPISODES = _episodes(ICANS_LITERAL, "icans_literal_episodes", "ICANS (literal)", "icans")
TIAN_EPISODES = _episodes(TIAN, "tian_episodes", "TIAN", "")
