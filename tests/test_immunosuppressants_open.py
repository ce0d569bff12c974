"""Classes of immunosuppressant by day, version 2: no first dose may be any day until the last."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import course_context
from forms.dosing.immunosuppressants import IMMUNOSUPPRESSANTS_BY_DAY_1
from forms.dosing.immunosuppressants_open import IMMUNOSUPPRESSANTS_BY_DAY
from forms.rule_set import AT_LEAST, EXACT, Verdict

ENDED = {"stopped_at": "2026-03-12 06:00"}
"""Anakinra from 10 to 12 March; the infusion was on the 5th."""


def agent(key: str, agent: str, **typed: Any) -> dict[str, Any]:
    return {"key": key, "agent": agent, "purpose": "treatment", **typed}


def judged(*agents: dict[str, Any], **rows: Any) -> tuple[Verdict, Verdict]:
    """Return what the first version and the newest say of the infusion."""
    context = course_context(concomitant_agent=agents, **{"course": ENDED, **rows})
    first, newest = (one.verdicts(context)["i1"] for one in (IMMUNOSUPPRESSANTS_BY_DAY_1, IMMUNOSUPPRESSANTS_BY_DAY))
    return first, newest


def test_an_agent_without_its_first_dose_leaves_the_number_a_lower_bound() -> None:
    first, newest = judged(agent("m1", "ruxolitinib"))

    assert (first.value, first.certainty) == ("1", EXACT)
    assert newest == Verdict(
        value="1",
        certainty=AT_LEAST,
        because="most on day 5: anakinra",
        why="dates_open",
        missing=("concomitant_agent.started_at",),
        details={"5": "1", "6": "1", "7": "1"},
    )


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ({"agent": "ruxolitinib"}, ("started_at",)),
        ({"agent": "ruxolitinib", "frequency": "once"}, ("started_at",)),
        ({"agent": "ruxolitinib", "ongoing": "yes"}, ("started_at",)),
        # Its last dose was on the day before the infusion, or on the day itself.
        ({"agent": "ruxolitinib", "stopped_at": "2026-03-04"}, ()),
        ({"agent": "ruxolitinib", "stopped_at": "2026-03-05"}, ("started_at",)),
        ({"agent": "ruxolitinib", "stopped_at": "2026-03"}, ("started_at",)),
        # What does not suppress counts on no day.
        ({"agent": "ivig"}, ()),
        ({"agent": "dexamethasone", "purpose": "premedication"}, ()),
        # Partly known dates were a lower bound before; now they are named.
        ({"agent": "ruxolitinib", "started_at": "2026-03", "stopped_at": "2026-03-12"}, ("started_at",)),
        ({"agent": "ruxolitinib", "started_at": "2026-03-11", "stopped_at": "2026-03"}, ("stopped_at",)),
        ({"agent": "ruxolitinib", "started_at": "2026-03-11"}, ("stopped_at",)),
        ({"agent": "ruxolitinib", "started_at": "2026-03", "stopped_at": "2026-03"}, ("started_at", "stopped_at")),
        ({"agent": "ruxolitinib", "started_at": "2026-03-11", "stopped_at": "2026-03-11"}, ()),
    ],
)
def test_what_could_tell_more_is_named(told: dict[str, Any], missing: tuple[str, ...]) -> None:
    _, newest = judged(agent("m1", **told))

    assert newest.missing == tuple(f"concomitant_agent.{name}" for name in missing)
    assert newest.certainty is (AT_LEAST if missing else EXACT)


def test_a_class_that_was_given_anyway_on_each_of_the_days_is_not_open() -> None:
    """Dexamethasone until the 6th without its first dose, beside methylprednisolone on the 5th and 6th."""
    undated = agent("m1", "dexamethasone", stopped_at="2026-03-06")
    covered, short = (
        judged(undated, agent("m2", "methylprednisolone", started_at="2026-03-05", stopped_at=last))[1]
        for last in ("2026-03-06", "2026-03-05")
    )

    assert (covered.certainty, short.missing) == (EXACT, ("concomitant_agent.started_at",))


@pytest.mark.parametrize(
    ("started", "stopped", "beside", "missing"),
    # The page beside it, of the same class, leaves one day open: the first of March, the last one, the last one.
    [
        ("2026-03", "2026-03-02", ("2026-03-02", "2026-03-02"), ("started_at",)),
        ("2026-03", "2026-03", ("2026-03-01", "2026-03-30"), ("stopped_at",)),
        ("2026-03-05", "2026-03", ("2026-03-01", "2026-03-30"), ("stopped_at",)),
        ("2026-03", "2026-03", ("2026-03-01", "2026-03-31"), ()),
    ],
)
def test_the_one_day_that_is_open_tells_which_date_is_missing(
    started: str, stopped: str, beside: tuple[str, str], missing: tuple[str, ...]
) -> None:
    pages = [
        agent("m1", "ruxolitinib", started_at=started, stopped_at=stopped),
        agent("m2", "ruxolitinib", started_at=beside[0], stopped_at=beside[1]),
    ]
    infusion = [{"key": "i1", "infused_on": "2026-03-01"}]

    _, newest = judged(*pages, infusion=infusion, anakinra_course=[])

    assert newest.missing == tuple(f"concomitant_agent.{name}" for name in missing)


def test_each_page_is_looked_at_also_after_one_without_a_first_dose() -> None:
    pages = [agent("m1", "atg"), agent("m2", "ruxolitinib", started_at="2026-03-11")]

    assert judged(*pages)[1].missing == ("concomitant_agent.started_at", "concomitant_agent.stopped_at")


def test_a_course_without_its_first_dose_is_not_open_where_another_covers_its_days() -> None:
    courses = [
        {"key": "c1", "given": "yes", "stopped_at": "2026-03-06 06:00"},
        {"key": "c2", "given": "yes", "started_at": "2026-03-04 06:00", "stopped_at": "2026-03-07 06:00"},
    ]

    assert judged(anakinra_course=courses)[1].certainty is EXACT


@pytest.mark.parametrize(
    ("course", "missing"),
    [
        ({"given": "yes"}, ("started_at",)),
        ({"given": "no"}, ()),
        ({}, ("given", "started_at")),
        ({"given": "yes", "stopped_at": "2026-03-04 06:00"}, ()),
    ],
)
def test_a_course_of_anakinra_without_its_first_dose_is_open_too(
    course: dict[str, str], missing: tuple[str, ...]
) -> None:
    first, newest = judged(anakinra_course=[{"key": "c1", **course}])

    assert (first.value, first.certainty, newest.value) == ("0", EXACT, "0")
    assert newest.missing == tuple(f"anakinra_course.{name}" for name in missing)


def test_after_the_next_infusion_an_agent_is_open_for_that_one_alone() -> None:
    infusions = [{"key": "i1", "infused_on": "2026-03-05"}, {"key": "i2", "infused_on": "2026-07-05"}]
    agents = [agent("m1", "ruxolitinib", stopped_at="2026-03-20")]
    context = course_context(infusion=infusions, anakinra_course=[], concomitant_agent=agents)

    found = IMMUNOSUPPRESSANTS_BY_DAY.verdicts(context)

    assert {key: verdict.certainty for key, verdict in found.items()} == {"i1": AT_LEAST, "i2": EXACT}


days = st.sampled_from([f"2026-03-{day:02}" for day in range(1, 31)])
agents = st.fixed_dictionaries(
    {"agent": st.sampled_from(["ruxolitinib", "dexamethasone", "prednisone", "atg"])},
    optional={"started_at": days, "stopped_at": days},
)


@given(rows=st.lists(agents, max_size=3), starts=st.lists(days, min_size=3, max_size=3))
def test_no_first_dose_that_turns_up_makes_the_number_smaller_nor_another_where_it_was_exact(
    rows: list[dict[str, str]], starts: list[str]
) -> None:
    # A first dose lies not after the last one.
    later = [
        {**row, "started_at": row.get("started_at") or min(start, row.get("stopped_at", start))}
        for row, start in zip(rows, starts, strict=False)
    ]
    before, after = (judged(*(agent(f"m{at}", **row) for at, row in enumerate(found)))[1] for found in (rows, later))

    assert int(str(before.value)) <= int(str(after.value))
    assert before.certainty is AT_LEAST or before.value == after.value
