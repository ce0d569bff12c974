"""The letter's Table 2: every published number as printed, none derived (Diorio et al. 2022, table2.yaml)."""

from __future__ import annotations

import pytest

from analysis.literature import NCI_CD22_CR, PUBLISHED_STUDIES

# references printed, true; n; given anakinra; doses: low, high, basis, frequency, routes
ROWS = {
    "lichtenstein_shah": ((18, 27), (18, 28), 58, 8, [(2.5, 4, "mg_per_kg_dose", "bid", ("SC",))]),
    "jatiani": ((17,), (17,), 2, None, [(200, 200, "mg_flat", "tid", ("SC",))]),
    "strati": ((15,), (15,), 8, 8, [(50, 200, "mg_flat", "daily", ("SC",))]),
    "dreyzin": ((19,), (19,), 3, 3, [(2, 2.5, "mg_per_kg_dose", "qid", ("IV",))]),
    "hines": ((20,), (20,), 27, 4, []),
    "oliai": ((23,), (23,), 13, 7, [(100, 100, "mg_flat", "qid", ("SC",))]),
    "gazeau": (
        (21,),
        (21,),
        26,
        26,
        [(100, 200, "mg_flat_day", "", ("SC",)), (8, 8, "mg_per_kg_day", "", ("SC", "IV"))],
    ),
    "park": ((24,), (24,), 31, 31, [(100, 100, "mg_flat", "bid", ("SC",))]),
    "wehrli": ((22,), (22,), 14, 14, [(100, 200, "mg_flat_day", "", ("SC",))]),
}
# study, where, outcome -> count, percent and P as printed
RESULTS = {
    ("lichtenstein_shah", "toxicity", "carHLH improved"): ((8, 8), None, ""),
    ("lichtenstein_shah", "car_t", "CR, carHLH"): ((17, 19), 89.5, ".17"),
    ("lichtenstein_shah", "car_t", "CR, no carHLH"): ((22, 32), 68.8, ""),
    ("lichtenstein_shah", "car_t", "CR, given anakinra"): ((8, 9), None, ""),
    ("strati", "toxicity", "ICANS responded"): ((4, 6), None, ""),
    ("strati", "toxicity", "carHLH responded"): ((0, 2), None, ""),
    ("dreyzin", "toxicity", "improved within 1 to 2 days"): ((3, 3), None, ""),
    ("dreyzin", "car_t", "CAR T detectable, day 28"): ((2, 3), None, ""),
    ("dreyzin", "car_t", "CR, MRD negative"): ((3, 3), None, ""),
    ("dreyzin", "infections", "new infection after start"): ((0, 3), None, ""),
    ("hines", "toxicity", "improved"): ((3, 4), None, ""),
    ("oliai", "toxicity", "ICANS grade 3"): ((1, 7), 14, ""),
    ("gazeau", "toxicity", "CRS or ICANS improved"): (None, 73, ""),
    ("gazeau", "car_t", "CR, given anakinra"): (None, 53, "called not significant"),
    ("gazeau", "car_t", "CR, compared with"): (None, 42, ""),
}
# the numbers inside the words on use: alone and with what, and for which toxicity
USE = {
    "lichtenstein_shah": ("carHLH in 19", "alone 3, with steroid 5"),
    "jatiani": ("with tocilizumab in 1",),
    "strati": ("ICANS 6, carHLH 2",),
    "dreyzin": ("ICANS, CRS, carHLH", "with steroid 3, tocilizumab 3"),
    "hines": ("carHLH", "with steroid 3, ruxolitinib 1"),
    "oliai": ("any ICANS, or CRS grade ≥ 3 without ICANS", "until ICANS grade ≤ 1"),
    "gazeau": ("steroid-refractory ICANS 23, tocilizumab-refractory CRS 2, both 1",),
    "park": ("prevention: from day 2, or after 2 fevers before day 2",),
    "wehrli": ("steroid-refractory ICANS, with or without CRS", "from a median of 8.5 days after infusion"),
}


def test_nine_rows_hold_ten_publications():
    assert len(PUBLISHED_STUDIES) == 9
    assert sum(len(study.references_true) for study in PUBLISHED_STUDIES) == 10


@pytest.mark.parametrize("study", PUBLISHED_STUDIES, ids=lambda study: study.id)
def test_sizes_references_and_doses_are_those_of_the_letter(study):
    doses = [(dose.low, dose.high, dose.basis, dose.frequency, dose.routes) for dose in study.doses]
    assert (study.references_printed, study.references_true, study.n, study.treated, doses) == ROWS[study.id]
    assert study.use == USE[study.id]


def test_every_result_with_a_number_is_printed_in_the_letter():
    found = {
        (study.id, where, result.outcome): (result.count, result.percent, result.p_printed)
        for study in PUBLISHED_STUDIES
        for where in ("toxicity", "car_t", "infections")
        for result in getattr(study, where)
        if result.count or result.percent
    }
    assert found == RESULTS


def test_a_result_without_a_number_says_so_in_words():
    without = [
        result
        for study in PUBLISHED_STUDIES
        for result in (*study.toxicity, *study.car_t, *study.infections)
        if result.count is None and result.percent is None
    ]
    assert len(without) == 8 and all(result.words for result in without)


def test_the_printed_percentages_fit_their_counts():
    # CLINICAL.md 1.4, item 14: 17/19 = 89.47, 22/32 = 68.75, 1/7 = 14.29
    for count, percent, _ in RESULTS.values():
        if count and percent:
            assert abs(100 * count[0] / count[1] - percent) <= (0.5 if percent == 14 else 0.05)


def test_the_comparison_of_chapter_6_is_the_row_of_table_2():
    assert NCI_CD22_CR.first == RESULTS["lichtenstein_shah", "car_t", "CR, carHLH"][0]
    assert NCI_CD22_CR.second == RESULTS["lichtenstein_shah", "car_t", "CR, no carHLH"][0]
    assert NCI_CD22_CR.p_printed == ".17"
