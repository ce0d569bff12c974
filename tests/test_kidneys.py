"""What is known of the kidneys when an order begins: the last clearance, and dialysis that runs (section 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from courses import course_context, row_of
from forms.dosing.kidneys import KidneyFinding, kidney_findings
from forms.form import Anchor

ORDER = row_of("anakinra_regimen", {"key": "r1", "course": "c1"})
START = datetime(2026, 3, 12, 18, 0)


def found(course: dict[str, str] | None = None, **rows: Any) -> list[KidneyFinding]:
    """Return what is known at an order of 12 March at 18:00 under a course from 10 March on."""
    return kidney_findings(ORDER, course_context(course=course or {}, **rows), START)


def words(course: dict[str, str] | None = None, **rows: Any) -> list[str]:
    return [one.words for one in found(course, **rows)]


def sampled(at: str, egfr: str, key: str = "l1") -> dict[str, str]:
    return {"key": key, "infusion": "i1", "sampled_at": at, "egfr": egfr}


@pytest.mark.parametrize(
    ("egfr", "is_low"),
    # The renal rule: under 30 mL/min/1.73 m2.
    [("30", False), ("29", True), ("<30", True), ("<31", False), (">29", False)],
)
def test_a_clearance_under_30_is_low(egfr: str, is_low: bool) -> None:
    told = f"an eGFR of {egfr}"

    assert words({"at_start_egfr": egfr}) == ([told] if is_low else [])
    assert words(laboratory=[sampled("2026-03-11 06:00", egfr)]) == ([told] if is_low else [])


def test_a_finding_names_the_answers_that_say_so() -> None:
    laboratory = [sampled("2026-03-11 06:00", "20")]
    stay = [{"key": "s1", "kind": "dialysis", "started_at": "2026-03-11", "ended_at": "2026-03-13"}]

    assert found({"at_start_egfr": "20"}) == [
        KidneyFinding(words="an eGFR of 20", anchors=(Anchor(form="anakinra_course", key="c1", item="at_start_egfr"),))
    ]
    assert found({"at_start_dialysis": "yes"}) == [
        KidneyFinding(words="dialysis", anchors=(Anchor(form="anakinra_course", key="c1", item="at_start_dialysis"),))
    ]
    assert found(laboratory=laboratory, support=stay) == [
        KidneyFinding(
            words="an eGFR of 20",
            anchors=(
                Anchor(form="laboratory", key="l1", item="egfr"),
                Anchor(form="laboratory", key="l1", item="sampled_at"),
            ),
        ),
        KidneyFinding(
            words="dialysis",
            anchors=(
                Anchor(form="support", key="s1", item="kind"),
                Anchor(form="support", key="s1", item="started_at"),
                Anchor(form="support", key="s1", item="ended_at"),
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("course", "samples", "expected"),
    # The last that is told by the time of the order counts, and it alone.
    [
        ({}, [sampled("2026-03-11 06:00", "20"), sampled("2026-03-12 06:00", "40", "l2")], []),
        ({}, [sampled("2026-03-12 06:00", "20", "l2"), sampled("2026-03-11 06:00", "40")], ["an eGFR of 20"]),
        ({}, [sampled("2026-03-12 18:00", "20")], ["an eGFR of 20"]),
        ({}, [sampled("2026-03-12 18:01", "20")], []),
        ({"at_start_egfr": "20"}, [sampled("2026-03-11 06:00", "40")], []),
        ({"at_start_egfr": "20"}, [sampled("2026-03-10 06:00", "40")], ["an eGFR of 20"]),
        ({"at_start_dialysis": "yes"}, [sampled("2026-03-11 06:00", "40")], []),
        # Dialysis at the first dose goes before the clearance told beside it.
        ({"at_start_dialysis": "yes", "at_start_egfr": "40"}, [], ["dialysis"]),
        ({"at_start_dialysis": "no", "at_start_egfr": "20"}, [], ["an eGFR of 20"]),
        ({"at_start_dialysis": "no"}, [], []),
        ({}, [], []),
    ],
)
def test_the_last_that_is_told_counts(
    course: dict[str, str], samples: list[dict[str, str]], expected: list[str]
) -> None:
    assert words(course, laboratory=samples) == expected


def test_a_course_without_a_first_dose_or_an_order_without_a_course_tells_nothing() -> None:
    undated = [{"key": "c1", "given": "yes", "at_start_egfr": "20"}]
    alone = row_of("anakinra_regimen", {"key": "r1"})

    assert words(anakinra_course=undated) == []
    assert kidney_findings(alone, course_context(course={"at_start_egfr": "20"}), START) == []
    assert words(laboratory=[{"key": "l1", "infusion": "i1", "egfr": "20"}]) == []
    assert words(laboratory=[{"key": "l1", "infusion": "i1", "sampled_at": "2026-03-11 06:00"}]) == []


@pytest.mark.parametrize(
    ("stay", "runs"),
    # The order begins on 12 March at 18:00.
    [
        ({"started_at": "2026-03-12 18:00"}, True),
        ({"started_at": "2026-03-12 18:01"}, False),
        ({"started_at": "2026-03-01", "ended_at": "2026-03-12 18:00"}, True),
        ({"started_at": "2026-03-01", "ended_at": "2026-03-12 17:59"}, False),
        # A partial date counts where it runs on every day it can mean.
        ({"started_at": "2026-02"}, True),
        ({"started_at": "2026-03"}, False),
        ({"started_at": "2026-02", "ended_at": "2026-03"}, False),
        ({"started_at": "2026-02", "ended_at": "2026-04"}, True),
        ({}, False),
        ({"started_at": "2026-03-01", "kind": "ventilation"}, False),
    ],
)
def test_dialysis_runs_from_its_start_to_its_end(stay: dict[str, str], runs: bool) -> None:
    assert words(support=[{"key": "s1", "kind": "dialysis", **stay}]) == (["dialysis"] if runs else [])
