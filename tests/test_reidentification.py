"""The default de-identified package of 240, 300 and 1,000 children against an attacker who knows much about a child."""

import csv
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from analysis.chapters import complete_response, resolution, who
from analysis.cut import read_cut
from analysis.study import study_of
from application import SECRETS
from attack import LEAST, Found, Package, attack
from attack_knowledge import SCENARIOS, Known, truth_of
from attack_rebuild import (
    rebuilt_curves,
    rebuilt_exposure,
    rebuilt_responses,
    reported_curves,
    reported_with_anakinra,
    sizes_of_endpoints,
)
from attack_scan import Scan
from demo_cut import SEED, UNTIL, register_demo_cut, told_children, write_demo_cut
from forms.dosing.tiers import dose_tier
from forms.selection import EVERYBODY
from registry.database import db
from registry.demo.children import make_children
from registry.demo.sites import SITES
from registry.models import Site
from registry.records import subject_code
from registry.release import pipeline
from registry.release.order import FORMATS, Order
from registry.release.profiles import Profile
from registry.release.pseudonyms import Pseudonyms
from run_folder import made_once, told_once

SIZES = (240, 300, 1000)
SAS_FIRST_MOMENT = "01JAN70"
"""What the header of an XPORT file says instead of the time it was written."""
PROJECT = "attacked"
each_size = pytest.mark.parametrize("children", SIZES)

MakePackage = Callable[..., Path]


@pytest.fixture
def cut_of(shared_folder: Path) -> Callable[[int], Path]:
    """Return a function from a number of children to the demonstration's cut of so many, told once for all engines."""

    def write_all(folder: Path) -> None:
        told = told_children(max(SIZES))
        for children in SIZES:
            write_demo_cut(folder / str(children), told, patients=children)

    return lambda children: made_once(shared_folder, "demo_cuts", write_all) / str(children)


@pytest.fixture
def released(app: Flask, shared_folder: Path, cut_of: Callable[[int], Path]) -> MakePackage:
    """Return a function that releases a package of so many children, each once for all engines: they only keep the
    register of cuts, and test_exports.py has a release written by each."""

    def release(children: int, profile: Profile = Profile.DEIDENTIFIED, **asked: Any) -> Path:
        order = Order(profile=profile, project=PROJECT, purpose="To be attacked in a test.", **asked)

        def write(folder: Path) -> None:
            with app.app_context():
                cut = register_demo_cut(db.session(), cut_of(children), patients=children)
                pipeline.write(db.session(), cut, order, folder)

        return made_once(shared_folder, "-".join(["released", str(children), profile, *asked]), write)

    return release


def codes_of(truth: dict[str, Known]) -> dict[str, str]:
    """Return the code of each child of a cut in the attacked project; whoever holds the key knows it."""
    pseudonyms = Pseudonyms(SECRETS["PSEUDONYM_KEY"], PROJECT)
    children = make_children(max(SIZES), SEED, UNTIL)
    return {child.key: pseudonyms.child(child.enrolment_uuid) for child in children if child.key in truth}


@cache
def known_of(cut: Path) -> dict[str, Known]:
    return truth_of(cut)


def attacked(package: Path, cut: Path) -> list[Found]:
    truth = known_of(cut)
    return attack(Package(package), truth, codes_of(truth))


@pytest.fixture
def attacked_once(shared_folder: Path) -> Callable[[Path, Path], list[Found]]:
    """Return `attacked` for a released package, whose files are the same for all engines: attacked once for all."""

    def find(package: Path, cut: Path) -> list[Found]:
        told = told_once(
            shared_folder, f"attacked-{package.name}", lambda: [asdict(one) for one in attacked(package, cut)]
        )
        return [Found(**{**one, "sizes": tuple(one["sizes"])}) for one in told]

    return find


@pytest.fixture
def leaks_of(shared_folder: Path, cut_of: Callable[[int], Path]) -> Callable[[Path, int], list[str]]:
    """Return a function that looks through a released package of so many children, once for all engines."""

    def look(package: Path, children: int) -> list[str]:
        told = told_once(
            shared_folder, f"leaks-{package.name}", lambda: scan_for(children, cut_of(children)).leaks(package)
        )
        return list(told)

    return look


@each_size
def test_the_package_is_released_and_says_what_it_coarsened(released: MakePackage, children: int) -> None:
    gate = json.loads((released(children) / "manifest.json").read_text(encoding="utf-8"))["gate"]
    levels = {quasi["column"]: quasi["level"] for quasi in gate["quasi_identifiers"]}
    with (released(children) / "children.csv").open(encoding="utf-8", newline="") as file:
        shown = [column for column in next(csv.reader(file)) if column != "child"]
    assert sorted(column for column, level in levels.items() if level != "left out") == sorted(shown)
    assert gate["children_who_must_look_alike"] == LEAST
    assert gate["risk_before"]["smallest"] == 1
    assert gate["risk_after"]["smallest"] >= LEAST
    words = " ".join(gate["in_words"])
    assert all(quasi["label"] in words for quasi in gate["quasi_identifiers"])


@each_size
def test_nobody_is_found_and_no_set_of_candidates_is_under_eleven(
    released: MakePackage,
    cut_of: Callable[[int], Path],
    attacked_once: Callable[[Path, Path], list[Found]],
    children: int,
) -> None:
    found = attacked_once(released(children), cut_of(children))
    assert [one.scenario for one in found if not one.sizes] == []
    assert [str(one) for one in found if one.unique or one.smallest < LEAST or one.missed] == []


@each_size
def test_no_endpoint_or_outcome_of_few_children_is_named(released: MakePackage, children: int) -> None:
    """Who is at risk stands in the forms: the three children of one endpoint were known, all in one window."""
    described = json.loads((released(children) / "datapackage.json").read_text(encoding="utf-8"))
    named = {
        code
        for table in described["resources"]
        for field in table["schema"]["fields"]
        if (table["name"], field["name"]) in {("endpoints", "endpoint"), ("responses", "outcome")}
        for code in field["x_codes"]
    }
    sizes = sizes_of_endpoints(released(children))
    assert (min(sizes.values()) >= LEAST, sizes.keys()) == (True, named)


@each_size
def test_no_byte_of_the_package_names_a_child_a_center_or_a_date(
    released: MakePackage, leaks_of: Callable[[Path, int], list[str]], children: int
) -> None:
    assert leaks_of(released(children), children) == []


def test_no_byte_of_any_other_format_does(released: MakePackage, leaks_of: Callable[[Path, int], list[str]]) -> None:
    package = released(240, forms=("enrolment", "infusion", "anakinra_course"), formats=tuple(FORMATS))
    kinds = {path.suffix for path in package.rglob("*") if path.is_file()}
    assert {".csv", ".json", ".html", ".zip", ".xlsx", ".sav", ".dta", ".xpt", ".sas"} <= kinds
    assert leaks_of(package, 240) == []


def scan_for(children: int, cut: Path) -> Scan:
    """Return what looks for the children of a cut, their records and the centers."""
    told = make_children(children, SEED, UNTIL)
    codes = [subject_code(Site(code=child.site.code), child.code_number) for child in told]
    return Scan(
        identifiers=[*(text for child in told for text in (child.key, child.enrolment_uuid)), *codes],
        words=[*(site.code for site in SITES), *record_keys(cut)],
        names=[site.name for site in SITES],
        first_moments=[SAS_FIRST_MOMENT],
    )


def record_keys(cut: Path) -> list[str]:
    keys: list[str] = []
    for path in cut.glob("forms/*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            place = next(rows := csv.reader(file)).index("record")
            keys += [row[place] for row in rows]
    return [*keys, *(key.replace("-", "") for key in keys)]


def test_the_same_attacker_finds_most_children_of_a_limited_data_set(
    released: MakePackage, cut_of: Callable[[int], Path], attacked_once: Callable[[Path, Path], list[Found]]
) -> None:
    """Real dates and the center: a data use agreement is all that protects them."""
    found = {one.scenario: one for one in attacked_once(released(240, Profile.LIMITED), cut_of(240))}
    shares = {name: one.unique / len(one.sizes) for name, one in found.items()}
    assert shares["discharge calendar"] > 0.95
    assert shares["insider at the center"] > 0.95
    assert {one.missed for one in found.values()} == {0}


def test_the_same_attacker_finds_most_children_where_dates_are_only_shifted(
    cut_of: Callable[[int], Path], tmp_path: Path
) -> None:
    """A shift per patient leaves every interval, with sex and age beside it. EXPORT.md 1.6: 97 to 100 % found."""
    found = {one.scenario: one for one in attacked(shifted(cut_of(240), tmp_path / "shifted"), cut_of(240))}
    insider, calendar = found["insider at the center"], found["discharge calendar"]
    assert insider.unique / len(insider.sizes) > 0.9
    assert calendar.under / len(calendar.sizes) > 0.5
    assert (insider.missed, calendar.missed) == (0, 0)


def shifted(cut: Path, package: Path) -> Path:
    """Write what a shift of dates per patient leaves of a cut: days from the infusion, sex and age."""
    truth = known_of(cut)
    kinds = {"admission": "admitted", "discharge": "discharged", "icu": "intensive_care"}
    people, stays, courses = [], [], []
    for child, code in codes_of(truth).items():
        known = truth[child]
        people.append((code, known.sex or "", str(known.age_years[0]) if known.age_years else ""))
        for kind, name in kinds.items():
            stays += [(code, kind, days_since(known, first)) for first, _ in getattr(known, name) or ()]
        courses += [(code, "true", days_since(known, first)) for first, _ in known.doses or ()]
    (package / "forms").mkdir(parents=True)
    write(package / "forms/enrolment.csv", ("child", "sex"), [row[:2] for row in people])
    write(package / "forms/infusion.csv", ("child", "age_years"), [(row[0], row[2]) for row in people])
    write(package / "forms/support.csv", ("child", "kind", "started_at_day"), stays)
    write(package / "forms/anakinra_course.csv", ("child", "given", "started_at_day"), courses)
    (package / "datapackage.json").write_text('{"resources": []}', encoding="utf-8")
    return package


def days_since(known: Known, day: date) -> str:
    return str((day - known.infused[0]).days) if known.infused else ""


def write(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def test_curves_responses_and_exposure_rebuilt_from_the_package_are_those_of_the_report(
    released: MakePackage, cut_of: Callable[[int], Path]
) -> None:
    study = study_of(read_cut(cut_of(240)), EVERYBODY)
    results = {**who.chapter(study).results, **resolution.chapter(study).results}
    results |= complete_response.chapter(study).results
    package = released(240)
    rebuilt, reported = rebuilt_curves(package), reported_curves(results)
    few = {name for name in reported if results["endpoints"][name]["n"] < LEAST}
    assert few == {"platelets_20", "platelets_50"}
    reported = {name: curve for name, curve in reported.items() if name not in few}
    assert rebuilt.keys() == reported.keys()
    assert len(reported) >= 5
    for endpoint, curve in reported.items():
        assert rebuilt[endpoint] == pytest.approx(curve, abs=1e-8), endpoint  # weights have nine decimals
    with_anakinra = {outcome: by["yes"] for outcome, by in rebuilt_responses(package, "anakinra").items()}
    assert with_anakinra == reported_with_anakinra(results)
    exposure = rebuilt_exposure(package)
    assert sum(exposure.values()) - exposure["none"] == results["enrolment"]["given_anakinra"]
    orders = [known for known in known_of(cut_of(240)).values() if known.was_given]
    tiers = Counter(dose_tier(known.dose_mg_per_kg_day, known.capped) for known in orders)
    assert {tier: count for tier, count in exposure.items() if tier != "none"} == tiers


def test_every_scenario_has_children_whom_it_is_about(cut_of: Callable[[int], Path]) -> None:
    truth = known_of(cut_of(240))
    assert {name: any(about(known) for known in truth.values()) for name, about in SCENARIOS.items()} == dict.fromkeys(
        SCENARIOS, True
    )
