"""Some or all of several claims, where a claim may be true, false or not known: the tables of Kleene's strong logic."""

import pytest

from analysis.endpoints.three_valued import all_of, any_of


@pytest.mark.parametrize(
    ("claims", "some", "every"),
    [
        ((), False, True),
        ((True,), True, True),
        ((False,), False, False),
        ((None,), None, None),
        ((True, False), True, False),
        ((True, None), True, None),
        ((False, None), None, False),
        ((True, False, None), True, False),
    ],
)
def test_what_is_not_known_leaves_open_only_what_it_could_decide(
    claims: tuple[bool | None, ...], some: bool | None, every: bool | None
) -> None:
    assert (any_of(claims), all_of(claims)) == (some, every)
