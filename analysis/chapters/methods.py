"""Methods and provenance: how it was computed, by which rules, from what, and what it cannot say."""

from __future__ import annotations

import math
import platform
from collections import Counter
from importlib.metadata import version
from typing import Any

from analysis.chapters.resolution_sentences import label_of
from analysis.plan.groups import LEAST_FOR_A_SHARE, PERMUTATIONS, PERMUTE_BELOW
from analysis.plan.resolution import FOLLOW_UP_DAYS, GREY_BELOW_AT_RISK, HORIZON_DAYS, LOOKBACK_DAYS, Measure
from analysis.plan.responses import DAY_28_WINDOW
from analysis.printing.parts import Chapter, Section, Table
from analysis.study import Study
from analysis.wording import counted, percent

PACKAGES = ("numpy", "scipy", "pandas", "lifelines", "matplotlib", "pyarrow")
OPEN = ("open", "answered")


def _known_to(p: float) -> str:
    """Return how far a permuted P lies at most from its true value `p` with 95 of 100 seeds, as a binomial share."""
    return f"{1.96 * math.sqrt(p * (1 - p) / PERMUTATIONS):.2f}"


METHODS = (
    "Days are differences of calendar dates at the site; day 0 is the day of the first anakinra dose for"
    " resolution, steroids and the first infection, of qualification in “Timing as it happened”, of the infusion for"
    " response, infection rates and monitoring. A day's grade is its worst, and an event needs the"
    " confirming days that its definition names. The grade at the start is the last one at or before the first"
    f" dose, at most {24 * LOOKBACK_DAYS} hours old, else that of the course page."
    " A child that left the registry was observed until it was last known to be alive."
    f" Resolution is followed to day {FOLLOW_UP_DAYS} and shown to day {HORIZON_DAYS}. A curve has no value"
    " after the last day on which anybody was followed, unless everybody had an event by then.",
    "Incidences: Aalen-Johansen with death competing, Greenwood-type (Dinse-Larson) variance, log-log limits;"
    " Clopper-Pearson limits where nobody was censored before. One minus Kaplan-Meier is not used, because it"
    " overstates the incidence when death competes. Groups are compared by Gray's test within centers; where a"
    f" group has fewer than {PERMUTE_BELOW} children its labels are permuted within centers ({PERMUTATIONS:,}"
    f" times, fixed seed: a P of 0.05 is then known to about {_known_to(0.05)}, one of 0.5 to about {_known_to(0.5)}).",
    "Proportions: Clopper-Pearson limits; differences: Newcombe; odds ratios: conditional maximum likelihood with"
    " exact limits; P: Fisher's exact test, two-sided; over centers: Mantel-Haenszel (Sato's variance for the"
    " difference) and the exact conditional P. Rates: exact Poisson limits; rate ratios: exact conditional limits."
    " Hazard ratios: Cox, Efron's ties, centers as strata, robust standard errors. A center is a site of the registry.",
    f"Groups of fewer than {LEAST_FOR_A_SHARE} children are shown child by child and enter no test; curves are"
    f" grey from the day on which fewer than {GREY_BELOW_AT_RISK} are at risk. P values are two-sided and not"
    f" adjusted for their number. Response is that of day 28 (days {DAY_28_WINDOW[0]} to {DAY_28_WINDOW[1]}).",
    "Every row behind a curve names the form, item and record it came from: tables/time_to_event.csv,"
    " from_qualification.csv, first_infection_children.csv and steroid_time_to_event.csv. The plan in words is"
    " analysis_plan.txt among the files of this report, which is docs/sap.md of the same code version.",
)
LIMITATIONS = (
    "Nothing here was randomized: who got anakinra, when, how much and beside what was decided at the bedside,"
    " for reasons that also bear on the outcome.",
    "Center, product, line, dose and the definition of carHLH nearly determine each other; a difference between"
    " groups is often a difference between centers.",
    "Children had tocilizumab, steroids or both around the first dose; what anakinra added cannot be separated"
    " from them.",
    "Discharge is informative: children go home because they are well. Bounds stand beside the curve of each"
    " endpoint; curves of groups and from a landmark have none.",
    "Resolution of carHLH is a composite of this registry that the steering group has not signed; rule sets"
    " marked as not verified were built from secondary sources.",
    "Centers enter their children at different rates; capture stands in the first chapter.",
)


def chapter(study: Study) -> Chapter:
    """Return the methods in words, the rules used, the limits of it all; `results` names cut and selection."""
    cut = study.cut
    return Chapter(
        id="methods",
        title="Methods and provenance",
        sections=(
            Section(id="methods_text", title="How this was computed", paragraphs=METHODS),
            Section(
                id="methods_grades",
                title="Which grade was used",
                paragraphs=(
                    "A grade derived from complete signs goes before the clinician's; where signs are missing the"
                    " clinician's stands. Sedated days of ICANS count as unresolved.",
                    "Whether a child enters a curve of CRS or ICANS is the committee's word before that of the signs:"
                    " at the first dose, or at qualification, what it called something else has grade 0, and no grade"
                    " is higher than the highest it gave the episode. It grades no day: the days after are judged by"
                    " their signs.",
                ),
                tables=(_grades_table(study),),
            ),
            Section(id="methods_rule_sets", title="Rule sets", tables=(_rule_sets_table(study),)),
            Section(id="methods_limits", title="What this cannot say", paragraphs=LIMITATIONS),
            Section(id="methods_source", title="Data and versions", paragraphs=(_queries(study), *_provenance(study))),
        ),
        results={
            "cut": {"id": cut.id, "data_date": cut.data_date.isoformat(), "subjects": len(cut.subjects)},
            "selection": study.selection.as_fields(),
            "versions": _versions(study),
        },
    )


def _grades_table(study: Study) -> Table:
    rows = [
        (result.endpoint.toxicity, label_of(item), days, days / sum(result.cohort.day_sources.values()))
        for result in study.endpoints
        if result.endpoint.measure is Measure.GRADE
        for item, days in result.cohort.day_sources.items()
    ]
    return Table(
        id="grades_used",
        title="Days judged, by what judged them",
        header=("Toxicity", "Judged by", "Days", "Share"),
        rows=tuple((toxicity, label, f"{days:,}", percent(share, 0)) for toxicity, label, days, share in rows),
        csv_header=("toxicity", "judged_by", "days", "share"),
        csv_rows=tuple(rows),
        notes=(
            "Days of the children in each primary curve, from day 0 on; filled days are not counted. carHLH has no"
            " grade: all its components judge a day together.",
        ),
    )


def _rule_sets_table(study: Study) -> Table:
    read = study.cut.versions
    found = (row for row in study.cut.tables["rule_sets"] if row["version"] == read[row["rule_set"]])
    rows = tuple((row["title"], row["version"], row["verified"], row["source"]) for row in found)
    return Table(
        id="rule_sets_used",
        title="Rule sets of this cut",
        header=("Rule set", "Version", "Verified", "Source"),
        rows=tuple(
            (title, version, "yes" if ok == "yes" else "NOT VERIFIED", source) for title, version, ok, source in rows
        ),
        csv_header=("rule_set", "version", "verified", "source"),
        csv_rows=rows,
        notes=(
            "Verified: read in the publication itself. Of several versions of a rule set the newest is listed and read;"
            " what earlier ones said stands in the cut beside it.",
        ),
    )


def _queries(study: Study) -> str:
    """Return how many data queries the cut's children have that are not closed."""
    rows = study.cut.tables["data_queries"]
    waiting = Counter(row["severity"] for row in rows if row["status"] in OPEN and row["subject"] in study.cut.subjects)
    if not waiting:
        return "No data query is open or waits for a decision."
    kinds = ", ".join(f"{severity} {count}" for severity, count in sorted(waiting.items()))
    return (
        f"{counted(sum(waiting.values()), 'data query is', 'data queries are')} open or wait for a decision ({kinds})."
    )


def _provenance(study: Study) -> tuple[str, ...]:
    cut, versions = study.cut, _versions(study)
    packages = ", ".join(f"{name} {number}" for name, number in versions["packages"].items())
    forms = ", ".join(f"{name} {number}" for name, number in versions["forms"].items())
    return (
        f"Data cut {cut.id}, data to {cut.data_date.isoformat()}."
        f" Registry {versions['code']}, schema {versions['schema']}."
        f" Computed with Python {versions['python']}, {packages}.",
        f"Form versions: {forms}.",
    )


def _versions(study: Study) -> dict[str, Any]:
    return {
        "code": study.cut.code_version,
        "schema": study.cut.schema_revision,
        "forms": dict(sorted(study.cut.form_versions.items())),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }
