"""A child's records as a timeline: worst grades, doses, agents, support and outcome, day by day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from forms.grading.crs import CRS
from forms.rule_set import AT_LEAST, Verdict, VerdictsByRecord
from forms.values import NullFlavour, PartialDate, Row
from registry.timeline.course import Bar, BarLane, Stretch, Timeline, packed, runs, stretches
from registry.timeline.records import TIMELINE_FORMS, timeline_of

ZERO = date(2026, 3, 5)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, 5 + day, hour)


def known(day: int, hour: int = 0) -> PartialDate:
    return PartialDate(at(day, hour).isoformat(timespec="minutes"))


def timeline(said: VerdictsByRecord | None = None, **rows: Sequence[Mapping[str, Any]]) -> Timeline:
    given: dict[str, Sequence[Row]] = dict.fromkeys(TIMELINE_FORMS, ())
    found = timeline_of({**given, "infusion": [{"key": "i", "infused_on": ZERO}], **rows}, said or {})
    assert found is not None
    return found


def lane(found: Timeline, label: str) -> tuple[Bar, ...]:
    return next(one.bars for one in found.bars if one.label == label)


def test_there_is_no_timeline_before_the_first_infusion() -> None:
    assert timeline_of(dict.fromkeys(TIMELINE_FORMS, ()), {}) is None


@pytest.mark.parametrize(
    ("assessments", "crs", "icans", "carhlh"),
    [
        ([{"crs_grade": 1}, {"crs_grade": 3}], (3, ""), None, None),
        ([{"crs_grade": NullFlavour.NOT_DONE}, {"crs_grade": 0}], (0, ""), None, None),
        ([{"crs_grade": NullFlavour.NOT_DONE}], (None, "not done"), None, None),
        ([{"sedated": True}], None, (None, "sedated"), None),
        ([{"sedated": True, "icans_grade": NullFlavour.NOT_AVAILABLE}], None, (None, "sedated"), None),
        ([{"sedated": True, "icans_grade": 3}], None, (3, ""), None),
        ([{"carhlh_present": False}], None, None, (0, "")),
        ([{"carhlh_present": True, "carhlh_grade": 2}], None, None, (2, "")),
        ([{"carhlh_present": True}], None, None, (None, "diagnosed, no grade")),
        ([{"carhlh_present": NullFlavour.UNKNOWN}], None, None, (None, "unknown")),
        ([{"temperature_c": Decimal("38.6")}], None, None, None),
    ],
)
def test_a_day_shows_its_worst_grade_or_why_there_is_none(
    assessments: list[dict[str, Any]], crs: object, icans: object, carhlh: object
) -> None:
    found = timeline(assessment=[{"assessed_at": at(2, 6 + n), **row} for n, row in enumerate(assessments)])
    days = [grades.on(2) for grades in found.grades]
    assert [grades.label for grades in found.grades] == ["CRS", "ICANS", "carHLH"]
    assert [(day.grade, day.why) if day else None for day in days] == [crs, icans, carhlh]


@pytest.mark.parametrize(
    ("verdict", "clinician", "shown"),
    [
        (Verdict(value="3", because=""), 1, 3),  # D7: complete signs go before the clinician
        (Verdict(value="3", certainty=AT_LEAST, because=""), 1, 1),  # a lower bound is no grade
        (None, 2, 2),
    ],
)
def test_a_day_shows_the_grade_that_stands(verdict: Verdict | None, clinician: int, shown: int) -> None:
    said = {"a": {CRS.id: verdict}} if verdict else {}
    found = timeline(said, assessment=[{"key": "a", "assessed_at": at(2, 6), "crs_grade": clinician}])
    day = found.grades[0].on(2)
    assert day is not None and day.grade == shown


def test_anakinra_orders_follow_each_other_with_dose_route_and_height() -> None:
    course = {"key": "c", "started_at": at(4, 14), "stopped_at": at(9, 12)}
    orders = [
        {"course": "c", "from_at": at(4, 12), "until_at": None, "mg_per_kg_day": Decimal("8.000"), "route": "iv_bolus"},
        {"course": "c", "from_at": at(6, 12), "until_at": None, "mg_per_kg_day": Decimal("4.26"), "route": "sc"},
    ]
    assert lane(timeline(anakinra_course=[course], anakinra_regimen=orders), "Anakinra") == (
        Bar(start=4.5, end=6.5, label="8 mg/kg/day IV", short="8 IV", strength=1.0),
        Bar(start=6.5, end=9.5, label="4.3 mg/kg/day SC", short="4.3 SC", strength=4.26 / 8),
    )


def test_an_order_without_a_weight_says_the_dose_as_ordered_and_a_course_without_orders_is_still_a_bar() -> None:
    order = {"course": "c", "from_at": at(1, 12), "until_at": at(2, 12), "dose_value": Decimal(100), "dose_basis": "mg"}
    found = lane(
        timeline(anakinra_course=[{"key": "c", "started_at": at(1, 12)}], anakinra_regimen=[order]), "Anakinra"
    )
    assert [bar.label.startswith("100 mg") for bar in found] == [True]
    alone = lane(timeline(anakinra_course=[{"key": "c", "started_at": at(1, 12)}]), "Anakinra")
    assert alone == (Bar(start=1.5, end=2, label="dose not recorded", is_open=True),)


def test_a_course_whose_orders_have_no_first_day_is_still_a_bar() -> None:
    course = {"key": "c", "started_at": at(1, 12), "stopped_at": at(3, 12)}
    order = {"course": "c", "from_at": None, "until_at": None, "mg_per_kg_day": Decimal(8), "route": "sc"}
    found = lane(timeline(anakinra_course=[course], anakinra_regimen=[order]), "Anakinra")
    assert found == (Bar(start=1.5, end=3.5, label="dose not recorded"),)


def test_other_agents_have_a_lane_each_in_order_of_their_first_dose() -> None:
    agents = [
        {"agent": "ruxolitinib", "started_at": known(9), "ongoing": True, "dose": Decimal(5), "unit": "mg"},
        {
            "agent": "tocilizumab",
            "started_at": known(2, 12),
            "frequency": "once",
            "dose": Decimal(8),
            "unit": "mg_per_kg",
        },
        {"agent": "dexamethasone", "started_at": known(3), "stopped_at": known(6, 6), "frequency": "q6h"},
    ]
    found = timeline(concomitant_agent=agents, assessment=[{"assessed_at": at(12), "crs_grade": 0}])
    assert found.bars == (
        BarLane(label="Tocilizumab", kind="agent", bars=(Bar(start=2.5, end=2.5, label="8 mg/kg"),)),
        BarLane(label="Dexamethasone", kind="agent", bars=(Bar(start=3, end=6.25, label="q6h"),)),
        BarLane(label="Ruxolitinib", kind="agent", bars=(Bar(start=9, end=13, label="5 mg", is_open=True),)),
    )


def test_a_start_known_only_to_the_month_is_said_so_and_nothing_is_drawn_before_day_0() -> None:
    rows = [
        {"agent": "etoposide", "started_at": PartialDate("2026-03"), "stopped_at": known(8)},
        {"agent": "ivig", "started_at": PartialDate("2026-01-02"), "stopped_at": PartialDate("2026-01-03")},
    ]
    (only,) = timeline(concomitant_agent=rows).bars
    assert only.label == "Etoposide"
    assert [(bar.start, bar.label) for bar in only.bars] == [(0, "(start: 2026-03)")]


def test_support_comes_from_the_daily_assessments_and_stays_from_their_own_page() -> None:
    daily = [
        {"assessed_at": at(day, 6), "oxygen_mode": mode, "vasoactives": drugs}
        for day, mode, drugs in (
            (1, "room_air", ("none",)),
            (2, "nasal_cannula", ("none",)),
            (3, "nasal_cannula", ("norepinephrine",)),
            (4, "invasive", ("norepinephrine", "milrinone")),
        )
    ]
    stay = {"kind": "icu", "started_at": known(3, 12), "ended_at": known(5, 12)}
    assert timeline(assessment=daily, support=[stay]).bars == (
        BarLane(
            label="Vasoactive drugs",
            kind="support",
            bars=(Bar(start=3, end=4, label="norepinephrine"), Bar(start=4, end=5, label="norepinephrine, milrinone")),
        ),
        BarLane(label="Oxygen", kind="support", bars=(Bar(start=2, end=4, label="nasal cannula"),)),
        BarLane(label="Ventilation", kind="support", bars=(Bar(start=4, end=5, label="invasive"),)),
        BarLane(label="Intensive care", kind="support", bars=(Bar(start=3.5, end=5.5, label=""),)),
    )


def test_responses_relapse_death_and_further_infusions_are_marks_in_order() -> None:
    found = timeline(
        infusion=[{"infused_on": date(2026, 7, 1)}, {"infused_on": ZERO}],
        response=[
            {"assessed_on": date(2026, 4, 2), "response": "cri", "mrd_result": "not_detected"},
            {"assessed_on": date(2026, 6, 3), "response": "not_assessed", "relapsed_on": PartialDate("2026-06-02")},
        ],
        end_of_study=[{"died_on": PartialDate("2026-07-09"), "cause_of_death": "infection"}],
    )
    assert [(mark.day, mark.kind, mark.short) for mark in found.marks] == [
        (0, "infusion", ""),
        (28, "response", "CRi, MRD negative"),
        (89, "relapse", ""),
        (118, "infusion", ""),
        (126, "death", "Death"),
    ]
    assert found.marks[-1].label == "Death (Infection)"


def test_an_end_without_its_reason_is_no_end() -> None:
    found = timeline(end_of_study=[{"ended_on": date(2026, 4, 2), "reason": None}])
    assert [mark.kind for mark in found.marks] == ["infusion"]


def test_the_course_in_words_says_peaks_treatments_and_outcome() -> None:
    found = timeline(
        assessment=[{"assessed_at": at(day), "crs_grade": grade, "icans_grade": 0} for day, grade in ((1, 2), (2, 3))],
        anakinra_course=[{"key": "c", "started_at": at(2, 12), "stopped_at": at(4, 12)}],
        end_of_study=[{"ended_on": date(2026, 4, 2), "reason": "lost"}],
    )
    assert found.summary() == (
        "Day 0 is 2026-03-05; the last record is on day 28. CRS: highest grade 3, first on day 2. ICANS: grade 0 "
        "throughout. Anakinra: dose not recorded day 2 to 4. Day 28: End of observation: Lost to follow-up."
    )


@pytest.mark.parametrize(
    ("eventful", "found"),
    [
        ([], (Stretch(first=0, last=13, is_quiet=False),)),
        ([20], (Stretch(first=0, last=20, is_quiet=False),)),
        (
            [21],
            (
                Stretch(first=0, last=13, is_quiet=False),
                Stretch(first=14, last=20, is_quiet=True),
                Stretch(first=21, last=21, is_quiet=False),
            ),
        ),
    ],
)
def test_more_than_six_days_without_an_event_become_a_quiet_stretch(
    eventful: list[int], found: tuple[Stretch, ...]
) -> None:
    assert stretches(eventful) == found


def test_bars_that_overlap_stand_in_rows_and_runs_of_days_become_one_bar() -> None:
    first, second, third = (Bar(start=start, end=end, label="") for start, end in ((0, 3), (2, 4), (3, 5)))
    assert packed([third, second, first]) == [[first, third], [second]]
    assert runs({3: "a", 1: "a", 2: "a", 4: "b"}) == (
        Bar(start=1, end=4, label="a"),
        Bar(start=4, end=5, label="b"),
    )
