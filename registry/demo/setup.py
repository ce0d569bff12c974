"""The sites' own records: set-up, protocol, reference ranges and the quarterly infusion log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from sqlalchemy.orm import Session

from forms.infusion_log import quarter_of
from registry import audit
from registry.demo.chance import Chance
from registry.demo.children import Child
from registry.demo.sites import SITES, DemoSite
from registry.models import InfusionLog, ReferenceRange, Site, SiteProtocol

_RANGES: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("alt", "U/L", None, "40"),
    ("ast", "U/L", None, "45"),
    ("bilirubin_total", "mg/dL", "0.1", "1.2"),
    ("creatinine", "mg/dL", "0.2", "0.9"),
    ("ferritin", "ng/mL", "10", "300"),
    ("fibrinogen", "mg/dL", "180", "400"),
    ("crp", "mg/L", None, "8"),
    ("ldh", "U/L", "120", "320"),
    ("aptt_s", "s", "25", "38"),
    ("platelets", "10^9/L", "150", "450"),
    ("haemoglobin", "g/dL", "11.5", "15.5"),
    ("anc", "10^9/L", "1.5", "8"),
    ("triglycerides", "mg/dL", None, "150"),
)
_OLDEST_YEARS = 39
_CAPTURE = {"CNH": 0.94, "SCH": 0.9, "CHOP": 0.72, "NIHCC": 0.97, "MUSC": 0.88, "STJ": 0.92}


def write_sites(session: Session, seed: int, at: datetime) -> dict[str, Site]:
    """Store the six sites with protocol and reference ranges; return them by code."""
    sites = {}
    for facts in SITES:
        chance = Chance(seed, "site", facts.code)
        site = Site(
            key=chance.key(),
            code=facts.code,
            name=facts.name,
            time_zone=facts.time_zone,
            ethics_reference=f"DEMO-{chance.between(1000, 9999)}",
            ethics_expires_on=(at + timedelta(days=1500 + chance.between(0, 300))).date(),
            agreement_signed_on=(at - timedelta(days=chance.between(10, 90))).date(),
            carhlh_definition=facts.carhlh_definition,
            carhlh_definition_text="As the site's physicians apply it in daily care (demonstration text).",
            created_at=at,
        )
        audit.write_row(session, site, by=None, at=at)
        _write_protocol(session, chance, site, facts, at)
        limits = [
            ReferenceRange(
                key=chance.key(),
                site_id=site.id,
                analyte=analyte,
                sex=None,
                age_from_years=0,
                age_to_years=_OLDEST_YEARS,
                unit=unit,
                low=low,
                high=high,
                valid_from=date(at.year - 1, 1, 1),
            )
            for analyte, unit, low, high in _RANGES
        ]
        audit.write_new(session, [(one, None, at) for one in limits])
        sites[facts.code] = site
    return sites


def _write_protocol(session: Session, chance: Chance, site: Site, facts: DemoSite, at: datetime) -> None:
    protocol = SiteProtocol(
        key=chance.key(),
        site_id=site.id,
        version="1.0",
        effective_from=(at - timedelta(days=30)).date(),
        text=facts.protocol_text,
        line=facts.protocol_line,
        max_single_mg=facts.published.max_single_mg,
        max_day_mg=facts.published.max_day_mg,
        rules=facts.published.rules.as_plain(),
    )
    audit.write_row(session, protocol, by=None, at=at)


def infusion_logs(
    seed: int, children: Sequence[Child], sites: dict[str, Site], until: date
) -> list[tuple[datetime, str, InfusionLog]]:
    """Return each site's counts of every quarter that has ended, with the moment they are entered, in that order."""
    first = min(child.infused_on for child in children)
    starts = [date(year, month, 1) for year in range(first.year, until.year + 1) for month in (1, 4, 7, 10)]
    logs = []
    for begin, end in pairwise(starts):
        if end <= first:
            continue
        for code, site in sites.items():
            chance = Chance(seed, "infusion log", code, begin)
            entered = datetime.combine(end + timedelta(days=chance.between(5, 25)), time(15, chance.between(0, 59)))
            enrolled = sum(child.site.code == code and begin <= child.infused_on < end for child in children)
            missed = sum(chance.happens(1 - _CAPTURE[code]) for _ in range(max(1, enrolled)))
            refused = chance.between(0, missed)
            quarter = quarter_of(begin)
            log = InfusionLog(
                key=chance.key(),
                site_id=site.id,
                quarter=quarter,
                infused=enrolled + missed,
                approached=enrolled + refused,
                consented=enrolled,
                refused=refused,
                enrolled=enrolled,
            )
            if entered.date() < until:
                logs.append((entered, code, log))
    return sorted(logs, key=lambda entry: (entry[0], entry[1]))
