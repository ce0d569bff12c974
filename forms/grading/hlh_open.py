"""What is known about HLH-like toxicity, where liver, kidney and the CRS phase are left as open as they are.

By these findings the newest versions of the definitions judge; where they are the same as the first ones, so is what an
earlier version says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from forms.context import Context
from forms.grading.crs_phases import open_crs_phases
from forms.grading.ctcae import grades_of_samples
from forms.grading.ctcae_open import grades_of_samples_open
from forms.grading.hlh_findings import Findings, by_analyte, findings_of, peak_in_crs


def open_findings_of(context: Context) -> Mapping[str, Findings]:
    """Return assessment -> its findings, the very same as ``findings_of`` where nothing is left open or proved anew."""
    return context.once("hlh findings, open", lambda known: dict(_findings(known)))


def _findings(context: Context) -> Iterator[tuple[str, Findings]]:
    first, graded = grades_of_samples(context, "5"), grades_of_samples_open(context, "5")
    phases = open_crs_phases(context)
    for key, found in findings_of(context).items():
        peak = peak_in_crs(found.so_far, phases.get(found.infusion))
        records = [sample.record for sample in found.samples]
        is_graded_alike = all(first.get(record) is graded.get(record) for record in records)
        if is_graded_alike and peak == (found.ferritin_in_crs, found.ferritin_timing):
            yield key, found
        else:
            grades = by_analyte(graded, found.samples)
            yield key, replace(found, organ_grades=grades, ferritin_in_crs=peak[0], ferritin_timing=peak[1])
