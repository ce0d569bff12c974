"""What describes a child before and at the first infusion, in the order of the baseline table (STROBE item 14)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How a variable is described."""

    NUMBER = "median and quartiles"
    ONE_OF = "share of each answer"
    YES = "share of yes"
    EACH_OF = "share of each answer, several of which may hold"


@dataclass(frozen=True, kw_only=True)
class BaselineVariable:
    """One item of the casebook in the baseline table; of infusions the first of the registry counts."""

    form: str
    item: str
    kind: Kind
    name: str
    decimals: int = 0

    @property
    def id(self) -> str:
        """Return its form and item, such as `baseline.disease`."""
        return f"{self.form}.{self.item}"


def _of(form: str, kind: Kind, **names: str) -> tuple[BaselineVariable, ...]:
    return tuple(BaselineVariable(form=form, item=item, kind=kind, name=name) for item, name in names.items())


BASELINE_VARIABLES: tuple[BaselineVariable, ...] = (
    BaselineVariable(form="infusion", item="age_years", kind=Kind.NUMBER, name="Age at infusion, years"),
    *_of("enrolment", Kind.ONE_OF, sex="Sex"),
    BaselineVariable(form="baseline", item="weight_kg", kind=Kind.NUMBER, name="Weight, kg", decimals=1),
    *_of("baseline", Kind.ONE_OF, disease="Disease", disease_burden="Disease burden", cns_status="CNS status"),
    *_of("baseline", Kind.YES, extramedullary="Extramedullary disease", refractory="Refractory to the last treatment"),
    *_of("baseline", Kind.NUMBER, therapy_lines="Lines of treatment so far"),
    *_of("baseline", Kind.ONE_OF, prior_transplant="Transplant before"),
    *_of("baseline", Kind.EACH_OF, prior_therapies="Earlier treatment", comorbidities="Other diseases"),
    *_of(
        "baseline",
        Kind.YES,
        developmental_delay="Developmental delay",
        infection_before="Infection under treatment at infusion",
    ),
    *_of("baseline", Kind.NUMBER, performance="Lansky or Karnofsky score"),
    *_of("baseline", Kind.ONE_OF, baseline_respiratory_support="Breathing support at baseline"),
    *_of("baseline", Kind.YES, baseline_renal_replacement="Dialysis at baseline"),
    *_of("baseline", Kind.NUMBER, baseline_ferritin="Ferritin, ng/mL", baseline_ldh="LDH, U/L"),
    BaselineVariable(form="baseline", item="baseline_crp", kind=Kind.NUMBER, name="CRP, mg/L", decimals=1),
    *_of("infusion", Kind.ONE_OF, product="Product"),
    *_of("infusion", Kind.EACH_OF, antigens="Antigen"),
    *_of("infusion", Kind.ONE_OF, setting="Setting", lymphodepletion="Lymphodepletion"),
)
DAYS_TO_FIRST_DOSE = BaselineVariable(
    form="anakinra_course", item="started_at", kind=Kind.NUMBER, name="First dose, days after infusion"
)
CRS_AT_FIRST_DOSE, ICANS_AT_FIRST_DOSE = _of(
    "assessment",
    Kind.ONE_OF,
    crs_grade="CRS at the first dose",
    icans_grade="ICANS at the first dose",
)
FIRST_DOSE_VARIABLES: tuple[BaselineVariable, ...] = (
    DAYS_TO_FIRST_DOSE,
    *_of("anakinra_course", Kind.EACH_OF, indications="Indication"),
    CRS_AT_FIRST_DOSE,
    ICANS_AT_FIRST_DOSE,
)
"""What describes a treated child at its first dose; grades as the curves take them (CLINICAL.md D7, D22)."""
BALANCE_BOUND = 0.1
"""A standardised difference above this is commonly called an imbalance (Austin 2009); a line in the figure, no test."""
