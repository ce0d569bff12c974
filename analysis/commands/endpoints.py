"""Write what the report says of each child as rows without days: endpoints with weights, and day 28 outcomes."""

from __future__ import annotations

import argparse
from dataclasses import astuple
from pathlib import Path

from analysis.plan.responses import response_in_words
from analysis.release.endpoint_rows import endpoint_rows
from analysis.release.leaving_out import add_cut, read_kept
from analysis.release.response_rows import response_rows
from analysis.study import study_of
from forms import files
from forms.selection import EVERYBODY

WORDS = ("title", "meaning")
"""What an endpoint or outcome is called in the report, and what the plan says that it is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the cut and the two files to write to the parser."""
    add_cut(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="file of the endpoints")
    parser.add_argument("--responses", type=Path, required=True, metavar="FILE", help="file of the day 28 outcomes")


def run(options: argparse.Namespace) -> None:
    """Write both files; AnalysisError says in one line why not."""
    study = study_of(read_kept(options), EVERYBODY)
    endpoints = [found.endpoint for found in (*study.endpoints, *study.secondary_endpoints)]
    words = {one.id: (one.title, one.estimand.in_a_paragraph()) for one in endpoints}
    words |= {
        one.id: (one.title, response_in_words(one)) for one in (population.outcome for population in study.day_28)
    }
    rows = [
        (r.subject, r.endpoint, *words[r.endpoint], r.window, r.outcome, f"{r.weight:.9f}")
        for r in endpoint_rows(study)
    ]
    files.write_table(options.out, ("subject", "endpoint", *WORDS, "window", "outcome", "weight"), rows)
    responses = [(*astuple(row), *words[row.outcome]) for row in response_rows(study)]
    files.write_table(options.responses, ("subject", "outcome", "result", "anakinra", "carhlh", *WORDS), responses)
