"""Every check of the casebook, with a row it refuses and one it lets pass, and how an unknown stays silent."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from forms.casebook import CASEBOOK
from forms.context import Context, Protocol, ReferenceRange
from forms.edit_checks import check_row
from forms.items import CONFIRM, HARD, SOFT
from forms.values import Answer, NullFlavour, Value

TODAY = date(2026, 8, 1)
# A child of 8 years, 20 kg, infused on 2026-03-05, CRS from 03-07, anakinra 03-10 18:00 to 03-17 06:00.
CHILD: dict[str, tuple[dict[str, str], ...]] = {
    "enrolment": ({"key": "e1", "birth_date": "2017-08", "enrolled_on": "2026-02-20"},),
    "baseline": ({"key": "b1", "diagnosed_on": "2023-11", "weight_kg": "20", "developmental_delay": "no"},),
    "infusion": ({"key": "i1", "infused_on": "2026-03-05"},),
    "toxicity_episode": ({"key": "t1", "toxicity": "crs", "onset_on": "2026-03-07"},),
    "anakinra_course": (
        {
            "key": "c1",
            "given": "yes",
            "started_at": "2026-03-10 18:00",
            "stopped_at": "2026-03-17 06:00",
            "dosing_weight_kg": "20",
            "route": "sc",
        },
    ),
    "concomitant_agent": (
        {"key": "m1", "agent": "tocilizumab", "episodes": "t1", "doses_given": "3", "started_at": "2026-03-08"},
    ),
    "follow_up": ({"key": "f1", "seen_on": "2026-06-03", "alive": "yes"},),
}
SITE_CAP = Protocol(version="1", effective_from=date(2026, 1, 1), max_single_mg=100, max_day_mg=400)
NO_CAP = Protocol(version="1", effective_from=date(2026, 1, 1))
STORED: dict[str, dict[str, Any]] = {
    "": {},
    "dead": {"end_of_study": ({"key": "x1", "died_on": "2026-04-18"},)},
    "no course": {"anakinra_course": ()},
    "course by vein": {"anakinra_course": ({"key": "c1", "given": "yes", "route": "iv_intermittent"},)},
    "protocol with caps": {"protocols": (SITE_CAP,)},
    "protocol without caps": {"protocols": (NO_CAP,)},
}
TABLES = sorted((Path(__file__).parent / "golden").glob("c*.json"))
CASES = [case for table in TABLES for case in json.loads(table.read_text(encoding="utf-8"))]


def row_of(form: str, texts: Mapping[str, Any]) -> dict[str, Value]:
    """Return a row from what would be typed, ``{"missing": code}`` a reason; ``key`` is the record's own."""
    items = CASEBOOK[form].items
    reasons = {name: NullFlavour(told["missing"]) for name, told in texts.items() if isinstance(told, dict)}
    typed = {name: text for name, text in texts.items() if name not in reasons}
    return {name: text if name == "key" else items[name].parse(text) for name, text in typed.items()} | reasons


def context(extra: Mapping[str, Any] | None = None) -> Context:
    """Return what is stored about the child, with the given forms in place of its own."""
    given = dict(extra or {})
    protocols = given.pop("protocols", ())
    ranges = tuple(
        ReferenceRange(**{**told, "valid_from": date.fromisoformat(told["valid_from"])})
        for told in given.pop("reference_ranges", ())
    )
    rows = {name: tuple(row_of(name, row) for row in ({**CHILD, **given}).get(name, ())) for name in CASEBOOK}
    return Context(today=TODAY, rows=rows, protocols=protocols, reference_ranges=ranges)


def stored_in(case: Mapping[str, Any]) -> Context:
    """Return what is stored about the child of a case: a name in STORED, or the rows in place of the child's own."""
    told = case.get("stored", "")
    return context(STORED[told] if isinstance(told, str) else told)


def check_of(check_id: str) -> Any:
    form = CASEBOOK[check_id.split(".")[0]]
    return next(check for check in form.checks if check.id == check_id)


def test_the_table_holds_every_check_of_the_casebook_once() -> None:
    assert sorted(case["check"] for case in CASES) == sorted(
        check.id for form in CASEBOOK.values() for check in form.checks
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["check"])
def test_a_check_refuses_what_is_wrong_and_lets_the_nearest_right_row_pass(case: dict[str, Any]) -> None:
    form, stored = case["check"].split(".")[0], stored_in(case)
    holds = check_of(case["check"]).holds

    assert holds(row_of(form, case["refused"]), stored) is False
    assert holds(row_of(form, case["passed"]), stored) is not False


@pytest.mark.parametrize("case", [case for case in CASES if "missing" in case], ids=lambda case: case["check"])
def test_a_check_is_silent_where_too_little_is_known(case: dict[str, Any]) -> None:
    form, holds = case["check"].split(".")[0], check_of(case["check"]).holds
    silent = [*case["missing"], *case.get("partial", {}).get("silent", ())]

    assert [row for row in silent if holds(row_of(form, row), stored_in(case)) is False] == []
    assert [
        row
        for row in case.get("partial", {}).get("fires", ())
        if holds(row_of(form, row), stored_in(case)) is not False
    ] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["check"])
def test_a_message_is_filled_with_what_was_found(case: dict[str, Any]) -> None:
    check = check_of(case["check"])
    form = CASEBOOK[case["check"].split(".")[0]]
    row = {name: value for name, value in row_of(form.name, case["refused"]).items() if name in form.items}
    always = replace(form, items={name: replace(item, ask_if=None) for name, item in form.items.items()})

    told = check_row(always, {**row, "key": case["refused"].get("key")}, stored_in(case))

    shown = [finding.message for finding in told if finding.check_id == check.id]
    assert len(shown) == 1
    assert "{" not in shown[0] and shown[0].endswith((".", ")."))


def test_a_missing_answer_with_a_reason_is_silent() -> None:
    unknown: dict[str, Value] = {"systolic_mmhg": 80, "diastolic_mmhg": NullFlavour.UNKNOWN}

    assert check_of("assessment.systolic_above_diastolic").holds(unknown, context()) is None


def test_a_negative_laboratory_value_is_refused_and_a_huge_one_asks_for_the_source() -> None:
    form = CASEBOOK["laboratory"]
    severities = {
        text: {f.severity for f in check_row(form, row_of("laboratory", {"crp": text}), context()) if "crp" in f.items}
        for text in ("-1", "0", "1000", "1001")
    }

    assert severities == {"-1": {HARD}, "0": set(), "1000": {*severities["1000"]}, "1001": {CONFIRM}}
    assert HARD not in severities["1000"] and CONFIRM not in severities["1000"]


@pytest.mark.parametrize(
    ("item", "typed", "said"),
    [
        (
            "fibrinogen",
            "1.2",
            "Fibrinogen 1.2 mg/dL: values ever seen are 10 to 1500 mg/dL. 1.2 g/L would be 120 mg/dL. "
            "Check it against the source.",
        ),
        (
            "crp",
            "1001",
            "C-reactive protein 1001 mg/L: values ever seen are 0 to 1000 mg/L. Check it against the source.",
        ),
    ],
)
def test_a_number_that_fits_another_unit_is_said_to_fit_it(item: str, typed: str, said: str) -> None:
    found = check_row(CASEBOOK["laboratory"], row_of("laboratory", {item: typed}), context())

    assert [finding.message for finding in found if finding.check_id == f"laboratory.{item}.limits"] == [said]


def test_a_death_without_its_circumstances_opens_one_query() -> None:
    found = check_row(
        CASEBOOK["end_of_study"], row_of("end_of_study", {"reason": "died", "died_on": "2026-07-18"}), context()
    )

    assert [(f.check_id, f.severity) for f in found if f.check_id == "end_of_study.death_is_complete"] == [
        ("end_of_study.death_is_complete", SOFT)
    ]


DERIVED: list[tuple[str, dict[str, str], str, Answer | None]] = [
    ("enrolment", {"birth_date": "2017-08", "enrolled_on": "2026-02-20"}, "age_at_enrolment", 8),
    ("enrolment", {"birth_date": "2018-02", "enrolled_on": "2026-02-20"}, "age_at_enrolment", None),
    ("enrolment", {"birth_date": "2017-08"}, "majority_year", 2035),
    ("baseline", {"weight_kg": "24.6", "height_cm": "124.5"}, "body_mass_index", Decimal("15.9")),
    ("infusion", {"infused_on": "2026-03-05"}, "age_years", 8),
    ("infusion", {"key": "i1", "infused_on": "2026-03-05"}, "infusion_number", 1),
    ("infusion", {"key": "i2", "infused_on": "2026-07-05"}, "infusion_number", 2),
    ("assessment", {"infusion": "i1", "assessed_at": "2026-03-12 06:00"}, "study_day", 7),
    ("assessment", {"infusion": "i1", "assessed_at": "2026-03-12 06:00"}, "anakinra_day", 2),
    ("laboratory", {"infusion": "i1", "sampled_at": "2026-03-01 06:00"}, "study_day", -4),
    ("toxicity_episode", {"onset_on": "2026-03-07", "resolved_on": "2026-03-14"}, "duration_days", 7),
    ("toxicity_episode", {"onset_on": "2026-03", "resolved_on": "2026-03-14"}, "duration_days", None),
    ("anakinra_course", {"started_at": "2026-03-10 18:00", "stopped_at": "2026-03-17 06:00"}, "duration_days", 8),
    ("anakinra_course", {"key": "c2", "started_at": "2026-03-20 18:00"}, "course_number", 2),
    (
        "anakinra_regimen",
        {"course": "c1", "dose_value": "2", "dose_basis": "mg_per_kg_dose", "frequency": "q6h"},
        "mg_per_dose",
        Decimal("40.00"),
    ),
    (
        "anakinra_regimen",
        {"course": "c1", "dose_value": "2", "dose_basis": "mg_per_kg_dose", "frequency": "q6h"},
        "mg_per_day",
        Decimal("160.00"),
    ),
    ("anakinra_regimen", {"course": "c1", "dose_value": "2", "frequency": "q6h"}, "mg_per_kg_day", None),
    (
        "anakinra_regimen",
        {"course": "c1", "given_mg": "45", "frequency": "q8h"},
        "given_mg_per_kg_day",
        Decimal("6.750"),
    ),
    ("concomitant_agent", {"started_at": "2026-03-08", "stopped_at": "2026-03-09"}, "timing", "before"),
    ("concomitant_agent", {"started_at": "2026-03-08", "stopped_at": "2026-03-12"}, "timing", "with"),
    ("concomitant_agent", {"started_at": "2026-03-08", "ongoing": "yes"}, "timing", "with"),
    ("concomitant_agent", {"started_at": "2026-03-08", "frequency": "once"}, "timing", "before"),
    ("concomitant_agent", {"started_at": "2026-03-08"}, "timing", None),
    ("concomitant_agent", {"started_at": "2026-03-18"}, "timing", "after"),
    ("infection", {"onset_on": "2026-03-09"}, "relation", "before"),
    ("infection", {"onset_on": "2026-03-10"}, "relation", "during"),
    ("infection", {"onset_on": "2026-03-18"}, "relation", "after"),
    ("infection", {"onset_on": "2026-03"}, "relation", None),
    ("response", {"mrd_result": "not_detected", "mrd_lod_percent": "0.01"}, "mrd_class", "negative"),
    ("response", {"mrd_result": "not_detected", "mrd_lod_percent": "0.1"}, "mrd_class", "negative_insufficient"),
    ("response", {"mrd_result": "not_detected"}, "mrd_class", None),
    ("response", {"mrd_result": "detected", "mrd_percent": "0.009999"}, "mrd_class", "positive_low"),
    ("response", {"mrd_result": "detected", "mrd_percent": "0.01"}, "mrd_class", "positive"),
    ("support", {"started_at": "2026-03-09 22:00", "ended_at": "2026-03-14"}, "duration_days", 5),
]


@pytest.mark.parametrize(("form", "texts", "item", "expected"), DERIVED, ids=lambda value: str(value)[:60])
def test_a_derived_value_follows_from_the_row_and_what_it_links_to(
    form: str, texts: dict[str, str], item: str, expected: Answer | None
) -> None:
    assert CASEBOOK[form].derive(row_of(form, texts), context())[item] == expected


def test_the_timing_of_an_agent_without_any_anakinra_says_so() -> None:
    row = row_of("concomitant_agent", {"started_at": "2026-03-08", "stopped_at": "2026-03-09"})

    assert CASEBOOK["concomitant_agent"].derive(row, context(STORED["no course"]))["timing"] == "no_anakinra"


def test_a_moment_is_kept_as_wall_clock_time() -> None:
    assert row_of("assessment", {"assessed_at": "2026-03-12 06:00"}) == {"assessed_at": datetime(2026, 3, 12, 6, 0)}
