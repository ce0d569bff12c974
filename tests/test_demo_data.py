"""The demonstration: the same for the same seed, entered as at real sites, through the one writer."""

import json
import stat
from collections import Counter
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from application import lent
from databases import Databases, copy_of_template
from demo_cut import EMPTY_TABLES, told_children, write_demo_cut
from demo_rows import UNTIL, demo_children, demo_entries, last_rows
from forms.values import Measurement, NullFlavour, PartialDate
from registry.access import ROLES
from registry.audit_verify import verify
from registry.cli import main
from registry.database import db
from registry.demo.chance import Chance
from registry.demo.children import make_children
from registry.demo.notebook import Entry, Notebook
from registry.demo.opening import write_enrolment, write_withdrawal
from registry.demo.people import make_logins
from registry.demo.sites import SITES
from registry.demo.writing import Loaded, NotEmpty, all_entries, load_demo, write_demo_data
from registry.models import DataQuery, Subject, User
from registry.rechecking import check_all, with_open_ends
from registry.release.cuts import take_cut
from registry.tables import TABLES
from run_folder import made_once, told_once

PASSWORD = "password-of-the-demonstration"


@pytest.fixture
def entries() -> tuple[Entry, ...]:
    """Return every save of the demonstration that `make demo` loads."""
    return demo_entries(1)


def test_the_same_seed_tells_the_same_saves_and_another_seed_others() -> None:
    told = [all_entries(make_children(9, seed, UNTIL), seed, UNTIL) for seed in (1, 1, 2)]
    first, again, other = [[(entry.at, entry.form, entry.row, entry.revision) for entry in one] for one in told]
    assert first == again
    assert not {row["key"] for _, _, row, _ in first} & {row["key"] for _, _, row, _ in other}


def test_saves_come_in_order_of_time_and_none_is_of_today_or_later(entries: tuple[Entry, ...]) -> None:
    moments = [entry.at for entry in entries]
    assert moments == sorted(moments)
    assert moments[-1] < datetime(2026, 6, 1)
    assert UNTIL - moments[-1].date() <= timedelta(days=4)


def test_every_child_is_enrolled_at_one_of_the_six_sites(entries: tuple[Entry, ...]) -> None:
    children = demo_children(1)
    assert {child.site.code for child in children} == {site.code for site in SITES}
    assert len(last_rows(entries, "enrolment")) == 240
    assert len({(child.site.code, child.code_number) for child in children}) == 240


def test_a_demonstration_site_is_plainly_synthetic_and_its_name_does_not_repeat_its_code() -> None:
    assert len({site.name for site in SITES}) == 6
    for site in SITES:
        assert "Demonstration" in site.name and site.code not in site.name


def test_a_child_whose_family_withdrew_has_no_later_entry(entries: tuple[Entry, ...]) -> None:
    withdrawn = {entry.child.number: entry.at for entry in entries if entry.row.get("withdrawn")}
    assert len(withdrawn) == 2
    for number, at in withdrawn.items():
        last = max(entry.at for entry in entries if entry.child.number == number)
        assert last == at


def test_what_a_site_would_enter_two_days_after_a_withdrawal_is_left_out() -> None:
    child, monday = make_children(1, 1, UNTIL)[0], date(2026, 5, 25)
    notebook = Notebook(Chance(1, "withdrawal"), child)
    enrolment = write_enrolment(notebook, child)
    write_withdrawal(notebook, enrolment, monday)
    notebook.add("assessment", monday + timedelta(days=2), {"assessed_at": datetime(2026, 5, 24, 8)}, days_late=0)
    assert [(entry.form, entry.revision) for entry in notebook.entries(UNTIL)] == [("enrolment", 0), ("enrolment", 1)]


def test_charts_have_the_gaps_of_real_life(entries: tuple[Entry, ...]) -> None:
    values = [value for entry in entries for value in entry.row.values()]
    measured = [value for value in values if isinstance(value, Measurement)]
    assert {value.sign for value in measured} == {"", "<", ">"}
    assert {"g/L", "mg/dL", "umol/L"} <= {value.unit_typed for value in measured}
    assert {NullFlavour.NOT_DONE, NullFlavour.NOT_AVAILABLE} <= {v for v in values if isinstance(v, NullFlavour)}
    assert any(isinstance(value, PartialDate) and not value.is_whole_day for value in values)
    reasons = Counter(entry.reason for entry in entries if entry.revision and entry.reason)
    assert {"Misread from the flow sheet.", "The two counts were swapped.", "Entered twice."} <= set(reasons)
    late = [entry.at.date() - at.date() for entry in entries if isinstance(at := entry.row.get("sampled_at"), datetime)]
    assert sum(days > timedelta(days=14) for days in late) / len(late) > 0.1
    assert min(late) >= timedelta(days=0)


def test_two_registries_of_one_seed_have_the_same_cut(
    lent_app: Flask, databases: Databases, run_folder: Path, shared_folder: Path, tmp_path: Path
) -> None:
    """Also on two engines: where a run of the other has told its cut, that is what this one must have.

    The moment of the check that follows the first sign-in of a day stands in `data_queries.csv`: here it is given.
    """
    a_month_later = datetime.combine(UNTIL + timedelta(days=30), time(9, 30))

    def load(name: str) -> list[Any]:
        """Load and check a demonstration; return what was written, the ids of its cuts, the log's faults."""
        url = copy_of_template(databases, run_folder, name)
        (tmp_path / name).mkdir()
        with lent(lent_app, url, tmp_path / name), lent_app.app_context():
            logins = make_logins([site.code for site in SITES], PASSWORD)
            loaded = write_demo_data(db.session(), patients=8, seed=4, until=UNTIL, logins=logins)
            loaded_cut = take_cut(db.session(), tmp_path / name / "loaded", by=None)
            checked = check_all(db.session(), with_open_ends(), a_month_later)
            checked_cut = take_cut(db.session(), tmp_path / name / "checked", by=None)
            told = [asdict(loaded), loaded_cut.cut_id, checked.opened, checked_cut.cut_id, verify(db.session())]
        databases.drop(name)
        return told

    first = told_once(shared_folder, "cut-of-a-demonstration", lambda: load("demo_one"))
    second = load("demo_two")
    assert first == second
    assert (second[0]["children"], second[4]) == (8, [])
    assert second[2] > 0 and second[1] != second[3]


def test_every_save_is_stored_and_judged_and_stands_in_the_cut_told_without_a_database(
    own_app: Flask, shared_folder: Path, tmp_path: Path
) -> None:
    with own_app.app_context():
        logins = make_logins([site.code for site in SITES], PASSWORD)
        loaded = write_demo_data(db.session(), patients=40, seed=1, until=UNTIL, logins=logins)
        entries = all_entries(make_children(40, 1, UNTIL), 1, UNTIL)
        stored = {name: db.session.scalar(select(func.count()).select_from(table)) for name, table in TABLES.items()}
        revisions = sum(db.session.scalar(select(func.sum(table.c.revision))) or 0 for table in TABLES.values())
        statuses = set(db.session.scalars(select(DataQuery.status)))
        withdrawn = db.session.scalar(select(func.count()).where(Subject.withdrawn_on.is_not(None)))
        take_cut(db.session(), tmp_path / "cut", by=None)
    assert loaded == Loaded(children=40, saves=len(entries))
    assert stored == {**dict.fromkeys(TABLES, 0), **Counter(entry.form for entry in entries if entry.revision == 0)}
    assert revisions == len(entries)
    assert statuses == {"open", "answered", "closed"}
    assert withdrawn == 1

    def tell(folder: Path) -> None:
        write_demo_cut(folder, told_children(40), patients=40)

    assert lines_of(made_once(shared_folder, "told-without-a-database", tell)) == lines_of(tmp_path / "cut")


def lines_of(cut: Path) -> dict[str, list[str]]:
    """Return the lines of a cut's files by name, the header alone of those that `demo_cut` leaves empty."""
    found = {path.relative_to(cut).as_posix(): path.read_text(encoding="utf-8") for path in cut.rglob("*.csv")}
    date_of_data = json.loads((cut / "manifest.json").read_text(encoding="utf-8"))["data_date"]
    lines = {name: text.splitlines()[: 1 if name in EMPTY_TABLES else None] for name, text in found.items()}
    return {**lines, "data date": [date_of_data]}


def test_the_command_fills_an_empty_registry_and_leaves_the_logins_to_its_owner(
    own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.py").write_text(f"SQLALCHEMY_DATABASE_URI = {own_database_url!r}\n")
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("ANAKINRA_REGISTRY_CONFIG", str(tmp_path / "config.py"))
    run = CliRunner()
    filled = run.invoke(main, ["demo-data", "--patients", "6", "--seed", "1"])
    again = run.invoke(main, ["demo-data"])
    verified = run.invoke(main, ["audit", "verify"])
    assert verified.exit_code == 0, verified.output
    assert filled.exit_code == 0, filled.output
    assert filled.output.startswith("6 synthetic children, ")
    assert again.exit_code == 1
    assert again.output == f"Error: {NotEmpty()}\n"
    file = tmp_path / "instance" / "demo-logins.json"
    logins = json.loads(file.read_text(encoding="utf-8"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [login["role"] for login in logins][: len(ROLES)] == list(ROLES)
    assert Counter(login["site"] for login in logins if login["role"] == "coordinator") == Counter(
        site.code for site in SITES
    )
    assert all(login["email"].endswith("@demo.example") and len(login["password"]) >= 12 for login in logins)


def test_an_installation_for_real_patients_takes_no_demonstration(
    own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.py").write_text(f"SQLALCHEMY_DATABASE_URI = {own_database_url!r}\n")
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("ANAKINRA_REGISTRY_CONFIG", str(tmp_path / "config.py"))
    run = CliRunner()
    assert run.invoke(main, ["init"]).exit_code == 0
    refused = run.invoke(main, ["demo-data", "--patients", "6"])
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: This installation is for real patients (MODE is not 'demo').")
    assert not (tmp_path / "instance" / "demo-logins.json").exists()
    assert run.invoke(main, ["audit", "verify"]).exit_code == 0


def test_demonstration_accounts_are_marked_and_keep_out_of_a_registry_in_use(own_app: Flask, tmp_path: Path) -> None:
    with own_app.app_context():
        load_demo(db.session(), patients=6, seed=1, until=UNTIL, logins_file=tmp_path / "logins.json")
        assert set(db.session.scalars(select(User.is_demo))) == {True}
        with pytest.raises(NotEmpty):
            load_demo(db.session(), patients=6, seed=1, until=UNTIL, logins_file=tmp_path / "other.json")
    assert not (tmp_path / "other.json").exists()
