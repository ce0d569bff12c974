"""A cohort of the registry in the columns of Table 2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from statistics import median

from analysis.chapters.living_row import LivingRow
from analysis.endpoints.infections import INFECTED
from analysis.endpoints.living_table import RegistryCohort
from analysis.endpoints.responses import Responder
from analysis.literature import ReportedResult
from analysis.plan.infections import LAST_INFECTION_DAY
from analysis.plan.resolution import HORIZON_DAYS, RESOLVED
from analysis.plan.responses import CAR_DETECTED, CR, MRD_NEGATIVE_CR, ResponseOutcome
from analysis.study import Study
from analysis.wording import counted

SHORT_WORDS = {
    "b_all": "B-ALL",
    "t_all": "T-ALL",
    "aml": "AML",
    "solid": "solid tumor",
    "cns": "CNS tumor",
    "crs": "CRS",
    "icans": "ICANS",
    "carhlh": "carHLH",
    "tian": "TIAN",
    "ruxolitinib": "JAK inhibitor",
    "sc": "SC",
    "iv_bolus": "IV bolus",
    "iv_intermittent": "IV intermittent",
    "iv_continuous": "IV continuous",
    "iv_loading_bolus": "IV loading bolus",
}
"""Codes whose words are not the code itself."""
DAY_28: tuple[tuple[str, ResponseOutcome, Callable[[Responder], bool]], ...] = (
    ("CR or CRi, anakinra", CR, lambda child: child.had_anakinra is True),
    ("CR or CRi, carHLH", CR, lambda child: child.had_carhlh is True),
    ("CR or CRi, no carHLH", CR, lambda child: child.had_carhlh is False),
    ("CR, MRD negative, anakinra", MRD_NEGATIVE_CR, lambda child: child.had_anakinra is True),
    ("CAR T found, anakinra", CAR_DETECTED, lambda child: child.had_anakinra is True),
)


def registry_row(study: Study, cohort: RegistryCohort) -> LivingRow:
    """Return a cohort as a row; results that no child belongs to are left out."""
    return LivingRow(
        source=(f"This registry: {cohort.name}",),
        study_type=("Prospective registry", _listed(cohort.settings)),
        cohort=(
            f"n = {len(cohort.subjects)}, {counted(cohort.sites, 'center', 'centers')}",
            _ages(cohort),
            _listed(cohort.diseases),
        ),
        use=tuple(_use(cohort)),
        dose=_dose(cohort),
        toxicity=tuple(_toxicity(study, cohort)),
        car_t=tuple(_day_28(study, cohort)),
        infections=tuple(_infections(study, cohort)),
        without_results="no child",
    )


def _listed(counts: Counter[str]) -> str:
    """Return what was told with how often, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{SHORT_WORDS.get(code, code.replace('_', ' '))} {count}" for code, count in ordered)


def _ages(cohort: RegistryCohort) -> str:
    if not cohort.ages:
        return "age not recorded"
    unknown = len(cohort.subjects) - len(cohort.ages)
    missing = f", not recorded {unknown}" if unknown else ""
    return f"{cohort.ages[0]} to {cohort.ages[-1]} years, median {median(cohort.ages):g}{missing}"


def _use(cohort: RegistryCohort) -> Iterator[ReportedResult]:
    recorded = len(cohort.subjects) - cohort.given_not_recorded
    if recorded:
        yield ReportedResult(outcome="given anakinra", count=(cohort.given, recorded))
    if cohort.given_not_recorded:
        yield ReportedResult(outcome=f"not recorded whether given {cohort.given_not_recorded}")
    unknown = cohort.given - len(cohort.treated)
    if unknown:
        yield ReportedResult(outcome=f"first dose without a time {unknown}")
    if not cohort.treated:
        return
    beside = Counter(name for facts in cohort.treated for name in facts.beside)
    alone = sum(not facts.beside for facts in cohort.treated)
    indications = Counter(name for facts in cohort.treated for name in facts.indications)
    yield ReportedResult(outcome=f"with {_listed(beside) or 'none'}; alone {alone}")
    yield ReportedResult(outcome=f"for {_listed(indications)}")


def _dose(cohort: RegistryCohort) -> tuple[str, ...]:
    amounts = [facts.mg_per_kg_day for facts in cohort.treated if facts.mg_per_kg_day is not None]
    if not cohort.treated:
        return ("not known" if cohort.given or cohort.given_not_recorded else "none given",)
    unknown = len(cohort.treated) - len(amounts)
    lines = (
        [f"median {median(amounts):.3g} mg/kg per day ({min(amounts):.3g} to {max(amounts):.3g})"] if amounts else []
    )
    lines += [f"not recorded {unknown}"] if unknown else []
    frequencies = Counter(facts.frequency for facts in cohort.treated if facts.frequency)
    routes = Counter(facts.route for facts in cohort.treated if facts.route)
    return tuple(line for line in (*lines, _listed(frequencies), _listed(routes)) if line)


def _toxicity(study: Study, cohort: RegistryCohort) -> Iterator[ReportedResult]:
    for result in study.endpoints:
        rows = [row for row in result.cohort.rows if row.subject in cohort.subjects]
        resolved = sum(row.event == RESOLVED and row.day <= HORIZON_DAYS for row in rows)
        if rows:
            name = f"{result.endpoint.toxicity} resolved, day {HORIZON_DAYS}"
            yield ReportedResult(outcome=name, count=(resolved, len(rows)))


def _day_28(study: Study, cohort: RegistryCohort) -> Iterator[ReportedResult]:
    populations = {population.outcome: population.children for population in study.day_28}
    for name, outcome, belongs in DAY_28:
        children = [child for child in populations[outcome] if child.subject in cohort.subjects and belongs(child)]
        if children:
            yield ReportedResult(outcome=name, count=(sum(child.responded for child in children), len(children)))


def _infections(study: Study, cohort: RegistryCohort) -> Iterator[ReportedResult]:
    """Yield how many had a first infection, of the children that its curve follows, and how many are not in it."""
    first = [row for row in study.infections.first if row.subject in cohort.subjects]
    if first:
        name = f"new after start, to day {LAST_INFECTION_DAY} after infusion"
        yield ReportedResult(outcome=name, count=(sum(row.event == INFECTED for row in first), len(first)))
    if len(first) < len(cohort.treated):
        outside = f"first dose not on days 0 to {LAST_INFECTION_DAY}: {len(cohort.treated) - len(first)}"
        yield ReportedResult(outcome=outside)
