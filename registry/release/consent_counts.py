"""How many children of the registry agreed to what, as a data cut tells it: who is left out, who is in it on terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from forms.derivations import majority
from forms.values import Row, answer, day_of
from registry.consent import ANSWERED_NO, MISTAKEN, WITHDRAWN
from registry.models import Subject
from registry.stored_records import read_records

CHILDREN_AT_ONCE = 500

WORDS = {
    "withdrawn": "withdrew consent: not in the cut",
    "answered_no": "consent answered No: not in the cut",
    "not_recorded": "consent not recorded yet: in the cut, in no export",
    "reconsent_due": "turned 18 and not asked again yet: in the cut",
    "reconsent_refused": "refused to consent again at 18: in the cut, in no export",
    "sharing": "agreed to sharing with other researchers",
}
"""What is counted, in words."""


def consent_counts(connection: Connection, subjects: Iterable[tuple[Any, ...]], on: date | None) -> dict[str, int]:
    """Return how many children said No, and of those in a cut how many consented to what on its data date.

    ``subjects`` begin with the id of a child in the cut. ``on`` is a day of the data and not of the clock, so that
    two cuts with no save between them count the same.
    """
    count = select(func.count()).select_from(Subject).where(~MISTAKEN)
    counts = dict.fromkeys(WORDS, 0)
    counts["withdrawn"] = connection.execute(count.where(WITHDRAWN)).scalar_one()
    counts["answered_no"] = connection.execute(count.where(~WITHDRAWN, ANSWERED_NO)).scalar_one()
    children = [id_ for id_, *_ in subjects]
    answered = dict(_enrolments(connection, children))
    for child in children:
        row = answered.get(child, {})
        has_answered = row.get("reconsent_on") is not None or row.get("reconsent_refused") is True
        counts["not_recorded"] += row.get("consent_obtained") is not True
        counts["reconsent_due"] += not has_answered and _is_of_age(row, on)
        counts["reconsent_refused"] += row.get("reconsent_refused") is True
        scopes = row.get("consent_scopes")
        counts["sharing"] += isinstance(scopes, tuple) and "sharing" in scopes
    return counts


def _is_of_age(row: Row, on: date | None) -> bool:
    """Tell whether a child that was enrolled under 18 has certainly turned 18 by a day."""
    days, enrolled = majority(answer(row, "birth_date")), day_of(answer(row, "enrolled_on"))
    return days is not None and enrolled is not None and on is not None and enrolled < days[1] <= on


def _enrolments(connection: Connection, children: list[int]) -> Iterator[tuple[int, Row]]:
    for start in range(0, len(children), CHILDREN_AT_ONCE):
        chunk = children[start : start + CHILDREN_AT_ONCE]
        for record in read_records(connection, ["enrolment"], chunk)["enrolment"]:
            yield record.subject_id, record.row
