"""Public tables audited by linear programming: nothing that is hidden can be narrowed to fewer than eleven numbers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregate_audit import LEAST, gives_away, least_widths, narrow_in_hindsight
from examples import examples
from registry.release.aggregates import build_public

ROWS, COLUMNS = ("a", "b", "c", "d"), ("x", "y", "z")
SMALL = st.integers(0, 14) | st.integers(0, 60)


def raw_of(counts, cut="one", ordered=False, rows=ROWS, columns=COLUMNS):
    counts = [list(row) for row in counts]
    return {
        "cut": cut,
        "populations": {"all": {"title": "All", "n": sum(map(sum, counts)), "within": []}},
        "tables": [
            {
                "id": "t",
                "title": "T",
                "population": "all",
                "rows": {"title": "R", "labels": list(rows[: len(counts)]), "ordered": ordered},
                "columns": {"title": "C", "labels": list(columns[: len(counts[0])]), "ordered": False},
                "counts": counts,
            }
        ],
        "curves": [],
        "medians": [],
    }


def content_of(raw, previous=None):
    """Return a release as the next one reads it from its file."""
    return json.loads(json.dumps(build_public(raw, previous).content()))


def tables_of(rows, columns):
    return st.lists(st.lists(SMALL, min_size=columns, max_size=columns), min_size=rows, max_size=rows)


tables = st.tuples(st.integers(1, 4), st.integers(1, 3)).flatmap(lambda shape: tables_of(*shape))


@given(counts=tables, ordered=st.booleans())
@example(counts=[[1, 50], [50, 50]], ordered=False)
@example(counts=[[5, 20, 20], [20, 5, 20], [20, 20, 5]], ordered=True)
def test_a_first_release_gives_no_number_of_few_children_away(counts, ordered):
    raw = raw_of(counts, ordered=ordered)
    assert gives_away(content_of(raw), raw) == []


@st.composite
def series(draw):
    """Draw tables of two to four releases that grow, with now and then a child who withdrew."""
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 3)))
    counts = draw(tables_of(*shape))
    found = [counts]
    step = st.sampled_from([0, 0, 0, 1, 2, 5, 11, 20, -1])
    for _ in range(draw(st.integers(1, 3))):
        counts = [[max(count + draw(step), 0) for count in row] for row in counts]
        found.append(counts)
    return found


@examples(25)
@given(releases=series(), ordered=st.booleans())
@example(releases=[[[30, 40], [40, 30]], [[35, 46], [46, 41]]], ordered=False)
@example(releases=[[[100], [60]], [[105], [66]], [[112], [72]]], ordered=False)
def test_nor_does_any_later_release_together_with_all_before_it(releases, ordered):
    contents, raws = [], []
    for number, counts in enumerate(releases):
        raws.append(raw_of(counts, cut=str(number), ordered=ordered))
        contents.append(content_of(raws[-1], contents[-1] if contents else None))
        assert gives_away(contents[-1], raws[-1]) == []
    assert narrow_in_hindsight(contents, raws) == []


def test_the_audit_catches_a_count_that_says_how_large_a_hidden_one_was():
    # 59 and 50 are hidden beside few children; unchanged and shown a release later, they say what they were at most
    raws = [
        raw_of([[74, 74], [59, 50], [11, 6], [7, 5]], cut="first"),
        raw_of([[94, 77], [59, 50], [41, 26], [10, 16]], cut="later"),
    ]
    first = content_of(raws[0])
    assert narrow_in_hindsight([first, content_of(raws[1])], raws) != []
    assert narrow_in_hindsight([first, content_of(raws[1], first)], raws) == []


def test_the_audit_catches_a_table_suppressed_without_complement():
    raw = raw_of([[5, 40], [60, 50]])
    public = build_public(raw)
    (table,) = public.tables
    assert all(cell == "suppressed" for row in table.cells for cell in row)
    alone = replace(public, tables=(replace(table, cells=(("suppressed", 40), (60, 50))),))
    content = json.loads(json.dumps(alone.content()))
    assert least_widths(content, raw) == {("t", "a", "x"): 0}  # 45 in the row less the 40 shown is 5
    assert gives_away(content, raw) != []


def test_the_audit_catches_a_complement_that_is_too_small():
    # row a holds 45: 3 + 7 + 35; its two hidden cells sum to 10, so each is 1 to 9 whatever row b hides: width 8
    raw = raw_of([[3, 7, 35], [60, 70, 80]])
    (table,) = build_public(raw).tables
    narrow = replace(table, cells=(("suppressed", "suppressed", 35), ("suppressed", "suppressed", 80)))
    content = json.loads(json.dumps(replace(build_public(raw), tables=(narrow,)).content()))
    assert least_widths(content, raw)["t", "a", "x"] == 8
    assert gives_away(content, raw) != []


def test_the_audit_catches_a_difference_of_few():
    first = content_of(raw_of([[30], [40]]))
    later = raw_of([[35], [51]], cut="two")
    unaware = {**content_of(later), "earlier": first["tables"]}
    assert any("30 became 35 to 35" in told for told in gives_away(unaware, later))
    assert gives_away(content_of(later, first), later) == []


@pytest.mark.parametrize("few", range(1, LEAST))
def test_each_number_of_few_children_is_hidden_and_the_next_is_shown(few):
    (hidden,) = build_public(raw_of([[few, 80], [80, 80]])).tables
    (shown,) = build_public(raw_of([[LEAST, 80], [80, 80]])).tables
    assert hidden.cells[0][0] == "suppressed"
    assert shown.cells == ((LEAST, 80), (80, 80))


def test_a_level_that_had_not_occurred_counts_as_none_before():
    # column x went from 100 to 105 by 5 children of a year that the first release did not have
    first = content_of(raw_of([[50, 50], [50, 50]], rows=("2024", "2025")))
    raw = raw_of([[50, 50], [50, 50], [5, 30]], cut="two", rows=("2024", "2025", "2026"))
    unaware, aware = content_of(raw), content_of(raw, first)
    assert unaware["tables"][0]["column_totals"] == [105, 130]
    assert aware["tables"][0]["columns"] == [["x", "y"]]
    assert aware["tables"][0]["row_totals"] == [100, 100, 35]
    assert narrow_in_hindsight([first, aware], [raw_of([[50, 50], [50, 50]], rows=("2024", "2025")), raw]) == []
