"""The de-identified profile: what it does to each class of item, and how days, codes and ranges come about."""

import base64
import hashlib
import hmac
from datetime import date
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
from registry.release.deidentify import Infusions, Pseudonyms, WeakKey, deidentify, out_columns
from registry.release.rules import BANDS_BY_ITEM, BANDS_BY_UNIT, Bands, Top, UnruledItem, Verb, actions, actions_for

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
        (Day(privacy=DATE, **MINIMAL), Verb.RELDAY),
        (derived(unit="days", privacy=DATE), Verb.KEEP),
        (derived(result=Day(privacy=DATE, **MINIMAL), privacy=DATE), Verb.RELDAY),
        (number(unit="kg", privacy=QI), Verb.BAND),
        (Choice(codes=COLORS, privacy=QI, **MINIMAL), Verb.KEEP),
        (Link(form="sample", privacy=STRUCTURE, **MINIMAL), Verb.RECODE),
        (number(unit="mg/L", privacy=CLINICAL), Verb.KEEP),
        (Measured(unit="mg/L", low=0, high=100, privacy=CLINICAL, **MINIMAL), Verb.KEEP),
        (YesNo(privacy=STRUCTURE, **MINIMAL), Verb.KEEP),
    ],
)
def test_the_class_of_an_item_decides_what_is_done_to_it(item: Item, verb: Verb) -> None:
    assert verbs_of(item=item) == {"item": verb}


@pytest.mark.parametrize(
    "item",
    [
        number(unit="furlong", privacy=QI),
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


def test_what_gives_an_exact_number_away_is_withheld_unless_it_is_a_range_itself() -> None:
    assert verbs_of(
        weight=number(unit="kg", privacy=QI),
        dose_mg=number(unit="mg", privacy=CLINICAL, derives_from=("weight",)),
        dry_weight=number(unit="kg", privacy=QI, derives_from=("weight",)),
    ) == {"weight": Verb.BAND, "dose_mg": Verb.DROP, "dry_weight": Verb.BAND}


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
    kept = {action.item for own in actions().values() for action in own if action.verb is not Verb.DROP}
    assert not kept & {
        name for form in CASEBOOK.values() for name, item in form.items.items() if isinstance(item, Text)
    }


def test_ages_go_out_in_the_groups_of_ich_e11() -> None:
    # ICH E11(R1): up to 23 months, 2 to 11 years, 12 to 17 years, then adults
    ages = BANDS_BY_UNIT["years"]
    assert [ages.label(Decimal(age)) for age in (0, 1, 2, 11, 12, 17, 18, 39)] == [
        *("under 2", "under 2", "2 to under 12", "2 to under 12"),
        *("12 to under 18", "12 to under 18", "18 or more", "18 or more"),
    ]


def test_a_dose_by_weight_no_longer_gives_the_weight() -> None:
    # 100 mg every 6 hours, rounded to the syringe: three decimals leave 59.9 kg only for 6.678 mg/kg/day.
    dose = BANDS_BY_ITEM["anakinra_regimen.given_mg_per_kg_day"]
    weights = [Decimal(tenths) / 10 for tenths in range(30, 1200)]
    exact = [weight for weight in weights if round(400 / weight, 3) == Decimal("6.678")]
    ranged = [weight for weight in weights if dose.label(400 / weight) == dose.label(Decimal("6.678"))]
    assert (exact, dose.label(Decimal("6.678"))) == ([Decimal("59.9")], "5 to under 7")
    assert (ranged[0], ranged[-1]) == (Decimal("57.2"), Decimal("80"))


@pytest.mark.parametrize("item", ["anakinra_regimen.mg_per_kg_day", "laboratory.egfr", "anakinra_course.at_start_egfr"])
def test_what_gives_weight_or_height_away_with_its_neighbours_leaves_as_a_range(item: str) -> None:
    form, _, name = item.partition(".")
    assert [action.verb for action in actions()[form] if action.item == name] == [Verb.BAND]


@pytest.mark.parametrize(
    ("typed", "sign", "stage"),
    [("15", "<", "under 15"), ("90", ">", "90 or more"), ("15", "", "15 to under 30"), ("89.9", "", "60 to under 90")],
)
def test_a_measurement_given_as_a_limit_falls_into_the_range_it_means(typed: str, sign: str, stage: str) -> None:
    form = CASEBOOK["laboratory"]
    own = tuple(action for action in actions()["laboratory"] if action.item == "egfr")
    row = {name: "" for column in form.items for name in (column, f"{column}_sign", f"{column}_nf")}
    row |= {"subject": "s", "record": "r", "completed": "true", "egfr": typed, "egfr_sign": sign}
    none = Infusions(by_record={}, by_child={})
    left = deidentify(form, own, [row], children={"s": "u"}, infusions=none, pseudonyms=Pseudonyms(KEY, "demo"))
    assert left[0][4:6] == [stage, sign]
    assert [column.name for column in out_columns(form, own)][4:6] == ["egfr", "egfr_sign"]


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


def test_rare_counts_are_put_together() -> None:
    assert [Top(top=2).label(Decimal(number)) for number in (1, 2, 3, 9)] == [
        "1",
        "2 or more",
        "2 or more",
        "2 or more",
    ]


def infusion_row(record: str, day: str, child: str = "child") -> dict[str, str]:
    return {"subject": child, "record": record, "infused_on": day}


TWO = Infusions.read([infusion_row("second", "2026-09-01"), infusion_row("first", "2026-03-05")])


@pytest.mark.parametrize(
    ("form", "row", "anchor"),
    [
        ("assessment", {"infusion": "first", "assessed_at": "2026-09-04T08:00"}, "first"),
        ("assessment", {"infusion": "", "assessed_at": "2026-09-04T08:00"}, "second"),
        ("assessment", {"infusion": "", "assessed_at": "2026-09-01T00:10"}, "second"),
        ("assessment", {"infusion": "", "assessed_at": "2026-08-31T23:50"}, "first"),
        ("assessment", {"infusion": "voided", "assessed_at": "2026-09-04T08:00"}, "second"),
        ("baseline", {"assessed_on": "2026-02-20"}, "first"),
        ("toxicity_episode", {"infusion": "", "onset_on": "2026-09"}, "first"),
    ],
)
def test_days_count_from_the_linked_infusion_else_the_last_before_else_the_first(
    form: str, row: dict[str, str], anchor: str
) -> None:
    found = TWO.anchor(CASEBOOK[form], {"subject": "child", **row})
    assert found is not None
    assert found[0] == anchor


def test_without_an_infusion_there_is_nothing_to_count_from() -> None:
    assert TWO.anchor(CASEBOOK["baseline"], {"subject": "another", "assessed_on": "2026-02-20"}) is None


@pytest.mark.parametrize(
    ("typed", "day", "precision"),
    [
        ("2026-03-05", "0", "D"),
        ("2026-03-02", "-3", "D"),
        ("2026-03-06T00:01", "1", "D"),
        ("2026-03", "", "M"),
        ("2026", "", "Y"),
        ("", "", ""),
    ],
)
def test_a_partial_date_gives_no_day_but_says_how_exactly_it_was_known(typed: str, day: str, precision: str) -> None:
    form = form_of(seen_on=Day(partial=True, privacy=DATE, **MINIMAL))
    own = actions_for({"sample": form})["sample"]
    row = {"subject": "child", "record": "r", "completed": "true", "seen_on": typed, "seen_on_nf": ""}
    infusions = Infusions.read([infusion_row("first", "2026-03-05")])
    pseudonyms = Pseudonyms(KEY, "project")
    cells = deidentify(form, own, [row], children={"child": "u"}, infusions=infusions, pseudonyms=pseudonyms)
    header = [column.name for column in out_columns(form, own)]
    assert header == ["child", "record", "day_0", "completed", "seen_on_day", "seen_on_prec", "seen_on_nf"]
    assert cells == [
        [pseudonyms.child("u"), pseudonyms.record("r"), pseudonyms.record("first"), "true", day, precision, ""]
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


def test_rows_stand_in_the_order_of_the_codes() -> None:
    form = form_of(fever=YesNo(privacy=CLINICAL, missing=False, **MINIMAL))
    own = actions_for({"sample": form})["sample"]
    rows = [{"subject": f"s{n}", "record": f"r{n}", "completed": "true", "fever": "true"} for n in range(40)]
    children = {f"s{n}": f"u{n}" for n in range(40)}
    pseudonyms = Pseudonyms(KEY, "project")
    infusions = Infusions.read([infusion_row("i", date(2026, 3, 5).isoformat(), "s0")])
    out = deidentify(form, own, rows, children=children, infusions=infusions, pseudonyms=pseudonyms)
    codes = [row[0] for row in out]
    assert codes == sorted(codes)
    assert set(codes) == {pseudonyms.child(f"u{n}") for n in range(40)}
    assert codes != [pseudonyms.child(f"u{n}") for n in range(40)]
