"""Form 4: one bedside assessment, as often in a day as it was made: raw signs first, the clinician's grades last."""

from __future__ import annotations

from forms.branching import When
from forms.casebook.assessment_agreement_rules import CHECKS as AGREEMENT_CHECKS
from forms.casebook.assessment_circulation import BREATHING, CIRCULATION
from forms.casebook.assessment_hlh import HLH
from forms.casebook.assessment_hlh_rules import CHECKS as HLH_CHECKS
from forms.casebook.assessment_neurology import COGNITION, SIGNS
from forms.casebook.assessment_rules import CHECKS
from forms.casebook.assessment_sign_rules import CHECKS as SIGN_CHECKS
from forms.derivations import anakinra_day, study_day
from forms.form import Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    FREE_TEXT,
    STRUCTURE,
    Choice,
    CodeList,
    Count,
    Item,
    Link,
    Moment,
    Number,
    Text,
    YesNo,
)

ATTRIBUTIONS = CodeList(
    "attributions",
    {
        "crs": "CRS, first or recurrent",
        "carhlh": "HLH-like toxicity",
        "infection": "Infection",
        "other": "Another cause",
    },
)


_TIMING: dict[str, Item] = {
    "infusion": Link(
        form="infusion",
        label="Infusion",
        section="When",
        required=True,
        privacy=STRUCTURE,
        help="The infusion whose toxicity is watched, such as the one of 2026-03-05.",
    ),
    "assessed_at": Moment(
        label="Assessed at",
        required=True,
        missing=False,
        privacy=DATE,
        help="Day and time at the bedside, such as 2026-03-08 06:00.",
    ),
    "study_day": study_day("assessed_at"),
    "anakinra_day": anakinra_day("assessed_at"),
}

_FEVER: dict[str, Item] = {
    "temperature_c": Number(
        label="Highest temperature",
        section="Fever",
        unit="°C",
        decimals=1,
        low=30,
        high=43,
        soft_low=35,
        soft_high=41,
        beyond=CONFIRM,
        required=True,
        privacy=CLINICAL,
        help="The highest since the last assessment, in degrees Celsius, such as 38.4.",
    ),
    "fever_other_cause": YesNo(
        label="Fever: another cause",
        ask_if=When("temperature_c", at_least=38),
        extended=True,
        privacy=CLINICAL,
        help="Yes if the team puts it down to something other than CRS, such as a bloodstream infection.",
    ),
    "antipyretic_24h": YesNo(
        label="Antipyretic in the last 24 hours",
        extended=True,
        privacy=CLINICAL,
        help="Any dose, such as Yes for acetaminophen before platelets.",
    ),
    "anticytokine_given": YesNo(
        label="Tocilizumab, steroid or anakinra since CRS began",
        extended=True,
        privacy=CLINICAL,
        help="They hide fever; Yes from the first dose on, such as Yes after one tocilizumab.",
    ),
}

_GRADES: dict[str, Item] = {
    "crs_grade": Count(
        label="CRS grade by the clinician",
        section="Grades in the chart",
        low=0,
        high=5,
        required=True,
        privacy=CLINICAL,
        help="0 to 5 as written in the chart (ASTCT 2019), such as 2.",
    ),
    "icans_grade": Count(
        label="ICANS grade by the clinician",
        low=0,
        high=5,
        required=True,
        privacy=CLINICAL,
        help="0 to 5 as written in the chart (ASTCT 2019), such as 1. Sedated: choose Not available now, never 0.",
    ),
    "carhlh_present": YesNo(
        label="carHLH by the clinician",
        required=True,
        privacy=CLINICAL,
        help="The team's diagnosis that day by the site's own definition, such as Yes.",
    ),
    "carhlh_grade": Count(
        label="carHLH grade by the clinician",
        low=0,
        high=5,
        ask_if=When("carhlh_present"),
        required=True,
        privacy=CLINICAL,
        help="0 to 5 as written in the chart (IEC-HS), such as 2.",
    ),
    "tian_grade": Count(
        label="TIAN grade by the clinician",
        low=0,
        high=5,
        ask_if=When("cns_tumor"),
        extended=True,
        privacy=CLINICAL,
        help="0 to 5 as written in the chart, such as 1.",
    ),
    "late_attribution": Choice(
        label="New fever or hypotension after CRS had resolved, or after day 14: put down to",
        codes=ATTRIBUTIONS,
        extended=True,
        privacy=CLINICAL,
        help="Only for signs that came back after 48 hours without, or began after day 14, such as Infection.",
    ),
    "grade_comment": Text(
        label="Comment on the grades",
        max_length=500,
        extended=True,
        privacy=FREE_TEXT,
        help="Why a grade differs from the signs, such as intubated for MRI. No names.",
    ),
}

ASSESSMENT = Form(
    name="assessment",
    number=4,
    title="Assessment",
    intro="Signs at the bedside. Expected daily from the first toxicity until 3 days after it ends or anakinra stops.",
    version=1,
    day_item="assessed_at",
    summary=("assessed_at", "crs_grade", "icans_grade", "carhlh_present"),
    items={**_TIMING, **_FEVER, **CIRCULATION, **BREATHING, **COGNITION, **SIGNS, **HLH, **_GRADES},
    checks=(*CHECKS, *AGREEMENT_CHECKS, *SIGN_CHECKS, *HLH_CHECKS),
)
