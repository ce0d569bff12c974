"""The report's rows in a de-identified package: of enough children each, also for who has earlier releases."""

from collections.abc import Sequence

import pytest

from registry.release.analysis_tables import endpoints_rows, of_enough_children, responses_table

LEAST = 11
CHILDREN = {f"child-{number}": f"random-{number}" for number in range(40)}


def rows_of(endpoint: str, numbers: Sequence[int]) -> list[dict[str, str]]:
    named = {"endpoint": endpoint, "outcome": "resolved", "window": "day 4 to 7", "weight": "1.0", "anakinra": "yes"}
    return [{"subject": f"child-{number}", **named} for number in numbers]


@pytest.mark.parametrize(
    ("earlier", "endpoint", "leaves"),
    [
        (0, range(LEAST - 1), False),
        (0, range(LEAST), True),
        (20, range(LEAST), True),
        (20, range(9, 31), True),
        (20, range(10, 31), False),
        (20, range(30), False),
        (20, [], False),
        (35, range(20, 40), True),
        (35, range(20, 39), False),
    ],
    ids=[
        "ten in all",
        "eleven in all",
        "none of those who are new",
        "eleven of either",
        "ten of those who were there",
        "ten of those who are new",
        "nobody",
        "all of five who are new",
        "four of five who are new",
    ],
)
def test_an_endpoint_leaves_where_enough_children_have_it_of_those_in_the_same_earlier_releases(
    earlier: int, endpoint: Sequence[int], leaves: bool
) -> None:
    """A demonstration of 240 had three children in two endpoints, hidden in a pool of answers, who resolved alike."""
    was_in = {child: (number < earlier,) for number, child in enumerate(CHILDREN)}
    of_few, of_all = rows_of("platelets_20", endpoint), rows_of("crs_r1_24h", range(40))
    kept = of_enough_children([*of_few, *of_all], "endpoint", was_in, LEAST)
    assert kept == [*(of_few if leaves else []), *of_all]


@pytest.mark.parametrize("few", [0, 3])
def test_an_exposure_leaves_where_enough_of_those_who_are_new_have_it(few: int) -> None:
    was_in = {child: (number < 28,) for number, child in enumerate(CHILDREN)}
    rows = rows_of("cr", range(40))
    changed = [{**row, "outcome": "cr", "carhlh": "no"} for row in rows]
    for row in changed[:11] + changed[28 : 28 + few]:
        row["anakinra"] = "no"
    table = responses_table([{**row, "title": "", "meaning": ""} for row in changed], was_in, least=LEAST)
    assert ("anakinra" in [column.name for column in table.columns]) == (few == 0)


def test_no_row_has_the_same_code_in_two_data_cuts() -> None:
    """One that is new, or has another window, would tell what happened to few children between the two."""
    rows = rows_of("crs_r1_24h", range(40))
    codes = [{code for code, *_ in endpoints_rows(rows, CHILDREN, str, cut=cut)} for cut in ("first", "second")]
    assert [len(own) for own in codes] == [40, 40]
    assert not codes[0] & codes[1]
