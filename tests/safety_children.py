"""Hand-made children of a cut, infused and treated, for the chapters about what anakinra may do to them."""

from __future__ import annotations

from datetime import date, datetime

from analysis.chapters import monitoring
from analysis.cut import read_cut
from analysis.study import Study
from forms.values import NullFlavour

INFUSED = date(2026, 3, 1)


def infuse(files, child, *, site="north", on=INFUSED):
    files.subjects[child] = site
    return files.add("infusion", child, infused_on=on)


def treat(files, child, first, last, **answers):
    files.add(
        "anakinra_course",
        child,
        given=True,
        started_at=datetime(2026, 3, first, 18, 0) if first else NullFlavour.UNKNOWN,
        stopped_at=datetime(2026, 3, last, 6, 0) if last else None,
        **answers,
    )


def study_of(tmp_path, files):
    return Study(cut=read_cut(files.write(tmp_path / "cut")))


def tables_of(chapter):
    return {table.id: table for section in chapter.sections for table in section.tables}


def monitored(tmp_path, files):
    chapter = monitoring.chapter(study_of(tmp_path, files))
    return {name: (value["x"], value["n"], value["not_known"]) for name, value in chapter.results["monitoring"].items()}
