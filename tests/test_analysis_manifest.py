"""What a data cut's manifest states is believed only where its id, the files and the folder bear it out."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import pytest

from analysis.__main__ import main
from analysis.cut import read_cut
from cut_folder import CutFolder, change_manifest, refusal
from forms.cut_id import COVERED
from forms.files import count_rows, write_table


@pytest.fixture
def folder(tmp_path):
    cut = CutFolder()
    cut.add("infusion", "child-1", infused_on=date(2026, 3, 1))
    return cut.write(tmp_path / "cut")


OTHERWISE = {
    "data_date": "2026-06-29",
    "schema_revision": "0002",
    "code_version": "0.1.1",
    "form_versions": {"infusion": 1},
    "format": 1,
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_value_of_the_manifest_that_an_analysis_uses_cannot_be_changed_unnoticed(folder, name):
    change_manifest(folder, **{name: OTHERWISE[name]})
    assert refusal(folder) == "manifest.json was changed after the cut was taken: its id differs. Take the cut again."


def test_an_id_covers_the_files_and_every_such_value():
    assert set(COVERED) == {*OTHERWISE, "files"}


def test_the_id_of_a_cut_is_what_anybody_can_work_out_from_its_manifest(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    told = json.dumps({name: manifest[name] for name in (*OTHERWISE, "files")}, sort_keys=True)
    assert read_cut(folder).id == hashlib.sha256(told.encode()).hexdigest()


@pytest.mark.parametrize("rows", [2, 0, 10**30])
def test_a_number_of_rows_that_a_file_does_not_have_is_refused(folder, rows):
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    listed["forms/infusion.csv"]["rows"] = rows
    change_manifest(folder, files=listed)
    assert refusal(folder) == (
        f"forms/infusion.csv has 1 row and manifest.json says {rows}: it was changed after the cut was taken."
        " Take the cut again."
    )


@pytest.mark.parametrize("name", ["notes.csv", "forms/infusion 2.csv", ".hidden.csv"])
def test_a_table_that_the_manifest_does_not_list_is_refused(folder, name):
    (folder / name).write_text("subject\n")
    assert refusal(folder) == (
        f"The folder of the cut holds {name}, which is no file of the cut. Move it elsewhere and start again."
    )


@pytest.mark.parametrize("name", [".DS_Store", "notes.txt", "report/tables/crs_r1_24h.csv"])
def test_what_is_no_table_of_a_cut_may_lie_beside_it(folder, name):
    (folder / name).parent.mkdir(exist_ok=True, parents=True)
    (folder / name).write_text("subject\n")
    assert read_cut(folder).id


def test_a_strange_table_is_refused_in_one_line_whatever_its_name(folder, tmp_path, capsys):
    (folder / "two\nlines.csv").touch()
    assert main(["report", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == (
        "python -m analysis report: The folder of the cut holds 'two\\nlines.csv', which is no file of the cut."
        " Move it elsewhere and start again.\n"
    )


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("plain",)],
        [("two\nlines",), ('a "quoted" word',), ('"',), ("",), ("a,b\n\n\n",)],
        [("\r",), ("\u2028",)],
        [("x\n" * 2**20,), ('"\n' * 2**20,), ("y",)],  # longer than what is read at once
    ],
)
def test_rows_are_counted_as_they_were_written(tmp_path, rows):
    assert write_table(tmp_path / "table.csv", ("a text",), rows) == len(rows)
    assert count_rows(tmp_path / "table.csv") == len(rows)


def written_by_an_earlier_version(folder):
    """Give a cut the manifest of format 1, whose id is the hash over the hashes of its files."""
    manifest = json.loads((folder / "manifest.json").read_text())
    listing = "".join(f"{entry['sha256']}  {name}\n" for name, entry in sorted(manifest["files"].items()))
    change_manifest(folder, format=1, id=hashlib.sha256(listing.encode()).hexdigest())
    return json.loads((folder / "manifest.json").read_text())


def test_a_cut_of_an_earlier_version_is_read_under_the_id_it_was_given(folder):
    manifest = written_by_an_earlier_version(folder)
    cut = read_cut(folder)
    assert (cut.id, cut.data_date) == (manifest["id"], date(2026, 6, 30))
    change_manifest(folder, format=2)
    assert refusal(folder) == "manifest.json was changed after the cut was taken: its id differs. Take the cut again."
