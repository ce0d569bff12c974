"""Write the exact counts behind the public tables, which the registry suppresses before anything leaves."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from analysis.cut import read_cut
from analysis.errors import AnalysisError
from analysis.release.aggregates import aggregates
from analysis.study import study_of
from forms.selection import EVERYBODY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the cut and the file to write to the parser."""
    parser.add_argument("cut", type=Path, metavar="CUT", help="folder of a data cut")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="file of the counts; not for release")
    parser.add_argument("--without", type=Path, metavar="FILE", help="keys of children not to count, one on each line")


def run(options: argparse.Namespace) -> None:
    """Write the file; AnalysisError says in one line why not."""
    cut = read_cut(options.cut)
    left_out = set(_lines(options.without)) if options.without else set()
    counted = {subject: site for subject, site in cut.subjects.items() if subject not in left_out}
    found = aggregates(study_of(replace(cut, subjects=counted), EVERYBODY))
    options.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        raise AnalysisError(f"{path.name}: the list of children to leave out cannot be read.") from None
