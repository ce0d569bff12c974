"""The children before the cells: who they are, what they have, how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from registry.demo.chance import Chance
from registry.demo.sites import SITES, DemoSite, Product

ENROLLING_DAYS = 1100
ICE_FROM_YEARS = 12
LATEST_INFUSION_DAYS_AGO = 4
RECENT_DAYS, RECENT_SHARE = 45, 0.08
"""So many more children are still being watched, so that lists of due pages and open courses are not empty."""

_AGES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 4, 6: 5, 7: 5, 8: 5, 9: 5, 10: 5, 11: 5, 12: 5, 13: 5, 14: 5, 15: 5, 16: 4, 17: 4}
_ADULT_AGES = {18: 2, 19: 2, 20: 2, 21: 1.5, 22: 1, 23: 1, 24: 1, 25: 0.5, 27: 0.5}
_WEIGHTS = (10, 12.5, 14.5, 16.5, 18.5, 21, 23, 26, 29, 33, 37, 42, 47, 52, 57, 61, 64, 66)
_HEIGHTS = (75, 87, 96, 103, 110, 116, 122, 128, 133, 138, 144, 150, 156, 162, 166, 169, 171, 172)


@dataclass(frozen=True, kw_only=True)
class Child:
    """One synthetic child as it comes to its first infusion in the registry."""

    number: int
    key: str
    enrolment_uuid: str
    code_number: int
    site: DemoSite
    product: Product
    infused_on: date
    born_on: date
    age_years: int
    sex: str
    weight_kg: float
    height_cm: float
    burden: str
    blasts: float
    delay: bool
    baseline_ice: int
    baseline_capd: int
    transplanted: bool
    enrolled_late: bool
    diligent: bool

    @property
    def has_disease(self) -> bool:
        """Tell whether disease was detectable before lymphodepletion."""
        return self.burden != "none"

    def tool_on(self, day: date) -> str:
        """Return the test of cognition for this child on a day."""
        twelve = date(self.born_on.year + ICE_FROM_YEARS, self.born_on.month, min(self.born_on.day, 28))
        return "ice" if day >= twelve and not self.delay else "capd"

    @property
    def has_leukemia(self) -> bool:
        """Tell whether blasts in the marrow are counted."""
        return self.product.disease == "b_all"


def make_children(patients: int, seed: int, until: date) -> list[Child]:
    """Return the children in order of their number; the same for the same arguments."""
    chance = Chance(seed, "children")
    sites = {site: site.share for site in SITES}
    used: set[tuple[str, int]] = set()
    children = []
    for number in range(1, patients + 1):
        site = chance.weighted(sites) if number > len(SITES) else SITES[number - 1]
        code = chance.between(0, 99_999)
        while (site.code, code) in used:
            code = chance.between(0, 99_999)
        used.add((site.code, code))
        children.append(_child(Chance(seed, "child", number), number, site, code, until))
    return children


def _child(chance: Chance, number: int, site: DemoSite, code: int, until: date) -> Child:
    product = chance.weighted(site.products)
    reach = RECENT_DAYS if chance.happens(RECENT_SHARE) else ENROLLING_DAYS
    infused_on = until - timedelta(days=chance.between(LATEST_INFUSION_DAYS_AGO, reach))
    age = chance.weighted({**_AGES, **_ADULT_AGES})
    born_on = infused_on - timedelta(days=round(age * 365.25) + chance.between(20, 330))
    born_on = born_on.replace(day=min(born_on.day, 28))
    band = min(age, len(_WEIGHTS) - 1)
    height = _HEIGHTS[band] * chance.number(0.93, 1.07)
    burden, blasts = _burden(chance, product)
    delay = chance.happens(0.06)
    return Child(
        number=number,
        key=chance.key(),
        enrolment_uuid=chance.key(),
        code_number=code,
        site=site,
        product=product,
        infused_on=infused_on,
        born_on=born_on,
        age_years=age,
        sex=chance.pick(("female", "male")),
        weight_kg=round(_WEIGHTS[band] * chance.number(0.82, 1.35), 1),
        height_cm=round(height, 1),
        burden=burden,
        blasts=blasts,
        delay=delay,
        transplanted=chance.happens(0.35),
        enrolled_late=chance.happens(0.2) and infused_on + timedelta(days=25) < until,
        diligent=chance.happens(0.78),
        baseline_ice=chance.weighted({10: 0.93, 9: 0.07}),
        baseline_capd=chance.between(9, 13) if delay else chance.between(0, 3),
    )


def _burden(chance: Chance, product: Product) -> tuple[str, float]:
    if product.disease != "b_all":
        return "measurable", 0.0
    burden = chance.weighted({"high": 0.38, "low": 0.2, "mrd_only": 0.27, "none": 0.15})
    blasts = {"high": (26, 95), "low": (5.5, 24), "mrd_only": (0.1, 4.5), "none": (0, 0)}[burden]
    return burden, round(chance.number(*blasts), 1)
