"""How many assessments are graded in a second in one process: CRS, ICANS twice and hypotension for age."""

import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from benchmarks.figure import Figure
from forms.casebook import CASEBOOK
from forms.context import Context
from forms.grading.crs import CRS
from forms.grading.hypotension import HYPOTENSION_PALS
from forms.grading.icans import ICANS_ATTRIBUTABLE, ICANS_LITERAL
from forms.values import PartialDate, Row

CHILDREN, ASSESSMENTS_EACH = 200, 200
A_MILLION, SECONDS_FOR_A_MILLION = 1_000_000, 60
INFUSED_ON = date(2026, 3, 5)
GRADED_BY = (CRS, ICANS_LITERAL, ICANS_ATTRIBUTABLE, HYPOTENSION_PALS)


def measure() -> list[Figure]:
    """Return assessments graded per second; a million must take under a minute."""
    children = [_child(Random(number)) for number in range(CHILDREN)]
    began = time.perf_counter()
    verdicts = sum(len(rule_set.verdicts(child)) for child in children for rule_set in GRADED_BY)
    seconds = time.perf_counter() - began
    if verdicts != len(GRADED_BY) * CHILDREN * ASSESSMENTS_EACH:
        raise RuntimeError(f"only {verdicts} verdicts: some assessments were not graded")
    return [
        Figure(
            name="assessments graded (CRS, ICANS twice, hypotension)",
            value=CHILDREN * ASSESSMENTS_EACH / seconds,
            unit="/s",
            bar=A_MILLION / SECONDS_FOR_A_MILLION,
            higher_is_better=True,
        )
    ]


def _child(chance: Random) -> Context:
    rows: dict[str, tuple[Row, ...]] = dict.fromkeys(CASEBOOK, ())
    rows |= {
        "enrolment": ({"key": "e1", "birth_date": PartialDate("2017-08"), "sex": "female"},),
        "baseline": ({"key": "b1", "developmental_delay": False, "baseline_capd": chance.randint(0, 12)},),
        "infusion": ({"key": "i1", "infused_on": INFUSED_ON},),
        "concomitant_agent": (
            {"key": "m1", "agent": "tocilizumab", "purpose": "treatment", "started_at": PartialDate("2026-03-08")},
        ),
        "assessment": tuple(_assessment(chance, number) for number in range(ASSESSMENTS_EACH)),
    }
    return Context(today=date(2026, 8, 1), rows=rows)


def _assessment(chance: Random, number: int) -> Row:
    return {
        "key": f"a{number}",
        "infusion": "i1",
        "assessed_at": datetime.combine(INFUSED_ON, datetime.min.time()) + timedelta(hours=8 * number),
        "temperature_c": Decimal(chance.randint(360, 405)) / 10,
        "antipyretic_24h": chance.random() < 0.5,
        "anticytokine_given": number > 12,
        "systolic_mmhg": chance.randint(60, 120),
        "mean_arterial_mmhg": chance.randint(40, 90),
        "hypotension": chance.random() < 0.2,
        "hypotension_proof": ("treated",),
        "vasoactives": chance.choice((("none",), ("none",), ("norepinephrine",), ("norepinephrine", "milrinone"))),
        "oxygen_mode": chance.choice(("room_air", "room_air", "nasal_cannula", "high_flow")),
        "oxygen_flow_l_min": Decimal(chance.randint(1, 2500)) / 100,
        "late_attribution": "crs",
        "sedated": chance.random() < 0.1,
        "instrument": "capd",
        "capd_total": chance.randint(0, 20),
        "test_impossible": False,
        "consciousness": chance.choice(("awake", "awake", "voice", "tactile")),
        "seizure": chance.choice(("none", "none", "none", "brief")),
        "motor": "none",
        "pressure": ("none",),
    }
