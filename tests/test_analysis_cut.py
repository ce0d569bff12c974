"""Reading a data cut: every byte is checked against the manifest, and each refusal says which file and what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date

import pytest

from analysis.cut import CutError, read_cut
from cut_folder import CutFolder


@pytest.fixture
def folder(tmp_path):
    cut = CutFolder()
    cut.add("infusion", "child-1", infused_on=date(2026, 3, 1))
    return cut.write(tmp_path / "cut")


def change_manifest(folder, **changes):
    path = folder / "manifest.json"
    manifest = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({name: value for name, value in manifest.items() if value != "gone"}))


def refusal(folder):
    with pytest.raises(CutError) as refused:
        read_cut(folder)
    return str(refused.value)


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
        ({"format": 2}, "The cut has format 2, this version reads format 1."),
        ({"data_date": "yesterday"}, "manifest.json cannot be read: it is damaged. Take the cut again."),
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


def test_a_folder_without_a_manifest_is_one_line_and_exit_code_2(tmp_path):
    command = [sys.executable, "-m", "analysis", "report", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"python -m analysis report: {tmp_path} is not a data cut: it has no manifest.json."
        " Give the folder that `cut` wrote.\n"
    )
    assert not (tmp_path / "out").exists()
