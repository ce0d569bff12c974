"""What a form says about itself when it is declared: one that contradicts itself does not import."""

import re

import pytest

from forms.branching import When
from forms.casebook import CASEBOOK
from forms.casebook.enrolment import SEXES
from forms.form import Form
from forms.items import CLINICAL, Item, MultiChoice, YesNo


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ({"key": YesNo(label="L", privacy=CLINICAL, help="h")}, "made_up.key: the name is taken by the record itself"),
        ({"a": YesNo(label="L", privacy=CLINICAL)}, "made_up.a: help= is missing"),
        ({"a": YesNo(label="L", privacy=CLINICAL, help="h", since=3)}, "made_up.a: since=3: raise the form's version"),
        ({"a": YesNo(label="L", privacy=CLINICAL, help="h", until=1)}, "made_up.a: until=1: pages would go on asking"),
        ({"a": YesNo(label="L", privacy=CLINICAL, help="h", ask_if=When("b"))}, "made_up.a: asked by b"),
        (
            {
                "ferritin": CASEBOOK["laboratory"].items["ferritin"],
                "a": YesNo(label="L", privacy=CLINICAL, help="h", ask_if=When("ferritin", at_least=500)),
            },
            "made_up.a: asked by ferritin is at least 500: a page reads no measurement while it is typed",
        ),
        (
            {"a": MultiChoice(label="L", privacy=CLINICAL, help="h", codes=SEXES, none="none")},
            "made_up.a: “none” is not in its code list",
        ),
    ],
)
def test_a_form_that_contradicts_itself_does_not_import(items: dict[str, Item], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        Form(name="made_up", number=99, title="Made up", intro="Made up.", version=2, items=items)


def test_what_a_form_names_is_one_of_its_items() -> None:
    with pytest.raises(ValueError, match=r"^made_up: there is no item day$"):
        Form(name="made_up", number=99, title="Made up", intro="Made up.", version=1, items={}, day_item="day")
