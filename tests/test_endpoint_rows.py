"""Rows without days: the report's curves and day 28 counts come back from them, and no weight tells a day."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import r_numbers as r
from analysis.__main__ import main
from analysis.cut import read_cut
from analysis.endpoints.responses import counts_of
from analysis.endpoints.time_to_event import Source, TimeToEvent
from analysis.estimators import cumulative_incidence
from analysis.plan.resolution import CENSORED, DIED, RESOLVED
from analysis.plan.responses import RESPONSE_POPULATION
from analysis.release.endpoint_rows import WINDOW_ENDS, WINDOWS, censoring_weights, windowed
from analysis.release.response_rows import NOT_ASSESSED
from analysis.study import study_of
from forms.selection import EVERYBODY
from registry.release import analysis_tables
from small_cut import write_small_cut

SOURCE = Source(form="assessment", item="crs_grade", record="r")


def rows_of(days, events):
    return [
        TimeToEvent(
            subject=f"child-{number:03d}",
            site="north",
            endpoint="crs_r1_24h",
            day=day,
            event=event,
            reason="",
            source=SOURCE,
            started=SOURCE,
        )
        for number, (day, event) in enumerate(zip(days, events, strict=True))
    ]


def rebuilt(rows, day):
    """Return the curve at the end of a window as a recipient of the rows computes it."""
    until = WINDOWS[: WINDOW_ENDS.index(day) + 1]
    return sum(row.weight for row in rows if row.outcome == "resolved" and row.window in until) / len(rows)


def test_a_package_knows_each_window_to_day_28_by_its_name():
    # It counts whoever resolved in a window that it does not know among those not seen to resolve.
    assert WINDOWS[:-1] == analysis_tables.WINDOWS


def test_who_resolves_later_weighs_for_those_who_were_censored():
    # four children: resolved on day 1; censored on day 1, after it; died on day 2; resolved on day 5.
    # G(1-) = 1. On day 1 one of the 3 left is censored: G = 2/3, so both later events weigh 3/2.
    assert censoring_weights([1, 1, 2, 5], [True, False, True, True]) == pytest.approx([1, 0, 1.5, 1.5])


@pytest.mark.parametrize(("data", "cause"), [("daily", 1), ("daily", 2), ("daily", 3), ("mgus2", 1), ("mgus2", 2)])
def test_weighted_shares_are_the_curve_of_r(data, cause):
    # R: etm(...)$est beside tests/r/expected_survival.R, quantity incidence_<cause>
    days, events = r.subjects(data)["time"], r.subjects(data)["event"]
    weights = np.array(censoring_weights(list(days), list(events != 0)))
    times = r.keys(data, f"incidence_{cause}")
    found = [weights[(events == cause) & (days <= time)].sum() / len(days) for time in times]
    np.testing.assert_allclose(found, r.values(data, f"incidence_{cause}"), rtol=1e-10)


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from([CENSORED, RESOLVED, DIED])), min_size=1, max_size=60))
def test_the_curve_at_the_ends_of_the_windows_is_rebuilt(children):
    days, events = zip(*children, strict=True)
    curve = cumulative_incidence(days, events, cause=RESOLVED)
    rows = list(windowed(rows_of(days, events)))
    for day in WINDOW_ENDS:
        assert rebuilt(rows, day) == pytest.approx(curve.at(day), abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from([CENSORED, RESOLVED, DIED])), min_size=1, max_size=60))
def test_children_of_one_window_and_outcome_have_one_weight(children):
    found = defaultdict(set)
    for row in windowed(rows_of(*zip(*children, strict=True))):
        found[row.window, row.outcome].add(row.weight)
    assert all(len(weights) == 1 for weights in found.values())
    assert all(weights == {0.0} for (_, outcome), weights in found.items() if outcome == "followed until then")


def test_the_last_day_of_a_window_belongs_to_it():
    rows = windowed(rows_of([0, 3, 4, 7, 8, 14, 15, 28, 29], [RESOLVED] * 9))
    assert Counter(row.window for row in rows) == dict(zip(WINDOWS, (2, 2, 2, 2, 1), strict=True))


def test_the_command_writes_what_the_report_counts(tmp_path):
    cut = write_small_cut(tmp_path / "cut", children=8)
    arguments = ["--out", str(tmp_path / "e.csv"), "--responses", str(tmp_path / "r.csv")]
    assert main(["endpoints", str(cut), *arguments]) == 0
    study = study_of(read_cut(cut), EVERYBODY)
    with (tmp_path / "e.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for result in (*study.endpoints, *study.secondary_endpoints):
        own = [row for row in rows if row["endpoint"] == result.endpoint.id]
        assert len(own) == len(result.cohort.rows)
        assert {row["title"] for row in own} <= {result.endpoint.title}
        assert {row["meaning"] for row in own} <= {
            " ".join(f"{name}: {text}." for name, text in result.endpoint.estimand.sentences())
        }
        early = sum(float(row["weight"]) for row in own if row["outcome"] == "resolved" and row["window"] == WINDOWS[0])
        assert result.resolved is None or early / len(own) == pytest.approx(result.resolved.at(3), abs=1e-9)
    with (tmp_path / "r.csv").open(newline="") as file:
        responses = list(csv.DictReader(file))
    for population in study.day_28:
        titles = {row["title"] for row in responses if row["outcome"] == population.outcome.id}
        assert titles <= {population.outcome.title}
        meanings = {row["meaning"] for row in responses if row["outcome"] == population.outcome.id}
        assert all(population.outcome.variable in told and RESPONSE_POPULATION in told for told in meanings)
        results = Counter(row["result"] for row in responses if row["outcome"] == population.outcome.id)
        counts = counts_of(population.children)
        assert results["yes"] == counts.responded
        assert results[NOT_ASSESSED] == counts.all - counts.evaluable
        assert results.total() == counts.all
