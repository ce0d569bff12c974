"""Every anakinra order against the protocol in force on its first day: each class and its boundary."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import COURSE, course_context, protocol_of
from forms.context import Protocol
from forms.dosing import DOSE_BASES, FREQUENCIES
from forms.dosing.protocols import PROTOCOLS
from forms.dosing.regimen_judgement import CLASSES, REGIMEN_JUDGEMENT
from forms.rule_set import AT_LEAST, EXACT, NOT_ASSESSABLE
from judged_orders import AS_CNH_SAYS, graded, judged, order

# (center, weight in kg, toxicity, order, value, words after the order)
CLASSES_AT_THE_CENTERS: list[tuple[str, str, str, dict[str, str], str, str]] = [
    # CLINICAL.md 1.2: 2 mg/kg every 6 hours meets both caps at 50 kg.
    ("CNH", "20", "crs", order("2", "mg_per_kg_dose", "q6h", "iv_bolus", "40"), "conform", ""),
    ("CNH", "50", "crs", order("2", "mg_per_kg_dose", "q6h", "iv_bolus", "100"), "conform", ""),
    ("CNH", "50.1", "crs", order("2", "mg_per_kg_dose", "q6h", "iv_bolus", "100"), "conform_at_cap", ""),
    ("CNH", "60", "crs", order("100", "mg_flat", "q6h", "iv_bolus", "100"), "conform_at_cap", ""),
    ("CNH", "60", "crs", order("89.99", "mg_flat", "q6h", "iv_bolus", "89"), "other_dose", ""),
    ("CNH", "60", "crs", order("2", "mg_per_kg_dose", "q6h", "iv_bolus", "", cap_applied="both"), "conform_at_cap", ""),
    ("CNH", "60", "crs", order("2", "mg_per_kg_dose", "q6h", "iv_bolus", "120"), "above_cap", "120 mg per dose"),
    ("CNH", "50", "crs", order("2", "mg_per_kg_dose", "q6h", "iv_bolus", "100.01"), "above_cap", ""),
    ("CNH", "60", "crs", order("2", "mg_per_kg_dose", "q6h", "iv_bolus"), "above_cap", ""),
    # A tenth either way on the ordered dose (D24).
    ("CNH", "20", "crs", order("1.8", "mg_per_kg_dose", "q6h", "iv_bolus", "36"), "conform", ""),
    ("CNH", "20", "crs", order("1.799", "mg_per_kg_dose", "q6h", "iv_bolus", "36"), "other_dose", "below the 2 mg/kg"),
    ("CNH", "20", "crs", order("2.2", "mg_per_kg_dose", "q6h", "iv_bolus", "44"), "conform", ""),
    ("CNH", "20", "crs", order("2.201", "mg_per_kg_dose", "q6h", "iv_bolus", "44"), "other_dose", "above the 2 mg/kg"),
    ("CNH", "20", "crs", order("8", "mg_per_kg_day", "q6h", "iv_bolus", "40"), "conform", ""),
    (
        "CNH",
        "20",
        "crs",
        order("2", "mg_per_kg_dose", "q8h", "iv_bolus", "40"),
        "other_frequency",
        "it says every 6 hours",
    ),
    ("CNH", "20", "crs", order("4", "mg_per_kg_dose", "q12h", "iv_bolus", "80"), "other_frequency", ""),
    ("CNH", "20", "crs", order("8", "mg_per_kg_day", "continuous", "iv_continuous", "160"), "other_frequency", ""),
    (
        "CNH",
        "20",
        "crs",
        order("8.801", "mg_per_kg_day", "continuous", "iv_continuous", "176"),
        "other_dose",
        "above the 2",
    ),
    ("CNH", "20", "crs", order("2", "mg_per_kg_dose", "once", "iv_loading_bolus", "40"), "other_frequency", ""),
    ("CNH", "20", "crs", order("2", "mg_per_kg_dose", "q6h", "sc", "40"), "other_route", "it says IV"),
    ("CNH", "20", "tian", order("2", "mg_per_kg_dose", "q6h", "iv_bolus", "40"), "other_indication", "given for TIAN"),
    # Seattle: up to every 6 hours.
    ("SCH", "20", "icans", order("2", "mg_per_kg_dose", "q12h", "iv_bolus", "40"), "conform", ""),
    ("SCH", "20", "icans", order("4", "mg_per_kg_dose", "q12h", "iv_bolus", "80"), "other_dose", ""),
    ("SCH", "20", "carhlh", order("2", "mg_per_kg_dose", "q6h", "iv_bolus", "40"), "other_indication", ""),
    # Philadelphia: 2 mg/kg per day at the start, no frequency, 10 mg/kg per day meet 400 mg at 40 kg.
    ("CHOP", "20", "crs", order("2", "mg_per_kg_day", "q12h", "sc", "20"), "conform", "; it states no frequency"),
    ("CHOP", "20", "crs", order("2.201", "mg_per_kg_day", "q12h", "sc", "22"), "other_dose", ""),
    ("CHOP", "20", "thrombocytopenia", order("2", "mg_per_kg_day", "q12h", "sc", "20"), "other_indication", "CD19"),
    # NIH: 8 to 10 mg/kg per day SC, no cap stated: 600 mg at 60 kg.
    ("NIH_CC", "60", "carhlh", order("10", "mg_per_kg_day", "q12h", "sc", "300"), "conform", ""),
    ("NIH_CC", "60", "carhlh", order("7.2", "mg_per_kg_day", "q12h", "sc", "216"), "conform", ""),
    (
        "NIH_CC",
        "60",
        "carhlh",
        order("7.199", "mg_per_kg_day", "q12h", "sc", "216"),
        "other_dose",
        "8 to 10 mg/kg per day",
    ),
    ("NIH_CC", "60", "carhlh", order("11", "mg_per_kg_day", "q12h", "sc", "330"), "conform", ""),
    ("NIH_CC", "60", "carhlh", order("11.001", "mg_per_kg_day", "q12h", "sc", "330"), "other_dose", ""),
    ("NIH_CC", "60", "carhlh", order("8", "mg_per_kg_day", "q12h", "iv_bolus", "240"), "other_route", "it says SC"),
    # South Carolina: 4 mg/kg every 12 hours for CRS, or 100 mg once a day.
    ("MUSC", "20", "crs", order("4", "mg_per_kg_dose", "q12h", "sc", "80"), "conform", ""),
    ("MUSC", "20", "crs", order("100", "mg_flat", "q24h", "sc", "100"), "conform", ""),
    ("MUSC", "20", "icans", order("100", "mg_flat", "q24h", "sc", "100"), "conform", ""),
    ("MUSC", "20", "icans", order("4", "mg_per_kg_dose", "q12h", "sc", "80"), "other_indication", "this dose for CRS"),
    ("MUSC", "20", "crs", order("2", "mg_per_kg_dose", "q12h", "sc", "40"), "other_dose", "below the 4 mg/kg"),
    # St. Jude: 10 mg/kg per day every 6 hours, 2.5 mg/kg each.
    ("STJUDE", "20", "carhlh", order("2.5", "mg_per_kg_dose", "q6h", "sc", "50"), "conform", ""),
    ("STJUDE", "60", "carhlh", order("10", "mg_per_kg_day", "q6h", "iv_bolus", "150"), "conform", ""),
    ("STJUDE", "20", "carhlh", order("10", "mg_per_kg_day", "q12h", "sc", "100"), "other_frequency", "every 6 hours"),
    ("STJUDE", "20", "carhlh", order("100", "mg_flat", "q6h", "sc", "100"), "other_dose", "above the 10 mg/kg per day"),
]
LINES = {"SCH": {"icans": "with_steroid"}, "NIH_CC": {"carhlh": "with_steroid"}, "STJUDE": {"carhlh": "first"}}
ANTIGENS = {"NIH_CC": "cd22"}


@pytest.mark.parametrize(("center", "weight", "toxicity", "typed", "value", "words"), CLASSES_AT_THE_CENTERS)
def test_an_order_is_called_what_it_is_under_the_centers_protocol(
    center: str, weight: str, toxicity: str, typed: dict[str, str], value: str, words: str
) -> None:
    line = LINES.get(center, {}).get(toxicity, COURSE["line"])
    course = {"dosing_weight_kg": weight, "line": line}
    found = judged(center, typed, toxicity=toxicity, course=course, antigens=ANTIGENS.get(center, "cd19"))

    assert (found.value, found.certainty) == (value, EXACT), found
    assert words in found.because


# (what changes, value, certainty, why, missing)
GAPS: list[tuple[dict[str, Any], str, Any, str, tuple[str, ...]]] = [
    ({"dose_value": ""}, "not_comparable", NOT_ASSESSABLE, "answers_missing", ("dose_value",)),
    ({"dose_basis": ""}, "not_comparable", NOT_ASSESSABLE, "answers_missing", ("dose_basis",)),
    ({"frequency": ""}, "not_comparable", NOT_ASSESSABLE, "answers_missing", ("frequency",)),
    ({"route": ""}, "not_comparable", NOT_ASSESSABLE, "answers_missing", ("route",)),
    ({"from_at": ""}, "not_comparable", NOT_ASSESSABLE, "answers_missing", ("from_at",)),
    ({"from_at": "2025-12-31 23:59"}, "not_comparable", NOT_ASSESSABLE, "no_protocol", ()),
    ({"from_at": "2026-01-01 00:00"}, "conform", EXACT, "", ()),
    ({"dose_basis": "", "route": "sc"}, "other_route", AT_LEAST, "answers_missing", ("dose_basis",)),
    ({"given_mg": ""}, "conform", EXACT, "", ()),
]


@pytest.mark.parametrize(("changed", "value", "certainty", "why", "missing"), GAPS)
def test_what_the_page_lacks_is_named_and_never_guessed(
    changed: dict[str, str], value: str, certainty: Any, why: str, missing: tuple[str, ...]
) -> None:
    typed = {name: text for name, text in {**AS_CNH_SAYS, **changed}.items() if text}
    found = judged("CNH", typed)

    assert (found.value, found.certainty, found.why, found.missing) == (value, certainty, why, missing), found


@pytest.mark.parametrize(
    ("without", "center", "toxicity", "missing"),
    [
        ("line", "CNH", "crs", ("anakinra_course.line",)),
        ("at_start_icans_grade", "SCH", "icans", ("anakinra_course.at_start_icans_grade",)),
    ],
)
def test_what_the_course_lacks_is_named_too(without: str, center: str, toxicity: str, missing: tuple[str, ...]) -> None:
    context = course_context((protocol_of(center),), toxicity=toxicity, anakinra_regimen=[AS_CNH_SAYS])
    course = {name: value for name, value in context.rows["anakinra_course"][0].items() if name != without}
    if center == "SCH":
        course["line"] = "with_steroid"
    found = REGIMEN_JUDGEMENT.verdicts(replace(context, rows={**context.rows, "anakinra_course": (course,)}))["r1"]

    assert (found.value, found.why, found.missing) == ("not_comparable", "answers_missing", missing)


def test_without_a_weight_a_cap_is_judged_by_what_was_given_and_what_the_page_says_of_it() -> None:
    course = {name: text for name, text in COURSE.items() if name != "dosing_weight_kg"}
    context = course_context((protocol_of("CNH"),), anakinra_course=[course], anakinra_regimen=[AS_CNH_SAYS])
    values = []
    for changed in ({}, {"cap_applied": "both"}, {"given_mg": Decimal("100.01")}, {"given_mg": None}):
        row = {**context.rows["anakinra_regimen"][0], **changed}
        found = REGIMEN_JUDGEMENT.verdicts(replace(context, rows={**context.rows, "anakinra_regimen": (row,)}))["r1"]
        values.append((found.value, found.missing))

    assert values == [
        ("conform", ()),
        ("conform_at_cap", ()),
        ("above_cap", ()),
        ("not_comparable", ("anakinra_course.dosing_weight_kg", "given_mg")),
    ]


def test_an_order_above_the_cap_whose_cap_and_dose_given_are_not_told_is_not_called_above_it() -> None:
    typed = {name: text for name, text in {**AS_CNH_SAYS, "given_mg": "", "cap_applied": ""}.items() if text}
    found = judged("CNH", typed, course={"dosing_weight_kg": "60"})

    assert (found.value, found.missing) == ("not_comparable", ("given_mg", "cap_applied"))


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("after_tocilizumab_and_steroid", "conform"),
        ("first", "other_line"),
        ("after_tocilizumab", "other_line"),
        ("later", "other_line"),
    ],
)
def test_the_line_is_the_one_that_the_protocol_states_for_the_toxicity(line: str, value: str) -> None:
    found = judged("CNH", AS_CNH_SAYS, course={"line": line})

    assert found.value == value


@pytest.mark.parametrize(("grade", "value"), [("2", "other_indication"), ("3", "conform"), ("4", "conform")])
def test_the_grade_from_which_anakinra_is_given_is_the_protocols(grade: str, value: str) -> None:
    course = {"line": "with_steroid", "at_start_icans_grade": grade}
    found = judged("SCH", AS_CNH_SAYS, toxicity="icans", course=course)

    assert found.value == value


@pytest.mark.parametrize(
    ("indications", "value"),
    [
        ("icans;steroid_sparing", "conform"),
        ("tian;icans", "conform"),
        ("tian", "other_indication"),
        ("prophylaxis", "other_indication"),
        ("steroid_sparing", "conform"),
    ],
)
def test_without_an_index_episode_the_indications_tell_what_it_was_given_for(indications: str, value: str) -> None:
    course = {name: text for name, text in COURSE.items() if name != "episode"} | {"indications": indications}
    found = judged("CNH", AS_CNH_SAYS, anakinra_course=[course])

    assert found.value == value


def test_gaps_of_a_protocol_stay_gaps() -> None:
    silent = Protocol(version="0", effective_from=date(2026, 1, 1))
    capped = replace(silent, max_single_mg=100, max_day_mg=400)

    found = judged(silent, AS_CNH_SAYS)
    assert (found.value, found.certainty, found.why) == ("not_comparable", NOT_ASSESSABLE, "not_stated")
    assert set(found.details.values()) == {"not_stated", "0"}
    assert judged(capped, AS_CNH_SAYS).value == "not_comparable"
    over = judged(capped, {**AS_CNH_SAYS, "given_mg": "101"})
    assert (over.value, over.certainty) == ("above_cap", AT_LEAST)


texts = {
    "dose_value": st.sampled_from(["0.5", "2", "10", "100"]),
    "dose_basis": st.sampled_from(list(DOSE_BASES.labels)),
    "frequency": st.sampled_from(list(FREQUENCIES.labels)),
    "route": st.sampled_from(["sc", "iv_bolus", "iv_continuous"]),
    "given_mg": st.sampled_from(["10", "100", "150"]),
    "cap_applied": st.sampled_from(["none", "single", "daily", "both"]),
    "rounding": st.sampled_from(["none", "other", "syringe_per_day"]),
    "taper_step": st.sampled_from(["yes", "no"]),
    "from_at": st.sampled_from(["2025-01-01 08:00", "2026-03-10 18:00", "2026-03-12 08:00"]),
    "course": st.just("c1"),
}
courses = {
    name: st.just(text)
    for name, text in {**COURSE, "stopped_at": "2026-03-20 08:00"}.items()
    if name not in ("key", "infusion")
}


@given(
    first=st.fixed_dictionaries({}, optional=texts),
    second=st.fixed_dictionaries({}, optional=texts),
    course=st.fixed_dictionaries({}, optional=courses),
    center=st.sampled_from(list(PROTOCOLS)),
    toxicity=st.sampled_from(["crs", "icans", "carhlh", "tian"]),
)
def test_nothing_raises_whatever_is_missing_and_every_order_has_a_verdict(
    first: dict[str, str], second: dict[str, str], course: dict[str, str], center: str, toxicity: str
) -> None:
    orders = [{"key": "r1", **first}, {"key": "r2", **second}]
    context = course_context(
        (protocol_of(center),),
        toxicity=toxicity,
        anakinra_course=[{"key": "c1", **course}],
        anakinra_regimen=orders,
        assessment=[graded(12, 6, "3")],
    )
    forwards = REGIMEN_JUDGEMENT.verdicts(context)
    turned = {**context.rows, "anakinra_regimen": context.rows["anakinra_regimen"][::-1]}

    assert set(forwards) == {"r1", "r2"}
    assert REGIMEN_JUDGEMENT.verdicts(replace(context, rows=turned)) == forwards
    for verdict in forwards.values():
        assert verdict.value in {"conform", "conform_at_cap", "not_comparable", *CLASSES.values()}
        assert (verdict.value == "not_comparable") == (verdict.certainty == NOT_ASSESSABLE)
        assert (verdict.certainty == EXACT) == (not verdict.why)
