"""What is typed in a field becomes a value, and a value becomes what stands in a field."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict

import answers
from forms.branching import When
from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import (
    CLINICAL,
    Choice,
    CodeList,
    Count,
    Day,
    Link,
    Measured,
    Moment,
    MultiChoice,
    Number,
    Text,
    YesNo,
)
from forms.values import Measurement, NullFlavour, PartialDate, Row, Value
from registry.webforms import RecordForm, sections

ROUTES = CodeList("routes", {"sc": "Subcutaneous", "iv": "Intravenous", "none": "None of these"})
KINDS = Form(
    name="kinds",
    number=99,
    title="Kinds",
    intro="One item of each kind.",
    version=1,
    items={
        "day": Day(label="Day", privacy=CLINICAL, help="Such as 2026-03-05."),
        "month": Day(label="Month", partial=True, privacy=CLINICAL, help="Such as 2026-03."),
        "moment": Moment(label="Moment", privacy=CLINICAL, help="Such as 2026-03-05 14:30."),
        "number": Number(label="Number", decimals=1, low=0, high=99, privacy=CLINICAL, help="Such as 12.5."),
        "count": Count(label="Count", low=0, high=9, privacy=CLINICAL, help="Such as 3."),
        "crp": Measured(
            label="CRP",
            unit="mg/L",
            units={"mg/dL": Decimal(10)},
            low=0,
            high=999,
            decimals=1,
            privacy=CLINICAL,
            help="x",
        ),
        "route": Choice(label="Route", codes=ROUTES, privacy=CLINICAL, help="Such as Subcutaneous."),
        "routes": MultiChoice(label="Routes", codes=ROUTES, none="none", privacy=CLINICAL, help="Such as both."),
        "given": YesNo(label="Given", privacy=CLINICAL, help="Such as Yes."),
        "why": Text(label="Why", ask_if=When("given"), privacy=CLINICAL, help="Such as fever."),
        "infusion": Link(label="Infusion", form="infusion", privacy=CLINICAL, help="Such as the first."),
        "episodes": Link(label="Episodes", form="toxicity_episode", many=True, privacy=CLINICAL, help="Such as CRS."),
    },
)
OPTIONS = {"infusion": (("i1", "Infusion 1"),), "episodes": (("e1", "CRS"), ("e2", "ICANS"))}


def read(**typed: str | list[str]) -> RecordForm:
    """Return the form after a page with the given fields was posted."""
    web = RecordForm(KINDS, options=OPTIONS)
    web.read(MultiDict({name: [text] if isinstance(text, str) else text for name, text in typed.items()}))
    return web


def errors(web: RecordForm) -> dict[str, list[str]]:
    """Return the messages by field."""
    return {name: list(field.errors) for name, field in web.fields.items() if field.errors}


@pytest.mark.parametrize(
    ("typed", "name", "expected"),
    [
        ({"day": "2026-03-05"}, "day", date(2026, 3, 5)),
        ({"month": "2026-03"}, "month", PartialDate("2026-03")),
        ({"moment": "2026-03-05 14:30"}, "moment", datetime(2026, 3, 5, 14, 30)),
        ({"moment": "2026-03-05T14:30"}, "moment", datetime(2026, 3, 5, 14, 30)),
        ({"number": " 12.5 "}, "number", Decimal("12.5")),
        ({"count": "3"}, "count", 3),
        ({"crp": "<0.5"}, "crp", Measurement(value=Decimal("0.5"), sign="<", unit_typed="mg/L", text_typed="<0.5")),
        (
            {"crp": "8.5", "crp__unit": "mg/dL"},
            "crp",
            Measurement(value=Decimal("85.0"), unit_typed="mg/dL", text_typed="8.5 mg/dL"),
        ),
        ({"route": "iv"}, "route", "iv"),
        ({"routes": ["iv", "sc"]}, "routes", ("sc", "iv")),
        ({"given": "no"}, "given", False),
        ({"given": ""}, "given", None),
        ({"infusion": "i1"}, "infusion", "i1"),
        ({"episodes": ["e2", "e1"]}, "episodes", ("e1", "e2")),
        ({"count__missing": "UNK"}, "count", NullFlavour.UNKNOWN),
    ],
)
def test_what_is_typed_becomes_a_value(typed: dict[str, str], name: str, expected: Value) -> None:
    web = read(**typed)

    assert errors(web) == {}
    assert web.row("k") == {"key": "k", **dict.fromkeys(KINDS.items), name: expected}


@pytest.mark.parametrize(
    ("typed", "name", "said"),
    [
        ({"day": "2026-02-30"}, "day", "“2026-02-30” is not in the calendar. Check the day and the month."),
        (
            {"number": "1,5"},
            "number",
            "“1,5”: write the number with a point, such as 1.5, and without thousands marks.",
        ),
        (
            {"count": "3", "count__missing": "UNK"},
            "count",
            "Give the answer or the reason why it is missing, not both.",
        ),
        ({"count__missing": "LATER"}, "count", "Choose the reason from the list."),
        ({"infusion__missing": "UNK"}, "infusion", "Choose the reason from the list."),
        ({"infusion": "another"}, "infusion", "The record chosen is not one of this child's. Choose again."),
        ({"episodes": ["e1", "another"]}, "episodes", "The record chosen is not one of this child's. Choose again."),
        ({"routes": ["sc", "none"]}, "routes", "“None of these” goes with no other answer. Take one away."),
        ({"crp": "5", "crp__unit": "mmol/L"}, "crp", "“mmol/L” is not a unit of CRP. Use one of: mg/L, mg/dL."),
        ({"why": "x" * 201}, "why", "It has 201 characters; at most 200 fit. Shorten it."),
        ({"why": "a\x00b"}, "why", "It contains a character that cannot be stored, shown as \ufffd. Type it again."),
        ({"why": "a\u202eb"}, "why", "It contains a character that cannot be stored, shown as \ufffd. Type it again."),
    ],
)
def test_what_cannot_be_read_is_answered_in_words_and_kept(typed: dict[str, str], name: str, said: str) -> None:
    web = read(**typed)

    assert errors(web) == {name: [said]}
    shown = [text.translate({0: "\ufffd", 0x202E: "\ufffd"}) for text in MultiDict(typed).getlist(name)]
    assert web.fields[name].texts == shown
    assert web.fields[name].flavour == typed.get(f"{name}__missing", "")


@pytest.mark.parametrize("form", CASEBOOK.values(), ids=CASEBOOK)
def test_a_stored_row_shown_on_its_page_is_read_back_unchanged(form: Form) -> None:
    options = dict.fromkeys(form.links, (("k", "The record"),))
    for typed in answers.pages(form, dict.fromkeys(CASEBOOK, "k"), {}):
        values = {name: form.items[name].parse(";".join(texts)) for name, texts in typed.items()}
        stored: Row = {"key": "1", **dict.fromkeys(form.typed_items), **values}
        web = RecordForm(form, options=options)
        posted = MultiDict([pair for name in form.typed_items for pair in web.as_posted(name, stored[name])])

        assert web.read(posted, stored)
        assert web.row("1") == stored


def test_a_measurement_that_differs_in_spelling_only_stays_as_it_is_stored() -> None:
    stored = Measurement(value=Decimal("85.0"), unit_typed="mg/dL", text_typed="8.50 mg/dL")
    web = RecordForm(KINDS)

    web.read(MultiDict({"crp": "8.5", "crp__unit": "mg/dL"}), {"crp": stored})

    assert web.fields["crp"].data == stored


def test_answers_that_other_answers_hide_are_named() -> None:
    assert read(given="yes", why="fever").hidden_answers() == []
    assert read(given="no", why="fever").hidden_answers() == ["why"]


def test_a_choice_is_radios_up_to_six_answers_and_a_list_beyond() -> None:
    controls = {
        len(field.options): field.control
        for form in CASEBOOK.values()
        for field in RecordForm(form).fields.values()
        if isinstance(field.item, Choice)
    }

    assert {number: control for number, control in controls.items() if number <= 6} == {
        number: "radios" for number in controls if number <= 6
    }
    assert {control for number, control in controls.items() if number > 6} == {"list"}


@pytest.mark.parametrize(
    ("form", "name", "keypad"),
    [
        ("baseline", "weight_kg", "decimal"),
        ("baseline", "baseline_ice", "decimal"),
        ("baseline", "baseline_crp", ""),  # may be <4
        ("assessment", "rass", ""),  # may be -3
        ("response", "tumor_change_percent", ""),
        ("infection", "comment", ""),
    ],
)
def test_a_phone_shows_digits_alone_only_where_no_sign_is_typed(form: str, name: str, keypad: str) -> None:
    assert RecordForm(CASEBOOK[form]).fields[name].keypad == keypad


def test_every_item_stands_in_exactly_one_section() -> None:
    for form in CASEBOOK.values():
        placed = [name for _, core, extended in sections(form) for name in core + extended]

        assert sorted(placed) == sorted(form.items)


def test_extended_items_are_set_apart_on_long_forms_only() -> None:
    apart = {form.name: any(extended for _, _, extended in sections(form)) for form in CASEBOOK.values()}

    assert apart["enrolment"] is False
    assert apart["laboratory"] is True
