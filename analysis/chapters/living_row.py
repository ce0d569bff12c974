"""One row of the living Table 2, the registry's or a published one."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.literature import ReportedResult


@dataclass(frozen=True, kw_only=True)
class LivingRow:
    """The cells of one row, line by line; results carry their counts, `without_results` stands where there are none."""

    source: tuple[str, ...]
    study_type: tuple[str, ...]
    cohort: tuple[str, ...]
    use: tuple[ReportedResult, ...]
    dose: tuple[str, ...]
    toxicity: tuple[ReportedResult, ...]
    car_t: tuple[ReportedResult, ...]
    infections: tuple[ReportedResult, ...]
    without_results: str
