"""Infections that needed treatment, per 1,000 patient-days and as a cumulative incidence after the first dose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from analysis.chapters.few_children import marks_figure
from analysis.chapters.infection_files import cell_table, first_table, page_table, person_day_table
from analysis.chapters.infection_tables import (
    PER,
    class_table,
    exposure_table,
    kind_table,
    neutrophil_table,
    stratum_table,
)
from analysis.chapters.resolution_tables import curve_table
from analysis.endpoints.infections import FATES, INFECTED, FirstInfection, Infections
from analysis.endpoints.person_days import EXPOSURES, UNKNOWN
from analysis.estimators import IncidenceCurve, cumulative_incidence
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.infections import EXPOSURE_LAG_DAYS, FIRST_INFECTION, INFECTION_RATE, LAST_INFECTION_DAY
from analysis.plan.resolution import DIED, GREY_BELOW_AT_RISK, HORIZON_DAYS, READ_AT_DAYS
from analysis.printing.incidence_figure import incidence_figure
from analysis.printing.parts import Chapter, FigureOnPage, Section, Table
from analysis.printing.risk_table import RULE_OF_ROWS
from analysis.study import Study
from analysis.wording import counted, note_on_limits, percent, share_with_limits

NOT_CAUSAL = (
    "Not causal: anakinra is begun in the sickest children and in the first weeks, when neutrophils are lowest and"
    " steroids are given, and infections are most frequent then with any treatment. Compare within days after infusion"
    " and within neutrophils only, and then with care."
)

NO_GROUP = "Not causal: there is no group to compare with, and children were ill before the dose."


def chapter(study: Study) -> Chapter:
    """Return the infection rates by anakinra, time, neutrophils and concurrent agents, and the first infection."""
    found = study.infections
    return Chapter(
        id="infections",
        title="Infections",
        sections=(_rates(found), _what(found), _first(study, found)),
        files=(cell_table(found), page_table(found.pages), person_day_table(found), first_table(found.first)),
        results={"infections": _values(found)},
    )


def _rates(found: Infections) -> Section:
    unknown = sum(child.days.get(UNKNOWN, 0) for child in found.children)
    return Section(
        id="infection_rates",
        title=f"Infections per {PER:,} patient-days",
        paragraphs=(
            f"From the first infusion to day {LAST_INFECTION_DAY}. The day of the first dose and the"
            f" {EXPOSURE_LAG_DAYS} after it are before anakinra, since what is positive within 48 hours was there"
            f" already; the {EXPOSURE_LAG_DAYS} days after the last dose are still on anakinra. A day before anakinra"
            " belongs to a child who lived to be given"
            " it: read it together with the days of children never treated. Not known:"
            f" {counted(unknown, 'day', 'days')} of children with a course whose first dose has no date, and of those"
            " with a last dose that is not known the days behind the lag after the first. The rate on anakinra leaves"
            " them out, with their infections.",
        ),
        notices=(NOT_CAUSAL,),
        tables=(exposure_table(found), stratum_table(found), neutrophil_table(found), class_table(found)),
        estimand=INFECTION_RATE,
    )


def _what(found: Infections) -> Section:
    fates = Counter(page.fate for page in found.pages)
    told = "; ".join(f"{fate}: {fates[fate]}" for fate in FATES)
    return Section(
        id="infection_kinds",
        title="Kind and severity",
        paragraphs=(f"{counted(len(found.pages), 'page', 'pages')} of infections. {told[0].upper()}{told[1:]}.",),
        tables=(kind_table(found.pages),),
    )


def _first(study: Study, found: Infections) -> Section:
    title = "First infection after the first anakinra dose"
    if not found.first:
        return Section(
            id="first_infection",
            title=title,
            paragraphs=("No child of this cut was given anakinra within these days yet.",),
            estimand=FIRST_INFECTION,
        )
    treated = sum(child.first_dose is not None for child in study.children)
    outside = treated - len(found.first)
    whom = (
        f"n = {treated}"
        if not outside
        else (
            f"n = {treated - outside} of {treated}: first dose of {outside} outside days 0 to {LAST_INFECTION_DAY}"
            " after the first infusion"
        )
    )
    if len(found.first) < LEAST_FOR_A_SHARE:
        return _first_of_few(found.first, title=title, whom=whom, cut_line=study.cut_line)
    infected, died = (_incidence(found.first, cause) for cause in (INFECTED, DIED))
    read = [
        (day, int(infected.at_risk_at(day)), *infected.with_limits_at(day), *died.with_limits_at(day))
        for day in READ_AT_DAYS
    ]
    return Section(
        id="first_infection",
        title=title,
        paragraphs=(
            f"{len(found.first)} of {counted(treated, 'child', 'children')} with a first dose of known time; that of"
            f" the other {outside} lies outside the days that are counted, 0 to {LAST_INFECTION_DAY} after the first"
            " infusion.",
        ),
        notices=(NO_GROUP,),
        figures=(_first_figure(infected, died, read, title=title, whom=whom, cut_line=study.cut_line),),
        tables=(_first_days(read),),
        estimand=FIRST_INFECTION,
    )


def _first_of_few(first: Sequence[FirstInfection], *, title: str, whom: str, cut_line: str) -> Section:
    """Return the section where there are too few children for shares: each is a mark."""
    return Section(
        id="first_infection",
        title=title,
        paragraphs=(
            f"{counted(len(first), 'child', 'children')}: under {LEAST_FOR_A_SHARE} no shares and no curve are given;"
            " each child stands below.",
        ),
        notices=(NO_GROUP,),
        figures=(
            marks_figure(
                sorted((row.day, row.event) for row in first),
                id_="first_infection",
                title=title,
                whom=whom,
                x_label="Days after the first anakinra dose",
                cut_line=cut_line,
                event="infected",
            ),
        ),
        estimand=FIRST_INFECTION,
    )


Read = tuple[int, int, float, float, float, float, float, float]
"""A day, how many are at risk, and the shares infected and died first, each with its lower and upper limit."""


def _incidence(rows: Sequence[FirstInfection], cause: int) -> IncidenceCurve:
    return cumulative_incidence([row.day for row in rows], [row.event for row in rows], cause=cause)


def _first_figure(
    infected: IncidenceCurve, died: IncidenceCurve, read: Sequence[Read], *, title: str, whom: str, cut_line: str
) -> FigureOnPage:
    """Return the two curves with the numbers they are drawn from."""
    figure = incidence_figure(
        infected,
        died,
        title=f"{title}\n{whom}",
        horizon=HORIZON_DAYS,
        grey_below=GREY_BELOW_AT_RISK,
        x_label="Days after the first anakinra dose",
        footnote=f"{cut_line} · first_infection",
        event="Infected",
    )
    steps = curve_table("first_infection", infected, died)
    words = "; ".join(
        f"day {day}: {percent(share, 0)} infected, {percent(dead, 0)} died first, {risk} at risk"
        for day, risk, share, _, _, dead, _, _ in read
    )
    return FigureOnPage(
        id="first_infection",
        figure=figure,
        alt=f"{title}. Cumulative incidence in {counted(infected.n_subjects, 'child', 'children')}. {words}.",
        caption=f"{title}: cumulative incidence, death competing. Bands: 95 % pointwise limits, from the first event"
        f" on. Grey: fewer than {GREY_BELOW_AT_RISK} at risk. {RULE_OF_ROWS} {infected.method}.",
        numbers=Table(
            id=steps.id,
            title=steps.title,
            header=(),
            rows=(),
            csv_header=tuple(name.replace("resolved", "infected") for name in steps.csv_header),
            csv_rows=steps.csv_rows,
        ),
    )


def _first_days(read: Sequence[Read]) -> Table:
    """Return what the curves say on the days that are read."""
    rows = tuple(
        (
            str(day),
            str(risk),
            share_with_limits(share, lower, upper),
            share_with_limits(dead, dead_lower, dead_upper),
        )
        for day, risk, share, lower, upper, dead, dead_lower, dead_upper in read
    )
    return Table(
        id="first_infection_days",
        title="First infection: read on fixed days",
        header=("Day", "At risk", "Infected, %\n(95 % limits)", "Died first, %\n(95 % limits)"),
        rows=rows,
        csv_header=(
            *("day", "n_at_risk", "infected", "infected_lower", "infected_upper"),
            *("died", "died_lower", "died_upper"),
        ),
        csv_rows=tuple(read),
        notes=("At risk: under observation without an event just before the day.", *note_on_limits(rows)),
    )


def _values(found: Infections) -> dict[str, Any]:
    return {
        "rates": {name: _rate_value(found, exposure=(name,)) for name in EXPOSURES},
        "pages": dict(sorted(Counter(page.fate for page in found.pages).items())),
        "first_infection": _first_value(found.first),
    }


def _rate_value(found: Infections, **wanted: tuple[object, ...]) -> dict[str, Any]:
    rate = found.rate(**wanted)
    known = bool(rate.person_days)
    estimate, lower, upper = rate.per(PER) if known else (None, None, None)
    return {
        "person_days": int(rate.person_days),
        "events": rate.events,
        "per_1000": estimate,
        "lower": lower,
        "upper": upper,
    }


def _first_value(rows: tuple[FirstInfection, ...]) -> dict[str, int]:
    counts = Counter(row.event for row in rows)
    return {"children": len(rows), "infected": counts[INFECTED], "died": counts[DIED]}
