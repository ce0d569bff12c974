"""When an item is asked, said as REDCap says it, or not at all."""

import pytest

from analysis.formats.branching import Asked, branching_logic
from analysis.formats.package import Field

ITEMS = {
    name: Asked(name=f"f_{name}", field=Field(name=name, label=name, kind=kind, codes=codes))
    for name, kind, codes in (
        ("route", "code", {"iv": "IV", "sc": "SC"}),
        ("signs", "codes", {"fever": "Fever", "rash": "Rash"}),
        ("given", "boolean", {}),
        ("doses", "integer", {}),
    )
}


@pytest.mark.parametrize(
    ("words", "logic"),
    [
        ("", ""),
        ("route is iv", "[f_route] = 'iv'"),
        ("route is iv or sc", "([f_route] = 'iv' or [f_route] = 'sc')"),
        ("signs is rash", "[f_signs(rash)] = '1'"),
        ("given is answered", "[f_given] = '1'"),
        ("given is yes", "[f_given] = '1'"),
        ("not (given is yes)", "[f_given] <> '1'"),
        ("given is no", "[f_given] = '0'"),
        ("given is yes or no", "([f_given] = '1' or [f_given] = '0')"),
        ("doses is answered", "[f_doses] <> ''"),
        ("doses is at least 3", "[f_doses] >= 3"),
        ("not (given is answered)", "[f_given] <> '1'"),
        ("not (route is iv or sc)", "([f_route] <> 'iv' and [f_route] <> 'sc')"),
        ("(route is iv or sc and given is answered)", "(([f_route] = 'iv' or [f_route] = 'sc') and [f_given] = '1')"),
        ("(given is answered or route is iv or sc)", "([f_given] = '1' or ([f_route] = 'iv' or [f_route] = 'sc'))"),
        ("not ((given is answered and route is iv))", "([f_given] <> '1' or [f_route] <> 'iv')"),
        ("(given is answered and not (route is iv))", "([f_given] = '1' and [f_route] <> 'iv')"),
    ],
)
def test_a_condition_is_said_in_redcaps_words(words: str, logic: str) -> None:
    assert branching_logic(words, ITEMS) == logic


@pytest.mark.parametrize(
    "words",
    [
        "dropped is iv",
        "route is im",
        "signs is answered",
        "not (doses is at least 3)",
        "(route is iv",
        "route is iv)",
        "whenever it rains",
        "(given is answered and dropped is answered)",
    ],
)
def test_what_cannot_be_said_is_not_said(words: str) -> None:
    assert branching_logic(words, ITEMS) == ""
