"""What is known of the kidneys before an anakinra order: the last clearance, and dialysis that runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from forms.anchors import anchors_of
from forms.context import Context
from forms.form import Anchor
from forms.values import Measurement, Row, Value, answer, earliest, latest, trimmed

LOW_CLEARANCE = 30
"""mL/min/1.73 m2: CLINICAL.md section 4, the renal rule."""


@dataclass(frozen=True, kw_only=True)
class KidneyFinding:
    """Why an interval should be longer, in words, and the answers that say so."""

    words: str
    anchors: tuple[Anchor, ...]


@dataclass(frozen=True, kw_only=True)
class _Told:
    """A clearance, or dialysis at the first dose, with when and where it is told."""

    at: datetime
    value: Value
    anchors: tuple[Anchor, ...]


def kidney_findings(row: Row, context: Context, start: datetime) -> list[KidneyFinding]:
    """Return the low clearance and the dialysis known when an order begins; empty when there is neither."""
    return [*_low_clearance(row, context, start), *_dialysis(context, start)]


def _low_clearance(row: Row, context: Context, start: datetime) -> list[KidneyFinding]:
    """Return the last that is told before an order when it is a clearance under 30, or dialysis at the first dose."""
    told = [one for one in (*_at_first_dose(row, context), *_in_laboratory(context)) if one.at <= start]
    last = max(told, key=lambda one: one.at, default=None)
    if last is None:
        return []
    if isinstance(last.value, Measurement):
        is_low = last.value.is_below(LOW_CLEARANCE) is True
        return [KidneyFinding(words=f"an eGFR of {trimmed(str(last.value))}", anchors=last.anchors)] if is_low else []
    return [KidneyFinding(words="dialysis", anchors=last.anchors)]


def _at_first_dose(row: Row, context: Context) -> list[_Told]:
    course = context.linked("anakinra_course", answer(row, "course")) or {}
    first = earliest(answer(course, "started_at"))
    told = []
    for item in ("at_start_egfr", "at_start_dialysis"):
        value = answer(course, item)
        if first is not None and value is not None and value is not False:
            anchors = anchors_of("anakinra_course", [course], item)
            told.append(_Told(at=first, value=value, anchors=anchors))
    return told[-1:]


def _in_laboratory(context: Context) -> list[_Told]:
    told = []
    for sample in context.rows["laboratory"]:
        at, value = earliest(answer(sample, "sampled_at")), answer(sample, "egfr")
        if at is not None and value is not None:
            told.append(_Told(at=at, value=value, anchors=anchors_of("laboratory", [sample], "egfr", "sampled_at")))
    return told


def _dialysis(context: Context, start: datetime) -> list[KidneyFinding]:
    found = []
    for stay in context.rows["support"]:
        began, ended = latest(answer(stay, "started_at")), answer(stay, "ended_at")
        until = earliest(ended) if ended is not None else datetime.max
        if answer(stay, "kind") == "dialysis" and began is not None and until is not None and began <= start <= until:
            anchors = anchors_of("support", [stay], "kind", "started_at", "ended_at")
            found.append(KidneyFinding(words="dialysis", anchors=anchors))
    return found
