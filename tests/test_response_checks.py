"""The checks of a response on every side: MRD and its class, counts, relapse, B cells (CLINICAL.md 2.7, D11)."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import child, row_of
from forms.casebook.response_rules import mrd_class
from one_check import CHECKS, anchored

INFUSIONS = [
    {"key": "i1", "infused_on": "2026-03-05", "antigens": "cd19"},
    {"key": "i2", "infused_on": "2026-07-05", "antigens": "bcma"},
]


def page(answers: dict[str, Any]) -> Any:
    return row_of("response", {"key": "r2", "infusion": "i1", **answers})


def holds(name: str, answers: dict[str, Any], *others: dict[str, Any], **rows: Any) -> bool | None:
    known = child(**{"infusion": INFUSIONS, "response": others, **rows})
    return CHECKS[f"response.{name}"].holds(page(answers), known)


def compared(name: str, answers: dict[str, Any], *others: dict[str, Any]) -> list[tuple[str, str, str]]:
    return anchored(CHECKS[f"response.{name}"], page(answers), child(infusion=INFUSIONS, response=others))


@pytest.mark.parametrize(
    ("result", "percent", "limit", "expected"),
    # D11: negative, negative with insufficient sensitivity, positive below and from 0.01 % on.
    [
        ("not_detected", None, "0.01", "negative"),
        ("not_detected", None, "0.001", "negative"),
        ("not_detected", None, "0.010001", "negative_insufficient"),
        ("not_detected", None, None, None),
        ("below_quantification", None, None, "positive_low"),
        ("detected", "0.01", None, "positive"),
        ("detected", "0.009999", None, "positive_low"),
        ("detected", "5", "0.1", "positive"),
        ("detected", None, "0.01", None),
        ("not_done", None, "0.01", None),
        (None, "0.02", "0.01", None),
    ],
)
def test_the_class_of_mrd(result: str | None, percent: str | None, limit: str | None, expected: str | None) -> None:
    answers = {"mrd_result": result, "mrd_percent": percent, "mrd_lod_percent": limit}

    assert mrd_class(page(answers), child()) == expected


@pytest.mark.parametrize(
    ("on", "timepoint", "expected"),
    # 21 to 42 days after 5 March are 26 March to 16 April.
    [
        ("2026-03-25", "day_28", False),
        ("2026-03-26", "day_28", True),
        ("2026-04-16", "day_28", True),
        ("2026-04-17", "day_28", False),
        ("2026-04-17", "month_3", None),
        ("2026-04-17", None, None),
        (None, "day_28", None),
    ],
)
def test_day_28_is_21_to_42_days_after_infusion(on: str | None, timepoint: str | None, expected: bool | None) -> None:
    assert holds("day_28_window", {"assessed_on": on, "timepoint": timepoint}) is expected
    assert holds("assay_fits_day_28", {"car_assayed_on": on, "timepoint": timepoint}) is expected


@pytest.mark.parametrize(
    ("on", "expected"), [("2026-03", True), ("2026-04", True), ("2026-05", False), ("2026-02", False)]
)
def test_an_assay_of_a_month_fits_where_a_day_of_it_does(on: str, expected: bool) -> None:
    assert holds("assay_fits_day_28", {"car_assayed_on": on, "timepoint": "day_28"}) is expected


@pytest.mark.parametrize(
    ("group", "response", "expected"),
    [
        ("myeloma", "scr", True),
        ("myeloma", "vgpr", True),
        ("b_all", "scr", False),
        ("lymphoma", "vgpr", False),
        ("b_all", "cri", True),
        ("myeloma", "cri", False),
        ("solid", "cri", False),
        ("myeloma", "cr", True),
        ("solid", "pr", True),
        (None, "scr", None),
        ("b_all", None, None),
    ],
)
def test_a_response_fits_the_disease(group: str | None, response: str | None, expected: bool | None) -> None:
    assert holds("fits_disease", {"disease_group": group, "response": response}) is expected


@pytest.mark.parametrize(
    ("response", "blasts", "expected"),
    [
        ("cr", "4.9", True),
        ("cr", "5", False),
        ("cri", "5", False),
        ("scr", "5", False),
        ("nr", "50", None),
        ("cr", None, None),
        (None, "5", None),
    ],
)
def test_a_remission_has_less_than_5_percent_of_blasts(
    response: str | None, blasts: str | None, expected: bool | None
) -> None:
    assert holds("remission_fits_blasts", {"response": response, "marrow_blasts_percent": blasts}) is expected


@pytest.mark.parametrize(
    ("result", "response", "expected"),
    [
        ("not_detected", "cr", True),
        ("not_detected", "cri", True),
        ("not_detected", "nr", False),
        ("not_detected", "not_assessed", None),
        ("not_detected", None, None),
        ("detected", "nr", None),
        (None, "nr", None),
    ],
)
def test_a_negative_mrd_goes_with_a_remission(result: str | None, response: str | None, expected: bool | None) -> None:
    assert holds("negative_mrd_in_remission", {"mrd_result": result, "response": response}) is expected


@pytest.mark.parametrize(
    ("result", "percent", "limit", "fits", "reaches"),
    [
        ("detected", "0.02", "0.01", True, True),
        ("detected", "0.01", "0.01", True, True),
        ("detected", "0.009999", "0.01", True, False),
        ("detected", "0", "0.01", False, False),
        ("detected", "0.02", None, True, None),
        ("not_detected", "0", "0.01", True, None),
        ("not_detected", "0.02", "0.01", False, None),
        ("detected", None, "0.01", None, None),
        # Until the result is answered nobody can tell.
        (None, "0.02", "0.01", None, None),
        (None, "0", "0.01", None, None),
    ],
)
def test_the_value_of_mrd_fits_its_result_and_its_limit(
    result: str | None, percent: str | None, limit: str | None, fits: bool | None, reaches: bool | None
) -> None:
    answers = {"mrd_result": result, "mrd_percent": percent, "mrd_lod_percent": limit}

    assert holds("mrd_value_fits_result", answers) is fits
    assert holds("mrd_value_reaches_limit", answers) is reaches


@pytest.mark.parametrize(
    ("answers", "expected"),
    # 2.7: CR needs neutrophils of 1.0 and platelets of 100; a sign is believed as far as it goes.
    [
        ({"anc": "1", "platelets": "100"}, True),
        ({"anc": "0.999", "platelets": "100"}, False),
        ({"anc": "1", "platelets": "99.9"}, False),
        ({"anc": "1"}, True),
        ({"platelets": "99.9"}, False),
        ({"anc": "<1", "platelets": "100"}, False),
        ({"anc": "<1.1"}, None),
        ({"anc": ">0.5"}, None),
        ({"anc": ">0.5", "platelets": "100"}, True),
        ({"anc": ">0.5", "platelets": "99.9"}, False),
        ({"anc": ">1"}, True),
        ({}, None),
    ],
)
def test_a_complete_response_has_its_counts(answers: dict[str, str], expected: bool | None) -> None:
    complete = {"disease_group": "b_all", "response": "cr", **answers}

    assert holds("counts_recovered", complete) is expected
    assert holds("counts_recovered", {**complete, "response": "cri"}) is None
    assert holds("counts_recovered", {**complete, "disease_group": "lymphoma"}) is None


def seen(key: str, on: str | None, response: str | None, infusion: str = "i1") -> dict[str, Any]:
    return {"key": key, "infusion": infusion, "assessed_on": on, "response": response}


@pytest.mark.parametrize(
    ("relapsed", "others", "expected"),
    [
        ("2026-04-03", [seen("r1", "2026-04-02", "cr")], True),
        ("2026-04-02", [seen("r1", "2026-04-02", "cr")], False),
        ("2026-04-03", [seen("r1", "2026-04-02", "cri"), seen("r0", "2026-04-30", "cr")], True),
        ("2026-04", [seen("r1", "2026-04-29", "scr")], True),
        ("2026-04", [seen("r1", "2026-04-30", "scr")], False),
        ("2026-04-03", [seen("r1", "2026-04-30", "pr")], None),
        ("2026-04-03", [seen("r1", "2026-04-30", "cr", "i2")], None),
        ("2026-04-03", [seen("r1", None, "cr")], None),
        (None, [seen("r1", "2026-04-02", "cr")], None),
        ("2026-04-03", [], None),
    ],
)
def test_a_relapse_follows_a_remission(
    relapsed: str | None, others: list[dict[str, Any]], expected: bool | None
) -> None:
    named = [one for one in others if one["response"] != "pr" and one["infusion"] == "i1"]

    assert holds("relapse_follows_remission", {"relapsed_on": relapsed}, *others) is expected
    assert compared("relapse_follows_remission", {"relapsed_on": relapsed}, *others) == [
        ("response", one["key"], item) for one in named for item in ("assessed_on", "response")
    ]


def test_a_remission_on_the_page_itself_counts_and_is_no_other_record() -> None:
    own = {"relapsed_on": "2026-04-02", "assessed_on": "2026-04-02", "response": "cr"}

    assert holds("relapse_follows_remission", own) is False
    assert compared("relapse_follows_remission", own, seen("r2", "2026-04-02", "cr")) == []


@pytest.mark.parametrize(
    ("relapsed", "best", "others", "expected"),
    [
        ("yes", "cr", [], True),
        ("yes", "pr", [], True),
        ("yes", "nr", [], False),
        ("yes", None, [], False),
        ("yes", None, [seen("r1", "2026-04-02", "vgpr")], True),
        ("yes", None, [seen("r1", "2026-04-02", "nr")], False),
        ("yes", None, [seen("r1", "2026-04-02", "cr", "i2")], False),
        ("no", None, [], None),
        (None, None, [], None),
    ],
)
def test_a_relapse_needs_a_response_before_it(
    relapsed: str | None, best: str | None, others: list[dict[str, Any]], expected: bool | None
) -> None:
    assert holds("relapse_needs_response", {"relapsed": relapsed, "best_response": best}, *others) is expected


@pytest.mark.parametrize(
    ("relapsed", "antigen", "expected"),
    [("yes", "retained", True), ("yes", None, False), ("no", None, None), (None, None, None)],
)
def test_the_antigen_is_told_at_relapse(relapsed: str | None, antigen: str | None, expected: bool | None) -> None:
    codes = CHECKS["response.antigen_at_relapse"]
    row = {**page({"relapsed": relapsed}), "antigen_state": antigen}

    assert codes.holds(row, child()) is expected


AT_28 = {"timepoint": "day_28", "car_detectable": "yes"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    # 2.7: aplasia has ended above 100 cells per uL.
    [
        ({**AT_28, "cd19_cells": "100"}, True),
        ({**AT_28, "cd19_cells": "100.1"}, False),
        ({**AT_28, "cd19_cells": "<100"}, True),
        ({**AT_28, "cd19_cells": "<101"}, None),
        ({**AT_28, "cd19_cells": ">100"}, None),
        ({**AT_28, "cd19_cells": ">101"}, False),
        (AT_28, None),
        ({**AT_28, "cd19_cells": "500", "timepoint": "month_3"}, None),
        ({**AT_28, "cd19_cells": "500", "car_detectable": "no"}, None),
        ({**AT_28, "cd19_cells": "500", "infusion": "i2"}, None),
        ({**AT_28, "cd19_cells": "500", "infusion": None}, None),
    ],
)
def test_cells_that_are_there_keep_b_cells_away(answers: dict[str, Any], expected: bool | None) -> None:
    assert holds("cells_and_b_cells", answers) is expected


@pytest.mark.parametrize(
    ("aplasia", "cells", "percent", "expected"),
    [
        ("yes", "100", None, True),
        ("yes", "100.1", None, False),
        ("yes", None, "1", True),
        ("yes", None, "1.1", False),
        ("yes", "50", "1.1", False),
        ("yes", "101", "0.5", False),
        ("yes", None, None, None),
        ("no", "0", None, False),
        ("no", "0.1", None, True),
        ("no", "<1", None, True),
        ("no", ">0", None, True),
        ("no", None, "0", None),
        (None, "500", None, None),
    ],
)
def test_aplasia_fits_the_count(
    aplasia: str | None, cells: str | None, percent: str | None, expected: bool | None
) -> None:
    answers = {"b_cell_aplasia": aplasia, "cd19_cells": cells, "cd19_percent": percent}

    assert holds("aplasia_fits_count", answers) is expected
