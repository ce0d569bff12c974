"""An export in the formats of other programs: read back with their libraries, safe, legal, and the same every time."""

import csv
import hashlib
import json
import math
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import frictionless
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from frictionless import system
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.__main__ import main
from analysis.errors import AnalysisError
from analysis.formats import excel_csv, package, stata, typed
from analysis.formats.formats import FORMATS, add_formats
from analysis.formats.names import NameRule, legal_names, shortened
from examples import examples
from package_folder import FIELDS, ROUTES, PackageFolder, field, small_package

ALL = tuple(FORMATS)
CHILD, ENTRY = field("child"), field("record")


def one_column(folder: Path, described: dict[str, object], *cells: str) -> Path:
    """Write a package with one column beside the keys; return its folder."""
    rows = [(f"R-{place}", f"E-{place}", cell) for place, cell in enumerate(cells)]
    return PackageFolder(folder).add("dose", (CHILD, ENTRY, described), rows).describe()


def csv_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def hashes(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def left_behind(folder: Path) -> list[str]:
    known = {"datapackage.json", "forms"}
    return sorted(path.name for path in folder.iterdir() if path.name not in known)


def test_the_package_of_these_tests_is_a_frictionless_one(tmp_path: Path) -> None:
    with system.use_context(trusted=True):
        report = frictionless.validate(str(small_package(tmp_path) / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type"])


def test_spss_has_labels_value_labels_formats_and_levels(tmp_path: Path) -> None:
    add_formats(small_package(tmp_path), ["spss"])
    frame, about = pyreadstat.read_sav(tmp_path / "spss/anakinra_dose.sav")
    assert frame["child"].tolist() == ["R-B", "R-A", "R-B"]
    assert frame["route"].tolist() == ["iv", "", "sc"]
    assert frame["weight_kg_nf"].tolist() == ["", "NASK", "MSK"]
    assert frame["crs_grade"].tolist()[:2] == [4, 0]
    assert frame["relative_day"].tolist()[:2] == [-3, 0]
    assert frame["given_on"].tolist()[0] == date(2026, 3, 5)
    assert frame["seen_at"].tolist()[0] == datetime(2026, 3, 5, 14, 30)
    assert typed.plain(frame["antigens___cd22"]) == [1, None, 0]
    assert about.column_names_to_labels["weight_kg"] == "Weight (kg)"
    assert about.variable_value_labels["route"] == ROUTES
    assert about.variable_value_labels["crs_grade"] == {0: "None", 1: "Mild", 4: "Life-threatening"}
    assert (about.variable_measure["route"], about.variable_measure["weight_kg"]) == ("nominal", "scale")
    assert about.original_variable_types["weight_kg"] == "F19.1"
    assert (about.file_label, about.creation_time) == ("Anakinra doses", datetime(1970, 1, 1))
    assert not about.missing_ranges


def test_stata_has_numbers_with_value_labels_and_a_key_to_the_codes(tmp_path: Path) -> None:
    add_formats(small_package(tmp_path), ["stata"])
    path = tmp_path / "stata/anakinra_dose.dta"
    frame, about = pyreadstat.read_dta(path)
    assert typed.plain(frame["route"]) == [1, None, 2]
    assert typed.plain(frame["crs_grade"]) == [4, 0, None]
    assert about.variable_value_labels["route"] == {1: "Into a vein", 2: "Under the skin"}
    assert not about.missing_user_values
    assert ["stata/anakinra_dose.dta", "route", "2", "sc", "Under the skin"] in csv_rows(tmp_path / "stata/codes.csv")
    assert typed.plain(pd.read_stata(path)["route"].astype(object)) == ["Into a vein", None, "Under the skin"]
    assert b"<release>118</release>" in path.read_bytes()
    assert b"<timestamp>\0</timestamp>" in path.read_bytes()


def test_sas_names_are_short_and_a_program_brings_the_value_labels(tmp_path: Path) -> None:
    add_formats(small_package(tmp_path), ["sas"])
    found = {path.name for path in (tmp_path / "sas").iterdir()}
    program = (tmp_path / "sas/formats.sas").read_text(encoding="utf-8")
    key = csv_rows(tmp_path / "sas/variables.csv")
    data = next(name for name in found if name.startswith("anak"))
    frame, about = pyreadstat.read_xport(tmp_path / "sas" / data)
    names = {row[2]: row[1] for row in key if row[0] == f"sas/{data}" and not row[3]}
    assert found == {"baseline.xpt", data, "formats.sas", "variables.csv", "codes.csv"}
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]{0,7}", name) for name in frame.columns)
    assert frame[names["weight_kg_nf"]].tolist() == ["", "NASK", "MSK"]
    assert typed.plain(frame[names["ferritin"]]) == [0.1, None, 100000]
    assert about.column_names_to_labels[names["crs_grade"]] == "CRS grade >= 1"
    assert "'sc' = 'Under the skin'" in program
    assert f"format {names['completed']} yes_no_f.;" in program
    assert (tmp_path / "sas" / data).read_bytes().count(b"01JAN70:00:00:00") == 4


def test_the_workbook_has_a_dictionary_and_typed_cells(tmp_path: Path) -> None:
    add_formats(small_package(tmp_path), ["xlsx"])
    book = openpyxl.load_workbook(tmp_path / "registry.xlsx")
    assert book.sheetnames == ["Dictionary", "baseline", "anakinra_dose"]
    sheet = book["anakinra_dose"]
    header = [cell.value for cell in sheet[1]]
    row = dict(zip(header, sheet[2], strict=True))
    assert sheet.freeze_panes == "A2"
    assert all(cell.font.bold for cell in sheet[1])
    assert (row["completed"].value, row["relative_day"].value, row["weight_kg"].value) == (True, -3, 12.5)
    assert (row["given_on"].value, row["given_on"].number_format) == (datetime(2026, 3, 5), "yyyy-mm-dd")
    assert (row["note"].data_type, row["note"].quotePrefix) == ("s", True)
    with zipfile.ZipFile(tmp_path / "registry.xlsx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        properties = archive.read("docProps/core.xml").decode()
    assert not re.search("creator|created|modified|20[0-9][0-9]-", properties)


def test_a_text_that_begins_like_a_formula_is_text_in_every_spreadsheet(tmp_path: Path) -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "＝1", "a;=1", 'a;"=1', "x\n=1", "-3 days", "plain"]
    folder = one_column(tmp_path, field("note"), *texts)
    add_formats(folder, ["excel", "xlsx"])
    path = tmp_path / "excel/dose.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert [row[2] for row in csv_rows(path)[1:]] == [
        *(
            "'=1+1",
            "'+1",
            "'-1",
            "'@SUM(A1)",
            "'\t'=1",
            "'\n'=1",
            "'＝1",
            "a;'=1",
            "a;'\"=1",
            "x\n'=1",
            "'-3 days",
            "plain",
        )
    ]
    assert [excel_csv.count_formulas(path, delimiter) for delimiter in ",;\t"] == [0, 0, 0]
    sheet = openpyxl.load_workbook(tmp_path / "registry.xlsx")["dose"]
    assert [sheet.cell(row, 3).data_type for row in range(2, len(texts) + 2)] == ["s"] * len(texts)
    assert [sheet.cell(row, 3).value for row in range(2, len(texts) + 2)] == texts


def test_the_count_of_formulas_would_find_one(tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    path.write_text('child,note,day\nR-1,=1+1,-3\nR-2,"a;=1",-4.5\n', encoding="utf-8-sig")
    assert [excel_csv.count_formulas(path, delimiter) for delimiter in ",;"] == [1, 1]


def test_numbers_stay_numbers_in_the_csv_for_spreadsheets(tmp_path: Path) -> None:
    add_formats(one_column(tmp_path, field("day", "integer"), "-3", "", "7"), ["excel"])
    assert [row[2] for row in csv_rows(tmp_path / "excel/dose.csv")] == ["day", "-3", "", "7"]


def test_redcap_has_its_eighteen_columns_and_data_that_fit(tmp_path: Path) -> None:
    add_formats(small_package(tmp_path), ["redcap"])
    header, *rows = csv_rows(tmp_path / "redcap/dictionary.csv")
    known = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    columns, *cells = csv_rows(tmp_path / "redcap/data.csv")
    data = [dict(zip(columns, row, strict=True)) for row in cells]
    assert len(header) == 18
    assert (header[0], header[10], header[17]) == ("Variable / Field Name", "Identifier?", "Field Annotation")
    assert rows[0][:2] == ["record_id", "baseline"]
    identifiers = {name for name, row in known.items() if row["Identifier?"] == "y"}
    assert identifiers == {"hospital_number", "given_on", "seen_at", "note"}
    logic = "Branching Logic (Show field only if...)"
    assert known["antigens"][logic] == "([route] = 'iv' or [route] = 'sc')"
    assert known["doses"][logic] == "[route] <> 'sc'"
    assert known["antigens"]["Field Type"] == "checkbox"
    assert known["given_on"]["Text Validation Type OR Show Slider Number"] == "date_ymd"
    boxes = [[row[f"antigens___{code}"] for code in ("cd19", "cd22", "none")] for row in data[2:]]
    assert boxes == [["1", "1", "0"], ["", "", ""], ["0", "0", "1"]]
    keys = [(row["record_id"], row["redcap_repeat_instrument"], row["redcap_repeat_instance"]) for row in data]
    dose = "anakinra_dose"
    assert keys == [("R-A", "", ""), ("R-B", "", ""), ("R-B", dose, "1"), ("R-A", dose, "1"), ("R-B", dose, "2")]


def test_redcap_leaves_out_a_table_that_is_not_about_children_and_says_so(tmp_path: Path) -> None:
    folder = PackageFolder(tmp_path).add("baseline", (CHILD, ENTRY), [("R-1", "E-1")])
    folder.add("counts", (field("answer"),), [("x",)], key=("answer",))
    add_formats(folder.describe(), ["redcap"])
    assert [row[0] for row in csv_rows(tmp_path / "redcap/dictionary.csv")[1:]] == ["record_id", "record"]
    assert "without the child in its key is left out" in (tmp_path / "FORMATS.txt").read_text(encoding="utf-8")


def test_the_same_package_gives_the_same_bytes_in_every_format(tmp_path: Path) -> None:
    folders = [small_package(tmp_path / name, stamp="k3") for name in ("one", "two")]
    for folder in folders:
        add_formats(folder, ALL)
    assert hashes(folders[0]) == hashes(folders[1])
    written = hashes(folders[0])
    assert {"registry-k3.xlsx", "spss/baseline-k3.sav", "redcap/data-k3.csv", "excel/baseline-k3.csv"} <= set(written)


@pytest.mark.parametrize("name", ALL)
def test_tables_without_rows_and_columns_without_answers_are_written(tmp_path: Path, name: str) -> None:
    package_folder = PackageFolder(tmp_path)
    package_folder.add("dose", FIELDS, [])
    package_folder.add("other", FIELDS, [("R-1", "E-1", *[""] * (len(FIELDS) - 2))])
    add_formats(package_folder.describe(), [name])
    assert "FORMATS.txt" in left_behind(tmp_path)


@pytest.mark.parametrize("name", ["spss", "stata"])
def test_an_empty_column_of_dates_is_still_one_of_dates(tmp_path: Path, name: str) -> None:
    add_formats(one_column(tmp_path, field("given_on", "date"), ""), [name])
    read = {"spss": pyreadstat.read_sav, "stata": pyreadstat.read_dta}[name]
    _, about = read(next((tmp_path / name).glob("dose.*")))
    assert about.original_variable_types["given_on"] == {"spss": "DATE11", "stata": "%td"}[name]


@pytest.mark.parametrize("name", ["xlsx", "spss", "stata", "redcap"])
def test_a_column_with_one_partial_date_is_text(tmp_path: Path, name: str) -> None:
    folder = one_column(tmp_path, field("given_on", "date"), "2026-03-05", "2026-03")
    read = typed.read_typed(found := package.read_package(folder), found.tables[0])
    assert read.frame["given_on"].tolist() == ["2026-03-05", "2026-03"]
    add_formats(folder, [name])


@pytest.mark.parametrize("name", ["excel", "xlsx", "spss", "stata", "redcap"])
def test_letters_of_all_alphabets_come_back(tmp_path: Path, name: str) -> None:
    add_formats(one_column(tmp_path, field("note", title="Größe µ"), "é", "日本" * 400, "😀 ", " x"), [name])
    assert name == "xlsx" or (tmp_path / name).is_dir()


def test_long_labels_are_cut_with_an_ellipsis_and_whole_in_the_key(tmp_path: Path) -> None:
    long = "Ä" * 300
    codes = {"a": long, "b": "short"}
    add_formats(one_column(tmp_path, field("answer", "code", codes=codes, title=long), "a"), ["spss", "stata", "sas"])
    _, spss = pyreadstat.read_sav(tmp_path / "spss/dose.sav")
    _, dta = pyreadstat.read_dta(tmp_path / "stata/dose.dta")
    _, xpt = pyreadstat.read_xport(tmp_path / "sas/dose.xpt")
    assert spss.column_names_to_labels["answer"] == "Ä" * 126 + "…"  # 2 * 126 + 3 bytes; 256 are allowed
    assert spss.variable_value_labels["answer"]["a"] == "Ä" * 58 + "…"  # 2 * 58 + 3 bytes; 120 are allowed
    assert dta.column_names_to_labels["answer"] == "Ä" * 79 + "…"
    assert xpt.column_names_to_labels["ANSWER"] == "A" * 37 + "..."
    assert long in [row[4] for row in csv_rows(tmp_path / "stata/variables.csv")]
    assert long in [row[4] for row in csv_rows(tmp_path / "sas/codes.csv")]


def test_names_that_would_be_alike_after_shortening_stay_apart(tmp_path: Path) -> None:
    names = ["measurement_of_ferritin_" + "x" * 50 + end for end in ("a", "b", "A1")]
    fields = (CHILD, ENTRY, *(field(name, "integer") for name in names))
    add_formats(
        PackageFolder(tmp_path).add("dose", fields, [("R", "E", "1", "2", "3")]).describe(), ["spss", "stata", "sas"]
    )
    for path, read in (("spss/dose.sav", "sav"), ("stata/dose.dta", "dta"), ("sas/dose.xpt", "xport")):
        frame, _ = getattr(pyreadstat, f"read_{read}")(tmp_path / path)
        assert frame.iloc[0, 2:].tolist() == [1, 2, 3]
        assert len({name.casefold() for name in frame.columns}) == 5


def test_a_short_name_does_not_depend_on_the_other_columns() -> None:
    rule = NameRule(limit=8, upper=True)
    both = legal_names(["weight_kg", "weight_kg_nf", "if"], rule)
    assert both["weight_kg_nf"] == legal_names(["weight_kg_nf"], rule)["weight_kg_nf"]
    assert len(set(both.values())) == 3
    assert legal_names(["if"], stata.NAMES)["if"] != "if"
    assert legal_names(["Dose", "dose"], NameRule(limit=8))["Dose"] == "Dose"
    assert shortened("abcdef", 5) == "abcd…"


def test_a_hundred_thousand_rows_are_the_most(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(str(number), "") for number in range(package.MOST_ROWS + 1)]
    PackageFolder(tmp_path).add("dose", (CHILD, ENTRY), rows).describe()
    assert main(["formats", str(tmp_path), "--formats", "excel,spss"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "forms/dose.csv has more than 100,000 rows" in said
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("sas", "é", "column note: a text is not plain ASCII"),
        ("sas", "x" * 201, "column note: a text is longer than 200 characters"),
        ("xlsx", "a\x01b", "column note: a text has a control character"),
        ("xlsx", "x" * 32_768, "column note: a text has more than 32,767 characters"),
        ("stata", "a\0b", "column note: other values were read back"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_in_one_line_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, words: str
) -> None:
    one_column(tmp_path, field("note"), "plain", text)
    assert main(["formats", str(tmp_path), "--formats", name]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("name", ALL)
def test_a_file_that_comes_back_different_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def refuse(*_given: object) -> None:
        raise AnalysisError("other values")

    folder = small_package(tmp_path)
    monkeypatch.setattr(excel_csv, "_compare", refuse)
    for module in ("statistics", "workbook", "redcap"):
        monkeypatch.setattr(f"analysis.formats.{module}.refuse_difference", refuse)
    with pytest.raises(AnalysisError, match="other values"):
        add_formats(folder, [name])
    assert left_behind(folder) == []


def test_value_labels_that_would_take_each_others_place_are_refused(tmp_path: Path) -> None:
    # pyreadstat calls value labels after the variable with its place among them behind: grade10 for both
    one, other = {"a": "One", "b": "Two"}, {"a": "Other", "b": "Another"}
    fields = [
        field("grade1", "code", codes=one),
        *(field(f"x_{place}", "code", codes=one) for place in range(9)),
        field("grade", "code", codes=other),
    ]
    folder = PackageFolder(tmp_path).add("dose", fields, [("a", *[""] * 9, "b")]).describe()
    with pytest.raises(AnalysisError, match=r"stata/dose.dta, column grade1?: other labels"):
        add_formats(folder, ["stata"])
    assert left_behind(folder) == []


def test_a_difference_is_named_by_its_column() -> None:
    one = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    typed.refuse_difference("f", one, pd.DataFrame({"a": [1.0, 2.0], "b": ["x", ""]}))
    with pytest.raises(AnalysisError, match="f, column b: other values"):
        typed.refuse_difference("f", one, pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}))
    with pytest.raises(AnalysisError, match="other columns"):
        typed.refuse_difference("f", one, one[["a"]])


@pytest.mark.parametrize(
    ("kind", "cell"),
    [("integer", "1.5"), ("decimal", "1e3"), ("boolean", "yes"), ("code", "im"), ("codes", "iv;im"), ("sound", "x")],
)
def test_a_cell_that_is_not_of_its_kind_is_refused(tmp_path: Path, kind: str, cell: str) -> None:
    folder = one_column(tmp_path, field("answer", kind, codes=ROUTES), cell)
    with pytest.raises(AnalysisError, match=r"forms/dose.csv, column answer: "):
        add_formats(folder, ["spss"])


def test_a_package_that_was_changed_or_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formats", str(tmp_path), "--formats", "spss"]) == 2
    assert main(["formats", str(tmp_path), "--formats", "odt"]) == 2
    folder = small_package(tmp_path)
    content = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    (folder / "forms/baseline.csv").write_text("child\n", encoding="utf-8")
    assert main(["formats", str(folder), "--formats", "spss"]) == 2
    content["resources"][0]["path"] = "../baseline.csv"
    (folder / "datapackage.json").write_text(json.dumps(content), encoding="utf-8")
    assert main(["formats", str(folder), "--formats", "spss"]) == 2
    said = capsys.readouterr().err.splitlines()
    for line, words in zip(said, ("no datapackage.json", "no format 'odt'", "was changed", "outside"), strict=True):
        assert words in line


CELLS = {
    "text": st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12),
    "integer": st.integers(-(10**12), 10**12).map(str),
    "decimal": st.decimals(-(10**9), 10**9, allow_nan=False, places=4).map(lambda number: f"{number:f}"),
    "boolean": st.sampled_from(["true", "false"]),
    "code": st.sampled_from(sorted(ROUTES)),
    "codes": st.sampled_from(["iv", "sc", "iv;sc"]),
    "date": st.dates(date(1990, 1, 1), date(2060, 12, 31)).map(date.isoformat),
    "moment": st.datetimes(datetime(1990, 1, 1), datetime(2060, 12, 31)).map(lambda at: at.isoformat()[:16]),
}


@settings(examples(25), suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(st.tuples(*(st.one_of(st.just(""), cells) for cells in CELLS.values())), max_size=4))
def test_any_small_table_comes_back_from_every_format(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("package")
    fields = (CHILD, ENTRY, *(field(f"a_{kind}", kind, codes=ROUTES) for kind in CELLS))
    keyed = [(f"R-{place}", f"E-{place}", *row) for place, row in enumerate(rows)]
    add_formats(PackageFolder(folder).add("dose", fields, keyed).describe(), [name for name in ALL if name != "sas"])
    frame, _ = pyreadstat.read_dta(folder / "stata/dose.dta")
    numbers = [None if math.isnan(value) else value for value in frame["a_decimal"].tolist()]
    assert numbers == [float(row[2]) if row[2] else None for row in rows]
