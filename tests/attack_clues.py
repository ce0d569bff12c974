"""What an attacker reads in the forms of a package: columns that tell more than they say, rows that are missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from attack_knowledge import Cells, Known, Span
from attack_readings import MASKED, Reading, can_have_page, meet, seen_at_day_28, window_days

ADULT_YEARS, ICE_YEARS, KARNOFSKY_YEARS = 18, 12, 16
SIX_HOURLY = 4
LEUKEMIAS = frozenset({"b_all", "t_all", "aml"})
LEUKEMIC_BURDENS = frozenset({"mrd_only", "low", "high"})
NOT_ASSESSED = frozenset({"", "not_assessed", MASKED})
_ASKED_IF = re.compile(r"(disease|product|sex) is (\w+(?: or \w+)*)")


def _age(
    at_least: Mapping[str, int] | None = None, under: Mapping[str, int] | None = None, *, years_later: int = 0
) -> Reading:
    """Return the reading of codes that only children from, or under, an age have, up to some years later."""

    def reads(known: Known, texts: frozenset[str]) -> bool:
        if known.age_years is None:
            return True
        low, high = known.age_years
        least = max(((at_least or {}).get(text, 0) for text in texts), default=0)
        most = min(((under or {}).get(text, 999) for text in texts), default=999)
        return high + years_later >= least and low < most

    return reads


def _age_at_an_infusion(known: Known, texts: frozenset[str]) -> bool:
    told = [int(text) for text in texts if text]
    return known.age_years is None or not told or any(meet(known.age_years, (age, age)) for age in told)


def _given(yes: Callable[[frozenset[str]], bool], no: Callable[[frozenset[str]], bool]) -> Reading:
    """Return the reading of what only children with, or without, anakinra have."""
    return lambda known, texts: known.was_given is None or not (no(texts) if known.was_given else yes(texts))


def _burden(known: Known, texts: frozenset[str]) -> bool:
    if known.disease is None:
        return True
    return not (texts & LEUKEMIC_BURDENS if known.disease not in LEUKEMIAS else "measurable" in texts)


def _died(known: Known, texts: frozenset[str]) -> bool:
    return known.died is None or bool(known.died) or "5" not in texts


def _needs_intensive_care(*told: str) -> Reading:
    """Return the reading of what is done in intensive care alone; without ``told`` anything but nothing is."""

    def reads(known: Known, texts: frozenset[str]) -> bool:
        is_done = bool(texts & set(told)) if told else bool(texts - {"", "none", "0", "false", MASKED})
        return known.intensive_care is None or bool(known.intensive_care) or not is_done

    return reads


def _doses_given(known: Known, texts: frozenset[str]) -> bool:
    if not known.doses or not known.last_dose:
        return True
    days = (known.last_dose[-1][1] - known.doses[0][0]).days + 1
    return all(int(text) <= SIX_HOURLY * days for text in texts if text.isdigit())


def _stopped(known: Known, texts: frozenset[str]) -> bool:
    return known.last_dose is None or bool(known.last_dose) or not texts - {""}


def _assessed(known: Known, texts: frozenset[str]) -> bool:
    return "day_28" not in texts or seen_at_day_28(known)


def _windows(known: Known, texts: frozenset[str]) -> bool:
    return all(can_have_page(known, text) for text in texts if text)


def _events(known: Known, texts: frozenset[str]) -> bool:
    if known.events is None or texts & {MASKED, "pooled"}:
        return True
    return texts - {""} == known.events or (texts == {""} and bool(known.events))


def _resolved(known: Known, texts: frozenset[str]) -> bool:
    """Read the windows of resolutions after the first dose: within the child's life and before the data date."""
    if not known.doses:
        return True
    ends = [known.data_date, *(last for _, last in known.died or ())]
    most = (min(ends) - known.doses[0][0]).days
    return all(window_days(text)[0] <= most for text in texts if text.startswith(("day ", "after day ")))


def _tells_anakinra(texts: frozenset[str]) -> bool:
    return bool(texts & {"anakinra", "before", "during", "with", "after"})


def _tells_none(texts: frozenset[str]) -> bool:
    return "no_anakinra" in texts


_GIVEN = _given(_tells_anakinra, _tells_none)

FORMS: Mapping[tuple[str, str], Reading] = {
    ("enrolment", "sex"): lambda known, texts: known.sex is None or texts <= {known.sex},
    ("enrolment", "site"): lambda known, texts: known.site is None or texts <= {known.site},
    ("enrolment", "consent_type"): _age(
        {"patient": ADULT_YEARS}, {"parents": ADULT_YEARS, "parents_with_assent": ADULT_YEARS}
    ),
    ("enrolment", "assent"): _age(
        {"of_age": ADULT_YEARS}, dict.fromkeys(("given", "refused", "too_young"), ADULT_YEARS)
    ),
    ("enrolment", "reconsent_refused"): _age({"true": ADULT_YEARS, "false": ADULT_YEARS}, years_later=20),
    ("baseline", "performance_scale"): _age({"karnofsky": KARNOFSKY_YEARS}, {"lansky": KARNOFSKY_YEARS}),
    ("baseline", "baseline_instrument"): _age({"ice": ICE_YEARS}),
    ("baseline", "disease_burden"): _burden,
    ("infusion", "burden_at_lymphodepletion"): _burden,
    ("infusion", "age_years"): _age_at_an_infusion,
    ("assessment", "instrument"): _age({"ice": ICE_YEARS}, years_later=1),
    ("assessment", "oxygen_mode"): _needs_intensive_care("invasive", "ecmo"),
    ("assessment", "vasoactives"): _needs_intensive_care(),
    ("assessment", "sedated"): _needs_intensive_care("true"),
    ("assessment", "ventilation_reason"): _needs_intensive_care(),
    ("anakinra_course", "at_start_vasopressors"): _needs_intensive_care(),
    ("anakinra_course", "at_start_oxygen"): _needs_intensive_care("invasive", "ecmo"),
    ("assessment", "window"): _windows,
    ("laboratory", "window"): _windows,
    ("toxicity_episode", "peak_grade"): _died,
    ("toxicity_episode", "treatments"): _GIVEN,
    ("toxicity_episode", "organ_supports"): _needs_intensive_care("vasoactive", "ecmo"),
    ("infection", "ctcae_grade"): _died,
    ("infection", "relation"): _GIVEN,
    ("infection", "agents_7_days"): _GIVEN,
    ("infection", "agents_30_days"): _GIVEN,
    ("concomitant_agent", "timing"): _GIVEN,
    ("anakinra_course", "at_stop_grade"): _stopped,
    ("anakinra_regimen", "record"): lambda known, texts: known.was_given is not False or not texts,
    ("anakinra_regimen", "doses_given"): _doses_given,
    ("adverse_event", "event"): _events,
    ("response", "timepoint"): _assessed,
    ("response", "response"): lambda known, texts: not texts - NOT_ASSESSED or seen_at_day_28(known),
    ("end_of_study", "reason"): lambda known, texts: known.died is None or bool(known.died) == ("died" in texts),
    ("endpoints", "endpoint"): lambda known, texts: known.was_given is not False or not texts,
    ("endpoints", "window"): _resolved,
}
"""Columns of the forms, and of `endpoints.csv`, that tell something of what an attacker knows."""


def courses_given(rows: Sequence[Cells]) -> frozenset[str]:
    """Return whether a child has a course that was given."""
    return frozenset("given" for row in rows if row.get("given") != "false")


def given_a_course(known: Known, texts: frozenset[str]) -> bool:
    """Read courses that were given: each child that was given anakinra has one."""
    return known.was_given is None or bool(texts) == known.was_given


def toxicities_of_two_infusions(rows: Sequence[Cells]) -> frozenset[str]:
    """Return the toxicities that began twice though none recurred: there was a second infusion."""
    first = [row.get("toxicity", "") for row in rows if row.get("is_recurrence") != "true"]
    return frozenset(toxicity for toxicity in first if toxicity and first.count(toxicity) > 1)


def infused_twice(known: Known, texts: frozenset[str]) -> bool:
    """Read toxicities that began twice."""
    return known.infusions is None or known.infusions > 1 or not texts


def capd_of_the_old(rows: Sequence[Cells]) -> frozenset[str]:
    """Return whether a child is examined like a small one though it develops in time: then it is under twelve."""
    return frozenset(
        "capd" for row in rows if row.get("baseline_instrument") == "capd" and row.get("developmental_delay") == "false"
    )


UNDER_TWELVE: Reading = _age(under={"capd": ICE_YEARS})


def asked_if(field: Mapping[str, Any]) -> Reading | None:
    """Return the reading of a column that is asked only for some answers an attacker may know: filled, it tells one."""
    found = _ASKED_IF.fullmatch(field.get("x_asked_if", ""))
    if not found:
        return None
    item, codes = found.group(1), found.group(2).split(" or ")

    def reads(known: Known, texts: frozenset[str]) -> bool:
        value = getattr(known, item)
        return value is None or value in codes or not texts - {""}

    return reads


def dated(spans_of: Callable[[Known], Iterable[Span] | None]) -> Reading:
    """Return the reading of a column of dates, or of days from the infusion: each is one of those known."""

    def reads(known: Known, texts: frozenset[str]) -> bool:
        spans = spans_of(known)
        told = texts - {""}
        return spans is None or (
            (bool(told) or not spans) and all(any(_fits(known, span, text) for span in spans) for text in told)
        )

    return reads


def _fits(known: Known, span: Span, text: str) -> bool:
    if re.fullmatch(r"-?\d{1,3}", text):
        if known.infused is None:
            return True
        day = int(text)
        return (span[0] - known.infused[1]).days <= day <= (span[1] - known.infused[0]).days
    if len(text) < 10:
        return span[0].isoformat() <= f"{text}-31" and text <= span[1].isoformat()
    return span[0] <= date.fromisoformat(text[:10]) <= span[1]


def first_infusion(known: Known, texts: frozenset[str]) -> bool:
    """Read the dates of all infusions: the first of them is on a day that is known."""
    days = sorted(text[:10] for text in texts if len(text) >= 10)
    if known.infused is None:
        return True
    return bool(days) and known.infused[0].isoformat() <= days[0] <= known.infused[1].isoformat()


DATES: Mapping[tuple[str, str, str], Reading] = {
    ("infusion", "infused_on", ""): first_infusion,
    ("support", "started_at", "admission"): dated(lambda known: known.admitted),
    ("support", "started_at", "discharge"): dated(lambda known: known.discharged),
    ("support", "started_at", "icu"): dated(lambda known: known.intensive_care),
    ("end_of_study", "died_on", ""): dated(lambda known: known.died),
    ("follow_up", "transplant_on", ""): dated(lambda known: known.transplants),
    ("anakinra_course", "started_at", ""): dated(lambda known: known.doses),
    ("anakinra_course", "stopped_at", ""): dated(lambda known: known.last_dose),
}
"""Form, item and kind of row: dates, and as `<item>_day` days from the infusion, that a leaky package still holds."""
