"""The interim report of one data cut: page, figures, tables, results, plan; the same bytes for the same cut."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from analysis.chapters import (
    adverse_events,
    baseline,
    child_by_child,
    complete_response,
    day_by_day,
    infections,
    living_table,
    methods,
    monitoring,
    practice,
    resolution,
    steroids,
    timing,
    who,
)
from analysis.chapters.in_brief import in_brief
from analysis.cut import Cut
from analysis.errors import AnalysisError
from analysis.printing.files import picture, write_table_csv
from analysis.printing.page import render_page
from analysis.printing.parts import Chapter, FigureOnPage
from analysis.study import Study, study_of
from analysis.wording import counted
from forms.selection import CHOICES, EVERYBODY, Selection

CHAPTERS: tuple[tuple[str, Callable[[Study], Chapter]], ...] = (
    ("Who is in the registry", who.chapter),
    ("Baseline", baseline.chapter),
    ("Table 1, lived", practice.chapter),
    ("Resolution curves", resolution.chapter),
    ("Day by day", day_by_day.chapter),
    ("Complete response", complete_response.chapter),
    ("Table 2, living", living_table.chapter),
    ("Infections", infections.chapter),
    ("Steroids and tocilizumab", steroids.chapter),
    ("Timing as it happened", timing.chapter),
    ("Adverse events", adverse_events.chapter),
    ("Child by child", child_by_child.chapter),
    ("Monitoring", monitoring.chapter),
    ("Methods and provenance", methods.chapter),
)
PLAN_PAGE = Path(__file__).resolve().parents[1] / "docs/sap.md"
"""The analysis plan in words, of the code that computes; it is there where the whole project is, as deployed."""
PLAN_FILE = "analysis_plan.txt"
Progress = Callable[[str], None]
FILTER_WORDS = {name: title for name, (title, _) in CHOICES.items()} | {"age": "Age"}


class OutputFolderError(AnalysisError):
    """The report cannot be written where it was asked for."""


def write_report(
    cut: Cut,
    out: Path,
    *,
    selection: Selection = EVERYBODY,
    pdf: bool = False,
    progress: Progress = lambda _: None,
) -> Path:
    """Write the report of a cut into `out` and return the page's path; with `pdf` each figure as PDF as well.

    With a selection the report is about its children alone and says so everywhere.

    Everything is written beside `out` first and moved there whole, so that a broken run leaves nothing behind.
    `progress` is told what is being done, in a few words. Errors: OutputFolderError when `out` holds anything, is a
    file, or cannot be written; AnalysisError when the cut has no child of a chosen site.
    """
    study = study_of(cut, selection)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputFolderError(f"{out} is not an empty folder: choose another one, nothing was written.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".report-", dir=out.parent))
    except OSError as refused:
        raise OutputFolderError(f"{out} cannot be written: {refused.strerror}.") from None
    try:
        _write_all(study, beside, kinds=("svg", "pdf") if pdf else ("svg",), progress=progress)
        beside.chmod(0o755)
        if out.exists():
            out.rmdir()
        beside.rename(out)
    except OSError as refused:
        raise OutputFolderError(f"{out} cannot be written: {refused.strerror}.") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return out / "report.html"


def compute_chapters(study: Study, progress: Progress = lambda _: None) -> tuple[Chapter, ...]:
    """Return all chapters in the order of the report."""
    chapters = []
    for number, (title, compute) in enumerate(CHAPTERS, 1):
        progress(f"[{number}/{len(CHAPTERS)}] {title}")
        chapters.append(compute(study))
    return tuple(chapters)


def _write_all(study: Study, folder: Path, *, kinds: Sequence[str], progress: Progress) -> None:
    chapters = compute_chapters(study, progress)
    for name in ("figures", "tables"):
        (folder / name).mkdir()
    sections = [section for chapter in chapters for section in chapter.sections]
    pictures = _draw([figure for section in sections for figure in section.figures], kinds, progress)
    for name, content in pictures.items():
        (folder / name).write_bytes(content)
    brief = in_brief(study)
    tables = [brief, *(table for chapter in chapters for table in chapter.files)]
    tables += [table for section in sections for table in section.tables]
    tables += [figure.numbers for section in sections for figure in section.figures]
    for table in tables:
        write_table_csv(folder / "tables" / f"{table.id}.csv", table, cut=study.cut.short_id)
    page = render_page(
        title="Interim report: anakinra after CAR T-cell therapy",
        lead=_lead(study),
        brief=brief,
        chapters=chapters,
        pictures=pictures,
        cut_line=study.cut_line,
    )
    (folder / "report.html").write_text(page, encoding="utf-8", newline="\n")
    results = {name: value for chapter in chapters for name, value in chapter.results.items()}
    document = json.dumps(results, indent=1, sort_keys=True, allow_nan=False)
    (folder / "results.json").write_text(document + "\n", encoding="utf-8", newline="\n")
    if PLAN_PAGE.is_file():
        (folder / PLAN_FILE).write_bytes(PLAN_PAGE.read_bytes())


def _draw(figures: Sequence[FigureOnPage], kinds: Sequence[str], progress: Progress) -> dict[str, bytes]:
    """Return the bytes of each figure in each kind by the name of its file; it takes as long as all chapters do."""
    pictures = {}
    for number, figure in enumerate(figures, 1):
        progress(f"[{number}/{len(figures)}] Drawing the figures")
        for kind in kinds:
            pictures[f"figures/{figure.id}.{kind}"] = picture(figure.figure, kind)
    return pictures


def _lead(study: Study) -> tuple[str, ...]:
    subjects = study.cut.subjects
    return (
        f"Data cut {study.cut.short_id}, data to {study.cut.data_date.isoformat()},"
        f" {counted(len(subjects), 'child', 'children')} at"
        f" {counted(len(set(subjects.values())), 'site', 'sites')}.",
        "Descriptive analysis of a registry: no comparison here is randomized.",
        *_limits(study),
    )


def _limits(study: Study) -> tuple[str, ...]:
    """Return what a selected report is limited to and whom that left out."""
    if study.selection.is_everybody:
        return ()
    unknown = ", ".join(f"{FILTER_WORDS.get(name, name)} {count}" for name, count in study.not_known.items())
    aside = f", {study.left_aside} with dates that cannot be right" if study.left_aside else ""
    return (
        f"Sensitivity analysis, limited to {'; '.join(study.selection.words())}:"
        f" {len(study.cut.subjects)} of {counted(study.all_subjects, 'child', 'children')}."
        f" Left out without being asked: {study.not_infused} not infused{aside}. Left out because the answer is"
        f" not known: {unknown or 'none'}.",
    )
