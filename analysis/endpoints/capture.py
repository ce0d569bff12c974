"""How many of the children infused at each site are in the registry, by the sites' own infusion logs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analysis.columns import RowView
from analysis.cut import Cut
from analysis.endpoints.children import children_of
from analysis.estimators import Proportion, proportion
from analysis.manifest import CutError
from analysis.plan.responses import LEAST_CAPTURE
from forms.infusion_log import quarter_of, quarters_ended

CAPTURE_WANTED = f"{100 * LEAST_CAPTURE:g} %"
"""The share a center has to enroll of the children it infuses, as the report writes it."""
COUNTS = ("infused", "approached", "consented", "refused", "enrolled")


@dataclass(frozen=True, kw_only=True)
class SiteCapture:
    """A site's infusion log summed over its quarters.

    `without_log` names the ended quarters that no row tells of, `impossible` those with more enrolled than infused;
    `share` is None where a quarter is impossible or the log counts no infusion.
    """

    site: str
    infused: int
    approached: int
    consented: int
    refused: int
    enrolled: int
    quarters: int
    without_log: tuple[str, ...]
    impossible: tuple[str, ...]
    share: Proportion | None

    @property
    def is_well_captured(self) -> bool:
        """Tell whether the site's children may stand in contrasts; a share that is not known is not enough."""
        return self.share is not None and self.share.estimate >= LEAST_CAPTURE


def well_captured_sites(cut: Cut) -> frozenset[str]:
    """Return the sites that enrolled at least `LEAST_CAPTURE` of the children they infused, by the infusion log."""
    return frozenset(site.site for site in capture_by_site(cut) if site.is_well_captured)


def capture_by_site(cut: Cut) -> tuple[SiteCapture, ...]:
    """Return the capture of every site that has a child or a log, by code.

    A quarter is expected from the site's first infusion or first row of its log on, until the last that ended by the
    day of the data. Errors: CutError for a quarter or a count of the log that cannot be read.
    """
    logs: dict[str, list[RowView[str]]] = defaultdict(list)
    for row in cut.tables.columns("infusion_log", ("site", "quarter", *COUNTS)):
        logs[row["site"]].append(row)
    first_infusion: dict[str, date] = {}
    for child in children_of(cut):
        day = child.infusions[0].day
        first_infusion[child.site] = min(day, first_infusion.get(child.site, day))
    sites = sorted(set(cut.subjects.values()) | set(logs))
    try:
        return tuple(_capture(site, logs[site], first_infusion.get(site), cut.data_date) for site in sites)
    except ValueError:
        raise CutError(
            "infusion_log.csv does not fit this version of the registry: a quarter or a count cannot be read. Take the"
            " cut again."
        ) from None


def overall_share(sites: Sequence[SiteCapture]) -> Proportion | None:
    """Return enrolled of infused over all sites whose share is known."""
    known = [site.share for site in sites if site.share is not None]
    return proportion(sum(share.x for share in known), sum(share.n for share in known)) if known else None


def last_ended_quarter(data_date: date) -> date:
    """Return the last day of the last quarter that ended by the day of the data."""
    return data_date.replace(month=(data_date.month - 1) // 3 * 3 + 1, day=1) - timedelta(days=1)


def _capture(site: str, log: Sequence[RowView[str]], first_infusion: date | None, data_date: date) -> SiteCapture:
    told = sorted(row["quarter"] for row in log)
    impossible = tuple(sorted(row["quarter"] for row in log if int(row["enrolled"]) > int(row["infused"])))
    begins = ([quarter_of(first_infusion)] if first_infusion else []) + told[:1]
    expected = quarters_ended(min(begins), data_date) if begins else []
    totals = {name: sum(int(row[name]) for row in log) for name in COUNTS}
    return SiteCapture(
        site=site,
        **totals,
        quarters=len(told),
        without_log=tuple(quarter for quarter in expected if quarter not in told),
        impossible=impossible,
        share=proportion(totals["enrolled"], totals["infused"]) if totals["infused"] and not impossible else None,
    )
