"""Runs of the interim analysis as they stand in their table."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from factories import make_user
from registry.release.models import AnalysisRun, Cut


def store(session: Session, cut: Cut, folder: Path, status: str, message: str = "") -> AnalysisRun:
    starter = make_user(session, role="analyst", name="Ada Analyst")
    at = datetime(2026, 7, 1, 8, 0)
    run = AnalysisRun(cut_key=cut.key, status=status, folder=str(folder), started_by_id=starter.id, started_at=at)
    run.message, run.finished_at = message, at
    session.add(run)
    session.commit()
    return run
