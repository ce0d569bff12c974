"""docs/decisions.md: whoever reads “(D7)” in the code finds what was decided, and where it stands."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("forms", "registry", "analysis", "tools", "benchmarks", "migrations")
ROW = re.compile(r"^\| (D\d+) \| .+ \| (.+) \|$", re.MULTILINE)


def rows() -> dict[str, list[str]]:
    """Return decision -> the files that its row names."""
    page = (ROOT / "docs/decisions.md").read_text(encoding="utf-8")
    return {number: re.findall(r"`([^`]+)`", files) for number, files in ROW.findall(page)}


def cited() -> set[str]:
    """Return the decisions that the code and the plan cite."""
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return {
        number
        for path in [*files, ROOT / "docs/sap.md"]
        for number in re.findall(r"\bD\d+\b", path.read_text(encoding="utf-8"))
    }


def test_every_decision_that_is_cited_has_a_row() -> None:
    found = cited()

    assert {"D1", "D7", "D27"} <= found
    assert found - set(rows()) == set()


def test_every_file_of_a_row_exists() -> None:
    named = rows()

    assert all(named.values())
    assert [file for files in named.values() for file in files if not (ROOT / file).is_file()] == []
