"""Methods and provenance: how it was computed, from what, and with which versions."""

from __future__ import annotations

from importlib.metadata import version

from analysis.printing.parts import Chapter, Section
from analysis.study import Study

PACKAGES = ("numpy", "scipy", "matplotlib")


def chapter(study: Study) -> Chapter:
    """Return the methods in words; the study's cut stands in `results` as well."""
    cut = study.cut
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    forms = ", ".join(f"{name} {number}" for name, number in sorted(cut.form_versions.items()))
    section = Section(
        id="methods_text",
        title="How this was computed",
        paragraphs=(
            "Days are differences of calendar dates at the site. Incidences: Aalen-Johansen with Greenwood-type"
            " (Dinse-Larson) variance, log-log limits, Clopper-Pearson where nobody was censored before. One minus"
            " Kaplan-Meier is not used, because it overstates the incidence when death competes.",
            "Every row behind a curve names the form, item and record it came from: tables/time_to_event.csv.",
            f"Data cut {cut.id}. Schema {cut.schema_revision}, code {cut.code_version}; form versions: {forms}."
            f" Computed with {packages}.",
        ),
    )
    return Chapter(
        id="methods",
        title="Methods and provenance",
        sections=(section,),
        results={
            "cut": {"id": cut.id, "data_date": cut.data_date.isoformat(), "subjects": len(cut.subjects)},
            "selection": study.selection.as_fields(),
        },
    )
