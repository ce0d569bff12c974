"""A cut without some of its children: those who do not go out are not counted either."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from analysis.cut import Cut, read_cut
from analysis.errors import AnalysisError


def add_cut(parser: argparse.ArgumentParser) -> None:
    """Add the cut and the list of children to leave out to a command's parser."""
    parser.add_argument("cut", type=Path, metavar="CUT", help="folder of a data cut")
    parser.add_argument("--without", type=Path, metavar="FILE", help="subject keys to leave out, one in each line")


def read_kept(options: argparse.Namespace) -> Cut:
    """Return the cut that a command names, without the children to leave out.

    Errors: AnalysisError where the list names a child that the cut does not hold.
    """
    cut = read_cut(options.cut)
    listed = set(options.without.read_text(encoding="utf-8").split()) if options.without else set()
    if unknown := listed - cut.subjects.keys():
        raise AnalysisError(f"{options.without.name}: {len(unknown)} of its children are not in the cut.")
    return replace(cut, subjects={key: site for key, site in cut.subjects.items() if key not in listed})
