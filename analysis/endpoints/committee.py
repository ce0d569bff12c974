"""What the adjudication committee leaves of a child's grade on a day: its word goes before signs and clinician (D7)."""

from __future__ import annotations

from datetime import date

from analysis.cut import Cut, Record
from analysis.plan.resolution import ResolutionEndpoint
from forms.grading.precedence import toxicity_of
from forms.values import answer, day_of, earliest, latest


def grade_left(cut: Cut, subject: str, endpoint: ResolutionEndpoint, day: date, grade: int) -> int:
    """Return a grade of a day, lowered to what the committee leaves of it.

    The committee gives an episode one grade, its highest: it lowers what is higher and raises nothing, since it does
    not say on which day. An analysis by the clinician's grade only does not ask it.
    """
    if endpoint.clinician_only:
        return grade
    most = _most(cut, subject, endpoint.toxicity.lower(), day)
    return grade if most is None else min(grade, most)


def has_judged(cut: Cut, subject: str, toxicity: str, day: date | None) -> bool:
    """Tell whether the committee's highest grade of a toxicity stands for a day, whatever its signs were.

    It does where an episode that it graded, or called something else, may have been there, unless another that it left
    open certainly was. ``day`` is None where it is not known: any day.
    """
    stands = False
    for episode in cut.rows("toxicity_episode", subject):
        state, is_own = _covers(cut, subject, episode, day), toxicity_of(episode) == toxicity
        is_judged = _peak(episode) is not None if is_own else answer(episode, "toxicity") == toxicity
        if state and is_own and not is_judged:
            return False
        stands |= is_judged and state is not False
    return stands


def _most(cut: Cut, subject: str, toxicity: str, day: date) -> int | None:
    """Return the highest grade a toxicity can have had on a day; None where the committee leaves that open.

    0 where it called what was there something else. An episode counts that was certainly there on the day; one of the
    toxicity that it gave no grade leaves the day open.
    """
    there = [episode for episode in cut.rows("toxicity_episode", subject) if _covers(cut, subject, episode, day)]
    own = [_peak(episode) for episode in there if toxicity_of(episode) == toxicity]
    if own:
        peaks = [grade for grade in own if grade is not None]
        return max(peaks) if len(peaks) == len(own) else None
    return 0 if any(answer(episode, "toxicity") == toxicity for episode in there) else None


def _peak(episode: Record) -> int | None:
    grade = answer(episode, "adjudicated_peak_grade")
    return grade if isinstance(grade, int) else None


def _covers(cut: Cut, subject: str, episode: Record, day: date | None) -> bool | None:
    """Tell whether an episode was there on a day, its last included; None where its dates leave that open.

    It lies between the infusion that its page names and the next one: new cells bring a toxicity of their own.
    """
    own, following = _cells(cut, subject, episode)
    if day is None:
        return None
    if (own is not None and day < own) or (following is not None and day >= following):
        return False
    onset, resolved = answer(episode, "onset_on"), answer(episode, "resolved_on")
    begins, ends = (earliest(onset), latest(onset)), (earliest(resolved), latest(resolved))
    if (begins[0] is not None and begins[0].date() > day) or (ends[1] is not None and ends[1].date() < day):
        return False
    has_begun = begins[1] is not None and begins[1].date() <= day
    goes_on = episode.get("resolved_on") is None if ends[0] is None else ends[0].date() >= day
    return True if has_begun and goes_on else None


def _cells(cut: Cut, subject: str, episode: Record) -> tuple[date | None, date | None]:
    """Return the day of the infusion that an episode followed and that of the next; None for what is not known."""
    days = {str(row["record"]): day_of(answer(row, "infused_on")) for row in cut.rows("infusion", subject)}
    own = days.get(str(answer(episode, "infusion")))
    later = [day for day in days.values() if own is not None and day is not None and day > own]
    return own, min(later, default=None)
