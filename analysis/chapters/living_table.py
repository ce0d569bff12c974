"""Table 2, living: the registry's cohorts in the letter's columns, above the nine published rows."""

from __future__ import annotations

from analysis.chapters.living_row import LivingRow
from analysis.chapters.registry_rows import registry_row
from analysis.chapters.response_tables import note_on_left_out, note_on_recent
from analysis.endpoints.living_table import registry_cohorts
from analysis.estimators import proportion
from analysis.literature import LETTER, PUBLISHED_STUDIES, PublishedDose, PublishedStudy, ReportedResult
from analysis.plan.groups import AGENTS_HOURS, LEAST_FOR_A_SHARE
from analysis.printing.parts import Cell, Chapter, Section, Table
from analysis.study import Study
from analysis.wording import decimal, percent

HEADER = (
    *("Source", "Study type", "Cohort", "Anakinra use", "Dose, frequency, route"),
    *("Toxicity", "CAR T response", "Infection"),
)
CSV_HEADER = (
    *("source", "study", "column", "outcome", "x", "n", "estimate", "lower", "upper"),
    *("percent_printed", "p_printed", "words"),
)
WIDTHS = (11, 10, 12, 15, 11, 14, 14, 13)
BASES = {
    "mg_per_kg_dose": "mg/kg per dose",
    "mg_per_kg_day": "mg/kg per day",
    "mg_flat": "mg per dose",
    "mg_flat_day": "mg per day",
}


def chapter(study: Study) -> Chapter:
    """Return the living table; its CSV twin has one row per reported result."""
    table = living_table(study)
    return Chapter(
        id="living_table",
        title="Table 2, living",
        sections=(
            Section(
                id="living_table",
                title="What was published, and this registry above it",
                paragraphs=(
                    f"The rows below the registry's are those of the letter ({LETTER}): nine rows, ten publications,"
                    " in short words of our own. Their counts are as printed; limits are computed here from printed"
                    " counts alone. A percentage without a count stays as printed and is marked so.",
                ),
                notices=(
                    "Rows stand beside each other and are never pooled: definitions, ages, products and doses differ,"
                    " and no row but the registry's tells who was not treated.",
                ),
                tables=(table, _doubts_table()),
            ),
        ),
        results={"table_2": [dict(zip(table.csv_header, row, strict=True)) for row in table.csv_rows]},
    )


def living_table(study: Study) -> Table:
    """Return the registry's cohorts, then the published rows."""
    registry = [registry_row(study, cohort) for cohort in registry_cohorts(study.cut, study.children)]
    published = [published_row(one) for one in PUBLISHED_STUDIES]
    rows = [("this registry", row) for row in registry] + [("published", row) for row in published]
    return Table(
        id="table_2",
        title="Anakinra and CAR T-cell toxicity: the registry and the published reports",
        header=HEADER,
        rows=tuple(_cells(row) for _, row in rows),
        csv_header=CSV_HEADER,
        csv_rows=tuple(csv_row for source, row in rows for csv_row in _csv_rows(source, row)),
        notes=(
            "x/n (95 % limits in percent: Clopper-Pearson), with the percentage of ten or more.",
            "This registry: use and dose are those of a child's first course. Another agent counts when it may have"
            f" been given from {AGENTS_HOURS} hours before the first to the last dose of that course; dose and"
            " frequency: its first order. Resolved: after the first dose, children of “Resolution curves”, censored"
            " ones as not resolved. CR, MRD, CAR T cells: day 28, children of “Complete response”. New infection:"
            " counted as in “First infection after the first anakinra dose”, in the same children; one whose"
            " observation ends before has none, and pages that leave open whether they count do not.",
            *note_on_left_out(study.day_28[0]),
            *note_on_recent(study.day_28[0]),
        ),
        widths=WIDTHS,
    )


def _doubts_table() -> Table:
    """Return what does not fit within the letter's rows."""
    doubts = tuple((one.authors, note) for one in PUBLISHED_STUDIES for note in one.notes)
    return Table(
        id="table_2_doubts",
        title="What does not fit, or cannot be told, in the published rows",
        header=("Study", "Found"),
        rows=doubts,
        csv_header=("study", "found"),
        csv_rows=doubts,
        notes=(f"Read in {LETTER}, and its list of references.",),
    )


def published_row(study: PublishedStudy) -> LivingRow:
    """Return a published study in the columns of the table."""
    printed, true = (", ".join(map(str, found)) for found in (study.references_printed, study.references_true))
    corrected = "" if true == printed else f" as printed ({true} in the list)"
    treated = "1 or 2 (not determinable)" if study.treated is None else str(study.treated)
    return LivingRow(
        source=(study.authors,),
        study_type=(study.study_type, f"reference {printed}{corrected}"),
        cohort=(f"n = {study.n}, {study.age}", study.product, study.disease),
        use=tuple(ReportedResult(outcome=words) for words in (f"given anakinra: {treated}", *study.use)),
        dose=tuple(_dose_words(dose) for dose in study.doses) or ("not reported",),
        toxicity=study.toxicity,
        car_t=study.car_t,
        infections=study.infections,
        without_results="none reported",
    )


def _dose_words(dose: PublishedDose) -> str:
    amount = f"{dose.low:g}" if dose.low == dose.high else f"{dose.low:g} to {dose.high:g}"
    return ", ".join(
        part for part in (f"{amount} {BASES[dose.basis]}", dose.frequency, " or ".join(dose.routes)) if part
    )


def _cells(row: LivingRow) -> tuple[str, ...]:
    lines = (row.source, row.study_type, row.cohort, tuple(map(result_words, row.use)), row.dose)
    results = (row.toxicity, row.car_t, row.infections)
    return (
        *("\n".join(cell) for cell in lines),
        *("\n".join(map(result_words, cell)) or row.without_results for cell in results),
    )


def result_words(result: ReportedResult) -> str:
    """Return one result: x/n with exact limits on a line of its own, or the percentage as printed, or its words."""
    words = [result.outcome]
    if result.count:
        share = proportion(*result.count)
        lower, upper = (decimal(100 * limit, 0) for limit in (share.lower, share.upper))
        whole = f", {percent(share.estimate, 0)}" if share.n >= LEAST_FOR_A_SHARE else ""
        words.append(f"\n{share.x}/{share.n}{whole} ({lower} to {upper})".replace(" ", "\u00a0"))
    elif result.percent is not None:
        words.append(f"\n{result.percent:g} % as printed, no count")
    elif result.words:
        words.append(f": {result.words}")
    if result.p_printed:
        words.append(f"\nP as printed: {result.p_printed}")
    return "".join(words)


def _csv_rows(source: str, row: LivingRow) -> list[tuple[Cell, ...]]:
    columns = (("use", row.use), ("toxicity", row.toxicity), ("car_t", row.car_t), ("infections", row.infections))
    return [
        (
            *(source, row.source[0], column, result.outcome, *_numbers(result)),
            *(result.percent, result.p_printed or None, result.words or None),
        )
        for column, results in columns
        for result in results
    ]


def _numbers(result: ReportedResult) -> tuple[Cell, ...]:
    if not result.count:
        return (None,) * 5
    share = proportion(*result.count)
    return share.x, share.n, share.estimate, share.lower, share.upper
