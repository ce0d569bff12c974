"""The six demonstration sites: their protocols as the founding letter's Table 1 states them, and how they treat.

The sites are synthetic, and their names say so; each only carries the protocol of the center whose letters it bears.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forms.dosing.protocols import PROTOCOLS, PublishedProtocol


@dataclass(frozen=True, kw_only=True)
class Regimen:
    """A dose as a site orders it."""

    value: float
    basis: str
    frequency: str
    route: str
    rounding: str = "nearest_mg"


@dataclass(frozen=True, kw_only=True)
class Product:
    """What is infused: product code, setting, antigens, and the disease it is given for."""

    code: str
    setting: str
    antigens: tuple[str, ...]
    name: str = ""
    disease: str = "b_all"


@dataclass(frozen=True, kw_only=True, eq=False)
class DemoSite:
    """One site: share of the children, products by weight, and how readily anakinra is given for what."""

    code: str
    name: str
    published: PublishedProtocol
    time_zone: str
    share: float
    carhlh_definition: str
    products: Mapping[Product, float]
    readiness: Mapping[str, float]
    protocol_text: str
    protocol_line: str
    first: Regimen
    taper: Regimen
    other: tuple[Regimen, ...] = ()


TISAGENLECLEUCEL = Product(code="tisagenlecleucel", setting="commercial", antigens=("cd19",))
CD19_TRIAL = Product(code="academic", setting="trial", antigens=("cd19",), name="Synthetic CD19 CAR")
CD22_TRIAL = Product(code="academic", setting="trial", antigens=("cd22",), name="Synthetic CD22 CAR")
DUAL_TRIAL = Product(code="academic", setting="trial", antigens=("cd19", "cd22"), name="Synthetic CD19/22 CAR")
GD2_TRIAL = Product(code="academic", setting="trial", antigens=("gd2",), name="Synthetic GD2 CAR", disease="solid")
B7H3_TRIAL = Product(code="academic", setting="trial", antigens=("b7h3",), name="Synthetic B7-H3 CAR", disease="cns")

_PER_DOSE_IV = Regimen(value=2, basis="mg_per_kg_dose", frequency="q6h", route="iv_intermittent")

SITES = (
    DemoSite(
        code="CNH",
        name="Cedar Demonstration Hospital",
        published=PROTOCOLS["CNH"],
        time_zone="America/New_York",
        share=0.16,
        carhlh_definition="local",
        products={TISAGENLECLEUCEL: 0.95, CD19_TRIAL: 0.05},
        readiness={"crs3": 0.85, "crs2": 0.43, "icans3": 0.95, "icans2": 0.6, "carhlh": 0.85},
        protocol_line="After steroid and tocilizumab",
        protocol_text=(
            "CRS, ICANS and carHLH after CD19 CAR T cells. 2 mg/kg every 6 hours IV, at most 100 mg per "
            "dose and 400 mg per day. Taper over 3 to 7 days once the toxicity has resolved or CRS and "
            "ICANS are grade 2 or less. Weaned last."
        ),
        first=_PER_DOSE_IV,
        taper=Regimen(value=2, basis="mg_per_kg_dose", frequency="q12h", route="iv_intermittent"),
    ),
    DemoSite(
        code="SCH",
        name="Sycamore Demonstration Hospital",
        published=PROTOCOLS["SCH"],
        time_zone="America/Los_Angeles",
        share=0.2,
        carhlh_definition="cartox_2018",
        products={CD19_TRIAL: 0.45, DUAL_TRIAL: 0.2, CD22_TRIAL: 0.15, TISAGENLECLEUCEL: 0.1, B7H3_TRIAL: 0.1},
        readiness={"crs3": 0.65, "crs2": 0.28, "icans3": 0.95, "icans2": 0.65, "carhlh": 0.7},
        protocol_line="ICANS: with steroid. CRS: after tocilizumab and steroid",
        protocol_text=(
            "ICANS grade 3 or 4, rarely severe CRS. 2 mg/kg IV up to every 6 hours, at most 100 mg per "
            "dose and 400 mg per day. Given until the toxicity is grade 2 or less; usually weaned last."
        ),
        first=_PER_DOSE_IV,
        taper=Regimen(value=2, basis="mg_per_kg_dose", frequency="q8h", route="iv_bolus"),
        other=(Regimen(value=2, basis="mg_per_kg_dose", frequency="q8h", route="iv_bolus"),),
    ),
    DemoSite(
        code="CHOP",
        name="Chestnut Demonstration Hospital",
        published=PROTOCOLS["CHOP"],
        time_zone="America/New_York",
        share=0.24,
        carhlh_definition="hlh_2004",
        products={TISAGENLECLEUCEL: 0.6, CD22_TRIAL: 0.3, CD19_TRIAL: 0.1},
        readiness={"crs3": 0.9, "crs2": 0.48, "icans3": 0.65, "icans2": 0.3, "carhlh": 0.7, "thrombocytopenia": 0.9},
        protocol_line="After no response to tocilizumab and steroid",
        protocol_text=(
            "Severe or refractory CRS; prolonged refractory thrombocytopenia after CD22 CAR T cells. "
            "Start 2 mg/kg per day IV or SC, raised up to 10 mg/kg per day, at most 400 mg per day. Days "
            "to weeks."
        ),
        first=Regimen(value=2, basis="mg_per_kg_day", frequency="q12h", route="sc"),
        taper=Regimen(value=2, basis="mg_per_kg_day", frequency="q24h", route="sc"),
        other=(
            Regimen(value=4, basis="mg_per_kg_day", frequency="q12h", route="iv_intermittent"),
            Regimen(value=8, basis="mg_per_kg_day", frequency="q6h", route="iv_intermittent"),
        ),
    ),
    DemoSite(
        code="NIHCC",
        name="Nutmeg Demonstration Hospital",
        published=PROTOCOLS["NIH_CC"],
        time_zone="America/New_York",
        share=0.18,
        carhlh_definition="nci_carhlh",
        products={CD22_TRIAL: 0.82, DUAL_TRIAL: 0.1, GD2_TRIAL: 0.08},
        readiness={"crs3": 0.5, "crs2": 0.25, "icans3": 0.55, "icans2": 0.35, "carhlh": 0.75, "late_systemic": 0.9},
        protocol_line="With steroid when severe; first line for isolated late onset",
        protocol_text=(
            "carHLH after CD22 CAR T cells. Severe: 8 to 10 mg/kg per day SC, lowered to 5 to 7 mg/kg per "
            "day. No cap stated. Days to weeks."
        ),
        first=Regimen(value=8, basis="mg_per_kg_day", frequency="q12h", route="sc"),
        taper=Regimen(value=6, basis="mg_per_kg_day", frequency="q12h", route="sc"),
        other=(Regimen(value=10, basis="mg_per_kg_day", frequency="q12h", route="sc"),),
    ),
    DemoSite(
        code="MUSC",
        name="Maple Demonstration Hospital",
        published=PROTOCOLS["MUSC"],
        time_zone="America/New_York",
        share=0.08,
        carhlh_definition="iec_hs_2023",
        products={TISAGENLECLEUCEL: 1.0},
        readiness={"crs3": 0.9, "crs2": 0.48, "icans3": 0.95, "icans2": 0.65, "carhlh": 0.85},
        protocol_line="After no response to tocilizumab and steroid",
        protocol_text=(
            "CRS, ICANS and carHLH after CD19 CAR T cells. 4 mg/kg every 12 hours SC for 48 to 72 hours, "
            "then 2 mg/kg every 12 hours; or 100 mg once a day for 3 to 4 days, then 50 mg. Six to ten "
            "days in all."
        ),
        first=Regimen(value=4, basis="mg_per_kg_dose", frequency="q12h", route="sc"),
        taper=Regimen(value=2, basis="mg_per_kg_dose", frequency="q12h", route="sc"),
        other=(Regimen(value=100, basis="mg_flat", frequency="q24h", route="sc", rounding="none"),),
    ),
    DemoSite(
        code="STJ",
        name="Juniper Demonstration Hospital",
        published=PROTOCOLS["STJUDE"],
        time_zone="America/Chicago",
        share=0.14,
        carhlh_definition="hines_2021",
        products={CD19_TRIAL: 0.55, TISAGENLECLEUCEL: 0.45},
        readiness={"crs3": 0.55, "crs2": 0.28, "icans3": 0.65, "icans2": 0.35, "carhlh": 0.95},
        protocol_line="First",
        protocol_text=(
            "carHLH after CD19 CAR T cells. 10 mg/kg per day in four doses SC or IV, rounded to the "
            "nearest vial. Weaned once stable or improving, as the last agent. Days to weeks."
        ),
        first=Regimen(value=10, basis="mg_per_kg_day", frequency="q6h", route="sc", rounding="nearest_10_mg"),
        taper=Regimen(value=5, basis="mg_per_kg_day", frequency="q12h", route="sc", rounding="nearest_10_mg"),
        other=(Regimen(value=10, basis="mg_per_kg_day", frequency="q6h", route="iv_bolus", rounding="nearest_10_mg"),),
    ),
)
