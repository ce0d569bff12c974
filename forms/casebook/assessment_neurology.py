"""The neurological part of the assessment: ICE and CAPD, consciousness, seizure, motor, pressure, TIAN."""

from __future__ import annotations

from forms.branching import When
from forms.items import CLINICAL, CONFIRM, Choice, CodeList, Count, Item, MultiChoice, Number, YesNo

INSTRUMENTS = CodeList("instruments", {"ice": "ICE", "capd": "CAPD", "none": "No test was done"})
INSTRUMENT_REASONS = CodeList(
    "instrument_reasons",
    {
        "developmental_delay": "Developmental delay",
        "language": "Language",
        "site_practice": "The site's practice at this age",
        "other": "Other reason",
    },
)
CONSCIOUSNESS = CodeList(
    "consciousness",
    {
        "awake": "Awakens spontaneously",
        "voice": "Awakens to voice",
        "tactile": "Awakens only to touch",
        "unarousable": "Unarousable, or needs vigorous or repeated touch (stupor, coma)",
    },
)
SEIZURES = CodeList(
    "seizures",
    {
        "none": "None",
        "brief": "Clinical seizure that resolved rapidly",
        "nonconvulsive": "Nonconvulsive on EEG, resolved with treatment",
        "prolonged": "Longer than 5 minutes",
        "repetitive": "Repetitive without return to baseline",
    },
)
MOTOR_SIGNS = CodeList(
    "motor_signs",
    {
        "none": "None",
        "deep_focal_weakness": "Deep focal weakness (hemiparesis, paraparesis)",
        "tremor_or_myoclonus": "Tremor, myoclonus or mild weakness",
    },
)
PRESSURE_SIGNS = CodeList(
    "pressure_signs",
    {
        "none": "None",
        "focal_edema": "Focal or local edema on imaging",
        "diffuse_edema": "Diffuse cerebral edema on imaging",
        "posturing": "Decerebrate or decorticate posturing",
        "sixth_nerve_palsy": "New cranial nerve VI palsy",
        "papilledema": "Papilledema",
        "cushing_triad": "Cushing's triad",
    },
)
TIAN_SIGNS = CodeList(
    "tian_signs",
    {
        "none": "None",
        "mild": "Headache with fever, or mild worsening of known signs",
        "moderate": "Moderate change that substantially affects function",
        "severe": "Severe signs that may affect heart or breathing",
        "herniation": "Impending herniation, or medullary dysfunction needing ventilation",
    },
)

_WITH_ICE = When("instrument", is_in=("ice",))
_WITH_CAPD = When("instrument", is_in=("capd",))
_WITH_CNS_TUMOR = When("cns_tumor")


def _other_cause(domain: str, shown: When) -> YesNo:
    return YesNo(
        label=f"{domain}: another cause",
        ask_if=shown,
        extended=True,
        privacy=CLINICAL,
        help="Yes if the clinician puts it down to something other than ICANS, such as an opioid or an old deficit.",
    )


def _ice_part(label: str, high: int, how: str) -> Count:
    return Count(
        label=f"ICE: {label}",
        unit="points",
        low=0,
        high=high,
        ask_if=_WITH_ICE,
        extended=True,
        privacy=CLINICAL,
        help=how,
    )


def _capd_part(label: str, *, reversed_scale: bool) -> Count:
    scale = "0 = always to 4 = never" if reversed_scale else "0 = never to 4 = always"
    return Count(
        label=f"CAPD: {label}",
        unit="points",
        low=0,
        high=4,
        ask_if=_WITH_CAPD,
        extended=True,
        privacy=CLINICAL,
        help=f"Over the whole shift, {scale}, such as 1.",
    )


COGNITION: dict[str, Item] = {
    "sedated": YesNo(
        label="Sedated",
        section="Nervous system",
        required=True,
        privacy=CLINICAL,
        help="Yes if drugs kept the child too drowsy to be tested, such as Yes under propofol.",
    ),
    "rass": Count(
        label="Sedation score (RASS)",
        unit="points",
        low=-5,
        high=4,
        ask_if=When("sedated"),
        extended=True,
        privacy=CLINICAL,
        help="-5 unarousable to 4 combative, at the time of the test, such as -3.",
    ),
    "instrument": Choice(
        label="Test of cognition",
        codes=INSTRUMENTS,
        required=True,
        privacy=CLINICAL,
        help="ICE from 12 years on, CAPD below 12 or with developmental delay, such as CAPD.",
    ),
    "instrument_reason": Choice(
        label="Why this test at this age",
        codes=INSTRUMENT_REASONS,
        ask_if=When("instrument", is_in=("ice", "capd")),
        extended=True,
        privacy=CLINICAL,
        help="Only when the age would call for the other test, such as Developmental delay.",
    ),
    "ice_total": Count(
        label="ICE score",
        unit="points",
        low=0,
        high=10,
        ask_if=_WITH_ICE,
        required=True,
        privacy=CLINICAL,
        help="0 to 10 points, 10 is best, such as 8. Asleep: choose Not available now, never 0.",
    ),
    "ice_orientation": _ice_part("orientation", 4, "Year, month, city, hospital: one point each, such as 3."),
    "ice_naming": _ice_part("naming", 3, "Names three objects: one point each, such as 3."),
    "ice_command": _ice_part("following a command", 1, "One point if a simple command is followed, such as 1."),
    "ice_writing": _ice_part("writing", 1, "One point for a standard sentence, such as 0 for a scrawl."),
    "ice_attention": _ice_part("attention", 1, "One point for counting back from 100 by ten, such as 1."),
    "capd_total": Count(
        label="CAPD score",
        unit="points",
        low=0,
        high=32,
        ask_if=_WITH_CAPD,
        required=True,
        privacy=CLINICAL,
        help="0 to 32 points, 9 or more is positive, such as 5. Asleep: choose Not available now, never 0.",
    ),
    "capd_eye_contact": _capd_part("makes eye contact", reversed_scale=True),
    "capd_purposeful": _capd_part("purposeful actions", reversed_scale=True),
    "capd_aware": _capd_part("aware of surroundings", reversed_scale=True),
    "capd_communicates": _capd_part("communicates needs and wants", reversed_scale=True),
    "capd_restless": _capd_part("restless", reversed_scale=False),
    "capd_inconsolable": _capd_part("inconsolable", reversed_scale=False),
    "capd_underactive": _capd_part("underactive", reversed_scale=False),
    "capd_slow": _capd_part("slow to respond", reversed_scale=False),
    "test_impossible": YesNo(
        label="Test impossible because the child cannot be roused from ICANS",
        privacy=CLINICAL,
        help="Yes only for ICANS itself, not for sleep or drugs, such as Yes in coma without sedation.",
    ),
    "cognition_other_cause": _other_cause("Test score", When("instrument", is_in=("ice", "capd"))),
    "consciousness": Choice(
        label="Consciousness",
        codes=CONSCIOUSNESS,
        required=True,
        privacy=CLINICAL,
        help="The worst state of this assessment, such as Awakens to voice.",
    ),
    "consciousness_other_cause": _other_cause(
        "Consciousness", When("consciousness", is_in=("voice", "tactile", "unarousable"))
    ),
}

SIGNS: dict[str, Item] = {
    "seizure": Choice(
        label="Seizure",
        codes=SEIZURES,
        required=True,
        privacy=CLINICAL,
        help="The worst since the last assessment, such as Clinical seizure that resolved rapidly.",
    ),
    "seizure_other_cause": _other_cause(
        "Seizure", When("seizure", is_in=("brief", "nonconvulsive", "prolonged", "repetitive"))
    ),
    "motor": Choice(
        label="Motor signs",
        codes=MOTOR_SIGNS,
        required=True,
        privacy=CLINICAL,
        help="New since infusion, such as None.",
    ),
    "motor_other_cause": _other_cause("Motor signs", When("motor", is_in=("deep_focal_weakness",))),
    "pressure": MultiChoice(
        label="Raised pressure or brain edema",
        codes=PRESSURE_SIGNS,
        none="none",
        required=True,
        privacy=CLINICAL,
        help="All that apply; edema around a bleed does not count, such as None.",
    ),
    "pressure_other_cause": _other_cause(
        "Pressure",
        When(
            "pressure",
            is_in=(
                "focal_edema",
                "diffuse_edema",
                "posturing",
                "sixth_nerve_palsy",
                "papilledema",
                "cushing_triad",
            ),
        ),
    ),
    "intracranial_bleeding": YesNo(
        label="Intracranial bleeding",
        extended=True,
        privacy=CLINICAL,
        help="On imaging, with or without edema, such as No.",
    ),
    "cns_tumor": YesNo(
        label="CNS tumor: grade TIAN too",
        section="CNS tumor",
        extended=True,
        privacy=CLINICAL,
        help="Yes if the child has a tumor of brain or cord, such as Yes for a midline glioma.",
    ),
    "tian_signs": Choice(
        label="Signs around the tumor",
        codes=TIAN_SIGNS,
        ask_if=_WITH_CNS_TUMOR,
        extended=True,
        privacy=CLINICAL,
        help="The worst of this assessment, compared with before infusion, such as Mild worsening of known signs.",
    ),
    "intracranial_pressure_mmhg": Number(
        label="Intracranial pressure",
        unit="mmHg",
        decimals=1,
        low=0,
        high=100,
        beyond=CONFIRM,
        ask_if=_WITH_CNS_TUMOR,
        extended=True,
        privacy=CLINICAL,
        help="The highest measured, such as 22.",
    ),
    "pressure_refractory": YesNo(
        label="Pressure above 20 mmHg despite drainage",
        ask_if=_WITH_CNS_TUMOR,
        extended=True,
        privacy=CLINICAL,
        help="Yes if drainage did not bring it to 20 or less, such as No.",
    ),
}
