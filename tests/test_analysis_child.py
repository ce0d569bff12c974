"""What a release asks of the analysis, asked in earnest: of a process of its own."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from analysis_here import ended_here, in_a_process_of_its_own
from cut_folder import CutFolder
from factories import make_site, make_subject
from registry.database import db
from registry.release import analysis_child, pipeline
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.release.refusal import ExportRefused
from telling_cut import register

LEAST = 11


@pytest.fixture
def asked_in_earnest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the analysis answer from a process of its own, as outside of the tests."""
    monkeypatch.setattr(analysis_child, "ended", in_a_process_of_its_own)


@pytest.mark.usefixtures("asked_in_earnest")
def test_a_command_leaves_its_file(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "children.csv").write_text("child,sex\nA,female\n", encoding="utf-8")
    analysis_child.run("texts", str(package), "--out", "texts.tsv", folder=tmp_path)
    assert "children.csv\tA" in (tmp_path / "texts.tsv").read_text(encoding="utf-8")


@pytest.mark.usefixtures("asked_in_earnest")
def test_a_command_that_cannot_is_told_in_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match=r"^The package could not be finished: nowhere is not a data cut"):
        analysis_child.run("endpoints", "nowhere", "--out", "a", "--responses", "b", folder=tmp_path)


@pytest.mark.parametrize("arguments", [("texts",), ("endpoints", "nowhere", "--out", "a", "--responses", "b")])
def test_what_is_told_here_is_what_a_process_of_its_own_tells(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert ended_here(arguments, tmp_path) == in_a_process_of_its_own(arguments, tmp_path)


def test_a_package_is_the_same_whoever_answers(
    app: Flask, session: Session, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    site, files = make_site(session), CutFolder()
    children = [make_subject(session, site) for _ in range(LEAST)]
    session.commit()
    for child in children:
        files.add("enrolment", child.key, consent_obtained=True, sex="female")
    cut = register(session, files.write(tmp_path / "cut"), children=LEAST)
    order = Order(profile=Profile.DEIDENTIFIED, project="dosing", purpose="Asked.", formats=("excel",))
    with app.app_context():
        here = pipeline.write(db.session(), cut, order, tmp_path / "here")
        request.getfixturevalue("asked_in_earnest")
        in_earnest = pipeline.write(db.session(), cut, order, tmp_path / "in-earnest")
    assert here.sha256 == in_earnest.sha256
