"""What an export is asked for with."""

from __future__ import annotations

from dataclasses import dataclass, field

from forms.casebook import CASEBOOK
from registry.release.profiles import LEAST, LEAST_UNDER_AGREEMENT, Profile

FORMATS: dict[str, str] = {
    "csv": "CSV: UTF-8, for R, Python and everything else",
    "excel": "CSV that a spreadsheet opens safely",
    "xlsx": "Excel workbook",
    "spss": "SPSS",
    "stata": "Stata",
    "sas": "SAS transport file (XPORT version 5)",
    "redcap": "REDCap data dictionary with matching CSV",
}


@dataclass(frozen=True, kw_only=True)
class Order:
    """An export as asked for: a profile, who wants it and why, which forms in which formats.

    ``site`` is the code of the one site it is limited to, ``agreement`` the key of a data use agreement. ``least`` is
    the number of children who must look alike when a privacy officer has set another one, for ``least_reason``.
    ``keep`` names the quasi-identifiers that matter most to the project: they are made coarser last.
    """

    profile: Profile
    project: str
    purpose: str
    recipient: str = ""
    forms: tuple[str, ...] = field(default_factory=lambda: tuple(CASEBOOK))
    formats: tuple[str, ...] = ("csv",)
    site: str | None = None
    agreement: str | None = None
    least: int | None = None
    least_reason: str = ""
    keep: tuple[str, ...] = ()

    @property
    def target(self) -> int:
        """Return how many children must look alike in what leaves."""
        if self.least is not None:
            return self.least
        return LEAST_UNDER_AGREEMENT if self.agreement else LEAST

    @property
    def stamp(self) -> str:
        """Return what stands on every file when a privacy officer lowered the target, such as `k3`; empty otherwise."""
        return "" if self.least is None else f"k{self.least}"
