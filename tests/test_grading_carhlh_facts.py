"""Whether HLH-like toxicity was there at a first dose, and what was newly needed after it (CLINICAL.md D3, D7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from bedside import row_of
from forms.grading.carhlh_course import Needs
from forms.grading.carhlh_dates import needs_between
from forms.grading.carhlh_facts import RESCUE_CLASSES, has_carhlh_at, is_carhlh, needs_of

FIRST_DOSE = datetime(2026, 3, 12, 14, 0)
DAY = FIRST_DOSE.date()


def episode(toxicity: str, onset: str | None = "2026-03-11", resolved: str | None = None, **more: str) -> Any:
    return row_of("toxicity_episode", {"toxicity": toxicity, "onset_on": onset, "resolved_on": resolved, **more})


@pytest.mark.parametrize(
    ("clinician", "committee", "counts"),
    # D7: the committee's word goes before the clinician's.
    [
        ("carhlh", None, True),
        ("crs", None, False),
        ("carhlh", "crs", False),
        ("crs", "carhlh", True),
        ("carhlh", "carhlh", True),
    ],
)
def test_an_episode_is_what_the_committee_found_or_else_what_the_clinician_said(
    clinician: str, committee: str | None, counts: bool
) -> None:
    told = {"adjudicated_toxicity": committee} if committee else {}

    assert is_carhlh(episode(clinician, **told)) is counts


@pytest.mark.parametrize(
    ("onset", "resolved", "is_there"),
    # Begun by the day of the first dose, 12 March, and not ended on it.
    [
        ("2026-03-12", None, True),
        ("2026-03-13", None, False),
        ("2026-03-01", "2026-03-13", True),
        ("2026-03-01", "2026-03-12", False),
        (None, None, False),
        ("2026-03", None, False),
        ("2026-03-01", "2026-03", True),
    ],
)
def test_an_episode_is_there_from_its_onset_until_the_day_before_it_resolved(
    onset: str | None, resolved: str | None, is_there: bool
) -> None:
    assert has_carhlh_at([episode("carhlh", onset, resolved)], {}, DAY) is is_there


@pytest.mark.parametrize(
    ("page", "episodes", "is_there"),
    [
        (True, [], True),
        (False, [], False),
        (None, [], False),
        (False, [episode("carhlh")], True),
        (True, [episode("crs")], True),
        # The committee found that what was there that day was something else: the page does not count.
        (True, [episode("carhlh", adjudicated_toxicity="crs")], False),
        (True, [episode("crs"), episode("carhlh", adjudicated_toxicity="crs")], False),
        (True, [episode("carhlh", "2026-03-20", adjudicated_toxicity="crs")], True),
        (False, [episode("carhlh", adjudicated_toxicity="crs"), episode("crs", adjudicated_toxicity="carhlh")], True),
    ],
)
def test_the_page_of_the_course_counts_unless_the_committee_overruled_the_episode_of_that_day(
    page: bool | None, episodes: list[Any], is_there: bool
) -> None:
    assert has_carhlh_at(episodes, {"at_start_carhlh_present": page}, DAY) is is_there


def test_first_line_treatment_and_transfusions_are_no_rescue_and_each_rescue_has_its_class() -> None:
    assert not {"tocilizumab", "dexamethasone", "methylprednisolone", "prednisone", "hydrocortisone"} & set(
        RESCUE_CLASSES
    )
    assert RESCUE_CLASSES["ruxolitinib"] == RESCUE_CLASSES["other_jak"]
    assert RESCUE_CLASSES["etanercept"] == RESCUE_CLASSES["other_tnf"]
    assert RESCUE_CLASSES["etoposide"] == RESCUE_CLASSES["cyclophosphamide"]
    assert len(set(RESCUE_CLASSES.values())) == len(RESCUE_CLASSES) - 3


Rows = Sequence[dict[str, Any]]


def needs(agents: Rows = (), support: Rows = (), signs: Rows = ()) -> Needs:
    """Return what was newly needed; where every day is told, the second version sees the same at least and at most."""
    rows = [
        [row_of(form, row) for row in typed]
        for form, typed in (("concomitant_agent", agents), ("support", support), ("assessment", signs))
    ]
    found = needs_of(*rows, FIRST_DOSE)
    if all("2026-" in str(row.get("started_at", row.get("assessed_at"))) for row in (*agents, *support, *signs)):
        between = needs_between(*rows, (), FIRST_DOSE)
        assert between.fewest == between.most
        assert between.most.new_rescue_days[:1] == found.new_rescue_days[:1]
        assert between.most.coagulation_products == found.coagulation_products
    return found


@pytest.mark.parametrize(
    ("agents", "new_days"),
    [
        ([{"agent": "ruxolitinib", "started_at": "2026-03-13 08:00"}], (1,)),
        ([{"agent": "ruxolitinib", "started_at": "2026-03-12 14:00"}], ()),
        ([{"agent": "ruxolitinib", "started_at": "2026-03-12 14:01"}], (0,)),
        # One that began with the first dose ran before what comes later.
        (
            [
                {"agent": "ruxolitinib", "started_at": "2026-03-12 14:00"},
                {"agent": "other_jak", "started_at": "2026-03-14"},
            ],
            (),
        ),
        ([{"agent": "ruxolitinib", "started_at": None}], ()),
        ([{"agent": None, "started_at": "2026-03-13 08:00"}], ()),
        ([{"agent": "tocilizumab", "started_at": "2026-03-13 08:00"}], ()),
        ([{"agent": "dexamethasone", "started_at": "2026-03-13 08:00"}], ()),
        # A class that ran before is not new; another one is.
        (
            [
                {"agent": "other_jak", "started_at": "2026-03-11"},
                {"agent": "ruxolitinib", "started_at": "2026-03-14"},
                {"agent": "emapalumab", "started_at": "2026-03-16"},
            ],
            (4,),
        ),
        (
            [
                {"agent": "etoposide", "started_at": "2026-03-19"},
                {"agent": "plasma_exchange", "started_at": "2026-03-15"},
                {"agent": "atg", "started_at": "2026-03-15"},
            ],
            (3, 7),
        ),
    ],
)
def test_a_rescue_class_is_new_when_it_began_after_the_first_dose_and_not_before(
    agents: list[dict[str, Any]], new_days: tuple[int, ...]
) -> None:
    assert needs(agents) == Needs(new_rescue_days=new_days)


@pytest.mark.parametrize(
    ("support", "new_days"),
    [
        ([{"kind": "dialysis", "started_at": "2026-03-13"}], (1,)),
        ([{"kind": "ecmo", "started_at": "2026-03-14"}], (2,)),
        ([{"kind": "ventilation", "invasive": "yes", "started_at": "2026-03-13"}], (1,)),
        ([{"kind": "ventilation", "invasive": "no", "started_at": "2026-03-13"}], ()),
        ([{"kind": "ventilation", "invasive": None, "started_at": "2026-03-13"}], ()),
        ([{"kind": "icu", "invasive": "yes", "started_at": "2026-03-13"}], ()),
        ([{"kind": "dialysis", "started_at": None}], ()),
        ([{"kind": "dialysis", "started_at": "2026-03-10"}, {"kind": "dialysis", "started_at": "2026-03-15"}], ()),
        ([{"kind": "dialysis", "started_at": "2026-03-10"}, {"kind": "ecmo", "started_at": "2026-03-15"}], (3,)),
    ],
)
def test_an_organ_support_is_dialysis_ecmo_or_invasive_ventilation(
    support: list[dict[str, Any]], new_days: tuple[int, ...]
) -> None:
    assert needs(support=support) == Needs(new_rescue_days=new_days)


@pytest.mark.parametrize(
    ("signs", "new_days"),
    # As CRS counts them (D5): vasopressors and vasopressin, no inodilator, none against the effect of sedation.
    [
        ([{"vasoactives": "norepinephrine", "assessed_at": "2026-03-13 06:00"}], (1,)),
        ([{"vasoactives": "vasopressin", "assessed_at": "2026-03-13 06:00"}], (1,)),
        ([{"vasoactives": "milrinone", "assessed_at": "2026-03-13 06:00"}], ()),
        ([{"vasoactives": "none", "assessed_at": "2026-03-13 06:00"}], ()),
        ([{"vasoactives": None, "assessed_at": "2026-03-13 06:00"}], ()),
        ([{"vasoactives": "norepinephrine", "assessed_at": None}], ()),
        (
            [
                {
                    "vasoactives": "norepinephrine",
                    "vasoactive_for_sedation": "yes",
                    "assessed_at": "2026-03-13 06:00",
                }
            ],
            (),
        ),
        (
            [{"vasoactives": "norepinephrine", "vasoactive_for_sedation": "no", "assessed_at": "2026-03-13 06:00"}],
            (1,),
        ),
        (
            [
                {"vasoactives": "epinephrine", "assessed_at": "2026-03-12 06:00"},
                {"vasoactives": "norepinephrine", "assessed_at": "2026-03-14 06:00"},
            ],
            (),
        ),
    ],
)
def test_a_vasopressor_is_new_when_no_assessment_before_was_under_one(
    signs: list[dict[str, Any]], new_days: tuple[int, ...]
) -> None:
    assert needs(signs=signs) == Needs(new_rescue_days=new_days)


def test_plasma_cryoprecipitate_and_fibrinogen_stand_in_the_order_of_time() -> None:
    support = [
        {"kind": "cryoprecipitate_fibrinogen", "started_at": "2026-03-14 09:00"},
        {"kind": "plasma", "started_at": "2026-03-10 20:00"},
        {"kind": "plasma", "started_at": None},
        {"kind": "platelets", "started_at": "2026-03-11 20:00"},
    ]

    assert needs(support=support) == Needs(
        coagulation_products=(datetime(2026, 3, 10, 20, 0), datetime(2026, 3, 14, 9, 0))
    )


def test_a_first_dose_without_anything_after_it_needed_nothing() -> None:
    assert needs() == Needs(coagulation_products=(), new_rescue_days=())
