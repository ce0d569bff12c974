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
from run_folder import made_once
from telling_cut import make_telling_cut

AT = datetime(2026, 7, 2, 9, 30)
FILES = {"excel", "registry", "spss", "stata", "sas", "redcap", "FORMATS"}


@pytest.mark.parametrize("profile", [Profile.DEIDENTIFIED, Profile.IDENTIFIED])
def test_an_export_of_every_form_is_written_in_every_format(
    app: Flask, session: Session, shared_folder: Path, monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    """Written once for all engines: the formats are made of the package's files alone."""
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

    def write(folder: Path) -> None:
        with app.app_context():
            telling = make_telling_cut(session, folder.with_name(f"cut-of-{folder.name}"))
            pipeline.write(session, telling.cut, order, folder)

    out = made_once(shared_folder, f"formats-{profile}", write)
    names = {path.stem.removesuffix("-k2") for path in out.iterdir()}
    assert FILES - names == (set() if is_gated else {"sas"})
    assert not list(out.glob(".*"))
