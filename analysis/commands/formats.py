"""Write the tables of an export in other formats beside its CSV files, and read each file back."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.formats import FORMATS, add_formats


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder and the formats to the parser."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of an export, with datapackage.json")
    parser.add_argument("--formats", required=True, metavar="LIST", help=f"some of {','.join(FORMATS)}")


def run(options: argparse.Namespace) -> None:
    """Write the formats; AnalysisError says in one line why one could not be written."""
    names = list(dict.fromkeys(name.strip() for name in options.formats.split(",")))
    if unknown := [name for name in names if name not in FORMATS]:
        raise AnalysisError(f"There is no format {unknown[0]!r}: choose from {', '.join(FORMATS)}.")
    add_formats(options.folder, names)
