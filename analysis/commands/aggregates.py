"""Write the exact counts behind the public tables, which the registry suppresses before anything leaves."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from analysis.release.aggregates import aggregates
from analysis.release.leaving_out import add_cut, read_kept
from analysis.study import study_of
from forms.selection import EVERYBODY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the cut and the file to write to the parser."""
    add_cut(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="file of the counts; not for release")


def run(options: argparse.Namespace) -> None:
    """Write the file; AnalysisError says in one line why not."""
    found = aggregates(study_of(read_kept(options), EVERYBODY))
    options.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
