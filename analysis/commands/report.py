"""Write the interim report of a data cut: a page, its figures, its tables and results.json."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from analysis.cut import read_cut
from analysis.report import write_report


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


def run(options: argparse.Namespace) -> None:
    """Write the report, telling its progress on standard error; AnalysisError says in one line why not."""
    tell = _tell if options.progress or sys.stderr.isatty() else _say_nothing
    print(write_report(read_cut(options.cut), options.out, pdf=options.pdf, progress=tell))


def _tell(step: str) -> None:
    print(step, file=sys.stderr, flush=True)


def _say_nothing(_step: str) -> None:
    """Leave standard error to refusals."""
