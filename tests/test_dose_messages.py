"""What checks of doses say to a person, word for word, and that a new weight judges doses again."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from courses import COURSE, course_context, protocol_of, row_of
from entries import key, save, stored
from forms.casebook import CASEBOOK
from forms.edit_checks import check_row
from registry import data_queries
from registry.database import db
from study import Study

SIXTY_KG = {**COURSE, "dosing_weight_kg": "60"}
ORDER = {
    "key": "r2",
    "course": "c1",
    "from_at": "2026-03-12 18:00",
    "dose_value": "2",
    "dose_basis": "mg_per_kg_dose",
    "frequency": "q6h",
}


def said(form: str, typed: dict[str, str], check_id: str, **child: Any) -> str:
    """Return the message of a check for a row of a child at a center with the caps of Table 1."""
    context = course_context((protocol_of("CNH"),), **child)
    row = {"course": "c1", **row_of(form, typed)}
    whole = {**row, **CASEBOOK[form].derive(row, context)}
    (found,) = [finding for finding in check_row(CASEBOOK[form], whole, context) if finding.check_id == check_id]
    return found.message


@pytest.mark.parametrize(
    ("typed", "check_id", "message"),
    [
        (
            {"cap_applied": "single", "given_mg": "80"},
            "given_near_ordered",
            "Given 80 mg, but order, cap and rounding give 100 mg per dose: more than a tenth apart. Correct one of "
            "them, or say why.",
        ),
        (
            {"given_mg": "80"},
            "given_near_ordered",
            "Given 80 mg, but order, cap and rounding give 100 to 120 mg per dose: more than a tenth apart. Correct "
            "one of them, or say why.",
        ),
        (
            {"dose_value": "5"},
            "amount_is_customary",
            "5 mg/kg per dose, every 6 hours, comes to 20 mg/kg per day, outside the usual 1 to 10. Fine if the chart "
            "says so.",
        ),
        (
            {"cap_applied": "none", "given_mg": "120"},
            "within_site_cap",
            "120 mg is above the highest dose of the site: at most 100 mg per dose and 400 mg per day (protocol of "
            "2026-01-01). Correct it, or say why.",
        ),
        (
            {"dose_basis": "mg_per_kg_day", "cap_applied": "none", "given_mg": "120"},
            "basis_fits_given",
            "120 mg fits 2 mg/kg per dose, not 2 mg/kg per day. Check whether the order is per dose or per day.",
        ),
        (
            {"dose_value": "200", "dose_basis": "mg_flat", "frequency": "q24h"},
            "flat_dose_per_kg",
            "200 mg per dose (flat) is 3.333 mg/kg per dose for this child's weight, above 2 mg/kg. Fine if the chart "
            "says so.",
        ),
    ],
)
def test_a_message_about_a_dose_says_what_was_expected(typed: dict[str, str], check_id: str, message: str) -> None:
    found = said("anakinra_regimen", {**ORDER, **typed}, f"anakinra_regimen.{check_id}", anakinra_course=[SIXTY_KG])

    assert found == message


@pytest.mark.parametrize(
    ("start", "words"), [({"at_start_egfr": "29"}, "an eGFR of 29"), ({"at_start_dialysis": "yes"}, "dialysis")]
)
def test_the_message_about_the_kidneys_says_what_they_are(start: dict[str, str], words: str) -> None:
    found = said("anakinra_regimen", ORDER, "anakinra_regimen.interval_fits_kidneys", course=start)

    assert found == (
        f"“Every 6 hours” with {words}: the label lets 48 hours pass between doses when clearance is under 30. Correct "
        "it, or say why the interval was kept."
    )


def test_the_message_about_other_agents_names_them() -> None:
    agents = [
        {"key": "m1", "agent": "tocilizumab", "started_at": "2026-03-11", "frequency": "once"},
        {"key": "m2", "agent": "prednisone", "started_at": "2026-03-09", "stopped_at": "2026-03-12"},
    ]
    course = {**COURSE, "stopped_at": "2026-03-14 06:00"}
    many = said("anakinra_course", course, "anakinra_course.few_immunosuppressants", concomitant_agent=agents)
    missing = said("anakinra_course", course, "anakinra_course.line_has_records", concomitant_agent=agents[:1])

    assert many == (
        "Three or more kinds of immunosuppressant at once: anakinra, tocilizumab, systemic steroid on 2026-03-11. Look "
        "whether there is an infection page to fill."
    )
    assert missing == (
        "“After tocilizumab and steroid”, but no page before 2026-03-10 18:00 tells of tocilizumab or steroid given "
        "for this episode. Enter it, name this episode on its page, or check the line."
    )


def test_the_message_about_tocilizumab_and_steroid_names_weight_and_equivalent() -> None:
    tocilizumab = {"key": "m1", "agent": "tocilizumab", "dose": "160", "unit": "mg", "started_at": "2026-03-08"}
    steroid = {**tocilizumab, "agent": "dexamethasone", "dose": "40", "frequency": "q24h"}

    assert said("concomitant_agent", tocilizumab, "concomitant_agent.tocilizumab_band") == (
        "Tocilizumab 160 mg per dose differs by more than a tenth from 240 mg at 20 kg: 12 mg/kg under 30 kg, 8 "
        "mg/kg from 30 kg on, at most 800 mg. Correct it, or say why."
    )
    assert said("concomitant_agent", steroid, "concomitant_agent.steroid_is_customary") == (
        "Dexamethasone 40 mg per dose, once a day, is 13.3 mg/kg per day of prednisone: more than 10. Fine if the "
        "chart says so."
    )


def queries(study: Study) -> set[str]:
    """Return the checks about doses given whose data queries are open."""
    found = data_queries.for_subjects(db.session(), [study.subject.id])
    return {query.check_id for query in found if "given" in query.check_id}


def test_a_new_weight_judges_the_doses_of_its_course_again(study: Study) -> None:
    course: dict[str, Any] = {"key": key(), "infusion": study.infusion, "given": True}
    course |= {"started_at": datetime(2026, 3, 10, 18, 0), "dosing_weight_kg": Decimal(20)}
    order: dict[str, Any] = {"key": key(), "course": course["key"], "from_at": datetime(2026, 3, 10, 18, 0)}
    order |= {"dose_value": Decimal(2), "dose_basis": "mg_per_kg_dose", "frequency": "q6h", "route": "sc"}
    order |= {"cap_applied": "none", "given_mg": Decimal(40)}
    save(study.subject, study.coordinator, "anakinra_course", course)
    save(study.subject, study.coordinator, "anakinra_regimen", order)
    seen = [queries(study)]
    for revision, weight in enumerate(("22.22", "22.23", "20"), start=1):
        row = {**course, "dosing_weight_kg": Decimal(weight)}
        save(study.subject, study.coordinator, "anakinra_course", row, revision=revision, reason="Weighed again.")
        seen.append(queries(study))

    # 40 mg are a tenth under 2 mg/kg at 22.22 kg, and more than that at 22.23 kg.
    assert seen == [set(), set(), {"anakinra_regimen.given_near_ordered"}, set()]
    (record,) = stored(study.subject, "anakinra_regimen")
    assert (record.revision, record.row["mg_per_dose"]) == (1, Decimal("40.00"))
