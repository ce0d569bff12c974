"""The laboratory analytes: canonical unit, exact conversion factors and limits, once for every form that asks them.

Values beyond ``low``..``high`` are stored only when checked against the source; negative ones never. Normal values
depend on age and laboratory and stand in the site's reference ranges, not here. ``common`` says where the values of
sick children mostly lie, for analytes whose units are ten times or more apart: a number outside may be in another unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from forms.branching import When
from forms.items import CONFIRM, Measured, Privacy


@dataclass(frozen=True, kw_only=True)
class Analyte:
    """What is measured, and how it is written down."""

    label: str
    unit: str
    decimals: int
    low: Decimal | int
    high: Decimal | int
    soft_low: Decimal | int | None = None
    soft_high: Decimal | int | None = None
    units: Mapping[str, Decimal] = field(default_factory=dict)
    common: tuple[Decimal | int, Decimal | int] | None = None

    def item(
        self,
        *,
        privacy: Privacy,
        help: str,
        label: str = "",
        section: str = "",
        required: bool = False,
        extended: bool = False,
        ask_if: When | None = None,
    ) -> Measured:
        """Return the item that asks this analyte on a form."""
        return Measured(
            label=label or self.label,
            unit=self.unit,
            units=self.units,
            decimals=self.decimals,
            low=self.low,
            high=self.high,
            soft_low=self.soft_low,
            soft_high=self.soft_high,
            common=self.common,
            beyond=CONFIRM,
            privacy=privacy,
            help=help,
            section=section,
            required=required,
            extended=extended,
            ask_if=ask_if,
        )


_ONE = Decimal(1)
_THOUSANDTH = Decimal("0.001")
_CELLS_UNIT = "10^9/L"
_CELL_UNITS = {
    "x10^9/L": _ONE,
    "G/L": _ONE,
    "/nL": _ONE,
    "10^3/uL": _ONE,
    "K/uL": _ONE,
    "cells/uL": _THOUSANDTH,
    "/uL": _THOUSANDTH,
    "cells/µL": _THOUSANDTH,
    "/µL": _THOUSANDTH,
    "/mm3": _THOUSANDTH,
}
_PER_MICROMOLE_OF_BILIRUBIN = _ONE / Decimal("17.1")
_BILIRUBIN_UNITS = {"umol/L": _PER_MICROMOLE_OF_BILIRUBIN, "µmol/L": _PER_MICROMOLE_OF_BILIRUBIN}
_PER_MICROMOLE_OF_CREATININE = _ONE / Decimal("88.4")
_ENZYME_UNITS = {"IU/L": _ONE, "ukat/L": Decimal(60), "µkat/L": Decimal(60)}
_PER_LITER = {"ng/L": _ONE}

FERRITIN = Analyte(
    label="Ferritin",
    unit="ng/mL",
    units={"ug/L": _ONE, "µg/L": _ONE, "pmol/L": Decimal("0.445")},
    decimals=1,
    low=1,
    high=1_000_000,
    soft_high=10_000,
)
CRP = Analyte(
    label="C-reactive protein", unit="mg/L", units={"mg/dL": Decimal(10)}, decimals=2, low=0, high=1000, soft_high=300
)
PROCALCITONIN = Analyte(label="Procalcitonin", unit="ng/mL", units={"ug/L": _ONE}, decimals=3, low=0, high=1000)
FIBRINOGEN = Analyte(
    label="Fibrinogen",
    unit="mg/dL",
    units={"g/L": Decimal(100), "mg/L": Decimal("0.1")},
    decimals=1,
    low=10,
    high=1500,
    soft_low=150,
    soft_high=700,
    common=(50, 900),
)
ALT = Analyte(label="ALT", unit="U/L", units=_ENZYME_UNITS, decimals=1, low=0, high=30_000, common=(3, 10_000))
AST = Analyte(label="AST", unit="U/L", units=_ENZYME_UNITS, decimals=1, low=0, high=30_000, common=(3, 10_000))
LDH = Analyte(label="LDH", unit="U/L", units=_ENZYME_UNITS, decimals=1, low=5, high=60_000, common=(80, 20_000))
BILIRUBIN_TOTAL = Analyte(
    label="Bilirubin, total",
    unit="mg/dL",
    units=_BILIRUBIN_UNITS,
    decimals=2,
    low=0,
    high=60,
    soft_high=3,
    common=(Decimal("0.05"), 12),
)
BILIRUBIN_DIRECT = Analyte(
    label="Bilirubin, direct", unit="mg/dL", units=_BILIRUBIN_UNITS, decimals=2, low=0, high=60, common=(0, 10)
)
ALBUMIN = Analyte(label="Albumin", unit="g/dL", units={"g/L": Decimal("0.1")}, decimals=2, low=Decimal("0.5"), high=7)
CREATININE = Analyte(
    label="Creatinine",
    unit="mg/dL",
    units={"umol/L": _PER_MICROMOLE_OF_CREATININE, "µmol/L": _PER_MICROMOLE_OF_CREATININE},
    decimals=3,
    low=Decimal("0.05"),
    high=20,
    common=(Decimal("0.1"), 8),
)
EGFR = Analyte(
    label="Estimated GFR or creatinine clearance", unit="mL/min/1.73m2", decimals=1, low=1, high=250, soft_low=60
)
WBC = Analyte(
    label="White blood cells",
    unit=_CELLS_UNIT,
    units=_CELL_UNITS,
    decimals=3,
    low=0,
    high=500,
    soft_high=50,
    common=(0, 150),
)
ANC = Analyte(
    label="Neutrophils (ANC)",
    unit=_CELLS_UNIT,
    units=_CELL_UNITS,
    decimals=3,
    low=0,
    high=500,
    soft_low=Decimal("0.5"),
    common=(0, 40),
)
ALC = Analyte(
    label="Lymphocytes (ALC)", unit=_CELLS_UNIT, units=_CELL_UNITS, decimals=3, low=0, high=500, common=(0, 100)
)
PLATELETS = Analyte(
    label="Platelets",
    unit=_CELLS_UNIT,
    units=_CELL_UNITS,
    decimals=1,
    low=0,
    high=2500,
    soft_low=20,
    soft_high=600,
    common=(5, 1000),
)
HAEMOGLOBIN = Analyte(
    label="Hemoglobin",
    unit="g/dL",
    units={"g/L": Decimal("0.1"), "mmol/L": Decimal("1.611")},
    decimals=2,
    low=1,
    high=25,
    soft_low=7,
    soft_high=18,
)
TRIGLYCERIDES = Analyte(
    label="Triglycerides",
    unit="mg/dL",
    units={"mmol/L": Decimal("88.57")},
    decimals=1,
    low=5,
    high=10_000,
    soft_high=265,
    common=(20, 3000),
)
INR = Analyte(label="INR", unit="ratio", decimals=2, low=Decimal("0.5"), high=20, soft_high=Decimal("1.5"))
PROTHROMBIN_TIME = Analyte(label="Prothrombin time", unit="s", decimals=1, low=5, high=300)
APTT = Analyte(label="aPTT", unit="s", decimals=1, low=10, high=300)
D_DIMER = Analyte(
    label="D-dimer",
    unit="mg/L FEU",
    units={"ug/mL FEU": _ONE, "µg/mL FEU": _ONE, "ng/mL FEU": _THOUSANDTH},
    decimals=3,
    low=0,
    high=1000,
    common=(0, 80),
)
# One assay's pg/mL is not another's: sIL-2R in pg/mL is refused rather than converted.
SIL2R = Analyte(label="Soluble IL-2 receptor (sCD25)", unit="U/mL", decimals=0, low=1, high=500_000, soft_high=2400)
IL6 = Analyte(label="Interleukin 6", unit="pg/mL", units=_PER_LITER, decimals=2, low=0, high=1_000_000, soft_high=1000)
IFN_GAMMA = Analyte(label="Interferon gamma", unit="pg/mL", units=_PER_LITER, decimals=2, low=0, high=10_000_000)
CXCL9 = Analyte(label="CXCL9", unit="pg/mL", units=_PER_LITER, decimals=2, low=0, high=10_000_000)
IL18 = Analyte(label="Interleukin 18", unit="pg/mL", units=_PER_LITER, decimals=2, low=0, high=10_000_000)
IL1_BETA = Analyte(label="Interleukin 1 beta", unit="pg/mL", units=_PER_LITER, decimals=2, low=0, high=10_000_000)
IGG = Analyte(
    label="Immunoglobulin G",
    unit="mg/dL",
    units={"g/L": Decimal(100)},
    decimals=1,
    low=0,
    high=10_000,
    soft_low=400,
    common=(50, 5000),
)
CD19_CELLS = Analyte(
    label="CD19+ B cells",
    unit="cells/uL",
    units={"cells/µL": _ONE, "/uL": _ONE, "/µL": _ONE, "10^9/L": Decimal(1000)},
    decimals=2,
    low=0,
    high=20_000,
)
CAR_CELLS = Analyte(
    label="CAR T cells",
    unit="cells/uL",
    units={"cells/µL": _ONE, "/uL": _ONE, "/µL": _ONE, "10^9/L": Decimal(1000)},
    decimals=2,
    low=0,
    high=500_000,
)
CAR_COPIES = Analyte(
    label="CAR transgene",
    unit="copies/ug DNA",
    units={"copies/µg DNA": _ONE, "copies/ug": _ONE, "copies/µg": _ONE},
    decimals=1,
    low=0,
    high=10_000_000,
)
M_PROTEIN = Analyte(
    label="M protein", unit="g/dL", units={"g/L": Decimal("0.1")}, decimals=2, low=0, high=15, common=(0, 12)
)
VIRAL_LOAD = Analyte(
    label="Viral load", unit="copies/mL", units={"IU/mL": _ONE}, decimals=0, low=0, high=10_000_000_000
)
