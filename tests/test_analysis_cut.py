"""Reading a data cut: every byte is checked against the manifest, and each refusal says which file and what to do."""

from __future__ import annotations

import errno
import json
from datetime import date, datetime

import pytest

from analysis.__main__ import main
from analysis.cut import TABLES as NEEDED_TABLES
from analysis.cut import read_cut
from analysis.endpoints.protocols import order_verdicts
from analysis.manifest import CutError
from cut_folder import CutFolder, change_manifest, grade_of, refusal, sign
from forms.files import count_rows
from registry.release.cut_tables import TABLES


@pytest.fixture
def folder(tmp_path):
    cut = CutFolder()
    cut.add("infusion", "child-1", infused_on=date(2026, 3, 1))
    return cut.write(tmp_path / "cut")


def test_a_cut_is_read_as_records_by_form_and_child(folder):
    cut = read_cut(folder)
    assert (cut.data_date, cut.subjects, len(cut.short_id)) == (date(2026, 6, 30), {"child-1": "north"}, 12)
    (infusion,) = cut.rows("infusion", "child-1")
    assert (infusion["infused_on"], infusion["record"]) == (date(2026, 3, 1), "infusion-child-1-1")
    assert cut.rows("response", "child-1") == ()
    assert [known.high for known in cut.reference_ranges["north"]] == [40, 40, 1]


def test_a_changed_file_is_refused(folder):
    with (folder / "forms" / "infusion.csv").open("a") as file:
        file.write("\n")
    assert refusal(folder) == (
        "forms/infusion.csv was changed after the cut was taken: its hash differs. Take the cut again."
    )


def test_a_missing_file_is_refused(folder):
    (folder / "subjects.csv").unlink()
    assert refusal(folder) == "subjects.csv is missing from the cut. Take the cut again."


def test_a_file_that_was_taken_out_of_the_manifest_too_is_refused(folder):
    files = json.loads((folder / "manifest.json").read_text())["files"]
    change_manifest(folder, files={name: entry for name, entry in files.items() if name != "forms/infusion.csv"})
    assert refusal(folder) == ("manifest.json was changed after the cut was taken: its id differs. Take the cut again.")


def test_a_name_outside_the_folder_is_refused(folder):
    change_manifest(folder, files={"../secret.csv": {"sha256": "0" * 64, "rows": 1}})
    assert refusal(folder) == "manifest.json names ../secret.csv, which lies outside the cut. Take the cut again."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 3}, "The cut has format 3, this version reads formats 1 and 2."),
        ({"data_date": "yesterday"}, "manifest.json cannot be read: it is damaged. Take the cut again."),
        ({"data_date": ""}, "manifest.json cannot be read: it is damaged. Take the cut again."),
        ({"data_date": 0}, "manifest.json cannot be read: it is damaged. Take the cut again."),
        ({"form_versions": 5}, "manifest.json cannot be read: it is damaged. Take the cut again."),
        ({"form_versions": None}, "manifest.json cannot be read: it is damaged. Take the cut again."),
        ({"id": "gone"}, "manifest.json lacks id: it is damaged. Take the cut again."),
        ({"files": {"subjects.csv": {}}}, "manifest.json cannot be read: it is damaged. Take the cut again."),
        (
            {"data_date": None},
            "The cut holds no record yet: there is nothing to analyze. Enter data, then take a new cut.",
        ),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(folder, changes, message):
    change_manifest(folder, **changes)
    assert refusal(folder) == message


def rewrite(folder, name, change):
    """Change a file's text and sign the cut anew, as a registry with a fault in it would have written it."""
    path = folder / name
    path.write_text(change(path.read_text()))
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    sign(folder, {name: count_rows(folder / name) for name in listed}, data_date="2026-06-30")


@pytest.mark.parametrize("name", TABLES)
def test_a_cut_that_was_signed_anew_without_a_table_is_refused(folder, name):
    (folder / name).unlink()
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    sign(folder, {one: entry["rows"] for one, entry in listed.items() if one != name}, data_date="2026-06-30")
    assert refusal(folder) == f"{name} is missing from the cut. Take the cut again."


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("sites.csv", "site"),
        ("protocols.csv", "effective_from"),
        ("derivations.csv", "certainty"),
        ("rule_sets.csv", "verified"),
        ("data_queries.csv", "severity"),
        ("reference_ranges.csv", "age_to_months"),
        ("infusion_log.csv", "quarter"),
    ],
)
def test_a_table_with_another_header_is_refused_by_file_and_column_in_one_line(folder, tmp_path, capsys, name, column):
    rewrite(folder, name, lambda text: text.replace(column, "other", 1))
    assert main(["report", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == (
        f"python -m analysis report: {name} does not fit this version of the registry: {name} has no column {column}.\n"
    )


def test_a_cut_holds_the_tables_that_an_analysis_asks_for_in_the_columns_it_reads():
    assert set(TABLES) == {f"{name}.csv" for name in NEEDED_TABLES}
    assert [name for name, read in NEEDED_TABLES.items() if not set(read) <= set(TABLES[f"{name}.csv"][0])] == []


@pytest.mark.parametrize("name", ["sub\0jects.csv", "sub\njects.csv", "\ud800.csv", "a" * 300, "a/" * 3000, "é" * 100])
def test_a_name_that_no_file_has_is_refused_in_one_line(folder, tmp_path, capsys, name):
    change_manifest(folder, files={name: {"sha256": "0" * 64, "rows": 1}})
    assert main(["report", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == (
        "python -m analysis report: manifest.json names a file as no file of a cut is called. Take the cut again.\n"
    )


def test_a_manifest_that_is_nested_without_end_is_refused(folder):
    (folder / "manifest.json").write_text("[" * 100_000)
    assert refusal(folder) == "manifest.json cannot be read: it is damaged. Take the cut again."


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "subjects.csv",
            lambda text: text.splitlines()[0] + "\n",
            "forms/infusion.csv holds records of 1 child not in subjects.csv. Take the cut again.",
        ),
        (
            "subjects.csv",
            lambda text: text + "child-1,south,2026-01-01\n",
            "subjects.csv, line 3: this child stands in the file already. Take the cut again.",
        ),
        (
            "subjects.csv",
            lambda text: text.replace("north", "/../north"),
            "subjects.csv does not fit this version of the registry: the code of a site is none: write it in letters"
            " and digits.",
        ),
        (
            "subjects.csv",
            lambda text: text.replace("site", "center"),
            "subjects.csv does not fit this version of the registry: subjects.csv has no column site.",
        ),
        (
            "reference_ranges.csv",
            lambda text: text[: text.rindex("-01")],
            "reference_ranges.csv does not fit this version of the registry: a day, an age or a limit cannot be read.",
        ),
        (
            "reference_ranges.csv",
            lambda text: text.replace(",40,", ",forty,"),
            "reference_ranges.csv does not fit this version of the registry: a day, an age or a limit cannot be read.",
        ),
        (
            "reference_ranges.csv",
            lambda text: text[: text.rindex(",")],
            "reference_ranges.csv does not fit this version of the registry: reference_ranges.csv, line 4: 11 cells"
            " where 12 belong.",
        ),
    ],
)
def test_a_cut_whose_files_do_not_fit_each_other_or_the_registry_is_refused(folder, name, change, message):
    rewrite(folder, name, change)
    assert refusal(folder) == message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda text: text[: text.rindex(",")],
            "derivations.csv, line 2: 8 cells where 9 belong.",
        ),
        (lambda text: text.replace("rule_set", "rules"), "derivations.csv has no column rule_set."),
        (lambda text: text.replace(",3,", ",300,"), "a grade is out of range."),
    ],
)
def test_derived_grades_that_cannot_be_read_are_refused_when_they_are_asked_for(tmp_path, change, message):
    cut = CutFolder()
    record = cut.add("assessment", "child-1", assessed_at=datetime(2026, 3, 5, 8, 0))
    cut.derive(record, "crs_astct_2019", "3")
    folder = cut.write(tmp_path / "cut")
    rewrite(folder, "derivations.csv", change)
    with pytest.raises(CutError) as refused:
        grade_of(read_cut(folder), "crs_astct_2019", record)
    assert str(refused.value) == f"derivations.csv does not fit this version of the registry: {message}"


@pytest.mark.parametrize(
    ("form", "rule_set", "ask"),
    [
        ("assessment", "crs_astct_2019", lambda cut: grade_of(cut, "crs_astct_2019", "assessment-child-1-1")),
        ("anakinra_regimen", "regimen_judgement", order_verdicts),
    ],
)
def test_a_verdict_of_a_rule_set_that_the_cut_does_not_list_is_refused(tmp_path, form, rule_set, ask):
    cut = CutFolder()
    record = cut.add(form, "child-1")
    for version in ("1", "99"):
        cut.derive(record, rule_set, "4", version=version)
    folder = cut.write(tmp_path / "cut")
    rewrite(folder, "rule_sets.csv", lambda text: text.replace(f"{rule_set},99", "other,1"))
    with pytest.raises(CutError) as refused:
        ask(read_cut(folder))
    assert str(refused.value) == (
        f"derivations.csv holds verdicts of {rule_set} 99, which is not in rule_sets.csv. Take the cut again."
    )


def test_a_cut_taken_before_the_newest_version_was_derived_is_refused(tmp_path):
    cut = CutFolder()
    record = cut.add("assessment", "child-1")
    cut.derive(record, "crs_astct_2019", "3")
    cut.derive(record, "other", "3")
    folder = cut.write(tmp_path / "cut")
    rewrite(folder, "rule_sets.csv", lambda text: text + "crs_astct_2019,2,CRS,assessment,yes,a paper\n")
    with pytest.raises(CutError) as refused:
        grade_of(read_cut(folder), "crs_astct_2019", record)
    assert str(refused.value) == (
        "derivations.csv holds verdicts of crs_astct_2019 1 and none of crs_astct_2019 2, the newest in rule_sets.csv."
        " Run `anakinra-registry derive` and take the cut again."
    )


@pytest.mark.parametrize("function", ["_stated", "_verify_file"])
def test_a_cut_that_may_not_be_read_is_one_line_and_exit_code_2(folder, function, tmp_path, capsys, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))

    monkeypatch.setattr(f"analysis.manifest.{function}", refuse)
    assert main(["report", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr() == (
        "",
        f"python -m analysis report: {folder} cannot be read or written: Permission denied.\n",
    )


def test_a_file_in_a_folder_that_does_not_exist_is_one_line_and_exit_code_2(folder, tmp_path, capsys):
    out = tmp_path / "nowhere" / "counts.json"
    assert main(["aggregates", str(folder), "--out", str(out)]) == 2
    assert capsys.readouterr() == (
        "",
        f"python -m analysis aggregates: {out} cannot be read or written: No such file or directory.\n",
    )


def test_a_folder_without_a_manifest_is_one_line_and_exit_code_2(tmp_path, capsys):
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr() == (
        "",
        f"python -m analysis report: {tmp_path} is not a data cut: it has no manifest.json."
        " Give the folder that `cut` wrote.\n",
    )
    assert not (tmp_path / "out").exists()
