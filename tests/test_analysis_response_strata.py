"""CR compared within centers and subgroups: who stands together, what is pooled, and what the forest plot shows."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.chapters.response_forest import by_center_table, forest_on_page, pooled_over_centers
from analysis.chapters.response_tables import note_on_recent
from analysis.cut import read_cut
from analysis.endpoints.response_strata import Stratum, by_center, by_subgroup
from analysis.endpoints.responses import Counts, Recent, Responder, ResponsePopulation
from analysis.endpoints.time_to_event import Source
from analysis.plan.responses import CR, CR_BY_ANAKINRA, CR_BY_CARHLH
from cut_folder import CutFolder


def responders(site, carhlh, responded, every, *, anakinra=False):
    return [
        Responder(
            subject=f"{site}-{carhlh}-{number}",
            site=site,
            responded=number < responded,
            evaluable=True,
            reason="cr" if number < responded else "nr",
            source=Source(form="response", item="response", record=f"response-{site}-{carhlh}-{number}"),
            had_carhlh=carhlh,
            had_anakinra=anakinra,
            dose_tier=None,
        )
        for number in range(every)
    ]


NOBODY = Recent(assessed=0, died=0, waiting=0)


def population_of(*groups, recent=NOBODY):
    children = tuple(child for group in groups for child in group)
    return ResponsePopulation(outcome=CR, flow=(), not_recorded=(), left_out_sites=(), recent=recent, children=children)


def group(responded, every):
    return Counts(responded=responded, all=every, evaluable=every)


def stratum(name, first, second):
    return Stratum(name=name, first=group(*first), second=group(*second))


def test_a_table_tells_that_a_recent_death_counts_before_a_recent_response():
    assert note_on_recent(population_of(recent=Recent(assessed=4, died=1, waiting=8))) == (
        "Day 42 is not over for 13 of the children who qualify: 4 assessed and 1 dead count, 8 do not yet. A death"
        " counts at once and a response only when assessed, so that rates can change, and be too low, until then.",
    )
    assert note_on_recent(population_of(recent=Recent(assessed=4, died=1, waiting=0))) == ()


def test_centers_with_fewer_than_five_compared_children_stand_together():
    population = population_of(
        responders("east", True, 1, 2),
        responders("east", None, 9, 9),
        responders("north", True, 3, 4),
        responders("north", False, 1, 1),
        responders("west", True, 1, 1),
        responders("west", False, 0, 3),
    )
    assert by_center(CR_BY_CARHLH, population) == (
        stratum("north", (3, 4), (1, 1)),
        stratum("2 other centers", (2, 3), (0, 3)),
    )


def test_anakinra_is_compared_among_children_with_carhlh_only():
    population = population_of(
        responders("north", True, 3, 4, anakinra=True), responders("north", False, 2, 3, anakinra=True)
    )
    assert by_center(CR_BY_ANAKINRA, population) == (stratum("1 other center", (3, 4), (0, 0)),)


CENTERS = (stratum("north", (6, 8), (4, 8)), stratum("south", (3, 4), (2, 8)), stratum("west", (2, 2), (0, 0)))


def test_the_pooled_difference_weighs_each_center_by_mantel_and_haenszel():
    # weights 8 x 8 / 16 = 4 and 4 x 8 / 12 = 8 / 3; differences 0.25 and 0.5; west has one group and tells nothing
    # (4 x 0.25 + 8 / 3 x 0.5) / (4 + 8 / 3) = (1 + 4 / 3) / (20 / 3) = 0.35
    pooled = pooled_over_centers(CENTERS)
    assert pooled.risk_difference == pytest.approx(0.35)
    # odds ratio: (6 x 4 / 16 + 3 x 6 / 12) / (4 x 2 / 16 + 2 x 1 / 12) = 3 / (2 / 3) = 4.5
    assert pooled.odds_ratio == pytest.approx(4.5)
    table = by_center_table(CR_BY_CARHLH, [(CR, CENTERS, pooled)])
    assert table.rows[0][:2] == ("CR or CRi", "2 of 3") and table.rows[0][2].startswith("35\n(")


def test_p_within_centers_is_exact_as_that_of_one_table_is():
    # R: mantelhaen.test(array(c(6, 4, 2, 4, 3, 2, 1, 6), c(2, 2, 2)), exact = TRUE)$p.value; 0.074 by chi-squared
    table = by_center_table(CR_BY_CARHLH, [(CR, CENTERS, pooled_over_centers(CENTERS))])
    (row,) = table.csv_rows
    assert row[table.csv_header.index("p_value")] == pytest.approx(0.120505756869393, rel=1e-12)
    assert table.rows[0][5] == "0.12"


@pytest.mark.parametrize(
    "centers",
    [
        (),
        (stratum("north", (6, 9), (4, 20)),),
        (stratum("north", (6, 12), (0, 0)), stratum("south", (0, 0), (4, 12))),
    ],
)
def test_nothing_is_pooled_with_a_group_under_ten_or_no_center_that_has_both(centers):
    assert pooled_over_centers(centers) is None
    compared = f"0 of {len(centers)}" if len(centers) != 1 else "1 of 1"
    assert by_center_table(CR_BY_CARHLH, [(CR, centers, None)]).rows[0][1:3] == (compared, "under 10")


def test_the_forest_plot_has_a_twin_with_every_number_and_says_them_in_words():
    subgroups = {"Age at infusion": (stratum("under 10 years", (17, 19), (22, 32)),)}
    figure = forest_on_page(CR_BY_CARHLH, CENTERS, subgroups, pooled_over_centers(CENTERS), "Data cut")
    assert figure.figure.texts[2].get_text() == f"Data cut · {figure.id}"
    twin = {row[1]: row for row in figure.numbers.csv_rows}
    # 17/19 against 22/32: CLINICAL.md 1.5, difference 0.2072, Newcombe -0.040 to 0.396; weight 19 x 32 / 51
    assert twin["under 10 years"][2:6] == (17, 19, 22, 32)
    assert twin["under 10 years"][6:9] == pytest.approx((0.2072, -0.040, 0.396), abs=5e-4)
    assert twin["under 10 years"][9] == pytest.approx(19 * 32 / 51)
    assert twin["west"][6:9] == (None, None, None)
    assert twin["Mantel-Haenszel over centers"][6] == pytest.approx(0.35)
    assert "under 10 years 17/19 against 22/32, 21 (-4 to 40)" in figure.alt
    assert "west 2/2 against 0/0; Age" in figure.alt and "pooled over centers 35 (" in figure.alt
    words = [text.get_text() for text in figure.figure.texts]
    assert "one group only" in words and "11/14" in words and "6/16" in words


def test_a_subgroup_with_a_group_under_ten_shows_counts_alone_and_a_center_of_any_size_is_drawn():
    subgroups = {"Antigen": (stratum("CD22", (1, 1), (3, 5)), stratum("CD19", (9, 10), (5, 10)))}
    figure = forest_on_page(CR_BY_CARHLH, CENTERS, subgroups, pooled_over_centers(CENTERS), "Data cut")
    assert figure.figure.texts[2].get_text() == f"Data cut · {figure.id}"
    differences = {row[1]: row[6] for row in figure.numbers.csv_rows if row[0] != "pooled"}
    # 6/8 - 4/8, 3/4 - 2/8, 9/10 - 5/10
    assert differences == {"north": 0.25, "south": 0.5, "west": None, "CD22": None, "CD19": pytest.approx(0.4)}
    assert "CD22 1/1 against 3/5; Antigen: CD19 9/10 against 5/10, 40 (" in figure.alt
    words = [text.get_text() for text in figure.figure.texts]
    assert words.count("under 10") == 1 and "1/1" in words and "3/5" in words


def test_subgroups_come_from_the_first_infusion(tmp_path):
    ward = CutFolder()
    told = [
        {"antigens": ("cd19",), "burden_at_lymphodepletion": "high", "age_years": 9},
        {"antigens": ("cd19", "cd22"), "burden_at_lymphodepletion": "mrd_only", "age_years": 10},
        {"antigens": ("bcma",), "age_years": 17},
        {},
    ]
    for number, answers in enumerate(told):
        ward.add("infusion", f"north-True-{number}", infused_on=date(2026, 3, 1), **answers)
        ward.add("infusion", f"north-True-{number}", infused_on=date(2026, 5, 1), antigens=("cd22",), age_years=3)
    cut = read_cut(ward.write(tmp_path / "cut"))
    found = by_subgroup(cut, CR_BY_CARHLH, population_of(responders("north", True, 4, 4)))
    assert {title: [(one.name, one.first.all) for one in strata] for title, strata in found.items()} == {
        "Antigen of the construct": [("CD19", 1), ("CD19 and CD22", 1), ("others", 1), ("not recorded", 1)],
        "Disease burden at lymphodepletion": [
            ("MRD positive only (under 5 % blasts)", 1),
            ("25 % marrow blasts or more", 1),
            ("not recorded", 2),
        ],
        "Age at infusion": [("under 10 years", 1), ("10 years or more", 2), ("not recorded", 1)],
    }
