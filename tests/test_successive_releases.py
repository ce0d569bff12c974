"""Two de-identified releases of a project, from one cut after the other, in one hand: enough children look alike."""

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from attack_pools import joined
from cut_folder import CutFolder
from entries import NOW
from export_requests import an_agreement
from factories import make_site, make_subject
from forms.files import sha256
from registry.database import db
from registry.models import Subject
from registry.release import pipeline, preparing
from registry.release.archives import unzip_one
from registry.release.earlier_releases import earlier_releases, told_before, until_id_of
from registry.release.export_rows import DONE, enter
from registry.release.gate_words import sentences
from registry.release.models import Cut, Export
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.release.quasi_identifiers import ladder
from registry.release.refusal import ExportRefused
from registry.release.standing_out import EXPECTED
from telling_cut import register

KEEP = ("disease",)
ORDER = Order(profile=Profile.DEIDENTIFIED, project="dosing", purpose="Asked by the committee.", keep=KEEP)
LEAST = 11
MakeCut = Callable[..., Cut]


@pytest.fixture
def children(app: Flask, session: Session) -> list[str]:
    """Return the keys of 24 children of a center."""
    site = make_site(session)
    made = [make_subject(session, site) for _ in range(2 * LEAST + 2)]
    session.commit()
    return [child.key for child in made]


@pytest.fixture
def cut_of(app: Flask, children: list[str], session: Session, tmp_path: Path) -> MakeCut:
    """Return a function that makes a cut of these children: 12 girls and 12 boys, every other one with B-ALL.

    What is not recorded in it yet has no answer.
    """

    def make(*, sex: bool = False, disease: bool = False) -> Cut:
        files = CutFolder()
        for number, child in enumerate(children):
            sexes, diseases = ("female", "male"), ("b_all", "lymphoma")
            enrolment: dict[str, Any] = {"sex": sexes[number % 2]} if sex else {}
            files.add("enrolment", child, consent_obtained=True, **enrolment)
            files.add("baseline", child, **({"disease": diseases[number // 2 % 2]} if disease else {}))
        return register(session, files.write(tmp_path / f"cut-{sex}-{disease}"), children=len(children))

    return make


def release(cut: Cut, folder: Path, order: Order = ORDER) -> Export:
    """Return an export whose files were written."""
    export = enter(db.session(), order, cut, by=None, at=NOW, status=DONE)
    made = pipeline.write(db.session(), cut, order, folder, until_id=export.id)
    export.folder, export.sha256, export.subjects = str(folder), made.sha256, made.children
    db.session.commit()
    return export


def children_of(export: Export) -> dict[str, tuple[str, ...]]:
    """Return the row of each child in the files of an export."""
    archive = next(Path(export.folder).glob("*.zip"))
    head, *rows = csv.reader(io.StringIO(unzip_one(archive, "children.csv").decode()))
    return {
        code: tuple(f"{name}={value}" for name, value in zip(head[1:], values, strict=True)) for code, *values in rows
    }


def test_two_releases_put_together_leave_enough_children_alike(app: Flask, cut_of: MakeCut, tmp_path: Path) -> None:
    with app.app_context():
        first = release(cut_of(sex=True), tmp_path / "first")
        second = release(cut_of(sex=True, disease=True), tmp_path / "second")
        before, after = children_of(first), children_of(second)
    assert "sex=female" in str(before)
    both = Counter((before[code], after[code]) for code in before)
    assert min(both.values()) >= LEAST, both


def test_alone_the_second_release_would_tell_what_matters_most(app: Flask, cut_of: MakeCut, tmp_path: Path) -> None:
    with app.app_context():
        cut = cut_of(sex=True, disease=True)
        alone = preparing.prepare(db.session(), cut, ORDER).passed
        release(cut_of(sex=True), tmp_path / "first")
        beside = preparing.prepare(db.session(), cut, ORDER).passed
    assert alone and beside
    assert (alone.levels["disease"], alone.levels["sex"]) == (0, None)
    assert (beside.levels["disease"], beside.levels["sex"]) == (None, 0)
    assert [len(sentences(one, ladder(KEEP))) for one in (alone, beside)] == [21, 22]
    assert "less detail leaves" in sentences(beside, ladder(KEEP))[-1]


def test_the_same_cut_leaves_again_as_it_was(app: Flask, cut_of: MakeCut, tmp_path: Path) -> None:
    with app.app_context():
        cut = cut_of(sex=True)
        first = release(cut, tmp_path / "first")
        again = release(cut, tmp_path / "again")
        assert first.sha256 == again.sha256


def test_files_written_again_are_held_against_what_left_before_them_only(
    app: Flask, cut_of: MakeCut, tmp_path: Path
) -> None:
    with app.app_context():
        cut = cut_of(sex=True)
        first = release(cut, tmp_path / "first")
        release(cut_of(sex=True, disease=True), tmp_path / "second")
        anew = pipeline.write(db.session(), cut, ORDER, tmp_path / "anew", until_id=until_id_of(first))
        assert anew.sha256 == first.sha256
        never_left = enter(db.session(), ORDER, cut, by=None, at=NOW, status=DONE)
        assert until_id_of(never_left) is None


@pytest.mark.parametrize("written", ["dr  example", "Dr Exam\u200bple", "\ufeffDr Example"])
def test_another_project_of_the_same_recipient_counts_like_the_same_codes(
    app: Flask, cut_of: MakeCut, children: list[str], tmp_path: Path, written: str
) -> None:
    with app.app_context():
        order = Order(profile=Profile.DEIDENTIFIED, project="steroids", purpose="Theirs.", recipient="Dr Example")
        export = release(cut_of(sex=True), tmp_path / "first")
        export.recipient = written
        db.session.commit()
        enrolled = dict(db.session.query(Subject.key, Subject.enrolment_uuid).all())
        told = told_before(db.session(), earlier_releases(db.session(), order), {**enrolled, "new": "a-new-child"})
    assert told.pop("new") == ((),)
    assert Counter(("female" in values) - ("male" in values) for (values,) in told.values()) == {1: 12, -1: 12}


def test_without_the_files_of_an_earlier_release_nobody_can_tell(app: Flask, cut_of: MakeCut, tmp_path: Path) -> None:
    with app.app_context():
        cut = cut_of(sex=True)
        first = release(cut, tmp_path / "first")
        next(Path(first.folder).glob("*.zip")).unlink()
        with pytest.raises(ExportRefused, match=r"are gone from the server.*Have it written again first"):
            preparing.prepare(db.session(), cut, ORDER)


def test_a_release_with_codes_of_another_key_is_not_taken_for_one_of_other_children(
    app: Flask, cut_of: MakeCut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        release(cut_of(sex=True), tmp_path / "first")
        monkeypatch.setitem(app.config, "PSEUDONYM_KEY", "another-key-of-the-tests-" * 2)
        with pytest.raises(ExportRefused, match=r"made with another PSEUDONYM_KEY.*put the key back from the copy"):
            release(cut_of(sex=True, disease=True), tmp_path / "second")


def test_files_that_are_gone_under_an_agreement_leave_a_way_on(app: Flask, cut_of: MakeCut, tmp_path: Path) -> None:
    with app.app_context():
        cut = cut_of(sex=True)
        first = release(cut, tmp_path / "first")
        first.agreement_key = an_agreement().key
        db.session.commit()
        archive = next(Path(first.folder).glob("*.zip"))
        kept = archive.rename(tmp_path / "backup.zip")
        with pytest.raises(ExportRefused, match=r"put its zip back from a backup.*only another project"):
            preparing.prepare(db.session(), cut, ORDER)
        kept.rename(archive)
        assert preparing.prepare(db.session(), cut, ORDER).passed is not None


@pytest.fixture
def toxicities_of(app: Flask, session: Session, tmp_path: Path) -> Callable[..., Cut]:
    """Return a function that makes a cut of children with one toxicity each, so many with each; earlier ones stay."""
    site = make_site(session)
    known: dict[str, str] = {}

    def make(**new: int) -> Cut:
        for _, toxicity in ((number, name) for name, count in new.items() for number in range(count)):
            known[make_subject(session, site).key] = toxicity
        session.commit()
        files = CutFolder()
        for child, toxicity in known.items():
            files.add("enrolment", child, consent_obtained=True)
            files.add("toxicity_episode", child, toxicity=toxicity)
        return register(session, files.write(tmp_path / f"cut-{len(known)}"), children=len(known))

    return make


def test_a_rare_answer_that_was_put_together_does_not_leave_plainly_later(
    app: Flask, toxicities_of: Callable[..., Cut], tmp_path: Path
) -> None:
    """Alone, the second would show ICANS plainly and hide TIAN behind another pool: both names of eight children."""
    with app.app_context():
        first = release(toxicities_of(crs=20, icans=8, tian=8), tmp_path / "first")
        second = release(toxicities_of(icans=12, carhlh=11), tmp_path / "second")
    assert joined(Path(first.folder), Path(second.folder), least=LEAST) == []
    assert answers_in(first) == {"crs": 20, "pooled": 16}
    assert answers_in(second) == {"crs": 20, "pooled": 28, "carhlh": 11}


def test_an_answer_of_few_of_those_who_are_new_does_not_leave_plainly(
    app: Flask, toxicities_of: Callable[..., Cut], tmp_path: Path
) -> None:
    with app.app_context():
        first = release(toxicities_of(crs=20, icans=16), tmp_path / "first")
        second = release(toxicities_of(crs=12, icans=4), tmp_path / "second")
    assert joined(Path(first.folder), Path(second.folder), least=LEAST) == []
    assert (answers_in(first), answers_in(second)) == ({"crs": 20, "icans": 16}, {})


def test_the_attacker_reads_out_of_two_packages_what_each_alone_hides(
    app: Flask, toxicities_of: Callable[..., Cut], tmp_path: Path
) -> None:
    """The same two packages, the second written as if the first had never left."""
    with app.app_context():
        first = release(toxicities_of(crs=20, icans=8, tian=8), tmp_path / "first")
        pipeline.write(db.session(), toxicities_of(icans=12, carhlh=11), ORDER, tmp_path / "second", until_id=0)
    found = {
        (one.how, *one.answers, one.children) for one in joined(Path(first.folder), tmp_path / "second", least=LEAST)
    }
    assert found == {
        ("in two different pools", "tian", 8),
        ("of those who were in both", "icans", 8),
        ("of those who were in both", "pooled", 8),
        ("pooled first, plain then", "icans", 8),
    }


def answers_in(export: Export) -> dict[str, int]:
    """Return how many rows of a release show each toxicity; none where the column is left out."""
    with (Path(export.folder) / "forms/toxicity_episode.csv").open(encoding="utf-8", newline="") as file:
        return dict(Counter(row["toxicity"] for row in csv.DictReader(file) if "toxicity" in row))


def test_a_release_without_any_value_still_tells_who_was_in_it(app: Flask, cut_of: MakeCut, tmp_path: Path) -> None:
    with app.app_context():
        export = release(cut_of(sex=True), tmp_path / "first")
        archive = next(Path(export.folder).glob("*.zip"))
        codes = list(children_of(export))
        manifest = unzip_one(archive, "manifest.json")
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("manifest.json", manifest)
            file.writestr("children.csv", "child\n" + "\n".join(codes))
        export.sha256 = sha256(archive)
        enrolled = dict(db.session.query(Subject.key, Subject.enrolment_uuid).all())
        told = told_before(db.session(), [export], {**enrolled, "new": "a-new-child"})
    assert told.pop("new") == ((),)
    assert set(told.values()) == {(("there",),)}


@pytest.mark.parametrize(("late", "pages"), [(LEAST - 1, LEAST + 3), (LEAST, 2 * LEAST + 2)])
def test_who_stood_out_by_missing_pages_is_not_found_again_with_all_of_them(
    app: Flask, session: Session, children: list[str], tmp_path: Path, late: int, pages: int
) -> None:
    """Infused just before the first cut, they had no pages then: whoever has both releases knows who they are."""

    def cut(name: str, without: list[str]) -> Cut:
        files = CutFolder()
        for child in children:
            files.add("enrolment", child, consent_obtained=True)
            if child not in without:
                files.add("baseline", child)
        return register(session, files.write(tmp_path / name), children=len(children))

    with app.app_context():
        release(cut("cut-1", children[:late]), tmp_path / "first")
        second = release(cut("cut-2", []), tmp_path / "second")
    archive = next(Path(second.folder).glob("*.zip"))
    assert len(unzip_one(archive, "forms/baseline.csv").splitlines()) - 1 == pages
    assert len(unzip_one(archive, "forms/enrolment.csv").splitlines()) - 1 == len(children)


def test_who_is_new_is_not_found_by_pages_that_few_of_the_new_ones_have(
    app: Flask, session: Session, children: list[str], tmp_path: Path
) -> None:
    """Of 12 who are new 3 have pages: whoever has both releases knows which codes are new, and so these 3."""

    def cut(name: str, there: list[str], without: list[str]) -> Cut:
        files = CutFolder()
        for child in there:
            files.add("enrolment", child, consent_obtained=True)
            for form in EXPECTED if child not in without else ():
                files.add(form, child, **({"infused_on": date(2026, 3, 5)} if form == "infusion" else {}))
        return register(session, files.write(tmp_path / name), children=len(there))

    earlier, without = children[: LEAST + 1], children[LEAST + 4 :]
    with app.app_context():
        release(cut("cut-1", earlier, []), tmp_path / "first")
        second = release(cut("cut-2", children, without), tmp_path / "second")
    assert len(rows_of(second, "forms/baseline.csv")) == len(earlier)


def test_which_kind_of_page_a_window_had_in_a_release_counts_in_the_next(
    app: Flask, session: Session, children: list[str], tmp_path: Path
) -> None:
    """Twelve had a laboratory page alone, in the rows of the forms and not in the table of the children."""

    def cut(name: str, *, later: bool) -> Cut:
        files = CutFolder()
        for number, child in enumerate(children):
            files.add("enrolment", child, consent_obtained=True)
            files.add("infusion", child, infused_on=date(2026, 3, 5))
            for day in (6, 10) if later and number // 2 % 2 else (6,):
                files.add("laboratory", child, sampled_at=datetime(2026, 3, day, 8))
                if later or number % 2:
                    files.add("assessment", child, assessed_at=datetime(2026, 3, day, 8))
        return register(session, files.write(tmp_path / name), children=len(children))

    order = replace(ORDER, keep=("course",))
    with app.app_context():
        first = release(cut("cut-1", later=False), tmp_path / "first", order)
        second = release(cut("cut-2", later=True), tmp_path / "second", order)
    assessed = {row[0] for row in rows_of(first, "forms/assessment.csv")}
    assert len(assessed) == len(children) // 2
    assert "course=day 0 to 3" in str(children_of(first))
    both = Counter((code in assessed, windows) for code, windows in children_of(second).items())
    assert min(both.values()) >= LEAST, both


def rows_of(export: Export, path: str) -> list[list[str]]:
    """Return the rows of a file of an export, without its header."""
    archive = next(Path(export.folder).glob("*.zip"))
    return [*csv.reader(io.StringIO(unzip_one(archive, path).decode()))][1:]
