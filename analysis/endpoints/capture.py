"""Which share of the infused children each site enrolled, by its infusion log (CLINICAL.md D16)."""

from __future__ import annotations

from collections import Counter

from analysis.cut import Cut
from analysis.plan import LEAST_CAPTURE


def well_captured_sites(cut: Cut) -> frozenset[str]:
    """Return the sites that enrolled at least 80 % of the infused; without a log a site is not among them."""
    infused, enrolled = Counter[str](), Counter[str]()
    for row in cut.tables.get("infusion_log", ()):
        infused[row["site"]] += int(row["infused"] or 0)
        enrolled[row["site"]] += int(row["enrolled"] or 0)
    return frozenset(site for site, count in infused.items() if count and enrolled[site] / count >= LEAST_CAPTURE)
