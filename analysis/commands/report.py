"""Write the interim report of a data cut: a page, its figures, its tables and results.json."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.cut import read_cut
from analysis.report import write_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the cut and the folder to write to the parser."""
    parser.add_argument("cut", type=Path, metavar="CUT", help="folder of a data cut")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write; must be empty or not exist yet"
    )


def run(options: argparse.Namespace) -> None:
    """Write the report and print where it is; AnalysisError says in one line why not."""
    print(write_report(read_cut(options.cut), options.out))
