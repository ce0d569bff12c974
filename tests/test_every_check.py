"""Every check of the casebook against its tables, and what must hold of all of them alike.

A check that is not in a table, or in no group, is an error: none can be forgotten.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from check_tables import CASES, Case, checks, context, form_of, groups, row_of
from forms.casebook import CASEBOOK
from forms.context import Context
from forms.edit_checks import check_row
from forms.form import ANCHOR_FORMS
from forms.values import NullFlavour, Row, Value
from partial_dates import as_partial, cuts, exact, in_stored, is_partial, with_time
from run_folder import told_once
from watched import reads_of

CHECKS = checks()
NOT_OF_ONE_CHILD = {
    10: "children entered twice: registry/monitoring/duplicates.py",
    44: "the monitoring page: registry/monitoring/site_figures.py",
    45: "what is kept of a fired check (no page can be locked or signed yet): registry/data_queries.py",
}
"""Groups, or parts of groups, that are not judged from one child's rows, and where they stand."""

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case["check"])


def refused(case: Case) -> Row:
    return row_of(form_of(case["check"]), case["refused"])


def passed(case: Case) -> Row:
    return row_of(form_of(case["check"]), case["passed"])


def stored(case: Case) -> Context:
    return context(case.get("stored", ""))


def known_value(known: Context, form: str, key: str, item: str) -> Value:
    """Return what a stored row answers to an item."""
    return next(row for row in known.rows[form] if row["key"] == key).get(item)


def fires(case: Case, row: Row, known: Context) -> bool:
    """Tell whether the check of a case fires for a row; it must never raise."""
    return CHECKS[case["check"]].holds(row, known) is False


def test_the_tables_hold_every_check_of_the_casebook() -> None:
    assert {case["check"] for case in CASES} == set(CHECKS)
    assert len(CHECKS) == sum(len(form.checks) for form in CASEBOOK.values())


@each_case
def test_a_check_refuses_what_is_wrong_and_lets_the_nearest_right_row_pass(case: Case) -> None:
    assert fires(case, refused(case), stored(case))
    assert not fires(case, passed(case), stored(case))


@each_case
def test_a_message_is_filled_with_what_was_found_and_says_what_to_do(case: Case) -> None:
    form = CASEBOOK[form_of(case["check"])]
    row = {name: value for name, value in refused(case).items() if name in (*form.items, "entered_at")}
    always = replace(form, items={name: replace(item, ask_if=None) for name, item in form.items.items()})

    told = check_row(always, {**row, "key": case["refused"].get("key")}, stored(case))

    shown = [finding.message for finding in told if finding.check_id == case["check"]]
    assert len(shown) == 1
    assert "{" not in shown[0] and shown[0].endswith((".", ")."))


@each_case
def test_a_check_is_silent_where_an_answer_is_missing(case: Case) -> None:
    """Each answer it reads, of its own row or of another record, is taken away in turn."""
    row, known, form = refused(case), stored(case), form_of(case["check"])
    reads = reads_of(CHECKS[case["check"]], row, known)
    still = set()
    for missing in (None, NullFlavour.UNKNOWN):
        for name in row.keys() - {"key"}:
            if fires(case, {**row, name: missing}, known):
                still.add(name)
        for other, key, name in reads.stored:
            if known_value(known, other, key, name) is not None and fires(
                case, row, in_stored(known, other, key, name, missing)
            ):
                still.add(f"{other}.{name}")

    assert still == set(case.get("fires_without", ()))
    assert [told for told in case.get("missing", ()) if fires(case, row_of(form, told), known)] == []


def cut_dates(case: Case) -> Iterator[tuple[str, str, bool, bool]]:
    """Yield each date a check reads, cut: its name, the cut date, whether the check fires, and whether it must.

    It must fire when it fires for every exact date that the cut one can mean, and only then.
    """
    check, form = CHECKS[case["check"]], form_of(case["check"])
    for row in (refused(case), passed(case)):
        known = stored(case)
        reads = reads_of(check, row, known)
        for name in sorted(reads.own):
            value = as_partial(row.get(name))
            if value is not None and is_partial(form, name):
                for cut in cuts(value):
                    every = [{**row, name: one} for one in exact(cut, with_time=with_time(form, name))]
                    must = all(fires(case, one, known) for one in every)
                    yield name, cut.text, fires(case, {**row, name: cut}, known), must
        for other, key, name in sorted(reads.stored):
            value = as_partial(known_value(known, other, key, name))
            if value is not None and is_partial(other, name):
                for cut in cuts(value):
                    dates = exact(cut, with_time=with_time(other, name))
                    must = all(fires(case, row, in_stored(known, other, key, name, one)) for one in dates)
                    found = fires(case, row, in_stored(known, other, key, name, cut))
                    yield f"{other}.{name}", cut.text, found, must


@each_case
def test_a_check_fires_for_a_partial_date_only_where_no_value_would_satisfy_it(case: Case, shared_folder: Path) -> None:
    wrong: list[str] = []
    seen: dict[str, set[bool]] = {}
    for name, cut, found, must in told_once(
        shared_folder, f"cut-dates-{CASES.index(case)}", lambda: list(cut_dates(case))
    ):
        seen.setdefault(name, set()).add(found)
        if found is not must:
            wrong.append(f"{name} {cut}: {'fires' if found else 'is silent'}")
    form, told, known = form_of(case["check"]), case.get("partial", {}), stored(case)
    for row in told.get("fires", ()):
        assert fires(case, row_of(form, row), known), row
    for row in told.get("silent", ()):
        assert not fires(case, row_of(form, row), known), row

    assert wrong == []
    one_sided = {name for name, sides in seen.items() if len(sides) < 2}
    assert one_sided == set(case.get("one_sided", ())), "name the dates whose cuts all come out alike"


@each_case
def test_a_check_names_the_forms_it_reads_and_no_other(case: Case) -> None:
    """A form that is not named would not be loaded, and a change of it would not judge the row again."""
    check = CHECKS[case["check"]]
    read = set().union(*(reads_of(check, row, stored(case)).forms for row in (refused(case), passed(case))))

    assert set(check.uses) - set(ANCHOR_FORMS) <= read
    assert read - set(ANCHOR_FORMS) <= set(check.uses)


@each_case
def test_a_check_names_the_answers_of_other_records_that_it_compared(case: Case) -> None:
    check, row, known = CHECKS[case["check"]], refused(case), stored(case)
    compared = {
        (form, key, item)
        for form, key, item in reads_of(check, row, known).stored
        if key != row.get("key") and known_value(known, form, key, item) is not None
        if CASEBOOK[form].items[item].kind != "link"
    }
    if check.also is None:
        assert not compared
        return
    anchors = check.also(row, known)
    assert {(anchor.form, anchor.key, anchor.item) for anchor in anchors} <= {
        (form, str(stored_row["key"]), item)
        for form, rows in known.rows.items()
        for stored_row in rows
        for item in CASEBOOK[form].typed_items
    }
    assert anchors or not compared


def test_every_check_stands_in_its_group_with_its_severity() -> None:
    told = {id_: (number, severity) for number, group in groups().items() for id_, severity in group.items()}
    found = {check.id: (check.group, check.severity.value) for check in CHECKS.values()}

    assert sum(len(group) for group in groups().values()) == len(told), "a check stands in two groups"
    assert found == told


def test_what_no_check_can_judge_stands_where_it_is_said_to_stand() -> None:
    root = Path(__file__).parent.parent
    assert [place for place in NOT_OF_ONE_CHILD.values() if not (root / place.rpartition(" ")[2]).is_file()] == []


def test_all_45_groups_are_there() -> None:
    assert set(groups()) | set(NOT_OF_ONE_CHILD) | {0} == set(range(46))
    assert all(check.version >= 1 for check in CHECKS.values())
