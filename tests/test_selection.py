"""A report limited to some children: filters read from text, applied at the first dose, and said on every page."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from analysis.__main__ import main
from analysis.cut import read_cut
from analysis.endpoints.groupings import GROUPINGS
from analysis.endpoints.selected import GROUPING_OF, select
from analysis.report import write_report
from cut_folder import CutFolder
from forms.selection import CHOICES, EVERYBODY, SelectionError, read_selection

INFUSED = date(2026, 3, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a cut of five children: treated into a vein, under the skin, not; elsewhere; not infused."""
    cut = CutFolder()
    cut.subjects["other-site"] = "south"
    for child, years, product in (
        ("vein", 5, "tisagenlecleucel"),
        ("skin", 12, "academic"),
        ("untreated", 17, "tisagenlecleucel"),
        ("other-site", 9, None),
    ):
        cut.add("infusion", child, infused_on=INFUSED, age_years=years, product=product)
    for child, route, line in (("vein", "iv_bolus", "first"), ("skin", "sc", None)):
        at = datetime(2026, 3, 4, 12, 0)
        course = cut.add(
            "anakinra_course", child, given=True, started_at=at, route=route, line=line, indications=("crs", "icans")
        )
        cut.add("anakinra_regimen", child, course=course, from_at=at, mg_per_kg_day=Decimal(8), cap_applied="none")
    cut.add("anakinra_course", "untreated", given=False)
    cut.add("enrolment", "not-infused", sex="male")
    return cut.write(tmp_path_factory.mktemp("given") / "cut")


@pytest.mark.parametrize(
    ("fields", "kept", "not_known"),
    [
        ({"site": ["south"]}, ["other-site"], {}),
        ({"product": ["tisagenlecleucel"]}, ["untreated", "vein"], {"product": 1}),
        ({"product": ["academic", "tisagenlecleucel"]}, ["skin", "untreated", "vein"], {"product": 1}),
        ({"route": ["iv"]}, ["vein"], {}),
        ({"line": ["first"]}, ["vein"], {"line": 1}),
        ({"indication": ["icans"]}, ["skin", "vein"], {}),
        ({"indication": ["carhlh"]}, [], {}),
        ({"dose_tier": ["high"]}, ["skin", "vein"], {}),
        ({"agents": ["neither"]}, ["skin", "vein"], {}),
        ({"age_from": ["5"], "age_to": ["12"]}, ["other-site", "skin", "vein"], {}),
        ({"age_from": ["13"]}, ["untreated"], {}),
        ({"infused_from": ["2026-03-01"]}, ["other-site", "skin", "untreated", "vein"], {}),
        ({"infused_to": ["2026-02-28"]}, [], {}),
        ({"site": ["north"], "product": ["academic"], "route": ["sc"]}, ["skin"], {}),
    ],
)
def test_a_filter_keeps_the_children_of_whom_it_is_known_to_hold(folder, fields, kept, not_known):
    selected = select(read_cut(folder), read_selection(fields))
    assert sorted(selected.cut.subjects) == kept
    assert (selected.not_known, selected.not_infused) == (not_known, 1)


@pytest.mark.parametrize(("is_given", "not_known"), [(None, {"route": 1}), (False, {})])
def test_a_page_that_leaves_open_whether_anakinra_was_given_leaves_its_route_open(tmp_path, is_given, not_known):
    cut = CutFolder()
    cut.add("infusion", "child-1", infused_on=INFUSED)
    cut.add("anakinra_course", "child-1", given=is_given)
    selected = select(read_cut(cut.write(tmp_path / "cut")), read_selection({"route": ["iv"]}))
    assert selected.not_known == not_known


def test_without_a_filter_everybody_stays(folder):
    cut = read_cut(folder)
    assert select(cut, read_selection({"site": [""], "age_from": [" "]})).cut is cut
    assert EVERYBODY.is_everybody


@pytest.mark.parametrize("name", GROUPING_OF)
def test_the_words_of_a_filter_are_those_of_its_groups(name):
    grouping = next(one for one in GROUPINGS if one.id == GROUPING_OF[name])
    assert tuple(CHOICES[name][1].labels.values()) == grouping.groups


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"product": ["x"]}, "Product: “x” is not known. Choose from: tisagenlecleucel, axicabtagene,"),
        ({"age_from": ["ten"]}, "Age: “ten” is not a number of whole years. Write it such as 12."),
        ({"age_from": ["１２"]}, "Age: “１２” is not a number of whole years. Write it such as 12."),
        ({"age_to": ["121"]}, "Age: 121 years is not possible. Give whole years from 0 to 120."),
        ({"age_from": ["9"], "age_to": ["3"]}, "Age: from 9 to 3 years holds nobody. Exchange the two."),
        ({"infused_from": ["2026-W10"]}, "Infused: “2026-W10” is not a day. Write it such as 2026-03-05."),
        ({"infused_to": ["20260305"]}, "Infused: “20260305” is not a day. Write it such as 2026-03-05."),
        ({"infused_from": ["5 March"]}, "Infused: “5 March” is not a day. Write it such as 2026-03-05."),
        (
            {"infused_from": ["2026-03-05"], "infused_to": ["2026-03-01"]},
            "Infused: from 2026-03-05 to 2026-03-01 holds no day. Exchange the two.",
        ),
    ],
)
def test_a_filter_that_cannot_be_used_is_refused_in_words(fields, said):
    with pytest.raises(SelectionError) as refused:
        read_selection(fields)
    assert str(refused.value).startswith(said)


def test_a_selection_is_the_same_after_it_was_kept_as_fields():
    fields = {"site": ["CHOP"], "product": ["academic"], "age_to": ["12"], "infused_from": ["2026-03-05"]}
    selection = read_selection(fields)
    assert selection.as_fields() == fields
    assert read_selection(selection.as_fields()) == selection
    assert selection.words() == (
        "Site: CHOP",
        "Product: Academic or other trial product",
        "Age at infusion: to 12 years",
        "Infused: from 2026-03-05",
    )


def test_a_limited_report_says_so_at_its_head_under_each_table_and_in_its_results(folder, tmp_path):
    selection = read_selection({"product": ["tisagenlecleucel"]})
    page = write_report(read_cut(folder), tmp_path / "report", selection=selection)
    text = page.read_text(encoding="utf-8")
    assert (
        "Sensitivity analysis, limited to Product: Tisagenlecleucel: 2 of 5 children."
        " Left out without being asked: 1 not infused. Left out because the answer is not known: Product 1." in text
    )
    cut_lines = text.count('<span class="cut">')
    assert cut_lines == text.count("; only Product: Tisagenlecleucel ") > 3
    results = json.loads((page.parent / "results.json").read_text(encoding="utf-8"))
    assert results["selection"] == {"product": ["tisagenlecleucel"]}


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--site", "west"), "Site: the cut has no child of “west”. Choose from: north, south.\n"),
        (("--route", "nose"), "Route at the start: “nose” is not known. Choose from: sc, iv.\n"),
    ],
)
def test_the_command_refuses_a_filter_in_one_line_and_writes_nothing(folder, tmp_path, capsys, option, said):
    assert main(["report", str(folder), "--out", str(tmp_path / "out"), *option]) == 2
    assert capsys.readouterr().err == f"python -m analysis report: {said}"
    assert list(tmp_path.iterdir()) == []


def test_a_filter_that_finds_nobody_is_told_beside_the_report(folder, tmp_path, capsys):
    assert main(["report", str(folder), "--out", str(tmp_path / "report"), "--indication", "carhlh"]) == 0
    assert capsys.readouterr().err == "0 of 5 children are left by these filters: the report is empty.\n"
