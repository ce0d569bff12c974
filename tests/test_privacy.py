"""The de-identified profile: what it does to each class of item, and how days, codes and ranges come about."""

import base64
import hashlib
import hmac
from decimal import Decimal

import pytest

from forms.branching import When
from forms.casebook import CASEBOOK
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
    Count,
    Day,
    Derived,
    Item,
    Link,
    Measured,
    Number,
    Text,
    YesNo,
)
from registry.release.actions import Bands, UnruledItem, Verb
from registry.release.profiles import Profile
from registry.release.pseudonyms import Pseudonyms, WeakKey
from registry.release.quasi_identifiers import LADDER, window
from registry.release.rules import CLEARANCE, actions, actions_for

KEY = "a key of the tests that is long enough"
COLORS = CodeList("colors", {"red": "Red", "blue": "Blue"})
MINIMAL = {"label": "Item", "help": "Answer such as 1."}


def number(**given):
    return Number(low=0, high=100, **MINIMAL, **given)


def derived(**given):
    result = Count(label="Result", privacy=CLINICAL, low=0, high=100)
    return Derived(**{"result": result, "compute": lambda row, context: None, **MINIMAL, **given})


def form_of(**items: Item) -> Form:
    return Form(name="sample", number=1, title="Sample", intro="", version=1, items=items, day_item="")


def verbs_of(**items: Item) -> dict[str, Verb]:
    return {action.item: action.verb for action in actions_for({"sample": form_of(**items)})["sample"]}


@pytest.mark.parametrize(
    ("item", "verb"),
    [
        (Text(privacy=DIRECT, **MINIMAL), Verb.DROP),
        (Day(privacy=DIRECT, **MINIMAL), Verb.DROP),
        (Text(privacy=FREE_TEXT, **MINIMAL), Verb.DROP),
        (Text(privacy=CLINICAL, **MINIMAL), Verb.DROP),
        (YesNo(privacy=SENSITIVE, **MINIMAL), Verb.DROP),
        (Choice(codes=COLORS, privacy=QI_SITE, **MINIMAL), Verb.DROP),
        (Day(privacy=DATE, **MINIMAL), Verb.DROP),
        (derived(unit="days", privacy=DATE), Verb.DROP),
        (derived(result=Day(privacy=DATE, **MINIMAL), privacy=DATE), Verb.DROP),
        (number(unit="kg", privacy=QI), Verb.DROP),
        (Choice(codes=COLORS, privacy=QI, **MINIMAL), Verb.DROP),
        (Link(form="sample", privacy=STRUCTURE, **MINIMAL), Verb.RECODE),
        (number(unit="mg/L", privacy=CLINICAL), Verb.KEEP),
        (Measured(unit="mg/L", low=0, high=100, privacy=CLINICAL, **MINIMAL), Verb.KEEP),
        (YesNo(privacy=STRUCTURE, **MINIMAL), Verb.POOL),
    ],
)
def test_the_class_of_an_item_decides_what_is_done_to_it(item: Item, verb: Verb) -> None:
    assert verbs_of(item=item) == {"item": verb}


@pytest.mark.parametrize(
    "item",
    [
        derived(unit="hours", privacy=DATE),
        Day(privacy=CLINICAL, **MINIMAL),
        Link(form="sample", privacy=CLINICAL, **MINIMAL),
    ],
)
def test_an_item_without_a_rule_refuses_the_whole_export(item: Item) -> None:
    with pytest.raises(UnruledItem, match=r"sample\.odd: the de-identified profile has no rule for a "):
        verbs_of(fine=YesNo(privacy=CLINICAL, **MINIMAL), odd=item)


def test_what_gives_a_withheld_answer_away_is_withheld_too_at_any_distance() -> None:
    assert verbs_of(
        record_number=Text(privacy=DIRECT, **MINIMAL),
        check_digit=derived(privacy=CLINICAL, derives_from=("record_number",)),
        parity=derived(privacy=CLINICAL, derives_from=("check_digit",)),
        other=derived(privacy=CLINICAL),
    ) == {"record_number": Verb.DROP, "check_digit": Verb.DROP, "parity": Verb.DROP, "other": Verb.KEEP}


def test_what_gives_an_exact_number_away_is_withheld_too() -> None:
    assert verbs_of(
        weight=number(unit="kg", privacy=QI),
        dose_mg=number(unit="mg", privacy=CLINICAL, derives_from=("weight",)),
    ) == {"weight": Verb.DROP, "dose_mg": Verb.DROP}


def test_an_item_asked_only_for_some_withheld_answers_is_withheld_too() -> None:
    assert verbs_of(
        pregnancy=YesNo(privacy=SENSITIVE, **MINIMAL),
        weeks=number(unit="weeks", privacy=CLINICAL, ask_if=When("pregnancy")),
    ) == {"pregnancy": Verb.DROP, "weeks": Verb.DROP}


def test_every_item_of_the_casebook_has_a_rule() -> None:
    assert {name: [action.item for action in own] for name, own in actions().items()} == {
        name: [*form.typed_items, *form.derived_items] for name, form in CASEBOOK.items()
    }


@pytest.mark.parametrize(
    "item",
    [
        "enrolment.birth_date",
        "enrolment.majority_year",
        "enrolment.majority_on",
        "enrolment.reconsent_on",
        "infusion.cells_million",
        "baseline.body_mass_index",
        "anakinra_regimen.dose_value",
        "anakinra_regimen.given_mg",
        "anakinra_course.route",
    ],
)
def test_the_casebook_withholds_what_gives_birth_date_weight_or_site_away(item: str) -> None:
    form, _, name = item.partition(".")
    assert [action.verb for action in actions()[form] if action.item == name] == [Verb.DROP]


def test_no_text_leaves_the_casebook() -> None:
    kept = {action.item for own in actions().values() for action in own if action.has_column}
    assert not kept & {
        name for form in CASEBOOK.values() for name, item in form.items.items() if isinstance(item, Text)
    }


def test_ages_go_out_in_the_groups_of_ich_e11() -> None:
    # ICH E11(R1): up to 23 months, 2 to 11 years, 12 to 17 years, then adults
    (age,) = [quasi for quasi in LADDER if quasi.name == "age"]
    assert [age.levels[0].read(years) for years in ("0", "1", "2", "11", "12", "17", "18", "39", "")] == [
        *("under 2 years", "under 2 years", "2 to 11 years", "2 to 11 years", "12 to 17 years", "12 to 17 years"),
        *("18 years or more", "18 years or more", "not known"),
    ]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        *((-1, "before day 0"), (0, "day 0 to 3"), (3, "day 0 to 3"), (4, "day 4 to 7"), (7, "day 4 to 7")),
        *((8, "day 8 to 14"), (14, "day 8 to 14"), (15, "day 15 to 28"), (28, "day 15 to 28"), (29, "after day 28")),
    ],
)
def test_days_fall_into_the_windows_at_whose_ends_the_report_reads_its_curves(day: int, words: str) -> None:
    assert window(day) == words


def test_every_quasi_identifier_is_read_from_items_of_the_casebook() -> None:
    named = [item.partition(".") for quasi in LADDER for item in quasi.items]
    assert [f"{form}.{item}" for form, _, item in named if item not in CASEBOOK[form].items] == []


def test_what_others_could_know_stands_in_no_form_of_a_de_identified_export() -> None:
    items = {(form.name, name): item for form in CASEBOOK.values() for name, item in form.items.items()}
    known = {key for key, item in items.items() if item.known_to_outsiders or item.privacy is QI}
    shown = {(action.form, action.item) for own in actions().values() for action in own if action.has_column}
    assert shown & known == set()


def test_a_limited_data_set_keeps_dates_and_ages_and_drops_what_names_or_dates_a_birth() -> None:
    limited = {(a.form, a.item): a.verb for own in actions(Profile.LIMITED).values() for a in own}
    kept = [("infusion", "infused_on"), ("infusion", "age_years"), ("assessment", "assessed_at"), ("enrolment", "sex")]
    dropped = [("enrolment", "birth_date"), ("enrolment", "majority_on"), ("infusion", "product_lot")]
    dropped += [("baseline", "pregnancy"), ("adverse_event", "narrative")]
    assert {limited[key] for key in kept} == {Verb.KEEP}
    assert {limited[key] for key in dropped} == {Verb.DROP}


def test_everything_is_in_the_identified_profile_and_no_row_in_the_public_one() -> None:
    assert {a.verb for own in actions(Profile.IDENTIFIED).values() for a in own} == {Verb.KEEP}
    assert {a.verb for own in actions(Profile.PUBLIC).values() for a in own} == {Verb.DROP}


@pytest.mark.parametrize(
    ("item", "hides"),
    [
        ("laboratory.egfr", "the height"),
        ("anakinra_course.at_start_egfr", "the height"),
        ("assessment.fluid_bolus_ml_kg", "the weight"),
        ("baseline.baseline_creatinine", "how old the child is"),
        ("laboratory.creatinine", "how old the child is"),
    ],
)
def test_a_number_that_gives_a_body_measure_or_the_age_away_leaves_as_a_range(item: str, hides: str) -> None:
    form, _, name = item.partition(".")
    found = next(action for action in actions()[form] if action.item == name)
    assert (found.verb, hides in found.why) == (Verb.BAND, True)


def test_the_creatinine_of_a_healthy_child_of_any_age_leaves_alike() -> None:
    bands = next(action.bands for action in actions()["laboratory"] if action.item == "creatinine")
    assert bands is not None
    assert {bands.read(text, sign) for text, sign in (("0.2", "<"), ("0.31", ""), ("0.62", ""), ("0.99", ""))} == {
        "under 1"
    }
    assert [bands.read(text, "") for text in ("1", "2", "4.1")] == ["1 to under 2", "2 to under 4", "4 or more"]


@pytest.mark.parametrize(
    ("typed", "sign", "stage"),
    [("15", "<", "under 15"), ("90", ">", "90 or more"), ("15", "", "15 to under 30"), ("89.9", "", "60 to under 90")],
)
def test_a_measurement_given_as_a_limit_falls_into_the_range_it_means(typed: str, sign: str, stage: str) -> None:
    assert CLEARANCE.read(typed, sign) == stage


def test_a_number_on_an_edge_belongs_to_the_range_that_begins_there() -> None:
    bands = Bands(edges=(10, 15, 20))
    assert [bands.label(Decimal(text)) for text in ("9.99", "10", "14.99", "15.0", "19.999", "20", "180")] == [
        *(
            "under 10",
            "10 to under 15",
            "10 to under 15",
            "15 to under 20",
            "15 to under 20",
            "20 or more",
            "20 or more",
        )
    ]


def test_a_code_is_the_keyed_hash_of_the_random_enrolment_id_and_the_project() -> None:
    message = b"child\0steroids\0" + b"5e0c9a8e-2f0b-4f1c-9d0e-0a1b2c3d4e5f"
    digest = base64.b32encode(hmac.new(KEY.encode(), message, hashlib.sha256).digest()).decode()
    made = Pseudonyms(KEY, "steroids").child("5e0c9a8e-2f0b-4f1c-9d0e-0a1b2c3d4e5f")
    assert made == f"C-{digest[:13]}"


def test_codes_differ_between_projects_keys_and_kinds_and_never_within() -> None:
    made = [
        Pseudonyms(KEY, "one").child("id"),
        Pseudonyms(KEY, "two").child("id"),
        Pseudonyms(KEY[::-1], "one").child("id"),
        Pseudonyms(KEY, "one").child("other id"),
    ]
    assert len({code[2:] for code in [*made, Pseudonyms(KEY, "one").record("id")]}) == 5
    assert Pseudonyms(KEY, "one").child("id") == made[0]


@pytest.mark.parametrize("key", ["", "short"])
def test_without_a_secret_key_no_code_is_made(key: str) -> None:
    with pytest.raises(WeakKey, match="nothing can be exported"):
        Pseudonyms(key, "project")


@pytest.mark.parametrize(
    ("item", "what", "left"),
    [
        ("relapses", "relapses", ["", "0", "1", "2 or more", "2 or more", "2 or more"]),
        ("therapy_lines", "lines of treatment", ["", "0 to 1", "0 to 1", "2", "3", "4 or more"]),
    ],
)
def test_what_families_tell_of_leaves_as_a_range(item: str, what: str, left: list[str]) -> None:
    found = next(one for one in actions()["baseline"] if one.item == item)
    assert (found.verb, found.why) == (Verb.BAND, f"many {what} are rare, and families tell of them")
    assert found.bands is not None
    assert [found.bands.read(text, "") for text in ("", "0", "1", "2", "3", "15")] == left


def test_ranges_of_whole_numbers_are_named_by_the_numbers_in_them() -> None:
    assert Bands(edges=(1, 2, 5), of_whole_numbers=True).labels == ("0", "1", "2 to 4", "5 or more")
    assert Bands(edges=(1, 2, 5)).labels == ("under 1", "1 to under 2", "2 to under 5", "5 or more")
