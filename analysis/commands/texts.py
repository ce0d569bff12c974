"""Write every text that a recipient could read in the files of a folder, as lines of file, tab, text."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from analysis.formats.texts import read_texts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder and where to write to the parser."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of an export")
    parser.add_argument("--out", type=Path, metavar="FILE", help="file to write instead of standard output")


def run(options: argparse.Namespace) -> None:
    """Write the texts as UTF-8; AnalysisError says in one line which file cannot be looked through."""
    if options.out is None:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        sys.stdout.writelines(f"{file}\t{text}\n" for file, text in read_texts(options.folder))
        return
    with options.out.open("w", encoding="utf-8", newline="") as out:
        out.writelines(f"{file}\t{text}\n" for file, text in read_texts(options.folder))
