"""Every text that a recipient could read is found, whatever kind of file it stands in."""

import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest

from analysis.__main__ import main
from analysis.errors import AnalysisError
from analysis.formats.formats import FORMATS, add_formats
from analysis.formats.texts import read_texts
from package_folder import small_package

WORD = "zorkmid"


def found(folder: Path) -> set[tuple[str, str]]:
    return set(read_texts(folder))


def files_with(folder: Path, text: str) -> set[str]:
    return {file for file, line in read_texts(folder) if text in line}


def test_each_format_shows_the_cells_labels_and_names_of_the_package(tmp_path: Path) -> None:
    add_formats(small_package(tmp_path), list(FORMATS))
    texts = found(tmp_path)
    files = [tmp_path / "registry.xlsx", *tmp_path.glob("s*/anak*.*")]
    assert sorted(path.suffix for path in files) == [".dta", ".sav", ".xlsx", ".xpt"]
    for path in files:
        own = {text for file, text in texts if file == path.relative_to(tmp_path).as_posix()}
        assert {"R-B", "E-3", "calm", "two lines", "-3", "12.5"} <= own
        assert any("2026-03-05" in text for text in own)
    assert ("spss/anakinra_dose.sav", "Into a vein") in texts
    assert ("stata/anakinra_dose.dta", "Weight (kg)") in texts
    assert ("registry.xlsx", "anakinra_dose") in texts
    assert ("sas/formats.sas", "'sc' = 'Under the skin'") in texts


def test_no_file_tells_when_it_was_written(tmp_path: Path) -> None:
    add_formats(small_package(tmp_path), list(FORMATS))
    dates = {text for _, text in read_texts(tmp_path) if "20" in text and "-" in text and ":" in text}
    assert {text[:10] for text in dates if text[:2] == "20"} == {"2026-03-05", "2025-12-31"}
    assert files_with(tmp_path, "1970") == set()


def test_a_file_with_a_time_in_its_header_gives_it_away(tmp_path: Path) -> None:
    pyreadstat.write_sav(pd.DataFrame({"a": [1]}), tmp_path / "raw.sav", note=WORD, file_label="label")
    own = {text for _, text in read_texts(tmp_path)}
    assert {WORD, "label", "a", "1"} <= own
    assert any(len(text) == 19 and text[4] == "-" for text in own)


def test_words_hidden_in_a_workbook_are_found(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = f"{WORD} 1"
    book.active.oddHeader.center.text = f"{WORD} 2"
    book.active["A1"].comment = openpyxl.comments.Comment(f"{WORD} 3", f"{WORD} 4")
    book.properties.keywords = f"{WORD} 5"
    book.active["B2"] = f"{WORD} 6"
    book.create_sheet("hidden").sheet_state = "hidden"
    book["hidden"]["A1"] = f"{WORD} 7"
    book.save(tmp_path / "book.xlsx")
    text = "\n".join(line for _, line in read_texts(tmp_path))
    assert [number for number in range(1, 8) if f"{WORD} {number}" not in text] == []


def test_words_are_found_in_pages_json_text_names_and_zips_inside_zips(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(f"<p title='{WORD}-a'>x<!-- {WORD}-b --></p>{WORD}-c", encoding="utf-8")
    (tmp_path / "a.json").write_text(f'{{"{WORD}-d": ["{WORD}-e", 20260305]}}', encoding="utf-8")
    (tmp_path / f"{WORD}-f.txt").write_text(f"one\n{WORD}-g\tafter", encoding="utf-8")
    (tmp_path / "table.csv").write_text(f'a,b\n1,"{WORD}-h\nsecond"\n', encoding="utf-8-sig")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as inner:
        inner.write(tmp_path / "table.csv", f"{WORD}-i.csv")
        inner.comment = f"{WORD}-j".encode()
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as outer:
        outer.write(tmp_path / "in.zip", "in.zip")
    texts = found(tmp_path)
    everything = "\n".join(text for _, text in texts)
    assert [letter for letter in "abcdefghij" if f"{WORD}-{letter}" not in everything] == []
    assert ("a.json", "20260305") in texts
    assert ("table.csv", f"{WORD}-h second") in texts
    assert (f"out.zip/in.zip/{WORD}-i.csv", f"{WORD}-h second") in texts


@pytest.mark.parametrize("name", ["a.pdf", "a", "damaged.json", "damaged.xlsx", "damaged.sav", "damaged.zip"])
def test_what_cannot_be_looked_through_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"{\xff")
    with pytest.raises(AnalysisError, match=name):
        found(tmp_path)


def test_the_command_writes_a_line_per_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "a.csv").write_text("x\ny\nx\n", encoding="utf-8")
    assert main(["texts", str(folder)]) == 0
    lines = "a.csv\ta.csv\na.csv\tx\na.csv\ty\n"
    assert capsys.readouterr().out == lines
    assert main(["texts", str(folder), "--out", str(tmp_path / "out.tsv")]) == 0
    assert (tmp_path / "out.tsv").read_text(encoding="utf-8") == lines
    assert main(["texts", str(tmp_path / "none")]) == 2
