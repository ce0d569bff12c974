"""Which page is due when: windows, the daily grid, and the light path."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from forms.casebook import CASEBOOK
from forms.context import Context
from forms.schedule import DueForm, Path, Status, due, due_days
from forms.toxicity_days import first_toxicity_day, grid_days, path_of
from forms.values import PartialDate
from forms.visits import GRID, VISITS

DAY_0 = date(2026, 3, 5)
INFUSION: dict[str, Any] = {"key": "i1", "infused_on": DAY_0}
ENROLMENT: dict[str, Any] = {"key": "e1", "enrolled_on": date(2026, 2, 20), "birth_date": PartialDate("2017-08-01")}


def day(number: int) -> date:
    return DAY_0 + timedelta(days=number)


def at(number: int) -> datetime:
    return datetime.combine(day(number), datetime.min.time()) + timedelta(hours=6)


def child(**rows: tuple[dict[str, Any], ...]) -> dict[str, tuple[dict[str, Any], ...]]:
    return {"enrolment": (ENROLMENT,), "infusion": (INFUSION,), "baseline": ({"key": "b1"},), **rows}


def expected(rows: dict[str, tuple[dict[str, Any], ...]], today: date) -> dict[str, Status]:
    return {item.label: item.status for item in due(rows, Context(today=today))}


def episode(**answers: Any) -> dict[str, Any]:
    return {"key": "t1", "infusion": "i1", "toxicity": "crs", "onset_on": PartialDate(day(2).isoformat()), **answers}


def test_every_visit_names_a_form_and_its_codes() -> None:
    for visit in (*VISITS, *GRID):
        form = CASEBOOK[visit.form]
        assert visit.from_day <= visit.due_day <= visit.to_day
        if visit.code_item:
            assert form.items[visit.code_item].parse(visit.code) == visit.code


def test_an_untreated_child_without_toxicity_owes_day_28_and_follow_up_only() -> None:
    assert due(child(), Context(today=day(10))) == (
        DueForm(
            form="baseline",
            label="Baseline",
            due_on=date(2026, 2, 27),
            opens_on=date(2026, 2, 20),
            closes_on=date(2026, 3, 6),
            status=Status.DONE,
            path=Path.CORE,
            anchor_record="e1",
            record="b1",
        ),
        DueForm(
            form="infusion",
            label="Infusion",
            due_on=date(2026, 3, 22),
            opens_on=date(2026, 2, 20),
            closes_on=date(2026, 4, 21),
            status=Status.DONE,
            path=Path.CORE,
            anchor_record="e1",
            record="i1",
        ),
        *(
            DueForm(
                form=form,
                label=label,
                due_on=day(number),
                opens_on=day(first),
                closes_on=day(last),
                status=Status.UPCOMING,
                path=Path.CORE,
                anchor_record="i1",
            )
            for form, label, number, first, last in (
                ("response", "CAR T response, day 28", 28, 21, 42),
                ("follow_up", "Follow-up, day 90", 90, 76, 120),
                ("follow_up", "Follow-up, month 6", 182, 152, 212),
                ("follow_up", "Follow-up, month 12", 365, 335, 395),
            )
        ),
        DueForm(
            form="enrolment",
            label="Re-consent at 18",
            due_on=date(2035, 8, 1),
            opens_on=date(2035, 8, 1),
            closes_on=date(2035, 10, 30),
            status=Status.UPCOMING,
            path=Path.CORE,
            anchor_record="e1",
        ),
    )


@pytest.mark.parametrize(
    ("today", "status"),
    [(20, Status.UPCOMING), (21, Status.DUE), (42, Status.DUE), (43, Status.OVERDUE)],
)
def test_a_page_is_due_within_its_window_and_overdue_after_it(today: int, status: Status) -> None:
    assert expected(child(), day(today))["CAR T response, day 28"] is status


def test_a_page_is_done_by_what_it_is_called_even_when_it_is_late() -> None:
    late = {"key": "r1", "infusion": "i1", "assessed_on": day(50), "timepoint": "day_28"}

    assert expected(child(response=(late,)), day(60))["CAR T response, day 28"] is Status.DONE


@pytest.mark.parametrize(("reason", "is_asked"), [(None, True), ("lost", False)])
def test_an_end_without_its_reason_ends_nothing(reason: str | None, is_asked: bool) -> None:
    end = {"key": "x1", "ended_on": day(40), "reason": reason}

    assert ("Follow-up, day 90" in expected(child(end_of_study=(end,)), day(60))) is is_asked


@pytest.mark.parametrize(
    ("seen", "status"),
    [(12, Status.OVERDUE), (75, Status.OVERDUE), (76, Status.DONE), (120, Status.DONE), (150, Status.DONE)],
)
def test_a_visit_before_its_window_leaves_the_real_one_to_be_done_and_a_late_one_does_not(
    seen: int, status: Status
) -> None:
    page = {"key": "f1", "seen_on": day(seen), "visit": "day_90", "alive": True}

    assert expected(child(follow_up=(page,)), day(160))["Follow-up, day 90"] is status


@pytest.mark.parametrize(("consent", "is_asked"), [(True, True), (None, True), (False, False)])
def test_nothing_is_expected_where_consent_is_answered_no(consent: bool | None, is_asked: bool) -> None:
    rows = child(enrolment=({**ENROLMENT, "consent_obtained": consent},))

    assert (due(rows, Context(today=day(43))) != ()) is is_asked


def test_the_response_to_another_infusion_does_not_count() -> None:
    other = {"key": "r1", "infusion": "i2", "assessed_on": day(28), "timepoint": "day_28"}

    assert expected(child(response=(other,)), day(43))["CAR T response, day 28"] is Status.OVERDUE


def test_grade_one_in_an_assessment_starts_the_grid_and_asks_for_an_episode() -> None:
    signs = {"key": "a1", "infusion": "i1", "assessed_at": at(2), "crs_grade": 1}
    rows = child(assessment=(signs,))

    assert first_toxicity_day(rows, INFUSION) == day(2)
    assert grid_days(rows, INFUSION, day(4)) == (day(2), day(3), day(4))
    assert expected(rows, day(4))["Toxicity episode"] is Status.DUE


GRADED = {"key": "a1", "infusion": "i1", "assessed_at": at(2), "crs_grade": 1, "icans_grade": 0}
ICANS_DAY = {**GRADED, "key": "a2", "assessed_at": at(6), "icans_grade": 1}
HLH_DAY = {**GRADED, "key": "a3", "assessed_at": at(9), "carhlh_present": True}


def episodes_due(*episodes: dict[str, Any]) -> list[tuple[str, date, Status, str | None]]:
    """Return toxicity, due day, status and record of each episode expected on day 13 of three toxicities."""
    rows = child(assessment=(GRADED, ICANS_DAY, HLH_DAY), toxicity_episode=episodes)
    found = (item for item in due(rows, Context(today=day(13))) if item.form == "toxicity_episode")
    return [(item.toxicity, item.due_on, item.status, item.record) for item in found]


def test_each_toxicity_of_grade_one_asks_for_an_episode_of_its_own() -> None:
    other = {"key": "t9", "infusion": "i2", "toxicity": "icans", "onset_on": PartialDate(day(6).isoformat())}

    assert episodes_due(episode(), other) == [
        ("crs", day(5), Status.DONE, "t1"),
        ("icans", day(9), Status.DUE, None),
        ("carhlh", day(12), Status.DUE, None),
    ]
    assert episodes_due(episode(toxicity="icans"))[:2] == [
        ("crs", day(5), Status.OVERDUE, None),
        ("icans", day(5), Status.DONE, "t1"),
    ]


RESOLVED = episode(resolved_on=PartialDate(day(5).isoformat()))


def graded(number: int, **grades: int | str) -> dict[str, Any]:
    return {"key": f"a{number}", "infusion": "i1", "assessed_at": at(number), **grades}


@pytest.mark.parametrize(
    ("days", "episodes", "again"),
    [
        ([graded(8, crs_grade=2), graded(9, crs_grade=1)], [RESOLVED], (day(8), day(11), "t1")),
        # 48 hours at grade 0 are the day of resolution and the next two (CLINICAL.md 3.1, 6)
        ([graded(7, crs_grade=2)], [RESOLVED], None),
        # a flare within them goes on with the episode, and they begin anew
        ([graded(6, crs_grade=1), graded(8, crs_grade=1)], [RESOLVED], None),
        ([graded(number, crs_grade=1) for number in range(6, 15)], [RESOLVED], None),
        ([graded(6, crs_grade=1), graded(9, crs_grade=1)], [RESOLVED], None),
        ([graded(6, crs_grade=1), graded(10, crs_grade=1)], [RESOLVED], (day(10), day(13), "t1")),
        # put down to another cause it is not CRS that came back (CLINICAL.md D4)
        ([graded(8, crs_grade=2, late_attribution="infection")], [RESOLVED], None),
        ([graded(8, crs_grade=2, late_attribution="crs")], [RESOLVED], (day(8), day(11), "t1")),
        ([graded(8, crs_grade=0, icans_grade=2)], [RESOLVED], None),
        ([graded(8, crs_grade=1)], [episode()], None),
        ([graded(8, crs_grade=1)], [episode(resolved_on=PartialDate("2026-03"))], None),
        ([graded(8, crs_grade=1)], [RESOLVED, episode(key="t2", onset_on=PartialDate(day(8).isoformat()))], None),
        ([graded(8, crs_grade=1)], [RESOLVED, episode(key="t2", toxicity=None)], None),
        (
            [graded(8, crs_grade=1), graded(20, crs_grade=1)],
            [RESOLVED, episode(key="t2", resolved_on=PartialDate(day(9).isoformat()))],
            (day(20), day(23), "t2"),
        ),
    ],
)
def test_a_toxicity_that_is_graded_again_after_it_resolved_asks_for_a_second_episode(
    days: list[dict[str, Any]], episodes: list[dict[str, Any]], again: tuple[date, date, str] | None
) -> None:
    rows = child(assessment=(graded(2, crs_grade=1), *days), toxicity_episode=tuple(episodes))
    found = [item for item in due(rows, Context(today=day(24))) if item.returned_after]

    assert [(item.opens_on, item.due_on, item.returned_after) for item in found] == ([again] if again else [])
    assert {(item.form, item.toxicity, item.record) for item in found} <= {("toxicity_episode", "crs", None)}


def test_an_episode_that_does_not_say_of_which_toxicity_it_is_is_not_asked_for_again() -> None:
    told, nameless = episode(toxicity="icans"), episode(key="t2", toxicity=None)

    assert [(toxicity, record) for toxicity, _, _, record in episodes_due(nameless, told)] == [
        ("crs", "t2"),
        ("icans", "t1"),
        ("", "t2"),
        ("carhlh", "t2"),
    ]


def test_a_page_that_answers_for_several_was_due_for_the_first_of_them() -> None:
    rows = child(assessment=(GRADED, HLH_DAY), toxicity_episode=(episode(toxicity=None, onset_on=None),))

    # CRS is graded on day 2, HLH-like toxicity on day 9; an episode is due three days after.
    assert due_days(rows, Context(today=day(13)))["t1"] == day(5)


def test_grade_zero_starts_nothing() -> None:
    signs = {"key": "a1", "infusion": "i1", "assessed_at": at(2), "crs_grade": 0, "icans_grade": 0}

    assert grid_days(child(assessment=(signs,)), INFUSION, day(4)) == ()


@pytest.mark.parametrize(
    ("answers", "course", "last"),
    [
        ({"resolved_on": PartialDate(day(5).isoformat())}, {}, 8),
        ({}, {}, 30),
        # some day in March: the last it can be is day 26
        ({"resolved_on": PartialDate("2026-03")}, {}, 29),
        ({"resolved_on": PartialDate("2026-03")}, {"started_at": at(3), "stopped_at": at(27)}, 30),
        ({"resolved_on": PartialDate(day(5).isoformat())}, {"started_at": at(3), "stopped_at": at(9)}, 12),
        ({"resolved_on": PartialDate(day(5).isoformat())}, {"started_at": at(3)}, 30),
    ],
)
def test_the_grid_ends_three_days_after_resolution_and_anakinra(
    answers: dict[str, Any], course: dict[str, Any], last: int
) -> None:
    courses = ({"key": "c1", "infusion": "i1", "given": True, **course},) if course else ()
    rows = child(toxicity_episode=(episode(**answers),), anakinra_course=courses)

    assert grid_days(rows, INFUSION, day(30))[-1] == day(last)


def test_the_grid_of_an_unresolved_toxicity_stops_after_sixty_days() -> None:
    found = grid_days(child(toxicity_episode=(episode(),)), INFUSION, day(400))

    assert (len(found), found[0], found[-1]) == (60, day(2), day(61))


def test_each_day_of_the_grid_is_done_by_a_page_of_that_day() -> None:
    signs = {"key": "a1", "infusion": "i1", "assessed_at": at(3), "crs_grade": 1}
    rows = child(toxicity_episode=(episode(),), assessment=(signs,))
    found = [item for item in due(rows, Context(today=day(5))) if item.form == "assessment"]

    assert [(item.due_on, item.status, item.record) for item in found] == [
        (day(2), Status.OVERDUE, None),
        (day(3), Status.DONE, "a1"),
        (day(4), Status.DUE, None),
        (day(5), Status.DUE, None),
    ]


def test_a_severe_toxicity_asks_for_anakinra_or_the_reason_against_it() -> None:
    severe = child(toxicity_episode=(episode(peak_grade=3),))
    answered = child(
        toxicity_episode=(episode(peak_grade=3),), anakinra_course=({"key": "c1", "episode": "t1", "given": False},)
    )

    assert expected(severe, day(3))["Anakinra: given, or why not"] is Status.DUE
    assert expected(answered, day(3))["Anakinra: given, or why not"] is Status.DONE
    assert "Anakinra: given, or why not" not in expected(child(toxicity_episode=(episode(peak_grade=2),)), day(3))


@pytest.mark.parametrize(
    ("course", "status"),
    [
        ({"episode": "other", "infusion": "i1", "indications": ("icans", "crs")}, Status.DONE),
        ({"episode": "other", "infusion": "i1", "indications": ("icans",)}, Status.DUE),
        ({"episode": "other", "infusion": "i2", "indications": ("icans", "crs")}, Status.DUE),
        ({"episode": "other", "infusion": "i1"}, Status.DUE),
    ],
)
def test_a_course_for_several_toxicities_answers_for_each(course: dict[str, Any], status: Status) -> None:
    rows = child(toxicity_episode=(episode(peak_grade=3, toxicity="crs"),), anakinra_course=({"key": "c1", **course},))

    assert expected(rows, day(3))["Anakinra: given, or why not"] is status


def test_a_course_asks_for_its_first_regimen() -> None:
    course = {"key": "c1", "infusion": "i1", "given": True, "started_at": at(3)}
    regimen = {"key": "g1", "course": "c1"}

    assert expected(child(anakinra_course=(course,)), day(7))["Anakinra regimen"] is Status.OVERDUE
    assert (
        expected(child(anakinra_course=(course,), anakinra_regimen=(regimen,)), day(7))["Anakinra regimen"]
        is Status.DONE
    )


@pytest.mark.parametrize(
    ("rows", "path"),
    [
        (child(), Path.CORE),
        (child(toxicity_episode=(episode(peak_grade=1),)), Path.CORE),
        (child(toxicity_episode=(episode(peak_grade=2),)), Path.EXTENDED),
        (child(assessment=({"key": "a1", "infusion": "i1", "carhlh_present": True},)), Path.EXTENDED),
        (child(anakinra_course=({"key": "c1", "infusion": "i1", "given": True},)), Path.EXTENDED),
        (child(anakinra_course=({"key": "c1", "infusion": "i1", "given": False},)), Path.CORE),
    ],
)
def test_the_light_path_is_for_the_untreated_without_grade_two(
    rows: dict[str, tuple[dict[str, Any], ...]], path: Path
) -> None:
    assert path_of(rows, INFUSION) is path


def test_a_death_asks_for_the_last_page_and_nothing_later() -> None:
    told = {"key": "f1", "seen_on": day(40), "alive": False}

    assert expected(child(follow_up=(told,)), day(50)) == {
        "Baseline": Status.DONE,
        "Infusion": Status.DONE,
        "CAR T response, day 28": Status.OVERDUE,
        "End of study": Status.DUE,
    }


@pytest.mark.parametrize(
    ("born", "enrolled", "opens"),
    [
        ("2017-08-01", "2026-02-20", date(2035, 8, 1)),
        ("2016-02-29", "2026-02-20", date(2034, 3, 1)),
        ("2017-08", "2026-02-20", date(2035, 8, 1)),
        ("2016-02", "2026-02-20", date(2034, 2, 1)),
        ("2008-02-20", "2026-02-20", None),
        ("2008-02-21", "2026-02-20", date(2026, 2, 21)),
        ("2008-02", "2026-02-20", date(2026, 2, 20)),
        ("2008-01", "2026-02-20", None),
        ("2008", "2026-02-20", date(2026, 2, 20)),
    ],
)
def test_re_consent_is_asked_from_the_first_day_that_can_be_the_eighteenth_birthday(
    born: str, enrolled: str, opens: date | None
) -> None:
    enrolment = {**ENROLMENT, "birth_date": PartialDate(born), "enrolled_on": date.fromisoformat(enrolled)}
    found = due({**child(), "enrolment": (enrolment,)}, Context(today=day(10)))

    assert [item.opens_on for item in found if item.form == "enrolment"] == ([opens] if opens else [])


def test_re_consent_is_due_from_the_day_that_the_enrolment_tells() -> None:
    told = CASEBOOK["enrolment"].derive(ENROLMENT, Context(today=day(10)))["majority_on"]

    pages = [item for item in due(child(), Context(today=day(10))) if item.form == "enrolment"]
    assert [(item.opens_on, item.due_on) for item in pages] == [(told, told)]


@pytest.mark.parametrize(("scope", "count"), [("all_use", 0), ("further_data", 0), ("further_contact", 7)])
def test_a_withdrawal_that_stops_data_stops_every_expectation(scope: str, count: int) -> None:
    withdrawn = {**ENROLMENT, "withdrawn": True, "withdrawal_scope": scope}

    assert len(due({**child(), "enrolment": (withdrawn,)}, Context(today=day(10)))) == count
