"""The composite of HLH-like toxicity, version 2: only what holds for every possible day is said for certain."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside import child, row_of
from forms.context import ReferenceRange
from forms.grading.carhlh_course import Needs
from forms.grading.carhlh_dates import carhlh_at, needs_between, open_episode_items
from forms.grading.carhlh_open import CARHLH_COMPOSITE
from forms.grading.carhlh_set import CARHLH_COMPOSITE_1
from forms.grading.samples import samples_of
from forms.rule_set import EXACT, NOT_ASSESSABLE, Verdict
from forms.values import NullFlavour

FIRST_DOSE = datetime(2026, 3, 12, 14, 0)
DAY = FIRST_DOSE.date()
RANGES = tuple(
    ReferenceRange(analyte=name, valid_from=date(2026, 1, 1), high=high)
    for name, high in (("alt", 40), ("ast", 40), ("bilirubin_total", 1))
)
EPISODE = {"key": "t1", "toxicity": "carhlh", "onset_on": "2026-03-11"}
COURSE = {"key": "c1", "given": "yes", "started_at": "2026-03-12 14:00"}
SICK = {"ferritin": "8000", "fibrinogen": "90", "alt": "300", "ast": "500", "bilirubin_total": "4"}
GOOD = {"ferritin": "4000", "fibrinogen": "150", "alt": "200", "ast": "200", "bilirubin_total": "3"}


def drawn(day: int, values: dict[str, str]) -> dict[str, str]:
    return {"key": f"l{day}", "sampled_at": f"{DAY + timedelta(days=day)} 06:00", **values}


SAMPLES = [drawn(0, SICK), *(drawn(day, GOOD) for day in (3, 4, 5))]
"""Good from day 3 on: the composite resolves on that day unless something was newly needed."""


def judged(**rows: Any) -> tuple[Verdict | None, Verdict | None]:
    """Return what the first version and the newest say of the course."""
    typed = {"toxicity_episode": [EPISODE], "anakinra_course": [COURSE], "laboratory": SAMPLES, **rows}
    context = child(ranges=RANGES, **typed)
    first, newest = (one.verdicts(context).get("c1") for one in (CARHLH_COMPOSITE_1, CARHLH_COMPOSITE))
    return first, newest


def given_in(started: Any, **more: Any) -> dict[str, Any]:
    return {"key": "m1", "agent": "emapalumab", "started_at": started, **more}


def test_emapalumab_known_to_the_month_may_have_been_new_or_not() -> None:
    first, newest = judged(concomitant_agent=[given_in("2026-03")])

    assert first is not None and first.value == "resolved"
    assert newest == Verdict(
        value=None,
        certainty=NOT_ASSESSABLE,
        because="not assessable: it may have resolved on day 3 after the first dose; whether nothing was newly needed "
        "not known on that day, since the day of an agent, a support or a product is not known",
        why="components_unknown",
        missing=("concomitant_agent.started_at",),
        details={f"{name}_day": "3" for name in GOOD},
    )


@pytest.mark.parametrize(
    ("rows", "value", "missing"),
    [
        # A month before the first dose, or one after the samples: each of its days says the same.
        ({"concomitant_agent": [given_in("2026-02")]}, "resolved", ()),
        ({"concomitant_agent": [given_in("2026-04")]}, "resolved", ()),
        ({"concomitant_agent": [given_in("2026-03-14")]}, "unresolved", ()),
        # It ended on the day before the first dose, so it had begun; or on 14 March, so it may have begun after it.
        ({"concomitant_agent": [given_in(None, stopped_at="2026-03-11")]}, "resolved", ()),
        ({"concomitant_agent": [given_in("2026-03", stopped_at="2026-03-11")]}, "resolved", ()),
        ({"concomitant_agent": [given_in("2026-03", stopped_at="2026-03-01 00:00")]}, "resolved", ()),
        ({"concomitant_agent": [given_in(None, stopped_at="2026-03-14")]}, None, ("concomitant_agent.started_at",)),
        ({"concomitant_agent": [given_in(NullFlavour.UNKNOWN)]}, None, ("concomitant_agent.started_at",)),
        # Tocilizumab is no rescue, whenever it was given.
        ({"concomitant_agent": [given_in(None, agent="tocilizumab")]}, "resolved", ()),
        # Another page of the class began before: not new. One that began after it is new if the first was later still.
        ({"concomitant_agent": [given_in("2026-03"), given_in("2026-03-10", key="m2")]}, "resolved", ()),
        (
            {"concomitant_agent": [given_in("2026-03"), given_in("2026-03-13", key="m2")]},
            None,
            ("concomitant_agent.started_at",),
        ),
        ({"concomitant_agent": [given_in("2026-04"), given_in("2026-03-13", key="m2")]}, "unresolved", ()),
        ({"support": [{"key": "s1", "kind": "dialysis", "started_at": "2026-03"}]}, None, ("support.started_at",)),
        (
            {"support": [{"key": "s1", "kind": "dialysis", "started_at": "2026-03", "ended_at": "2026-03-11"}]},
            "resolved",
            (),
        ),
        # Two kinds are open; of a third one a later page is, which changes nothing.
        (
            {
                "concomitant_agent": [given_in("2026-03"), given_in("2026-02-01", key="m2", agent="ruxolitinib")],
                "support": [{"key": "s1", "kind": "dialysis"}],
            },
            None,
            ("concomitant_agent.started_at", "support.started_at"),
        ),
        (
            {
                "concomitant_agent": [given_in("2026-06-01"), given_in("2026-06", key="m2")],
                "support": [{"key": "s1", "kind": "dialysis"}],
            },
            None,
            ("support.started_at",),
        ),
        ({"support": [{"key": "s1", "kind": "icu", "started_at": "2026-03"}]}, "resolved", ()),
        # Plasma of an unknown day may have made the fibrinogen of each sample, plasma of April of none.
        ({"support": [{"key": "s1", "kind": "plasma", "started_at": "2026-03"}]}, None, ("support.started_at",)),
        ({"support": [{"key": "s1", "kind": "plasma"}]}, None, ("support.started_at",)),
        ({"support": [{"key": "s1", "kind": "plasma", "started_at": "2026-04"}]}, "resolved", ()),
        ({"support": [{"key": "s1", "kind": "plasma", "started_at": "2026-02"}]}, "resolved", ()),
        ({"support": [{"key": "s1", "kind": "plasma", "ended_at": "2026-03-12"}]}, "resolved", ()),
        ({"assessment": [{"key": "a1", "vasoactives": "norepinephrine"}]}, None, ("assessment.assessed_at",)),
        ({"toxicity_episode": [{**EPISODE, "onset_on": "2026-02"}]}, "resolved", ()),
        ({"toxicity_episode": [{**EPISODE, "onset_on": "2026-03"}]}, None, ("toxicity_episode.onset_on",)),
        ({"toxicity_episode": [{**EPISODE, "onset_on": None}]}, None, ("toxicity_episode.onset_on",)),
        ({"toxicity_episode": [{**EPISODE, "resolved_on": "2026-03"}]}, None, ("toxicity_episode.resolved_on",)),
        ({"toxicity_episode": [{**EPISODE, "resolved_on": "2026-04"}]}, "resolved", ()),
        # The page of the course says that it was there: an episode of unknown days changes nothing.
        (
            {
                "toxicity_episode": [{**EPISODE, "onset_on": None}],
                "anakinra_course": [{**COURSE, "at_start_carhlh_present": "yes"}],
            },
            "resolved",
            (),
        ),
    ],
)
def test_the_composite_is_told_where_every_day_says_the_same(
    rows: dict[str, Any], value: str | None, missing: tuple[str, ...]
) -> None:
    _, newest = judged(**rows)

    assert newest is not None
    assert (newest.value, newest.missing) == (value, missing)
    assert newest.certainty is (NOT_ASSESSABLE if value is None else EXACT)


def test_a_day_that_could_not_resolve_anyway_is_unresolved_whatever_the_dates_are() -> None:
    sick = [drawn(0, SICK), *(drawn(day, {**GOOD, "ferritin": "7000", "alt": "300"}) for day in (3, 4, 5))]
    first, newest = judged(laboratory=sick, concomitant_agent=[given_in("2026-03")])

    assert first is not None and newest is not None
    assert (newest.value, newest.certainty, newest.because) == ("unresolved", EXACT, "never held: ferritin, alt")


def test_a_day_of_resolution_that_a_date_leaves_open_is_not_told() -> None:
    """Plasma in March: fibrinogen is certainly the child's own from 3 April on, day 22; the others held on day 3."""
    late = [drawn(day, GOOD) for day in (21, 22, 23, 24)]
    plasma = [{"key": "s1", "kind": "plasma", "started_at": "2026-03"}]
    first, newest = judged(laboratory=[*SAMPLES, *late], support=plasma)

    assert first is not None and newest is not None
    assert (first.value, first.details["resolved_day"]) == ("resolved", "3")
    assert (newest.value, newest.certainty) == ("resolved", EXACT)
    assert newest.because == "all components hold on day 22 after the first dose, or held before"
    assert set(newest.details) == {f"{name}_day" for name in (*GOOD, "nothing_new_needed")} - {"fibrinogen_day"}


def test_a_course_of_which_it_is_open_whether_carhlh_was_there_says_so() -> None:
    first, newest = judged(toxicity_episode=[{**EPISODE, "onset_on": "2026-03", "resolved_on": "2026-03"}])

    assert first is None
    assert newest == Verdict(
        value=None,
        certainty=NOT_ASSESSABLE,
        because="not assessable: the dates leave open whether carHLH was there at the first dose",
        why="dates_open",
        missing=("toxicity_episode.onset_on", "toxicity_episode.resolved_on"),
    )


@pytest.mark.parametrize(
    ("onset", "resolved", "is_there"),
    # Begun by the day of the first dose, 12 March, and not ended on it.
    [
        ("2026-03-12", None, True),
        ("2026-03-13", None, False),
        ("2026-02", None, True),
        ("2026-03", None, None),
        ("2026-04", None, False),
        (None, None, None),
        (None, "2026-03-12", False),
        (None, "2026-03-13", None),
        ("2026-03-01", "2026-03-12", False),
        ("2026-03-01", "2026-03-13", True),
        ("2026-03-01", "2026-03", None),
        ("2026-03-01", "2026-04", True),
        ("2026-02", "2026-02", False),
        # Resolved on a day that is not known is not “goes on”.
        ("2026-03-01", NullFlavour.UNKNOWN, None),
    ],
)
def test_an_episode_is_there_or_not_where_every_day_of_its_dates_says_so(
    onset: str | None, resolved: Any, is_there: bool | None
) -> None:
    episode = row_of("toxicity_episode", {"toxicity": "carhlh", "onset_on": onset, "resolved_on": resolved})

    assert carhlh_at([episode], {}, DAY) is is_there
    assert bool(open_episode_items([episode], DAY)) is (is_there is None)


@pytest.mark.parametrize(
    ("page", "overruled_on", "is_there"),
    [
        (True, "2026-03-11", False),
        (True, "2026-03", None),
        (True, "2026-04", True),
        (False, "2026-03", False),
        (None, "2026-03-11", False),
    ],
)
def test_the_page_of_the_course_counts_unless_the_committee_overruled_the_episode_of_that_day(
    page: bool | None, overruled_on: str, is_there: bool | None
) -> None:
    typed = {"toxicity": "carhlh", "adjudicated_toxicity": "crs", "onset_on": overruled_on}
    episode = row_of("toxicity_episode", typed)

    assert carhlh_at([episode], {"at_start_carhlh_present": page}, DAY) is is_there
    assert bool(open_episode_items([episode], DAY)) is (overruled_on == "2026-03")
    assert open_episode_items([row_of("toxicity_episode", {**typed, "toxicity": "crs"})], DAY) == ()


@pytest.mark.parametrize(
    ("day", "episodes", "items"),
    [
        # Begun on the day itself: only its end is open. Resolved on that day or later: on the first of the month, too.
        (DAY, [("2026-03-12", "2026-03")], ("resolved_on",)),
        (date(2026, 3, 1), [("2026-02-20", "2026-03")], ("resolved_on",)),
        (DAY, [("2026-03", "2026-03-13")], ("onset_on",)),
        (DAY, [("2026-03-01", "2026-03"), ("2026-03", None)], ("onset_on", "resolved_on")),
        (DAY, [("2026-03", None), ("2026-03-01", "2026-03")], ("onset_on", "resolved_on")),
    ],
)
def test_what_leaves_open_whether_an_episode_was_there_is_named(
    day: date, episodes: list[tuple[str, str | None]], items: tuple[str, ...]
) -> None:
    rows = [
        row_of(
            "toxicity_episode", {"toxicity": "crs", "adjudicated_toxicity": "carhlh", "onset_on": on, "resolved_on": to}
        )
        for on, to in episodes
    ]

    assert carhlh_at(rows, {}, day) is None
    assert open_episode_items(rows, day) == tuple(f"toxicity_episode.{name}" for name in items)


@pytest.mark.parametrize(
    ("drawn_at", "perhaps"),
    # Plasma in March: from its first minute to its last, up to 48 hours before the sample.
    [
        ("2026-02-28 23:59", ()),
        ("2026-03-01 00:00", (datetime(2026, 3, 1),)),
        ("2026-03-20 06:00", (datetime(2026, 3, 18, 6, 0),)),
        ("2026-04-02 23:59", (datetime(2026, 3, 31, 23, 59),)),
        ("2026-04-03 00:00", ()),
    ],
)
def test_plasma_of_a_month_was_perhaps_given_within_48_hours_of_a_sample(
    drawn_at: str, perhaps: tuple[datetime, ...]
) -> None:
    plasma = [row_of("support", {"kind": "plasma", "started_at": "2026-03"})]
    samples = samples_of([row_of("laboratory", {"key": "l1", "sampled_at": drawn_at, "fibrinogen": "150"})], GOOD)

    found = needs_between((), plasma, (), samples, FIRST_DOSE)

    assert (found.fewest.coagulation_products, found.most.coagulation_products) == ((), perhaps)


def test_needs_whose_days_are_known_are_the_same_at_the_fewest_and_at_the_most() -> None:
    rows = [given_in("2026-03-14", key="m1"), given_in("2026-03-13 08:00", key="m2", agent="ruxolitinib")]
    plasma = [{"key": "s1", "kind": "plasma", "started_at": "2026-03-14 05:00"}]
    agents = [row_of("concomitant_agent", row) for row in rows]
    samples = samples_of([row_of("laboratory", sample) for sample in SAMPLES], GOOD)

    found = needs_between(agents, [row_of("support", row) for row in plasma], (), samples, FIRST_DOSE)

    known = Needs(coagulation_products=(datetime(2026, 3, 14, 5, 0),), new_rescue_days=(1, 2))
    assert (found.fewest, found.most, dict(found.undated)) == (known, known, {})


MARCH = [f"2026-03-{day:02}" for day in range(1, 32)]
months = st.sampled_from(["2026-03", *MARCH])
agents = st.builds(dict, agent=st.sampled_from(["emapalumab", "ruxolitinib", "other_jak"]), started_at=months)
supports = st.builds(dict, kind=st.sampled_from(["plasma", "dialysis"]), started_at=months)
episodes = st.builds(
    dict, toxicity=st.just("carhlh"), onset_on=months, resolved_on=st.one_of(st.none(), st.just("2026-03"))
)


@given(
    rows=st.fixed_dictionaries(
        {
            "toxicity_episode": st.lists(episodes, min_size=1, max_size=1),
            "concomitant_agent": st.lists(agents, max_size=2),
            "support": st.lists(supports, max_size=2),
        }
    ),
    data=st.data(),
)
def test_what_is_said_for_certain_is_what_any_choice_of_days_says(rows: dict[str, Any], data: st.DataObject) -> None:
    """The first version judges the chosen days: it is right where every day is known."""

    def known(text: str | None) -> str | None:
        return data.draw(st.sampled_from(MARCH)) if text == "2026-03" else text

    keyed = {form: [{"key": f"{form}{at}", **row} for at, row in enumerate(found)] for form, found in rows.items()}
    chosen = {
        form: [
            {name: known(text) if name.endswith(("_on", "_at")) else text for name, text in row.items()}
            for row in found
        ]
        for form, found in keyed.items()
    }
    open_days, (first, newest) = judged(**keyed)[1], judged(**chosen)

    assert (first is None) is (newest is None)
    assert first is None or newest is None or (first.value, first.details) == (newest.value, newest.details)
    if open_days is not None and first is not None:
        assert open_days.details.items() <= first.details.items()
    if open_days is None or open_days.value is not None:
        assert (first and first.value) == (open_days and open_days.value)
