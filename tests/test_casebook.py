"""The casebook: fifteen forms, each item complete, each privacy class considered, each check well formed."""

from datetime import date
from decimal import Decimal

import pytest

from forms.casebook import CASEBOOK
from forms.context import Context
from forms.form import Form
from forms.items import (
    CLINICAL,
    DATE,
    DIRECT,
    FREE_TEXT,
    QI,
    QI_SITE,
    SENSITIVE,
    STRUCTURE,
    Choice,
    CodeList,
    Day,
    Derived,
    Item,
    Link,
    Moment,
    MultiChoice,
    Numeric,
    Privacy,
    Text,
)

ITEMS = [(form, name, item) for form in CASEBOOK.values() for name, item in form.items.items()]


def names(privacy: Privacy) -> set[str]:
    return {f"{form.name}.{name}" for form, name, item in ITEMS if item.privacy is privacy}


def code_lists() -> list[CodeList]:
    shown = [item.result if isinstance(item, Derived) else item for _, _, item in ITEMS]
    return [item.codes for item in shown if isinstance(item, (Choice, MultiChoice))]


def limits(item: Item) -> list[Decimal | int | None]:
    assert isinstance(item, Numeric)
    return [item.low, item.soft_low, item.soft_high, item.high]


def test_the_casebook_holds_the_fifteen_forms_in_order() -> None:
    assert [(form.number, name, form.repeats) for name, form in CASEBOOK.items()] == [
        (1, "enrolment", False),
        (2, "baseline", False),
        (3, "infusion", True),
        (4, "assessment", True),
        (5, "laboratory", True),
        (6, "toxicity_episode", True),
        (7, "anakinra_course", True),
        (8, "anakinra_regimen", True),
        (9, "concomitant_agent", True),
        (10, "infection", True),
        (11, "adverse_event", True),
        (12, "response", True),
        (13, "follow_up", True),
        (14, "end_of_study", False),
        (15, "support", True),
    ]


def test_every_help_text_says_how_to_answer_with_an_example() -> None:
    assert [f"{form.name}.{name}" for form, name, item in ITEMS if "such as " not in item.help.lower()] == []


@pytest.mark.parametrize("form", CASEBOOK.values(), ids=lambda form: form.name)
def test_every_form_begins_with_a_heading_and_tells_its_rows_apart(form: Form) -> None:
    first = next(iter(form.typed_items.values()))

    assert first.section
    assert form.day_item in form.items
    assert form.summary
    assert form.intro.endswith(".")


def test_the_light_path_asks_about_thirty_core_items_before_day_28() -> None:
    core = {
        name: sum(not item.extended for item in CASEBOOK[name].typed_items.values())
        for name in ("enrolment", "baseline", "infusion", "response", "follow_up")
    }

    assert core == {"enrolment": 9, "baseline": 13, "infusion": 6, "response": 13, "follow_up": 7}


def test_check_identifiers_are_unique_and_begin_with_their_form() -> None:
    found = [(form.name, check.id) for form in CASEBOOK.values() for check in form.checks]

    assert len({check_id for _, check_id in found}) == len(found) > 100
    assert [check_id for form, check_id in found if check_id.split(".")[0] != form] == []


def test_every_check_reads_only_forms_that_exist() -> None:
    used = {name for form in CASEBOOK.values() for check in form.checks for name in check.uses}

    assert used <= set(CASEBOOK)


def test_every_check_is_silent_about_an_empty_row() -> None:
    context = Context(today=date(2026, 3, 5), rows=dict.fromkeys(CASEBOOK, ()))
    told = [check.id for form in CASEBOOK.values() for check in form.checks if check.holds({}, context) is False]

    assert told == []


def test_every_derived_value_of_an_empty_row_is_missing() -> None:
    context = Context(today=date(2026, 3, 5), rows=dict.fromkeys(CASEBOOK, ()))

    assert {value for form in CASEBOOK.values() for value in form.derive({}, context).values()} == {None}


def test_a_derived_day_is_a_whole_day() -> None:
    partial = Day(label="Due on", partial=True, privacy=DATE)

    with pytest.raises(ValueError, match=r"^Due on: a derived day is known to the day, or it is not derived$"):
        Derived(label="Due on", result=partial, compute=lambda row, context: None, privacy=DATE)


def test_one_name_means_one_code_list() -> None:
    by_name: dict[str, CodeList] = {}
    for codes in code_lists():
        assert by_name.setdefault(codes.name, codes) == codes


def test_labels_of_codes_can_be_listed_on_one_line() -> None:
    assert [label for codes in code_lists() for label in codes.labels.values() if ";" in label or " = " in label] == []


def test_what_a_value_gives_away_names_items_that_exist() -> None:
    every = {f"{form.name}.{name}" for form, name, _ in ITEMS}
    given_away = {
        source if "." in source else f"{form.name}.{source}" for form, _, item in ITEMS for source in item.derives_from
    }

    assert given_away <= every
    assert {"baseline.weight_kg", "anakinra_course.dosing_weight_kg", "enrolment.birth_date"} <= given_away


def test_links_point_along_the_tree_of_the_design() -> None:
    assert {(form.name, item.form) for form, _, item in ITEMS if isinstance(item, Link)} == {
        ("assessment", "infusion"),
        ("laboratory", "infusion"),
        ("toxicity_episode", "infusion"),
        ("toxicity_episode", "toxicity_episode"),
        ("anakinra_course", "infusion"),
        ("anakinra_course", "toxicity_episode"),
        ("anakinra_regimen", "anakinra_course"),
        ("concomitant_agent", "toxicity_episode"),
        ("adverse_event", "anakinra_course"),
        ("adverse_event", "infection"),
        ("response", "infusion"),
        ("support", "infusion"),
    }


def test_dates_are_dates_words_are_free_text_and_links_are_structure() -> None:
    for form, name, item in ITEMS:
        where = f"{form.name}.{name}"
        if isinstance(item.result if isinstance(item, Derived) else item, (Day, Moment)):
            assert item.privacy is (DIRECT if where == "enrolment.birth_date" else DATE), where
        elif isinstance(item, Text):
            assert item.privacy in (FREE_TEXT, DIRECT), where
        elif isinstance(item, Link):
            assert item.privacy is STRUCTURE, where


def test_identifiers_and_sensitive_items_are_exactly_these() -> None:
    assert names(DIRECT) == {
        "enrolment.birth_date",
        "enrolment.majority_year",
        "enrolment.cibmtr_id",
        "enrolment.ebmt_id",
        "enrolment.trial_subject_id",
        "infusion.product_lot",
    }
    assert names(SENSITIVE) == {
        "baseline.genetic_predisposition",
        "baseline.trisomy_21",
        "baseline.hiv_infection",
        "baseline.chronic_hepatitis",
        "baseline.pregnancy",
    }


def test_size_age_and_construct_are_quasi_identifiers() -> None:
    assert {
        "enrolment.sex",
        "enrolment.age_at_enrolment",
        "baseline.disease",
        "baseline.weight_kg",
        "baseline.height_cm",
        "baseline.body_mass_index",
        "baseline.prior_transplant",
        "infusion.age_years",
        "infusion.antigens",
        "infusion.product",
        "infusion.weight_at_infusion_kg",
        "anakinra_course.dosing_weight_kg",
        "follow_up.weight_kg",
    } <= names(QI)


def test_what_betrays_a_centers_dosing_policy_is_linked_to_the_site() -> None:
    assert {
        "anakinra_course.line",
        "anakinra_course.route",
        "anakinra_regimen.dose_basis",
        "anakinra_regimen.frequency",
        "anakinra_regimen.route",
        "anakinra_regimen.rounding",
        "anakinra_regimen.cap_applied",
        "toxicity_episode.definition",
        "assessment.carhlh_definition",
    } <= names(QI_SITE)
    assert {"anakinra_regimen.mg_per_kg_day", "anakinra_regimen.dose_value"} <= names(CLINICAL)


def test_days_that_a_neighbor_can_know_are_marked() -> None:
    assert {f"{form.name}.{name}" for form, name, item in ITEMS if item.known_to_outsiders} == {
        "baseline.diagnosed_on",
        "baseline.last_transplant_on",
        "follow_up.transplant_on",
        "end_of_study.died_on",
        "support.started_at",
        "support.ended_at",
    }


def test_infusion_consent_and_assessment_days_are_never_partial() -> None:
    for form, name in (
        ("enrolment", "consent_on"),
        ("enrolment", "enrolled_on"),
        ("infusion", "infused_on"),
        ("assessment", "assessed_at"),
        ("laboratory", "sampled_at"),
        ("anakinra_course", "started_at"),
        ("anakinra_regimen", "from_at"),
        ("response", "assessed_on"),
        ("follow_up", "seen_on"),
    ):
        item = CASEBOOK[form].items[name]
        assert isinstance(item, (Day, Moment)) and not item.partial, f"{form}.{name}"


@pytest.mark.parametrize(
    ("form", "name", "expected"),
    [
        ("baseline", "weight_kg", [2, None, None, 200]),
        ("baseline", "height_cm", [40, None, None, 220]),
        ("assessment", "temperature_c", [30, 35, 41, 43]),
        ("assessment", "spo2_percent", [0, 90, None, 100]),
        ("assessment", "systolic_mmhg", [30, None, 160, 260]),
        ("assessment", "mean_arterial_mmhg", [20, None, 130, 200]),
        ("assessment", "heart_rate", [20, None, 200, 300]),
        ("assessment", "respiratory_rate", [4, None, 60, 120]),
        ("assessment", "oxygen_flow_l_min", [0, None, 60, 80]),
        ("assessment", "fio2", [Decimal("0.21"), None, None, 1]),
        ("assessment", "ice_total", [0, None, None, 10]),
        ("assessment", "capd_total", [0, None, None, 32]),
        ("assessment", "crs_grade", [0, None, None, 5]),
        ("laboratory", "ferritin", [1, None, 10_000, 1_000_000]),
        ("laboratory", "crp", [0, None, 300, 1000]),
        ("laboratory", "fibrinogen", [10, 150, 700, 1500]),
        ("laboratory", "alt", [0, None, None, 30_000]),
        ("laboratory", "bilirubin_total", [0, None, 3, 60]),
        ("laboratory", "creatinine", [Decimal("0.05"), None, None, 20]),
        ("laboratory", "egfr", [1, 60, None, 250]),
        ("laboratory", "anc", [0, Decimal("0.5"), None, 500]),
        ("laboratory", "platelets", [0, 20, 600, 2500]),
        ("laboratory", "haemoglobin", [1, 7, 18, 25]),
        ("laboratory", "ldh", [5, None, None, 60_000]),
        ("laboratory", "triglycerides", [5, None, 265, 10_000]),
        ("laboratory", "sil2r", [1, None, 2400, 500_000]),
        ("laboratory", "il6", [0, None, 1000, 1_000_000]),
        ("laboratory", "inr", [Decimal("0.5"), None, Decimal("1.5"), 20]),
        ("laboratory", "aptt_s", [10, None, None, 300]),
        ("laboratory", "igg", [0, 400, None, 10_000]),
        ("laboratory", "cd19_b_cells", [0, None, None, 20_000]),
        ("response", "mrd_percent", [0, None, None, 100]),
    ],
)
def test_limits_are_those_of_the_clinical_note(form: str, name: str, expected: list[Decimal | int | None]) -> None:
    assert limits(CASEBOOK[form].items[name]) == expected
