"""Write the interim report of a data cut: a page, its figures, its tables, results.json and the analysis plan."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from analysis.cut import read_cut
from analysis.endpoints.selected import select
from analysis.errors import AnalysisError
from analysis.report import write_report
from forms.selection import CHOICES, RANGES, SITE, Selection, SelectionError, read_selection


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the cut and the folder to write to the parser."""
    parser.add_argument("cut", type=Path, metavar="CUT", help="folder of a data cut")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write; must be empty or not exist yet"
    )
    parser.add_argument("--pdf", action="store_true", help="write each figure as PDF as well")
    parser.add_argument(
        "--progress",
        action="store_true",
        help="say each step on standard error, also where that is not a terminal",
    )
    limits = parser.add_argument_group("only some children (a sensitivity analysis)")
    limits.add_argument("--site", action="append", default=[], metavar="CODE", help="site; again for a further one")
    for name, (title, codes) in CHOICES.items():
        limits.add_argument(
            _option(name), action="append", default=[], metavar="CODE", help=f"{title}: {', '.join(codes.labels)}"
        )
    for name, words in RANGES.items():
        limits.add_argument(_option(name), metavar="DAY" if name.startswith("infused") else "YEARS", help=words)


def run(options: argparse.Namespace) -> None:
    """Write the report, telling its progress on standard error; AnalysisError says in one line why not."""
    tell = _tell if options.progress or sys.stderr.isatty() else _say_nothing
    selection = _selection(options)
    gc.disable()  # millions of values that live to the end are not searched for garbage again and again
    try:
        cut = read_cut(options.cut)
        if cut.subjects and not select(cut, selection).cut.subjects:
            _tell(f"0 of {len(cut.subjects)} children are left by these filters: the report is empty.")
        page = write_report(cut, options.out, selection=selection, pdf=options.pdf, progress=tell)
    finally:
        gc.enable()
    print(page)


def _selection(options: argparse.Namespace) -> Selection:
    fields = {name: getattr(options, name) for name in (SITE, *CHOICES)}
    fields |= {name: [getattr(options, name) or ""] for name in RANGES}
    try:
        return read_selection(fields)
    except SelectionError as refused:
        raise AnalysisError(str(refused)) from None


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _tell(step: str) -> None:
    print(step, file=sys.stderr, flush=True)


def _say_nothing(_step: str) -> None:
    """Leave standard error to refusals."""
