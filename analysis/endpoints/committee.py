"""What the adjudication committee leaves of a child's grade on a day: its word goes before signs and clinician (D7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from analysis.cut import Cut, Record
from analysis.plan import ResolutionEndpoint
from forms.grading.precedence import toxicity_of
from forms.values import answer, earliest, latest


def grade_left(cut: Cut, subject: str, endpoint: ResolutionEndpoint, day: date, grade: int) -> int:
    """Return a grade of a day, lowered to what the committee leaves of it.

    The committee gives an episode one grade, its highest: it lowers what is higher and raises nothing, since it does
    not say on which day. An analysis by the clinician's grade only does not ask it.
    """
    if endpoint.clinician_only:
        return grade
    most = _most(cut, subject, endpoint.toxicity.lower(), day)
    return grade if most is None else min(grade, most)


def _most(cut: Cut, subject: str, toxicity: str, day: date) -> int | None:
    """Return the highest grade a toxicity can have had on a day; None where the committee leaves that open.

    0 where it called what was there something else. An episode counts that was certainly there on the day; one of the
    toxicity that it gave no grade leaves the day open.
    """
    there = [*_on(cut, subject, day)]
    own = [answer(episode, "adjudicated_peak_grade") for episode in there if toxicity_of(episode) == toxicity]
    if own:
        peaks = [grade for grade in own if isinstance(grade, int)]
        return max(peaks) if len(peaks) == len(own) else None
    return 0 if any(answer(episode, "toxicity") == toxicity for episode in there) else None


def _on(cut: Cut, subject: str, day: date) -> Iterator[Record]:
    """Yield the episodes that had begun by a day and had not ended before it, whatever their dates can mean."""
    for episode in cut.rows("toxicity_episode", subject):
        begun, ended = latest(answer(episode, "onset_on")), earliest(answer(episode, "resolved_on"))
        if begun is not None and begun.date() <= day and (ended is None or ended.date() >= day):
            yield episode
