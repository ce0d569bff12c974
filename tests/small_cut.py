"""A small plainly synthetic cut that gives the interim analysis a curve and a comparison to draw."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from cut_folder import CutFolder

INFUSED = date(2026, 3, 1)
FIRST_DOSE = datetime(2026, 3, 8, 14, 0)


def write_small_cut(folder: Path, *, children: int = 6) -> Path:
    """Write a cut whose children resolve CRS one day after the other; return its folder."""
    files = CutFolder()
    for number in range(children):
        child = f"child-{number}"
        files.add("enrolment", child, sex="male")
        files.add("baseline", child, disease="b_all")
        files.add("infusion", child, infused_on=INFUSED, disease_at_lymphodepletion=True)
        files.add("anakinra_course", child, given=True, started_at=FIRST_DOSE)
        for day in range(number + 4):
            at = FIRST_DOSE.replace(hour=8) + timedelta(days=day)
            files.add("assessment", child, assessed_at=at, crs_grade=2 if day <= number else 0, icans_grade=0)
    return files.write(folder)
