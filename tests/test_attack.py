"""The attacker himself: he reads what a package says, loses nobody by a mistake, and his scan finds what is hidden."""

import gzip
import hashlib
import io
import json
import zipfile
from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from attack import Package
from attack_clues import FORMS
from attack_knowledge import SCENARIOS, Known, span_of
from attack_readings import CHILDREN, FAR, Unreadable, course_days, range_of, window_days
from attack_scan import Scan
from forms.files import write_table

DAY_0 = date(2026, 3, 5)
KEY = "0b8c4f2e-7d13-4a55-9e0b-1f2a3b4c5d6e"


def days(*numbers: int) -> tuple[tuple[date, date], ...]:
    return tuple((day, day) for day in (date.fromordinal(DAY_0.toordinal() + number) for number in numbers))


KNOWN = Known(
    data_date=date(2026, 6, 1),
    sex="female",
    age_years=(7, 7),
    infused=(DAY_0, DAY_0),
    infusions=1,
    discharged=days(-2, 20),
    intensive_care=days(4),
    transplants=(),
    died=days(75),
    was_given=True,
    doses=days(5),
    last_dose=days(12),
    dose_mg_per_kg_day=Decimal(8),
    weight_kg=Decimal("23.4"),
    disease="b_all",
    product="tisagenlecleucel",
    antigens="cd19",
    events=frozenset({"headache", "neutropenia"}),
)
"""A made-up child of whom everything is known."""


@pytest.mark.parametrize(
    ("column", "fits", "contradicts"),
    [
        ("sex", ("female", "MSK", ""), ("male",)),
        ("age", ("2 to 11 years", "under 12 years"), ("under 2 years", "12 to 17 years", "18 years or more")),
        ("infusion_year", ("2026", "2025 to 2027"), ("2025", "2022 to 2024")),
        ("weight", ("20 to under 30 kg", "not known"), ("10 to under 20 kg",)),
        ("discharge", ("day 15 to 28", "day 0 to 28"), ("day 8 to 14", "after day 28", "none")),
        ("intensive_care", ("day 4 to 7", "yes"), ("day 0 to 3", "none", "no")),
        ("transplant", ("none", "no"), ("after day 28", "yes")),
        ("death", ("after day 28", "yes"), ("day 15 to 28", "no", "none")),
        ("infusions", ("at most 1",), ("2 or more",)),
        ("anakinra_start", ("day 4 to 7",), ("before day 0", "none")),
        ("anakinra_days", ("4 to 7 days",), ("at most 3 days", "8 to 14 days", "more than 28 days", "none")),
        (
            "anakinra_dose",
            ("high", "yes", "middle or high"),
            ("low", "capped", "none", "no", "not known", "low or middle"),
        ),
        ("adverse_events", ("headache;neutropenia", "headache;pooled", "yes"), ("headache", "none", "seizure")),
        ("disease", ("b_all",), ("other", "cns", "not known")),
        ("antigens", ("cd19",), ("other", "cd22")),
        ("product", ("tisagenlecleucel",), ("academic",)),
        ("course", ("day 0 to 3;after day 28", "none"), ()),
    ],
)
def test_a_cell_of_the_children_fits_or_contradicts(
    column: str, fits: tuple[str, ...], contradicts: tuple[str, ...]
) -> None:
    read = CHILDREN[column]
    assert [text for text in fits if not read(KNOWN, frozenset({text}))] == []
    assert [text for text in contradicts if read(KNOWN, frozenset({text}))] == []
    assert read(Known(data_date=KNOWN.data_date), frozenset({*fits, *contradicts} - {"not known"}))


def test_ends_of_windows_belong_to_them() -> None:
    assert [window_days(text) for text in ("before day 0", "day 4 to 7", "after day 28")] == [
        (-FAR, -1),
        (4, 7),
        (29, FAR),
    ]
    assert [course_days(text) for text in ("at most 3 days", "more than 28 days")] == [(0, 3), (29, FAR)]
    assert range_of("10 to under 20 kg")[1] < 20 <= range_of("20 to under 30 kg")[0]
    assert span_of("2026-02") == (date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize("column", ["death", "age", "anakinra_days", "infusions"])
def test_a_text_that_the_attacker_cannot_read_stops_him(column: str) -> None:
    with pytest.raises(Unreadable):
        CHILDREN[column](KNOWN, frozenset({"early"}))


def test_nothing_was_recorded_after_death_or_after_the_data_date() -> None:
    recent = Known(data_date=date(2026, 3, 18), infused=(DAY_0, DAY_0))
    dead = Known(data_date=date(2026, 6, 1), infused=(DAY_0, DAY_0), died=days(10))
    for known in (recent, dead):
        assert CHILDREN["course"](known, frozenset({"day 0 to 3;day 8 to 14"}))
        assert not CHILDREN["course"](known, frozenset({"day 15 to 28"}))
        assert not FORMS["response", "timepoint"](known, frozenset({"day_28"}))
        assert FORMS["response", "response"](known, frozenset({"not_assessed"}))


@pytest.mark.parametrize(
    ("column", "contradicts"),
    [
        (("enrolment", "consent_type"), "patient"),
        (("enrolment", "assent"), "of_age"),
        (("baseline", "performance_scale"), "karnofsky"),
        (("baseline", "baseline_instrument"), "ice"),
        (("baseline", "disease_burden"), "measurable"),
        (("infection", "relation"), "no_anakinra"),
        (("anakinra_regimen", "doses_given"), "33"),
    ],
)
def test_a_column_of_a_form_tells_more_than_it_says(column: tuple[str, str], contradicts: str) -> None:
    assert not FORMS[column](KNOWN, frozenset({contradicts}))
    assert FORMS[column](Known(data_date=KNOWN.data_date), frozenset({contradicts}))


def write_package(
    folder: Path, children: list[tuple[str, ...]], *, asked_if: Mapping[str, str] | None = None
) -> Package:
    """Write a package of children with sex, age and death, and of baseline pages; return it as read."""
    (folder / "forms").mkdir(parents=True)
    write_table(folder / "children.csv", ("child", "sex", "age", "death"), [row[:4] for row in children])
    pages = [(row[0], f"R-{row[0]}", row[4]) for row in children]
    write_table(folder / "forms/baseline.csv", ("child", "record", "cns_status"), pages)
    field = {"name": "cns_status", "x_asked_if": "disease is b_all or aml"}
    described = {"resources": [{"name": "baseline", "schema": {"fields": [field]}}]}
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    return Package(folder)


CHILDREN_OF_FIVE = [
    ("C-A", "female", "2 to 11 years", "yes", "cns1"),
    ("C-B", "female", "MSK", "yes", ""),
    ("C-C", "male", "2 to 11 years", "yes", "cns1"),
    ("C-D", "female", "12 to 17 years", "no", "cns2"),
    ("C-E", "female", "2 to 11 years", "no", ""),
]


def test_candidates_are_those_whom_no_cell_contradicts(tmp_path: Path) -> None:
    package = write_package(tmp_path / "package", CHILDREN_OF_FIVE)
    family = SCENARIOS["family or neighbour"](KNOWN)
    obituary = SCENARIOS["obituary or press"](KNOWN)
    assert family is not None
    assert obituary is not None
    assert package.candidates(package.fitting(family)) == {"C-A", "C-B", "C-E"}
    assert package.candidates(package.fitting(obituary)) == {"C-A", "C-B"}
    assert package.narrowing(package.fitting(obituary)) == ["children.sex", "children.death"]


def test_an_answer_that_is_asked_for_one_disease_only_tells_the_disease(tmp_path: Path) -> None:
    package = write_package(tmp_path / "package", CHILDREN_OF_FIVE)
    solid, aml = (package.fitting(Known(data_date=KNOWN.data_date, disease=disease)) for disease in ("solid", "aml"))
    assert package.candidates(solid) == {"C-B", "C-E"}
    assert len(package.candidates(aml)) == 5


def test_a_column_without_a_reading_stops_the_attacker(tmp_path: Path) -> None:
    package = tmp_path / "package"
    write_package(package, CHILDREN_OF_FIVE)
    write_table(package / "children.csv", ("child", "shoe_size"), [("C-A", "31")])
    with pytest.raises(Unreadable, match="shoe_size"):
        Package(package)


SCAN = Scan(identifiers=[KEY, "NORTH-012347"], words=["NORTH"], names=["Northern Synthetic Hospital"])


@pytest.mark.parametrize(
    "shape",
    [
        *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%m", "%G-W%V", "%Y-%b-%d", "%d.%m.%Y", "%d/%m/%Y"),
        *("%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%d%b%Y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y"),
        *("%d. %B %Y", "%dth %B %Y", "%b %d, %Y", "%B %d, %Y", "%B %Y", "%d%b%y", "%Y-%m-%dT08:30", "%Y-%m-%d 08:30"),
    ],
)
def test_the_scan_finds_a_date_however_it_is_written(shape: str) -> None:
    written = date(2026, 3, 15).strftime(shape)
    assert SCAN.found_in(f"7,{written},8\n".encode())
    assert SCAN.found_in(f"7,{written},8\n".encode("utf-16-le"))


def test_the_scan_takes_no_number_or_range_for_a_date() -> None:
    for text in ("2026", "2024 to 2026", "0.1.0", "10.25", "day 4 to 7", "12/15 children", "R-ABCDEF2345672", "1:2"):
        assert SCAN.found_in(text.encode()) == set(), text


@pytest.mark.parametrize(
    "told",
    [
        KEY,
        KEY.upper(),
        KEY.replace("-", ""),
        f"id={KEY}.",
        hashlib.sha256(KEY.encode()).hexdigest(),
        hashlib.md5(KEY.encode(), usedforsecurity=False).hexdigest().upper(),
        b64encode(hashlib.sha1(KEY.encode(), usedforsecurity=False).digest()).decode(),
        b64encode(hashlib.sha256(KEY.replace("-", "").encode()).digest()).decode(),
        b64encode(KEY.encode()).decode(),
        KEY.encode().hex(),
        "north-012347",
        "a NORTH wind",
        "the northern synthetic hospital",
    ],
)
def test_the_scan_finds_an_identifier_in_any_disguise(told: str, tmp_path: Path) -> None:
    write_table(tmp_path / "a.csv", ("child", "note"), [("C-A", told)])
    assert len(SCAN.leaks(tmp_path)) > 0


def test_the_scan_opens_what_is_packed_and_reads_names_of_files(tmp_path: Path) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    entry = zipfile.ZipInfo("deep.csv")
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry, gzip.compress(f"child\n{KEY}\n".encode(), mtime=0))
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("inner.zip"), inner.getvalue())
    (tmp_path / "outer.xlsx").write_bytes(outer.getvalue())
    (tmp_path / "NORTH.csv").write_text("child\n", encoding="utf-8")
    assert SCAN.leaks(tmp_path) == [
        "NORTH.csv: b'NORTH'",
        f"outer.xlsx!inner.zip!deep.csv!unpacked: {KEY.encode()!r}",
    ]


def test_the_scan_reads_the_time_stamps_of_packed_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.csv", date_time=(2026, 3, 5, 8, 30, 0)), "child\n")
    assert SCAN.leaks(tmp_path) == ["a.zip!a.csv!header: b'2026-03-05'"]
