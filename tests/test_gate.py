"""The gate: enough children look alike in what leaves, at the most detail that allows it."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.release.gate import MASKED, MOST_MASKED, Level, Passed, Quasi, Risk, TooFewChildren, pass_gate, risk
from registry.release.gate_words import sentences


def left_as_it_is(text: str) -> str:
    return text


def first_letter(text: str) -> str:
    return text[:1]


def quasi(name: str, *, can_be_masked: bool = True) -> Quasi:
    """Return a quasi-identifier with its texts as they are, or their first letters alone."""
    levels = (Level(words="whole", read=left_as_it_is), Level(words="first letter", read=first_letter))
    return Quasi(name=name, label=name.title(), items=(), levels=levels, can_be_masked=can_be_masked)


def test_what_enough_children_share_leaves_in_full_detail() -> None:
    passed = pass_gate([quasi("sex")], {"sex": ["f"] * 11 + ["m"] * 11}, [""] * 22, target=11)
    assert passed.levels == {"sex": 0}
    assert passed.values == {"sex": ("f",) * 11 + ("m",) * 11}
    assert (passed.masked, passed.finer, passed.after.smallest) == ({}, {}, 11)


def test_what_is_first_on_the_ladder_is_given_up_first() -> None:
    # 10 of each pair: with both shown in full, classes of 10; either one alone reaches 11.
    facts = {"town": ["aa"] * 10 + ["bb"] * 10, "age": ["x"] * 10 + ["y"] * 10}
    passed = pass_gate([quasi("town"), quasi("age")], {**facts, "age": ["x"] * 20}, [""] * 20, target=11)
    assert passed.levels == {"town": None, "age": 0}
    kept = pass_gate([quasi("age"), quasi("town")], {"town": ["aa"] * 20, "age": facts["age"]}, [""] * 20, target=11)
    assert kept.levels == {"age": None, "town": 0}


def test_a_step_that_was_not_needed_is_taken_back() -> None:
    # `rare` alone makes the classes small; `common`, given up before it, comes back in full detail.
    facts = {"common": ["c"] * 24, "rare": [f"r{n}" for n in range(24)]}
    passed = pass_gate([quasi("common"), quasi("rare")], facts, [""] * 24, target=11)
    assert passed.levels == {"common": 0, "rare": 1}
    assert passed.finer == {"rare": 24}


def test_a_few_cells_are_masked_rather_than_a_value_made_coarser_for_everybody() -> None:
    # 480 children, 4 cells each in 2 columns: 5 % of 960 cells are 48, so 12 children can be masked.
    facts = {"sex": ["f"] * 480, "town": ["aa"] * 468 + ["bb"] * 6 + ["cc"] * 6}
    passed = pass_gate([quasi("town"), quasi("sex")], facts, [""] * 480, target=11)
    assert passed.levels == {"town": 0, "sex": 0}
    assert passed.masked == {"town": 12}
    assert Counter(passed.values["town"]) == {"aa": 468, MASKED: 12}


def test_masking_that_would_leave_a_small_group_of_masked_children_is_not_enough() -> None:
    facts = {"town": ["aa"] * 480 + ["bb"] * 6}
    passed = pass_gate([quasi("town")], facts, [""] * 486, target=11)
    assert passed.levels == {"town": None}


def test_more_than_five_percent_are_never_masked() -> None:
    facts = {"town": ["aa"] * 100 + ["bb"] * 6 + ["cc"] * 6}
    passed = pass_gate([quasi("town")], facts, [""] * 112, target=11)
    assert MOST_MASKED == 0.05
    assert (passed.levels, passed.masked) == ({"town": None}, {})


def test_what_decides_which_rows_leave_is_never_masked() -> None:
    facts = {"sex": ["f"] * 480, "dose": ["low"] * 468 + ["mid"] * 12}
    facts["dose"][468:474] = ["big"] * 6
    passed = pass_gate([quasi("sex"), quasi("dose", can_be_masked=False)], facts, [""] * 480, target=11)
    assert passed.levels == {"sex": 0, "dose": 1} or passed.levels["dose"] is None
    assert "dose" not in passed.masked


def test_fewer_children_than_the_target_are_refused_with_both_numbers() -> None:
    with pytest.raises(TooFewChildren, match=r"^7 children can go out and 11 must look alike"):
        pass_gate([quasi("sex")], {"sex": ["f"] * 7}, [""] * 7, target=11)


def test_risk_counts_groups_and_what_their_outcomes_tell() -> None:
    # Classes: f (3 children, outcomes cr and nr), m (1 child). By hand: mean chance = 2 classes / 4 children.
    found = risk({"sex": ["f", "f", "f", "m"]}, ["cr", "nr", "cr", "cr"], 3)
    assert (found.children, found.classes, found.smallest, found.under) == (4, 2, 1, 1)
    assert (found.mean, found.highest, found.one_outcome) == (0.5, 1.0, 1)


names = st.sampled_from(["a", "ab", "ac", "b", "ba", "c"])


@given(
    rows=st.lists(st.tuples(names, names, names), min_size=11, max_size=120),
    target=st.integers(min_value=2, max_value=11),
)
def test_whatever_the_children_are_every_group_reaches_the_target(
    rows: list[tuple[str, str, str]], target: int
) -> None:
    ladder = [quasi("one"), quasi("two"), quasi("three", can_be_masked=False)]
    facts = {name: [row[place] for row in rows] for place, name in enumerate(("one", "two", "three"))}
    passed = pass_gate(ladder, facts, [""] * len(rows), target=target)
    shown = list(zip(*passed.values.values(), strict=True)) or [()] * len(rows)
    assert min(Counter(shown).values()) >= target
    assert passed.after.smallest >= target
    assert sum(passed.masked.values()) <= MOST_MASKED * len(rows) * max(len(passed.values), 1)
    # What is shown is true: the fact at its level, or masked.
    for name, texts in passed.values.items():
        read = ladder[["one", "two", "three"].index(name)].levels[passed.levels[name] or 0].read
        assert all(text in (MASKED, read(fact)) for text, fact in zip(texts, facts[name], strict=True))
    assert pass_gate(ladder, facts, [""] * len(rows), target=target) == passed


def test_two_releases_together_tell_no_more_of_a_child_than_one_may() -> None:
    # Alone either fact leaves in full; who has both files would know both, and pairs are of 6 children.
    facts = {"town": (["aa"] * 6 + ["bb"] * 6) * 2}
    sexes = ["f"] * 12 + ["m"] * 12
    assert pass_gate([quasi("town")], facts, [""] * 24, target=11).levels == {"town": 0}
    beside = pass_gate([quasi("town")], facts, [""] * 24, target=11, told=sexes)
    assert beside.levels == {"town": None}


def test_what_left_before_leaves_again_also_where_fewer_look_alike_since_somebody_left() -> None:
    facts = {"town": ["aa"] * 11 + ["bb"] * 10}
    passed = pass_gate([quasi("town")], facts, [""] * 21, target=10, told=facts["town"])
    assert passed.levels == {"town": 0}
    fewer = pass_gate(
        [quasi("town")], {"town": ["aa"] * 11 + ["bb"] * 11}, [""] * 22, target=11, told=["x"] * 3 + ["y"] * 19
    )
    assert fewer.levels == {"town": None}


@given(
    rows=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from("12")), min_size=5),
    target=st.integers(2, 5),
)
def test_each_child_looks_like_enough_others_in_both_or_like_all_it_looked_like_before(
    rows: list[tuple[str, str, str]], target: int
) -> None:
    told = [row[2] for row in rows]
    facts = {"sex": [row[0] for row in rows], "town": [row[1] for row in rows]}
    passed = pass_gate([quasi("sex"), quasi("town")], facts, [""] * len(rows), target=target, told=told)
    both = list(zip(told, *passed.values.values(), strict=True))
    sizes, before = Counter(both), Counter(told)
    assert all(sizes[key] >= min(target, before[key[0]]) for key in both)


@pytest.mark.parametrize(("alone", "in_package"), [(3, "fewer than 11 children"), (12, "12 children")])
def test_a_package_does_not_say_how_few_children_more_detail_would_tell_apart(alone: int, in_package: str) -> None:
    death = Quasi(name="death", label="Death", items=(), levels=(Level(words="yes or no", read=str),))
    safe = Risk(children=30, classes=1, smallest=30, under=0, mean=1 / 30, highest=1 / 30, one_outcome=0)
    passed = Passed(
        target=11, levels={"death": None}, values={}, masked={}, finer={"death": alone}, before=safe, after=safe
    )
    told = "Death: left out; more detail would put {} into groups under 11."
    assert told.format(f"{alone} children") in sentences(passed, (death,))
    assert told.format(in_package) in sentences(passed, (death,), in_package=True)
