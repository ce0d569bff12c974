"""Who counts as uniformly treated (one CD22 product, one lymphodepletion, one level of cells), and who leaves why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from analysis.chapters.uniform_response import uniform_section
from analysis.cut import read_cut
from analysis.endpoints.children import children_of
from analysis.endpoints.responses import select_response_populations
from analysis.endpoints.uniform_treatment import UniformStep, select_uniform
from analysis.plan.responses import CR, UNIFORM_CD22
from analysis.study import Study
from cut_folder import CutFolder

ALIKE = {
    "antigens": ("cd22",),
    "product": "academic",
    "product_other": "Synthetic CD22 CAR",
    "lymphodepletion": "flu_cy",
    "cells_million_per_kg": Decimal("1"),
}


def infuse(ward, child, *, prior=None, **different):
    ward.add("baseline", child, disease="b_all", prior_therapies=prior)
    infusion = ward.add(
        "infusion", child, infused_on=date(2026, 3, 1), disease_at_lymphodepletion=True, **(ALIKE | different)
    )
    ward.add("response", child, infusion=infusion, assessed_on=date(2026, 3, 30), timepoint="day_28", response="cr")


def cohort_of(ward, folder):
    ward.log("north", 1, 1)
    cut = read_cut(ward.write(folder / "cut"))
    return select_uniform(cut, select_response_populations(cut, children_of(cut), (CR,))[0].children, UNIFORM_CD22)


def test_each_step_counts_who_differs_and_whose_answer_is_missing(tmp_path):
    ward = CutFolder()
    infuse(ward, "alike-1", product_other="  synthetic   cd22 car ")
    infuse(ward, "alike-2", prior=("car_t",), cells_million_per_kg=Decimal("2"))
    # 10 million cells in 20 kg are 0.5 million per kg: half the median of 0.5, 1, 1, 2, 2.1, and still inside
    infuse(ward, "alike-3", cells_million_per_kg=None, cells_million=Decimal(10), weight_at_infusion_kg=Decimal(20))
    infuse(ward, "alike-4")
    infuse(ward, "many-cells", cells_million_per_kg=Decimal("2.1"))
    infuse(ward, "cells-unknown", cells_million_per_kg=None)
    infuse(ward, "other-drugs", lymphodepletion="cy")
    infuse(ward, "other-product", product_other="Synthetic CD22 CAR 2")
    infuse(ward, "product-unknown", product_other=None)
    infuse(ward, "dual", antigens=("cd19", "cd22"))
    infuse(ward, "antigen-unknown", antigens=None)
    cohort = cohort_of(ward, tmp_path)
    assert cohort.steps == (
        UniformStep(name="Construct against CD22 alone", kept=9, differ=1, not_known=1),
        UniformStep(name="The product that most of them were given", kept=7, differ=1, not_known=1),
        UniformStep(name="Fludarabine and cyclophosphamide", kept=6, differ=1, not_known=0),
        UniformStep(name="Cells per kg within 2-fold of the median", kept=4, differ=1, not_known=1),
    )
    assert [child.subject for child in cohort.children] == ["alike-1", "alike-2", "alike-3", "alike-4"]
    assert cohort.earlier_car_t == 1


def test_a_cut_without_a_child_has_nobody_uniformly_treated(tmp_path):
    cohort = cohort_of(CutFolder(), tmp_path)
    assert cohort.children == () and [step.kept for step in cohort.steps] == [0, 0, 0, 0]


def test_the_published_comparison_stands_below_the_registrys_as_printed(tmp_path):
    ward = CutFolder()
    infuse(ward, "child-1")
    ward.log("north", 1, 1)
    study = Study(cut=read_cut(ward.write(tmp_path / "cut")))
    comparison, _ = uniform_section(study, study.day_28[0]).tables
    # Diorio et al. 2022, Table 2: 17 of 19 against 22 of 32, P = .17; limits: CLINICAL.md 1.5 (scipy)
    assert comparison.rows[-1] == (
        "Lichtenstein 2021 and Shah 2020",
        "17/19, 89 %\n(67 to 99 %)",
        "22/32, 69 %\n(50 to 84 %)",
        "21\n(-4 to 40)",
        "0.17",
        ".17",
    )
    assert [row[1] for row in comparison.rows[:2]] == ["0/0", "0/0"]
    assert [row[2] for row in comparison.rows[:2]] == ["1/1\n(3 to 100 %)"] * 2
