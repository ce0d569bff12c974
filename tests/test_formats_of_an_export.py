"""Every format of a real export: written by the registry's own pipeline, looked through, and kept."""

from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from registry.release import pipeline
from registry.release.analysis_tables import AnalysisRows
from registry.release.order import FORMATS, Order
from registry.release.profiles import Profile
from telling_cut import make_telling_cut

AT = datetime(2026, 7, 2, 9, 30)
FILES = {"excel", "registry", "spss", "stata", "sas", "redcap", "FORMATS"}


@pytest.mark.parametrize("profile", [Profile.DEIDENTIFIED, Profile.IDENTIFIED])
def test_an_export_of_every_form_is_written_in_every_format(
    app: Flask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    monkeypatch.setattr(pipeline, "ask_analysis", lambda cut, work: AnalysisRows(endpoints=[], responses=[]))
    is_gated = profile is Profile.DEIDENTIFIED
    formats = tuple(name for name in FORMATS if is_gated or name != "sas")
    order = Order(
        profile=profile,
        project="formats",
        purpose="Whether every format holds it",
        formats=formats,
        least=2 if is_gated else None,
        least_reason="two synthetic children" if is_gated else "",
    )
    with app.app_context():
        telling = make_telling_cut(session, tmp_path / "cut")
        pipeline.write(session, telling.cut, order, tmp_path / "out")
    names = {path.stem.removesuffix("-k2") for path in (tmp_path / "out").iterdir()}
    assert FILES - names == (set() if is_gated else {"sas"})
    assert not list((tmp_path / "out").glob(".*"))
