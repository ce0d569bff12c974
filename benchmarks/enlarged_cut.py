"""Data cuts for measuring: the demonstration's, and the same children many times over, each assessed more often."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from benchmarks.server import PASSWORD, installation
from forms.cut_id import cut_id
from forms.files import count_rows, sha256
from registry.database import db
from registry.demo.people import make_logins
from registry.demo.sites import SITES
from registry.demo.writing import write_demo_data
from registry.release.cuts import take_cut

PATIENTS, SEED, UNTIL = 240, 1, date(2026, 6, 1)
KEY = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
MINUTE = re.compile(r"(?<=T\d\d:)\d\d")
ASSESSMENTS, DERIVATIONS = "forms/assessment.csv", "derivations.csv"
HEADER_ONLY = ("derivation_details.csv",)
"""Tables that no report reads; 500 bytes per assessment, they would only fill the disk."""


def demonstration_cut(folder: Path) -> Path:
    """Write a cut of the whole demonstration into a new folder; return the folder."""
    with tempfile.TemporaryDirectory() as home, installation(Path(home), f"sqlite:///{home}/registry.sqlite"):
        logins = make_logins([site.code for site in SITES], PASSWORD)
        write_demo_data(db.session(), patients=PATIENTS, seed=SEED, until=UNTIL, logins=logins)
        take_cut(db.session(), folder, by=None)
    return folder


def enlarged(cut: Path, folder: Path, *, copies: int, times: int) -> Path:
    """Write a cut with each child of another `copies` times, each of its assessments `times` times; return the folder.

    Copies of a child differ in their keys, repeated assessments in key and minute. Grades derived from an assessment
    are repeated with it.
    """
    shutil.copytree(cut, folder)
    assessments = set(re.findall(rf"^[^,]*,[^,]*,{KEY.pattern}", (cut / ASSESSMENTS).read_text(), re.MULTILINE))
    for path in sorted(folder.rglob("*.csv")):
        name = path.relative_to(folder).as_posix()
        header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        if name in HEADER_ONLY:
            lines = []
        if name in (ASSESSMENTS, DERIVATIONS):
            lines = [again for line in lines for again in _repeated(line, name, assessments, times)]
        pieces = KEY.split("".join(lines))
        is_about_children = len(pieces) > 1
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(header)
            for copy in range(copies if is_about_children else 1):
                pieces[1::2] = [f"{copy:04x}{key[4:]}" for key in pieces[1::2]]
                file.write("".join(pieces))
    _sign(folder)
    return folder


def _repeated(line: str, name: str, assessments: set[str], times: int) -> Iterator[str]:
    """Yield a line, and again for each further time its assessment is made."""
    yield line
    cells = line.split(",", 3)
    record = cells[2] if name == ASSESSMENTS else cells[1]
    for number in range(1, times if record in assessments else 1):
        again = line.replace(record, f"{record[:9]}{number:04x}{record[13:]}", 1)
        yield MINUTE.sub(f"{number:02}", again, count=1) if name == ASSESSMENTS else again


def _sign(folder: Path) -> None:
    """Write the manifest that fits the files."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"] = {
        name: {"rows": count_rows(folder / name), "sha256": sha256(folder / name)} for name in sorted(manifest["files"])
    }
    manifest["id"] = cut_id(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
