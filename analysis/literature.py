"""Published comparisons that the registry's own rows stand beside; never pooled with them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PublishedComparison:
    """Two proportions as printed, with the counts they were printed from and the P value as printed."""

    study: str
    source: str
    outcome: str
    first_group: str
    first: tuple[int, int]
    second_group: str
    second: tuple[int, int]
    p_printed: str
    remark: str


NCI_CD22_CR = PublishedComparison(
    study="Lichtenstein 2021 and Shah 2020 (CD22 CAR, r/r B-ALL, children and young adults)",
    source="Diorio et al. 2022, Blood Adv 6(11):3398, Table 2",
    outcome="complete response",
    first_group="carHLH",
    first=(17, 19),
    second_group="no carHLH",
    second=(22, 32),
    p_printed=".17",
    remark="Uniformly treated children: 51 of 58 infused; the printed P is the two-sided Fisher exact test.",
)
