"""What the day 28 pages of the first infusion say of each outcome, and on which day that was decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from analysis.cut import Cut, Record
from analysis.endpoints.children import Child
from analysis.endpoints.time_to_event import Source
from analysis.plan.responses import (
    B_CELL_APLASIA,
    CAR_DETECTED,
    CR,
    DAY_28_WINDOW,
    MRD_NEGATIVE_CR,
    RESPONDING_CODES,
    ResponseOutcome,
)
from forms.values import answer, day_of

Page = tuple[date, Record]
"""A day 28 page and the day it was assessed on."""
NOT_ASSESSED, DIED_BEFORE = "not assessed", "died before"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The day on which a child's outcome was decided, how, and from which record.

    `evaluable` is False where nothing was assessed; then `responded` is False as well.
    """

    on: date
    responded: bool
    evaluable: bool
    reason: str
    source: Source


def judge(cut: Cut, child: Child, outcome: ResponseOutcome, pages: Iterable[Page]) -> Judgement | None:
    """Return the judgement of an outcome by a child's day 28 pages, or None while day 28 is still to come.

    The first page in time that answers counts. Not answered by the end of the window, and death before an answer, are
    no response.
    """
    infusion = child.infusions[0]
    closes = _closes(child)
    for on, page in pages:
        found = READ[outcome.id](page)
        if found is not None:
            source = Source(form="response", item=outcome.item, record=str(page["record"]))
            responded, reason = found
            return Judgement(on=on, responded=responded, evaluable=True, reason=reason, source=source)
    if child.death and child.death.day <= closes:
        return Judgement(
            on=child.death.day, responded=False, evaluable=False, reason=DIED_BEFORE, source=child.death.source
        )
    if is_over(cut, child):
        return Judgement(on=closes, responded=False, evaluable=False, reason=NOT_ASSESSED, source=infusion.source)
    return None


def is_over(cut: Cut, child: Child) -> bool:
    """Tell whether the window in which day 28 of an infused child is assessed had ended before the day of the data."""
    return cut.data_date > _closes(child)


def _closes(child: Child) -> date:
    return child.infusions[0].day + timedelta(days=DAY_28_WINDOW[1])


def first_infusion(cut: Cut, subject: str) -> Record:
    """Return the page of an infused child's first infusion."""
    dated = [row for row in cut.rows("infusion", subject) if answer(row, "infused_on") is not None]
    return min(dated, key=lambda row: (str(row["infused_on"]), str(row["record"])))


def day_28_pages(cut: Cut, child: Child) -> Iterator[Page]:
    """Yield the day and record of each page on day 28 of the first infusion, in order of time.

    A page that only says the child died before is none.
    """
    infusion = child.infusions[0]
    opens, closes = (infusion.day + timedelta(days=day) for day in DAY_28_WINDOW)
    pages = [(on, str(row["record"]), row) for row in cut.rows("response", child.subject) if (on := _assessed_on(row))]
    for on, _, row in sorted(pages, key=lambda page: page[:2]):
        is_linked = answer(row, "infusion") in (None, infusion.source.record)
        if (
            is_linked
            and answer(row, "not_assessed_reason") != "died"
            and (answer(row, "timepoint") == "day_28" or opens <= on <= closes)
        ):
            yield on, row


def _assessed_on(row: Record) -> date | None:
    return day_of(answer(row, "assessed_on"))


def _read_response(page: Record) -> tuple[bool, str] | None:
    found = answer(page, "response")
    return None if found in (None, "not_assessed") else (found in RESPONDING_CODES, str(found))


def _read_mrd(page: Record) -> tuple[bool, str] | None:
    """Tell of an MRD-negative CR; no CR is none whatever its MRD, a CR without an MRD class is not evaluable."""
    response = _read_response(page)
    if response is None or not response[0]:
        return response
    found = answer(page, "mrd_class")
    return None if found is None else (found == "negative", str(found))


def _read_yes(item: str) -> Callable[[Record], tuple[bool, str] | None]:
    def read(page: Record) -> tuple[bool, str] | None:
        found = answer(page, item)
        return (found, "yes" if found else "no") if isinstance(found, bool) else None

    return read


READ: Mapping[str, Callable[[Record], tuple[bool, str] | None]] = {
    CR.id: _read_response,
    MRD_NEGATIVE_CR.id: _read_mrd,
    CAR_DETECTED.id: _read_yes(CAR_DETECTED.item),
    B_CELL_APLASIA.id: _read_yes(B_CELL_APLASIA.item),
}
"""Outcome -> whether a page shows it, in its own code; None where the page does not answer."""
