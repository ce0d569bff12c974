"""The data dictionary: the page in docs/ is the casebook's, and a released item never changes its meaning."""

import csv
import re
from dataclasses import asdict
from io import StringIO
from pathlib import Path

import pytest

from forms.casebook import CASEBOOK
from forms.dictionary import Entry, as_csv, as_markdown, entries
from forms.items import YesNo
from forms.rule_set import RuleSet, newest
from forms.rule_sets import RULE_SETS

ROOT = Path(__file__).parent.parent
RELEASED = sorted((Path(__file__).parent / "golden").glob("dictionary-v*.csv"))
FROZEN_FIELDS = ("kind", "privacy")


def meanings(codes: str) -> dict[str, str]:
    return dict(part.split(" = ", 1) for part in codes.split("; ")) if codes else {}


def broken_promises(released: list[dict[str, str]], now: dict[tuple[str, str], dict[str, str]]) -> list[str]:
    """Return what of a released dictionary no longer holds.

    Codes may be added, never taken away or renamed. A unit may be named where none was; one that was never changes.
    """
    broken = []
    for row in released:
        name = f"{row['form']}.{row['item']}"
        current = now.get((row["form"], row["item"]))
        if current is None:
            broken.append(f"{name} is gone: what was answered to it would be lost")
            continue
        broken += [f"{name}: {field} changed" for field in FROZEN_FIELDS if current[field] != row[field]]
        if row["unit"] not in ("", current["unit"]):
            broken.append(f"{name}: unit changed")
        if not meanings(row["codes"]).items() <= meanings(current["codes"]).items():
            broken.append(f"{name}: a code is gone or changed its meaning")
    return broken


def current_entries() -> dict[tuple[str, str], dict[str, str]]:
    return {(row.form, row.item): asdict(row) for row in entries()}


def test_the_page_in_docs_is_the_one_the_casebook_generates() -> None:
    page = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")

    assert page == as_markdown(), "run: make docs"


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.name)
def test_no_released_item_changes_kind_unit_privacy_or_the_meaning_of_a_code(path: Path) -> None:
    released = list(csv.DictReader(StringIO(path.read_text(encoding="utf-8"))))

    assert released
    assert broken_promises(released, current_entries()) == []


def unannounced(released: list[dict[str, str]], now: dict[tuple[str, str], dict[str, str]]) -> list[str]:
    """Return the items that came after a release and do not say since which version of their form."""
    known = {(row["form"], row["item"]) for row in released}
    newest: dict[str, int] = {}
    for row in released:
        newest[row["form"]] = max(newest.get(row["form"], 0), int(row["since"]))
    new = ((form, item) for form, item in now if (form, item) not in known)
    return [f"{form}.{item}" for form, item in new if int(now[form, item]["since"]) <= newest.get(form, 0)]


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.name)
def test_an_item_that_came_after_a_release_says_since_which_version_it_is_asked(path: Path) -> None:
    released = list(csv.DictReader(StringIO(path.read_text(encoding="utf-8"))))

    assert unannounced(released, current_entries()) == [], "raise the version of the form, and write it as since="


def test_the_guard_names_a_new_item_that_does_not_say_since_when() -> None:
    now = current_entries()
    sex, majority = now["enrolment", "sex"], now["enrolment", "majority_on"]

    assert unannounced([sex], {("enrolment", "sex"): sex, ("enrolment", "majority_on"): majority}) == []
    assert unannounced([sex], {("enrolment", "gender"): {**sex, "item": "gender"}}) == ["enrolment.gender"]


def test_the_guard_names_each_kind_of_change() -> None:
    now = current_entries()
    sex = now["enrolment", "sex"]
    released = [
        {**sex, "kind": "text"},
        {**now["baseline", "weight_kg"], "unit": "lb"},
        {**sex, "codes": "female = Male; male = Female"},
        {**sex, "item": "gender"},
        {**sex, "unit": "years"},
        {**now["assessment", "ice_total"], "unit": ""},
    ]

    assert broken_promises(released, now) == [
        "enrolment.sex: kind changed",
        "baseline.weight_kg: unit changed",
        "enrolment.sex: a code is gone or changed its meaning",
        "enrolment.gender is gone: what was answered to it would be lost",
        "enrolment.sex: unit changed",
    ]


def test_the_dictionary_has_one_row_per_item() -> None:
    rows = list(csv.DictReader(StringIO(as_csv())))

    assert [(row["form"], row["item"]) for row in rows] == [
        (form.name, name) for form in CASEBOOK.values() for name in form.items
    ]


def test_a_row_tells_everything_about_an_item() -> None:
    row = next(row for row in entries() if (row.form, row.item) == ("laboratory", "fibrinogen"))

    assert row == Entry(
        form="laboratory",
        item="fibrinogen",
        kind="measured",
        label="Fibrinogen",
        unit="mg/dL",
        codes="",
        limits="10 to 1500 (confirm), 1 decimals; also g/L x 100, mg/L x 0.1",
        usual="150 to 700",
        asked_if="",
        required="yes",
        part="core",
        privacy="clinical",
        derives_from="",
        since="1",
        until="",
        help="In mg/dL, or with its unit, such as 145 or 1.45 g/L.",
    )


def test_no_row_says_that_a_no_would_ask_an_item() -> None:
    yes_no = {(row.form, row.item) for row in entries() if row.kind == YesNo.kind}
    told = [(row.form, name) for row in entries() for name in re.findall(r"(\w+) is answered", row.asked_if)]

    assert [item for item in told if item in yes_no] == []


def test_the_page_tells_each_rule_set_its_version_and_source_and_which_are_not_verified() -> None:
    lines = as_markdown().splitlines()
    told = {rule_set: line for rule_set in RULE_SETS for line in lines if is_of(rule_set, line)}

    assert set(told) == set(RULE_SETS)
    assert all(", ".join(rule_set.values) in line for rule_set, line in told.items())
    assert {rule_set for rule_set, line in told.items() if line.endswith("**not verified** |")} == {
        rule_set for rule_set in RULE_SETS if not rule_set.verified
    }
    earlier = set(RULE_SETS) - set(newest(RULE_SETS))
    assert {rule_set for rule_set, line in told.items() if "**earlier version**" in line} == earlier


def is_of(rule_set: RuleSet, line: str) -> bool:
    """Tell whether a line of the dictionary's first table of rule sets is that of a rule set in its version."""
    return line.startswith(f"| `{rule_set.id}` ") and f"| {rule_set.version} | `{rule_set.form}` |" in line


def test_the_page_says_what_each_later_version_changed() -> None:
    lines = as_markdown().splitlines()

    assert all(f"| `{one.id}` {one.version} | {one.changed} |" in lines for one in RULE_SETS if one.version != "1")


def test_what_was_not_read_in_print_is_not_verified() -> None:
    """CLINICAL.md: what is tagged [R] or known second-hand, and the composite that awaits a signature (D3)."""
    assert {rule_set.id for rule_set in RULE_SETS if not rule_set.verified} == {
        "hlh_cartox_2018",
        "iec_hs_2023",
        "iec_hs_2023_grade",
        "carhlh_composite",
        "icaht_early",
        "icaht_late",
        "ctcae_v6_laboratory",
        "infection_merging",
        "infection_severity",
        "steroid_equivalent",
    }
