"""When a toxicity is present, how much is asked about the child, and for which days the daily grid is expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from forms.context import RowsByForm
from forms.values import Row, answer, day_of, latest

GRID_DAYS_AFTER_END = 3
GRID_LONGEST_DAYS = 60
LIGHT_PATH_HIGHEST_GRADE = 1
GRADED_DAILY = {"crs": "crs_grade", "icans": "icans_grade", "carhlh": "carhlh_grade", "tian": "tian_grade"}
"""Toxicity -> the clinician's grade of it on an assessment."""
DAILY_GRADES = tuple(GRADED_DAILY.values())
GRADE_ITEMS = (*DAILY_GRADES, "peak_grade")
FREE_DAYS_BEFORE_RETURN = 2
"""Days after the first one at grade 0 that make up 48 hours: a grade after them is a new episode (CLINICAL.md 3.1)."""


@dataclass(frozen=True, kw_only=True)
class Return:
    """A toxicity that was graded again: from which day on, and its episode that resolved last before that day."""

    since: date
    earlier: Row
    resolved_on: date


class Path(StrEnum):
    """How much of a page is asked."""

    CORE = "core"
    EXTENDED = "extended"


def path_of(rows_by_form: RowsByForm, infusion: Row) -> Path:
    """Return how much is asked about an infusion: core only without anakinra and without grade 2 or more."""
    courses = of_infusion(rows_by_form, "anakinra_course", infusion)
    if any(answer(course, "given") is True for course in courses):
        return Path.EXTENDED
    return Path.CORE if _highest_grade(rows_by_form, infusion) <= LIGHT_PATH_HIGHEST_GRADE else Path.EXTENDED


def first_toxicity_day(rows_by_form: RowsByForm, infusion: Row) -> date | None:
    """Return the first day on which a toxicity of grade 1 or more is known after an infusion."""
    return min(first_days(rows_by_form, infusion).values(), default=None)


def first_days(rows_by_form: RowsByForm, infusion: Row) -> dict[str, date]:
    """Return toxicity -> the first day on which it is known after an infusion, by its episodes or by daily grades.

    An episode that does not say of which toxicity it is stands under the empty name.
    """
    found = first_graded_days(rows_by_form, infusion)
    for episode in of_infusion(rows_by_form, "toxicity_episode", infusion):
        onset = day_of(answer(episode, "onset_on"))
        if onset is not None:
            toxicity = str(answer(episode, "toxicity") or "")
            found[toxicity] = min(onset, found.get(toxicity, onset))
    return found


def first_graded_days(rows_by_form: RowsByForm, infusion: Row) -> dict[str, date]:
    """Return toxicity -> the first day of grade 1 or more by the clinician in the assessments after an infusion."""
    found: dict[str, date] = {}
    for toxicity, day, _ in _graded_days(rows_by_form, infusion):
        found[toxicity] = min(day, found.get(toxicity, day))
    return found


def returns(rows_by_form: RowsByForm, infusion: Row) -> dict[str, Return]:
    """Return toxicity -> its return, where all its episodes resolved and it was graded 1 or more after 48 free hours.

    The grade of the clinician counts, unless the signs are put down to another cause than CRS (CLINICAL.md D4). Nothing
    is told while an episode does not say of which toxicity it is, or has no resolution; one in a month counts as on its
    last day.
    """
    resolved = _resolved(of_infusion(rows_by_form, "toxicity_episode", infusion))
    if not resolved:
        return {}
    graded: dict[str, set[date]] = {}
    for toxicity, day, row in _graded_days(rows_by_form, infusion, since=min(day for day, _ in resolved.values())):
        if toxicity != "crs" or answer(row, "late_attribution") in (None, "crs"):
            graded.setdefault(toxicity, set()).add(day)
    found: dict[str, Return] = {}
    for toxicity, (resolved_on, earlier) in resolved.items():
        since = _came_back(graded.get(toxicity, ()), resolved_on)
        if since is not None:
            found[toxicity] = Return(since=since, earlier=earlier, resolved_on=resolved_on)
    return found


def _resolved(episodes: Sequence[Row]) -> dict[str, tuple[date, Row]]:
    """Return toxicity -> the last day by which all its episodes resolved, and the one that resolved then.

    None while an episode does not say of which toxicity it is; without those of which one has no resolution.
    """
    ends: dict[str, list[tuple[date | None, Row]]] = {}
    for row in episodes:
        end = latest(answer(row, "resolved_on"))
        ends.setdefault(str(answer(row, "toxicity") or ""), []).append((end.date() if end else None, row))
    if "" in ends:
        return {}
    found = {}
    for toxicity in GRADED_DAILY:
        known = [(day, row) for day, row in ends.get(toxicity, ()) if day is not None]
        if known and len(known) == len(ends[toxicity]):
            found[toxicity] = max(known, key=lambda one: one[0])
    return found


def _came_back(graded: Iterable[date], resolved_on: date) -> date | None:
    """Return the first graded day after a resolution that 48 hours without any went before; None without one.

    A flare in between goes on with the episode: the 48 hours begin anew after it.
    """
    free_since = resolved_on
    for day in sorted(graded):
        if day > free_since + timedelta(days=FREE_DAYS_BEFORE_RETURN):
            return day
        free_since = max(free_since, day + timedelta(days=1))
    return None


def _graded_days(rows_by_form: RowsByForm, infusion: Row, *, since: date = date.min) -> Iterator[tuple[str, date, Row]]:
    """Yield each toxicity with each day on which an assessment after an infusion grades it 1 or more, and that."""
    for row in of_infusion(rows_by_form, "assessment", infusion):
        day = day_of(answer(row, "assessed_at"))
        if day is None or day < since:
            continue
        for toxicity, item in GRADED_DAILY.items():
            grade = answer(row, item)
            is_present = isinstance(grade, int) and grade >= 1
            if is_present or (toxicity == "carhlh" and answer(row, "carhlh_present") is True):
                yield toxicity, day, row


def grid_days(rows_by_form: RowsByForm, infusion: Row, today: date) -> tuple[date, ...]:
    """Return the days for which the daily grid is expected after an infusion, up to today.

    From the first grade >= 1 until 3 days after the last resolution or the last anakinra dose, whichever is later;
    while either is open, until today; never more than 60 days. A resolution in a month counts as on its last day.
    """
    first = first_toxicity_day(rows_by_form, infusion)
    if first is None:
        return ()
    episodes = of_infusion(rows_by_form, "toxicity_episode", infusion)
    courses = [row for row in of_infusion(rows_by_form, "anakinra_course", infusion) if answer(row, "started_at")]
    ends = [latest(answer(row, "resolved_on")) for row in episodes]
    ends += [latest(answer(row, "stopped_at")) for row in courses]
    known = [end.date() for end in ends if end is not None]
    is_open = len(known) < len(ends) or not ends
    last = today if is_open else min(max(known) + timedelta(days=GRID_DAYS_AFTER_END), today)
    last = min(last, first + timedelta(days=GRID_LONGEST_DAYS - 1))
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def of_infusion(rows: RowsByForm, form: str, infusion: Row) -> tuple[Row, ...]:
    """Return the rows of a form that are linked to an infusion."""
    return tuple(row for row in rows.get(form, ()) if answer(row, "infusion") == infusion.get("key"))


def _highest_grade(rows: RowsByForm, infusion: Row) -> int:
    found = [grade_of(row) for form in ("toxicity_episode", "assessment") for row in of_infusion(rows, form, infusion)]
    return max(found, default=0)


def grade_of(row: Row) -> int:
    """Return the highest clinician's grade of an assessment or episode, 0 when there is none.

    HLH-like toxicity counts as 2 at least: it was diagnosed.
    """
    grades = [answer(row, name) for name in GRADE_ITEMS]
    known = [grade for grade in grades if isinstance(grade, int)]
    if answer(row, "carhlh_present") is True:
        known.append(2)
    return max(known, default=0)
