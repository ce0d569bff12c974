"""The other agents: tocilizumab by weight, steroid as prednisone, and how many immunosuppressants on each day."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitrary_casebooks import SEEDS, casebook
from courses import COURSE, course_context
from forms.casebook.concomitant_agent import AGENTS, PURPOSES, ROUTES, UNITS
from forms.code_lists import DRUG_FREQUENCIES, IMMUNOSUPPRESSANTS
from forms.dosing.agents import class_of, surface_m2, tocilizumab_mg
from forms.dosing.immunosuppressants import IMMUNOSUPPRESSANTS_BY_DAY_1, GivenOn, classes_by_day, fullest_day
from forms.dosing.immunosuppressants_open import IMMUNOSUPPRESSANTS_BY_DAY
from forms.dosing.rule_sets import DOSING_RULE_SETS
from forms.dosing.steroids import STEROID_EQUIVALENT
from forms.rule_set import AT_LEAST, EXACT, NOT_ASSESSABLE, Verdict

BASELINE = {"key": "b1", "assessed_on": "2026-02-26", "weight_kg": "20", "height_cm": "115.2"}  # 0.8 m2
STEROID = {"key": "m1", "agent": "dexamethasone", "purpose": "treatment", "started_at": "2026-03-08", "route": "iv"}


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        # CLINICAL.md 2.9: 12 mg/kg under 30 kg, 8 mg/kg from 30 kg on, at most 800 mg.
        ("10", "120"),
        ("29.99", "359.88"),
        ("30", "240"),
        ("30.01", "240.08"),
        ("100", "800"),
        ("100.01", "800"),
    ],
)
def test_tocilizumab_goes_by_weight_band(weight: str, expected: str) -> None:
    assert tocilizumab_mg(Decimal(weight)) == Decimal(expected)


def test_the_surface_follows_mosteller() -> None:
    # 20 kg and 115.2 cm: the root of 2304 / 3600.
    assert surface_m2(weight_kg=Decimal(20), height_cm=Decimal("115.2")) == Decimal("0.8")
    assert surface_m2(weight_kg=None, height_cm=Decimal(115)) is None


def steroid(**changed: str) -> Verdict | None:
    """Return the verdict on a steroid page of a child of 20 kg and 0.8 m2; an empty answer is left out."""
    typed = {name: text for name, text in {**STEROID, **changed}.items() if text}
    context = course_context(baseline=[BASELINE], concomitant_agent=[typed])
    return STEROID_EQUIVALENT.verdicts(context).get("m1")


@pytest.mark.parametrize(
    ("agent", "dose", "unit", "frequency", "per_kg", "per_m2"),
    [
        # CLINICAL.md 2.9: factors to prednisone 0.25, 1, 1.25, 6.667; per m2 by 0.8 m2 for 20 kg: 25 times per kg.
        ("hydrocortisone", "10", "mg", "q6h", "0.5", "12.5"),
        ("prednisone", "2", "mg_per_kg_day", "q12h", "2", "50"),
        ("methylprednisolone", "1", "mg_per_kg", "q12h", "2.5", "62.5"),
        ("dexamethasone", "10", "mg", "q6h", "13.33", "333.35"),
        ("dexamethasone", "10", "mg", "once", "3.33", "83.34"),
        ("dexamethasone", "10", "mg_per_m2", "q24h", "2.67", "66.67"),
        ("methylprednisolone", "2", "mg_per_kg_day", "continuous", "2.5", "62.5"),
        ("prednisone", "10", "mg", "q48h", "0.25", "6.25"),
    ],
)
def test_a_steroid_is_told_as_prednisone(
    agent: str, dose: str, unit: str, frequency: str, per_kg: str, per_m2: str
) -> None:
    found = steroid(agent=agent, dose=dose, unit=unit, frequency=frequency)

    assert found is not None
    assert (found.value, found.details["mg_per_m2_day"], found.details["counted"]) == (per_kg, per_m2, "yes")
    assert found.because == f"{per_kg} mg/kg per day of prednisone, {per_m2} mg/m2 per day"


@pytest.mark.parametrize(
    ("stopped", "count", "expected"),
    [("2026-03-09", "4", "6.67"), ("2026-03-08", "4", "13.33"), ("2026-03", "4", None), ("2026-03-09", "", None)],
)
def test_doses_given_as_needed_are_shared_out_over_their_days(stopped: str, count: str, expected: str | None) -> None:
    found = steroid(dose="10", unit="mg", frequency="as_needed", stopped_at=stopped, doses_given=count)

    assert found is not None and found.value == expected


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"purpose": "premedication"}, "not counted: premedication"),
        ({"purpose": "replacement"}, "not counted: physiological replacement"),
        ({"purpose": "antiemetic"}, "not counted: against nausea"),
        ({"route": "topical"}, "not counted: topical, not systemic"),
        ({"route": "inhaled"}, "not counted: inhaled, not systemic"),
        ({"route": "intrathecal"}, "not counted: intrathecal, not systemic"),
    ],
)
def test_steroid_that_does_not_suppress_is_flagged_out_with_its_amount(changed: dict[str, str], words: str) -> None:
    found = steroid(dose="10", unit="mg", frequency="q24h", **changed)

    assert found == Verdict(
        value="0",
        because=words,
        details={"mg_per_day": "66.67", "mg_per_kg_day": "3.33", "mg_per_m2_day": "83.34", "counted": "no"},
    )


@pytest.mark.parametrize(
    ("changed", "missing", "because"),
    [
        ({"dose": ""}, ("dose",), "missing: the dose"),
        ({"unit": ""}, ("unit",), "missing: the unit"),
        ({"frequency": ""}, ("frequency",), "missing: the frequency"),
        ({"unit": "units"}, (), "unit and frequency leave the mg of a day open"),
        ({"frequency": "continuous"}, (), "unit and frequency leave the mg of a day open"),
    ],
)
def test_what_a_steroid_page_lacks_is_named(changed: dict[str, str], missing: tuple[str, ...], because: str) -> None:
    found = steroid(**{"dose": "10", "unit": "mg", "frequency": "q6h", **changed})

    assert found is not None
    assert (found.value, found.certainty, found.missing, found.because) == (None, NOT_ASSESSABLE, missing, because)


def test_a_steroid_in_mg_per_kg_needs_no_weight_and_one_in_mg_or_mg_per_m2_says_what_it_needs() -> None:
    course = {name: text for name, text in COURSE.items() if name != "dosing_weight_kg"}
    verdicts = []
    for unit in ("mg_per_kg", "mg", "mg_per_m2"):
        page = {**STEROID, "dose": "1", "unit": unit, "frequency": "q24h"}
        context = course_context(anakinra_course=[course], concomitant_agent=[page])
        found = STEROID_EQUIVALENT.verdicts(context)["m1"]
        verdicts.append((found.value, found.missing))

    assert verdicts == [
        ("6.67", ()),
        (None, ("baseline.weight_kg",)),
        (None, ("baseline.weight_kg", "baseline.height_cm")),
    ]


def test_other_agents_have_no_prednisone_equivalent() -> None:
    assert steroid(agent="tocilizumab", dose="240", unit="mg", frequency="once") is None


def test_every_agent_has_its_class_or_is_left_out_on_purpose() -> None:
    classes = {agent: class_of({"agent": agent}) for agent in AGENTS.labels}

    assert {agent for agent, name in classes.items() if name is None} == {"ivig", "intrathecal", "plasma_exchange"}
    assert {name for name in classes.values() if name} == set(IMMUNOSUPPRESSANTS.labels) - {"none", "anakinra"}


def agent(key: str, name: str, started: str, stopped: str = "", **more: str) -> dict[str, str]:
    typed = {"key": key, "agent": name, "purpose": "treatment", "started_at": started, "stopped_at": stopped, **more}
    return {item: text for item, text in typed.items() if text}


AGENTS_OF_A_CHILD = [
    agent("m1", "tocilizumab", "2026-03-08 14:00", frequency="once"),
    agent("m2", "dexamethasone", "2026-03-08", "2026-03-10"),
    agent("m3", "methylprednisolone", "2026-03-10", "2026-03-12"),
    agent("m4", "dexamethasone", "2026-03-10", "2026-03-12", purpose="premedication"),
    agent("m5", "ruxolitinib", "2026-03-11", "2026-03-11"),
]


def by_day(*agents: dict[str, str], course: dict[str, str]) -> Verdict:
    """Return what the newest version says, but for the missing answers that it alone names; the first says the same."""
    context = course_context(course=course, concomitant_agent=agents)
    first, newest = (one.verdicts(context)["i1"] for one in (IMMUNOSUPPRESSANTS_BY_DAY_1, IMMUNOSUPPRESSANTS_BY_DAY))
    assert replace(newest, missing=()) == first
    assert bool(newest.missing) is (newest.certainty is AT_LEAST)
    return first


def test_classes_are_counted_on_the_days_of_their_doses() -> None:
    found = by_day(*AGENTS_OF_A_CHILD, course={"stopped_at": "2026-03-12 06:00"})

    # Infused on 5 March: day 3 is the 8th. Two steroids are one class.
    assert found == Verdict(
        value="3",
        because="most on day 6: anakinra, systemic steroid, ruxolitinib or another JAK inhibitor",
        details={"3": "2", "4": "1", "5": "2", "6": "3", "7": "2"},
    )


def test_what_goes_on_is_counted_to_the_last_day_that_is_told() -> None:
    open_ended = agent("m1", "ruxolitinib", "2026-03-11", ongoing="yes")
    found = by_day(open_ended, course={})

    assert (found.value, found.certainty, dict(found.details)) == ("2", EXACT, {"5": "1", "6": "2"})
    told = by_day(open_ended, course={"stopped_at": "2026-03-13 06:00"})
    assert dict(told.details) == {"5": "1", "6": "2", "7": "2", "8": "2"}


@pytest.mark.parametrize(
    ("started", "stopped", "counts"),
    [
        ("2026-03-11", "2026-03-12", {"5": "1", "6": "2", "7": "2", "8": "1"}),
        (
            "2026-03",
            "2026-03-12",
            {"0": "0", "1": "0", "2": "0", "3": "0", "4": "0", "5": "1", "6": "1", "7": "1", "8": "1"},
        ),
        ("2026-03-12", "2026-03", {"5": "1", "6": "1", "7": "2", "8": "1"}),
        ("2026-03-12", "", {"5": "1", "6": "1", "7": "2", "8": "1"}),
    ],
)
def test_a_partial_date_counts_only_on_the_days_that_are_certain(
    started: str, stopped: str, counts: dict[str, str]
) -> None:
    found = by_day(agent("m1", "ruxolitinib", started, stopped), course={"stopped_at": "2026-03-13 06:00"})
    days = {day: count for day, count in found.details.items() if int(day) <= 8}

    assert days == counts
    is_certain = (started, stopped) == ("2026-03-11", "2026-03-12")
    assert (found.certainty, found.why) == ((EXACT, "") if is_certain else (AT_LEAST, "dates_open"))


def test_an_agent_that_was_certainly_given_on_no_day_counts_as_none_at_least() -> None:
    context = course_context(anakinra_course=[], concomitant_agent=[agent("m1", "atg", "2026-03", frequency="once")])
    found = IMMUNOSUPPRESSANTS_BY_DAY.verdicts(context)["i1"]

    assert (found.value, found.certainty, found.why, found.because) == ("0", AT_LEAST, "dates_open", "none recorded")


def test_the_fullest_day_may_be_the_last() -> None:
    courses = course_context().rows["anakinra_course"]  # anakinra from 10 March on
    found = {last: fullest_day(courses, (), date(2026, 3, 5), date(2026, 3, last)) for last in (9, 10)}

    assert found == {
        9: None,
        10: (date(2026, 3, 10), GivenOn(certain=frozenset({"anakinra"}), possible=frozenset({"anakinra"}))),
    }


def test_the_count_ends_with_day_90_and_with_the_next_infusion() -> None:
    infusions = [{"key": "i1", "infused_on": "2026-03-05"}, {"key": "i2", "infused_on": "2026-07-05"}]
    long = agent("m1", "ruxolitinib", "2026-03-05", "2026-12-31")
    early = [infusions[0], {"key": "i2", "infused_on": "2026-03-25"}]
    counts = {}
    for name, rows in (("late", infusions), ("early", early)):
        context = course_context(infusion=rows, anakinra_course=[], concomitant_agent=[long])
        verdicts = IMMUNOSUPPRESSANTS_BY_DAY.verdicts(context)
        counts[name] = {key: len(verdict.details) for key, verdict in verdicts.items()}

    assert counts == {"late": {"i1": 91, "i2": 91}, "early": {"i1": 20, "i2": 91}}


def test_a_child_without_any_has_a_count_of_none_and_an_untreated_page_counts_nothing() -> None:
    context = course_context(anakinra_course=[{"key": "c1", "given": "no", "started_at": "2026-03-10 18:00"}])

    assert IMMUNOSUPPRESSANTS_BY_DAY.verdicts(context)["i1"] == Verdict(value="0", because="none recorded")
    untreated = context.rows["anakinra_course"]
    assert classes_by_day(untreated, (), [date(2026, 3, 5), date(2026, 3, 10), date(2026, 3, 12)]) == {}


@given(seed=SEEDS)
def test_the_fullest_day_is_found_without_looking_at_every_day(seed: int) -> None:
    rows = casebook(seed, ["anakinra_course", "concomitant_agent"])
    courses, agents = rows["anakinra_course"], rows["concomitant_agent"]
    days = [date(2026, 2, 20) + timedelta(days=number) for number in range(80)]
    by_day = classes_by_day(courses, agents, days)

    first = max(by_day.items(), key=lambda pair: len(pair[1].certain), default=None)
    assert fullest_day(courses, agents, days[0], days[-1]) == first


def test_a_slip_of_thousands_of_years_costs_no_more_than_a_day() -> None:
    """It is typed before it is refused, and the page asks at each key."""
    typed = {"key": "c1", "given": "yes", "started_at": "0026-03-10 18:00", "stopped_at": "9999-12-31 18:00"}
    courses = course_context(anakinra_course=[typed]).rows["anakinra_course"]

    found = fullest_day(courses, (), date(26, 3, 10), date.max)

    assert found == (date(26, 3, 10), GivenOn(certain=frozenset({"anakinra"}), possible=frozenset({"anakinra"})))


texts = {
    "agent": st.sampled_from(list(AGENTS.labels)),
    "purpose": st.sampled_from(list(PURPOSES.labels)),
    "route": st.sampled_from(list(ROUTES.labels)),
    "unit": st.sampled_from(list(UNITS.labels)),
    "frequency": st.sampled_from(list(DRUG_FREQUENCIES.labels)),
    "dose": st.sampled_from(["0", "0.1", "10"]),
    "doses_given": st.sampled_from(["0", "1", "4"]),
    "started_at": st.sampled_from(["2026", "2026-03", "2026-03-08", "2026-03-08 14:00"]),
    "stopped_at": st.sampled_from(["2025", "2026", "2026-03", "2026-03-12", "2026-03-12 06:00"]),
    "ongoing": st.sampled_from(["yes", "no"]),
}


@given(
    first=st.fixed_dictionaries({}, optional=texts),
    second=st.fixed_dictionaries({}, optional=texts),
    has_weight=st.booleans(),
)
def test_nothing_raises_whatever_is_missing_and_the_order_of_the_pages_is_no_matter(
    first: dict[str, str], second: dict[str, str], has_weight: bool
) -> None:
    rows = {"concomitant_agent": [{"key": "m1", **first}, {"key": "m2", **second}]}
    context = course_context(baseline=[BASELINE] if has_weight else [], **rows)
    turned = replace(
        context, rows={**context.rows, "concomitant_agent": tuple(reversed(context.rows["concomitant_agent"]))}
    )

    for rule_set in DOSING_RULE_SETS:
        assert rule_set.verdicts(context) == rule_set.verdicts(turned)


def test_the_rule_sets_about_doses_have_names_of_their_own_and_say_whether_they_are_verified() -> None:
    assert [(one.id, one.version, one.form, one.verified) for one in DOSING_RULE_SETS] == [
        ("regimen_judgement", "1", "anakinra_regimen", True),
        ("anakinra_label", "1", "anakinra_regimen", True),
        ("steroid_equivalent", "1", "concomitant_agent", False),
        ("immunosuppressants_by_day", "1", "infusion", True),
        ("immunosuppressants_by_day", "2", "infusion", True),
    ]
