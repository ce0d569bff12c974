"""Public aggregates of the demonstration: counts as the report has them, and what of them may leave."""

from __future__ import annotations

import csv
import json
from datetime import date

import pytest

from aggregate_audit import gives_away, least_widths, narrow_in_hindsight
from analysis.__main__ import main
from analysis.cut import read_cut
from analysis.endpoints.responses import split_for
from analysis.plan.resolution import READ_AT_DAYS
from analysis.plan.responses import CR_BY_CARHLH
from analysis.release.aggregates import aggregates
from analysis.study import study_of
from cut_folder import CutFolder
from demo_cut import told_children, write_demo_cut
from forms.selection import EVERYBODY
from registry.release.aggregate_files import write_public
from registry.release.aggregates import build_public
from run_folder import made_once

FIRST, LATER = 90, 120


@pytest.fixture(scope="module")
def cuts(shared_folder):
    """Return the folders of two cuts of one demonstration, and the exact counts of each; told once for all engines."""

    def tell(folder):
        told = told_children(LATER)
        for patients in (FIRST, LATER):
            cut = write_demo_cut(folder / str(patients), told, patients=patients)
            assert main(["aggregates", str(cut), "--out", str(folder / f"{patients}.json")]) == 0

    folder = made_once(shared_folder, "aggregates", tell)
    return {
        patients: (folder / str(patients), json.loads((folder / f"{patients}.json").read_text(encoding="utf-8")))
        for patients in (FIRST, LATER)
    }


def table_of(content, name):
    return next(table for table in content["tables"] if table["id"] == name)


def content_of(raw, previous=None):
    return json.loads(json.dumps(build_public(raw, previous).content()))


def test_the_counts_are_those_of_the_report(cuts):
    cut, raw = cuts[LATER]
    study = study_of(read_cut(cut), EVERYBODY)
    assert {name: one["n"] for name, one in raw["populations"].items()} == {
        "infused": len(study.children),
        "treated": sum(child.given_anakinra for child in study.children),
        "day_28": len(study.day_28[0].children),
        **{result.endpoint.id: len(result.cohort.rows) for result in study.endpoints},
    }
    with_carhlh, without = split_for(CR_BY_CARHLH, study.day_28[0])
    response = table_of(raw, "response")
    assert response["column_totals"][:2] == [with_carhlh.all, without.all]
    assert response["counts"][0][:2] == [with_carhlh.responded, without.responded]
    for result, curve in zip(study.endpoints, raw["curves"], strict=True):
        assert [point["day"] for point in curve["points"]] == list(READ_AT_DAYS)
        assert [point["estimate"] for point in curve["points"]] == pytest.approx(list(result.resolved.at(READ_AT_DAYS)))


def test_children_to_leave_out_are_in_no_count(cuts, tmp_path):
    cut, raw = cuts[LATER]
    infused = [child.subject for child in study_of(read_cut(cut), EVERYBODY).children]
    (tmp_path / "without.txt").write_text("\n".join(infused[:5]), encoding="utf-8")
    arguments = ["aggregates", str(cut), "--out", str(tmp_path / "found.json"), "--without"]
    assert main([*arguments, str(tmp_path / "without.txt")]) == 0
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert found["populations"]["infused"]["n"] == raw["populations"]["infused"]["n"] - 5
    assert table_of(found, "sex")["total"] == len(infused) - 5


def test_children_of_whom_anakinra_is_not_recorded_are_no_number_of_their_own(tmp_path):
    files = CutFolder()
    for child, given in (("given", True), ("not given", False), ("open", None)):
        files.add("infusion", child, infused_on=date(2026, 3, 1))
        files.add("anakinra_course", child, given=given)
    study = study_of(read_cut(files.write(tmp_path / "cut")), EVERYBODY)
    raw = aggregates(study)
    treated = raw["populations"]["treated"]["n"]
    by_anakinra = [table for table in raw["tables"] if table["columns"]["title"] == "Recorded as given anakinra"]
    assert len(by_anakinra) == 9 and (study.children[-1].had_anakinra, treated) == (None, 1)
    for table in by_anakinra:
        assert table["columns"]["labels"] == ["Yes", "No"]
        # whatever is counted together, the columns tell no more than the infused and the treated do
        assert table["column_totals"] == [treated, raw["populations"]["infused"]["n"] - treated]


def test_every_table_counts_its_whole_population(cuts):
    _, raw = cuts[LATER]
    assert raw["tables"]
    for table in raw["tables"]:
        assert table["total"] == raw["populations"][table["population"]]["n"] > 0
        assert sum(table["row_totals"]) == sum(table["column_totals"]) == table["total"]


def test_no_count_has_a_smallest_or_largest_value_beside_it(cuts):
    text = json.dumps(cuts[LATER][1]).lower()
    assert [word for word in ("minimum", "maximum", '"min"', '"max"', "range") if word in text] == []


def test_the_demonstration_gives_no_number_of_few_children_away(cuts):
    first, later = cuts[FIRST][1], cuts[LATER][1]
    previous = content_of(first)
    assert gives_away(previous, first) == []
    assert len(least_widths(previous, first)) > 20
    following = content_of(later, previous)
    assert gives_away(following, later) == []
    assert narrow_in_hindsight([previous, following], [first, later]) == []
    assert any(table["cut"] == later["cut"] for table in following["tables"])


def test_the_same_counts_a_second_time_change_nothing_that_is_shown(cuts):
    raw = cuts[LATER][1]
    once = content_of(raw)
    again = content_of(raw, once)
    assert [again[name] for name in ("tables", "curves", "medians")] == [
        once[name] for name in ("tables", "curves", "medians")
    ]


def test_a_population_whose_rest_is_small_is_not_shown(cuts):
    raw = cuts[LATER][1]
    infused = raw["populations"]["infused"]["n"]
    near = {
        **raw,
        "populations": {**raw["populations"], "treated": {"title": "T", "n": infused - 10, "within": ["infused"]}},
    }
    public = build_public(near)
    assert {"indication", "dose_tier"} <= {table.id for table in public.withheld}
    assert "treated" not in public.sizes[-1]


def test_a_table_is_repeated_word_for_word_when_few_children_were_added(cuts):
    raw = cuts[LATER][1]
    before = content_of(raw)
    table = table_of(raw, "sex")
    more = {**table, "counts": [[table["counts"][0][0] + 3, *table["counts"][0][1:]], *table["counts"][1:]]}
    n = raw["populations"]["infused"]["n"] + 3
    grown = {
        **raw,
        "cut": "next",
        "populations": {**raw["populations"], "infused": {"title": "I", "n": n, "within": []}},
        "tables": [more],
    }
    after = content_of(grown, before)
    assert after["tables"] == [table_of(before, "sex")]
    assert "infused" not in after["sizes"][-1]


def test_a_curve_is_repeated_with_its_table_also_when_a_child_left_the_same_cut(cuts):
    raw = cuts[LATER][1]
    before = content_of(raw)
    left = json.loads(json.dumps(raw))
    left["populations"]["crs_r1_24h"]["n"] -= 1
    table_of(left, "crs_r1_24h")["counts"][0][0] -= 1
    for curve in left["curves"]:
        curve["points"] = [{**point, "estimate": point["estimate"] / 2} for point in curve["points"]]
    after = content_of(left, before)
    assert after["curves"][0] == before["curves"][0]
    assert table_of(after, "crs_r1_24h") == table_of(before, "crs_r1_24h")


def test_a_curve_ends_where_few_are_at_risk_and_is_read_where_its_table_ends_a_row(cuts):
    raw = cuts[LATER][1]
    public = build_public(raw)
    tables = {table.id: table for table in public.tables}
    points = {curve["endpoint"]: {point["day"]: point for point in curve["points"]} for curve in raw["curves"]}
    shown = [(curve.endpoint, *point) for curve in public.curves for point in curve.points]
    assert shown
    for endpoint, day, share in shown:
        point = points[endpoint][day]
        assert point["at_risk"] >= 11
        assert point["upto"] in {row[-1] for row in tables[endpoint].rows}
        assert share == round(100 * point["estimate"])


def test_the_files_say_what_the_release_says_and_are_the_same_bytes_each_time(cuts, tmp_path):
    public = build_public(cuts[LATER][1])
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        names = write_public(tmp_path / name, public)
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == sorted(names)
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert json.loads((tmp_path / "one" / "aggregates.json").read_text(encoding="utf-8")) == content_of(cuts[LATER][1])
    for table in public.tables:
        with (tmp_path / "one" / f"{table.id}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert not [row for row in rows if row["children"].isdigit() and 0 < int(row["children"]) < 11]
        assert all(row["percent_of_column"] == "suppressed" for row in rows if row["children"] == "suppressed")
