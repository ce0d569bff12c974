"""The page of an export that waits: what it would hold is worked out once, and again when anything has changed."""

import os
from pathlib import Path

import pytest

from asking_for_exports import Asking
from entries import save, stored
from export_requests import an_order
from registry.database import db
from registry.models import User
from registry.release import preparing, previews
from registry.release.models import Export
from registry.release.profiles import Profile


class Watched:
    """A waiting export of the whole study, who may look at it, and how often it was prepared."""

    def __init__(self, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asking, self.times, prepare = asking, 0, preparing.prepare
        self.export = asking.export(an_order(profile=Profile.IDENTIFIED), by=asking.requesting.manager)

        def counted(*given: object, **more: object) -> preparing.Prepared:
            self.times += 1
            return prepare(*given, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(preparing, "prepare", counted)

    def look(self, person: User | None = None, export: Export | None = None) -> str:
        client = self.asking.client(person or self.asking.requesting.manager)
        return str(client.get(f"/exports/{(export or self.export).key}").text)


@pytest.fixture
def watched(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(asking, monkeypatch)


def test_a_second_look_prepares_nothing_and_shows_the_same(watched: Watched) -> None:
    first = watched.look()
    assert "<strong>2</strong>, if it is written now" in first
    assert "<strong>2</strong>, if it is written now" in watched.look(watched.asking.requesting.officer)
    assert watched.look().count("<td") == first.count("<td")
    assert watched.times == 1


def test_a_consent_that_changed_is_looked_at_anew(watched: Watched) -> None:
    watched.look()
    child = watched.asking.requesting.other_child
    (page,) = stored(child, "enrolment")
    confirmed = {"enrolment.consent_not_refused": "The family said No."}
    answers = {**page.row, "consent_obtained": False}
    by = watched.asking.requesting.study.coordinator
    save(child, by, "enrolment", answers, revision=page.revision, reason="As told.", confirmed=confirmed)
    assert "<strong>1</strong>, if it is written now" in watched.look()
    assert watched.times == 2


def test_a_file_of_the_cut_that_was_touched_is_looked_at_anew(watched: Watched) -> None:
    watched.look()
    file = Path(watched.asking.requesting.cut.folder) / "forms" / "infusion.csv"
    file.chmod(0o600)
    file.write_text(file.read_text() + "\n")
    assert "The files of this data cut are missing or were changed." in watched.look()
    assert watched.times == 2
    watched.look()
    assert watched.times == 2


def test_a_name_that_the_project_would_tell_is_looked_at_anew(watched: Watched) -> None:
    watched.look()
    watched.asking.requesting.analyst.name = watched.export.project
    db.session.commit()
    assert "As things are it could not be written." in watched.look()


def test_each_export_is_prepared_for_itself_and_the_oldest_is_forgotten(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "MOST_KEPT", 1)
    order = an_order(profile=Profile.IDENTIFIED, site="TST")
    other = watched.asking.export(order, by=watched.asking.requesting.manager)
    assert "<strong>2</strong>, if it is written now" in watched.look()
    assert "<strong>1</strong>, if it is written now" in watched.look(export=other)
    watched.look()
    assert watched.times == 3


def test_a_cut_whose_files_are_gone_is_said(watched: Watched) -> None:
    folder = Path(watched.asking.requesting.cut.folder)
    os.rename(folder, folder.with_name("elsewhere"))
    assert "The files of this data cut are gone from the server or were changed." in watched.look()
    assert watched.times == 0
