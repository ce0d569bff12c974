"""A form's file in columns holds the same values as the file read row by row; views are looked up, nothing is lost."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal

import pytest

from analysis.columns import BLOCK_BYTES, read_form, read_table
from analysis.cut import read_cut
from cut_folder import CutFolder, grade_of
from cut_rows import read_rows
from forms.casebook import CASEBOOK
from forms.files import FileError
from forms.values import Measurement, NullFlavour

MANY = BLOCK_BYTES // 8  # more than a block holds


@pytest.fixture
def folder(tmp_path):
    cut = CutFolder()
    for child in ("child-1", "child-2"):
        cut.add("enrolment", child, birth_date=date(2016, 5, 5), sex="male")
        for day in (1, 2):
            at = datetime(2026, 3, day, 6, 0)
            cut.add("assessment", child, assessed_at=at, crs_grade=day, sedated=NullFlavour.NOT_DONE)
            cut.add("laboratory", child, sampled_at=at, ferritin=Measurement(value=Decimal("500"), sign="<"))
    return cut.write(tmp_path / "cut")


def test_columns_hold_what_the_file_read_row_by_row_holds(folder):
    for name, form in CASEBOOK.items():
        path = folder / "forms" / f"{name}.csv"
        assert [dict(row) for row in read_form(path, form)] == read_rows(path, form)


def test_a_row_answers_like_a_mapping(folder):
    row = read_form(folder / "forms/assessment.csv", CASEBOOK["assessment"])[0]
    assert (row["crs_grade"], row.get("crs_grade"), row.get("nothing"), row.get("nothing", 7)) == (1, 1, None, 7)
    assert row["sedated"] is NullFlavour.NOT_DONE
    assert len(row) == len(list(row)) == len(dict(row))
    with pytest.raises(KeyError):
        row["nothing"]


def test_the_rows_of_a_child_stand_apart_from_each_other_in_a_file_all_the_same(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("subject,value\na,1\nb,2\nb,3\na,4\n", encoding="utf-8")
    rows = read_table(path)
    assert {name: list(places) for name, places in rows.places_by("subject").items()} == {"a": [0, 3], "b": [1, 2]}
    assert [dict(row) for row in rows[1:3]] == [{"subject": "b", "value": "2"}, {"subject": "b", "value": "3"}]
    assert dict(rows[-1]) == {"subject": "a", "value": "4"}


def test_a_column_that_is_empty_for_many_rows_is_still_aligned(tmp_path):
    path = tmp_path / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("number", "late", "never"))
        last = 2 * MANY + 1
        writer.writerows((number, "here" if number in (MANY + 1, last) else "", "") for number in range(last + 1))
    rows = read_table(path)
    assert [row["number"] for row in rows if row["late"]] == [str(MANY + 1), str(last)]
    assert (len(rows), rows[last]["late"], rows[0]["late"], rows[5]["never"]) == (last + 1, "here", "", "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a,north,r1,1", "assessment.csv, line 2: 4 cells where"),
        (None, "assessment.csv, crs_grade, line 3: "),
    ],
)
def test_a_damaged_line_is_named(folder, line, said):
    path = folder / "forms/assessment.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    if line:
        lines[1] = line
    else:
        cells = lines[2].split(",")
        cells[lines[0].split(",").index("crs_grade")] = "many"
        lines[2] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(FileError) as refused:
        read_form(path, CASEBOOK["assessment"])
    assert str(refused.value).startswith(said)


def test_to_ask_whether_a_table_is_there_does_not_read_it(folder, monkeypatch):
    cut = read_cut(folder)
    monkeypatch.setattr("analysis.cut.read_table", None)
    assert "derivations" in cut.tables and "nothing" not in cut.tables


def test_of_two_versions_of_a_rule_set_the_newest_counts_and_only_complete_signs_do(tmp_path):
    cut = CutFolder()
    first, second = (cut.add("assessment", "child-1", assessed_at=datetime(2026, 3, 1, h)) for h in (6, 12))
    cut.derive(first, "crs_astct_2019", "4", version="10")
    cut.derive(first, "crs_astct_2019", "1", version="9")
    cut.derive(second, "crs_astct_2019", "2", missing="temperature_c")
    read = read_cut(cut.write(tmp_path / "cut"))
    assert grade_of(read, "crs_astct_2019", first) == 4
    assert grade_of(read, "crs_astct_2019", second) is None
    assert grade_of(read, "icans_astct_2019_literal", first) is None


def test_what_an_earlier_version_said_never_stands_in_for_the_newest(tmp_path):
    cut = CutFolder()
    bound, silent, graded = (cut.add("assessment", "child-1", assessed_at=datetime(2026, 3, 1, h)) for h in (6, 12, 18))
    for record in (bound, silent, graded):
        cut.derive(record, "crs_astct_2019", "3", version="1")
    cut.derive(bound, "crs_astct_2019", "1", version="2", missing="temperature_c")
    cut.derive(graded, "crs_astct_2019", "2", version="2")
    read = read_cut(cut.write(tmp_path / "cut"))
    assert read.versions == {"crs_astct_2019": "2"}
    assert [grade_of(read, "crs_astct_2019", record) for record in (bound, silent, graded)] == [None, None, 2]
