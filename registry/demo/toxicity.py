"""Toxicities after one infusion, day by day: when they begin, how high they rise, and how they end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.demo.chance import Chance
from registry.demo.children import Child

LAST_DAY = 60
RESPONDERS = 0.86


@dataclass(frozen=True, kw_only=True)
class Toxicity:
    """One toxicity: its grade on each day after infusion from the onset to the last day above 0."""

    kind: str
    onset: int
    peak: int
    peak_day: int
    low_day: int
    end_day: int

    def grade(self, day: int) -> int:
        """Return the grade on a day after infusion: rising to the peak, falling to 1 on ``low_day``, 0 at the end."""
        if day < self.onset or day >= self.end_day:
            return 0
        if day >= self.low_day:
            return 1
        if day < self.peak_day:
            steps = self.peak_day - self.onset
            return max(1, min(self.peak, 1 + (day - self.onset) * (self.peak - 1) // steps))
        falling = self.low_day - self.peak_day
        if falling <= 1 or (day - self.peak_day) * 2 < falling:
            return self.peak
        left = (self.low_day - day) * 2 / falling
        return min(self.peak, max(2, 1 + round((self.peak - 1) * left)))

    def first_day_at(self, grade: int) -> int | None:
        """Return the first day with at least a grade; None when it never rose so high."""
        return next((day for day in range(self.onset, self.end_day) if self.grade(day) >= grade), None)


Toxicities = Mapping[str, Toxicity]


def untreated_toxicities(chance: Chance, child: Child, *, milder: bool = False) -> dict[str, Toxicity]:
    """Return the toxicities as they would run under supportive care, tocilizumab and steroid."""
    found: dict[str, Toxicity] = {}
    crs = _crs(chance, child, milder=milder)
    if crs is None:
        return found
    found["crs"] = crs
    if chance.happens({1: 0.12, 2: 0.36, 3: 0.58, 4: 0.68}[crs.peak]):
        found["icans"] = _icans(chance, crs)
    antigens = child.product.antigens
    likely = 0.43 if antigens == ("cd22",) else 0.18 if "cd19" in antigens else 0.0
    if child.burden == "high":
        likely *= 1.15
    if chance.happens(likely if crs.peak > 1 else likely * 0.75):
        found["carhlh"] = _carhlh(chance, crs)
    return found


def _crs(chance: Chance, child: Child, *, milder: bool) -> Toxicity | None:
    if not chance.happens(
        {"high": 0.95, "low": 0.88, "mrd_only": 0.78, "none": 0.66, "measurable": 0.66}[child.burden]
    ):
        return None
    heavy, light = {1: 0.14, 2: 0.3, 3: 0.35, 4: 0.21}, {1: 0.3, 2: 0.37, 3: 0.23, 4: 0.1}
    peak = chance.weighted(heavy if child.burden == "high" and not milder else light)
    onset = chance.days(5 if "cd22" in child.product.antigens else 3, 0.45, low=0, high=11)
    rise = chance.between(1, 2) + peak // 2
    low_day = onset + rise + chance.days(2.5 + peak * 0.8, 0.4, low=1, high=18)
    return Toxicity(
        kind="crs",
        onset=onset,
        peak=peak,
        peak_day=onset + rise if peak > 1 else onset,
        low_day=low_day,
        end_day=low_day + chance.between(1, 3),
    )


def _icans(chance: Chance, crs: Toxicity) -> Toxicity:
    peak = chance.weighted({1: 0.3, 2: 0.26, 3: 0.33, 4: 0.11})
    onset = crs.onset + chance.between(1, 5)
    rise = chance.between(0, 1) + peak // 2
    low_day = onset + rise + chance.days(2 + peak * 0.9, 0.45, low=1, high=16)
    return Toxicity(
        kind="icans",
        onset=onset,
        peak=peak,
        peak_day=onset + rise,
        low_day=low_day,
        end_day=low_day + chance.between(1, 3),
    )


def _carhlh(chance: Chance, crs: Toxicity) -> Toxicity:
    peak = chance.weighted({1: 0.14, 2: 0.36, 3: 0.34, 4: 0.16})
    onset = max(crs.onset + 4, chance.days(12, 0.25, low=6, high=24))
    rise = chance.between(1, 3)
    low_day = onset + rise + chance.days(11, 0.4, low=4, high=34)
    return Toxicity(
        kind="carhlh",
        onset=onset,
        peak=peak,
        peak_day=onset + rise,
        low_day=low_day,
        end_day=low_day + chance.between(2, 6),
    )


def under_anakinra(chance: Chance, toxicity: Toxicity, start_day: int, *, responds: bool) -> Toxicity:
    """Return a toxicity as it runs on after the first dose of anakinra.

    Most fall to grade 1 within a week (median about 4 to 5 days), some only after weeks, as published series report.
    """
    if toxicity.grade(start_day) < 2:
        return toxicity
    slower = {"carhlh": 1.5, "late_systemic": 1.5, "thrombocytopenia": 2.5}.get(toxicity.kind, 1.0)
    wait = chance.days(3.8 * slower, 0.5, low=1, high=16) if responds else chance.days(15 * slower, 0.3, low=9, high=32)
    peak_day = min(toxicity.peak_day, start_day)
    peak = toxicity.peak if toxicity.peak_day <= start_day else toxicity.grade(start_day)
    low_day = start_day + wait
    return Toxicity(
        kind=toxicity.kind,
        onset=toxicity.onset,
        peak=peak,
        peak_day=peak_day if peak == toxicity.peak else start_day,
        low_day=low_day,
        end_day=low_day + chance.between(1, 4),
    )
