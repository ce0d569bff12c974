"""What was published on anakinra after CAR T cells, as the letter's Table 2 gives it; never pooled with the registry.

Source of every value: Diorio et al. 2022, Blood Adv 6(11):3398, Table 2 (nine rows, ten publications), typed as facts.
Counts are stored only where the letter prints them; a percentage without its denominator stays as printed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PublishedComparison:
    """Two proportions as printed, with the counts they were printed from and the P value as printed."""

    study: str
    source: str
    outcome: str
    first_group: str
    first: tuple[int, int]
    second_group: str
    second: tuple[int, int]
    p_printed: str
    remark: str


@dataclass(frozen=True, kw_only=True)
class ReportedResult:
    """One result: `count` as (x, n) where both are printed, `percent` as printed, `words` where neither is."""

    outcome: str
    count: tuple[int, int] | None = None
    percent: float | None = None
    p_printed: str = ""
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class PublishedDose:
    """A dose as printed, the basis as in the casebook (mg_per_kg_dose, mg_per_kg_day, mg_flat) or mg_flat_day."""

    low: float
    high: float
    basis: str
    frequency: str
    routes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PublishedStudy:
    """One row of the letter's Table 2; `treated` is None where the number given anakinra cannot be told."""

    id: str
    authors: str
    references_printed: tuple[int, ...]
    references_true: tuple[int, ...]
    study_type: str
    n: int
    age: str
    product: str
    disease: str
    treated: int | None
    use: tuple[str, ...]
    doses: tuple[PublishedDose, ...]
    toxicity: tuple[ReportedResult, ...]
    car_t: tuple[ReportedResult, ...] = ()
    infections: tuple[ReportedResult, ...] = ()
    notes: tuple[str, ...] = ()


LETTER = "Diorio et al. 2022, Blood Adv 6(11):3398, Table 2"
NCI_CD22_CR = PublishedComparison(
    study="Lichtenstein 2021 and Shah 2020 (CD22 CAR, r/r B-ALL, children and young adults)",
    source=LETTER,
    outcome="complete response",
    first_group="carHLH",
    first=(17, 19),
    second_group="no carHLH",
    second=(22, 32),
    p_printed=".17",
    remark="Uniformly treated children: 51 of 58 infused; the printed P is the two-sided Fisher exact test.",
)

PUBLISHED_STUDIES = (
    PublishedStudy(
        id="lichtenstein_shah",
        authors="Lichtenstein 2021; Shah 2020",
        references_printed=(18, 27),
        references_true=(18, 28),
        study_type="Phase 1 trial",
        n=58,
        age="children and young adults",
        product="CD22 CAR",
        disease="r/r B-ALL",
        treated=8,
        use=("carHLH in 19", "alone 3, with steroid 5"),
        doses=(PublishedDose(low=2.5, high=4, basis="mg_per_kg_dose", frequency="bid", routes=("SC",)),),
        toxicity=(
            ReportedResult(outcome="carHLH improved", count=(8, 8)),
            ReportedResult(outcome="improved only after 1 month", words="1 child"),
        ),
        car_t=(
            ReportedResult(outcome="CR, carHLH", count=(17, 19), percent=89.5, p_printed=".17"),
            ReportedResult(outcome="CR, no carHLH", count=(22, 32), percent=68.8),
            ReportedResult(outcome="CR, given anakinra", count=(8, 9)),
        ),
        infections=(
            ReportedResult(outcome="infection", words="tied to carHLH treated too little; cause not separable"),
        ),
        notes=(
            "8 were given anakinra by the columns on use and improvement, 9 by the CR count (8 of 9); whether the ninth"
            " had carHLH is not said.",
            "Shah is printed as reference 27, which is a Kawasaki disease trial; the list has Shah as 28.",
            "The CR comparison counts 51 of 58; why seven are missing is not said.",
        ),
    ),
    PublishedStudy(
        id="jatiani",
        authors="Jatiani 2020",
        references_printed=(17,),
        references_true=(17,),
        study_type="Case series",
        n=2,
        age="adults",
        product="anti-BCMA CAR",
        disease="multiple myeloma",
        treated=None,
        use=("with tocilizumab in 1",),
        doses=(PublishedDose(low=200, high=200, basis="mg_flat", frequency="tid", routes=("SC",)),),
        toxicity=(ReportedResult(outcome="fever and inflammatory markers", words="improved; no counts"),),
        notes=("Whether one or both were given anakinra cannot be told; 600 mg a day is above the children's 400.",),
    ),
    PublishedStudy(
        id="strati",
        authors="Strati 2020",
        references_printed=(15,),
        references_true=(15,),
        study_type="Case series",
        n=8,
        age="adults",
        product="axicabtagene ciloleucel",
        disease="r/r LBCL",
        treated=8,
        use=("ICANS 6, carHLH 2",),
        doses=(PublishedDose(low=50, high=200, basis="mg_flat", frequency="daily", routes=("SC",)),),
        toxicity=(
            ReportedResult(outcome="ICANS responded", count=(4, 6)),
            ReportedResult(outcome="carHLH responded", count=(0, 2)),
        ),
    ),
    PublishedStudy(
        id="dreyzin",
        authors="Dreyzin 2021",
        references_printed=(19,),
        references_true=(19,),
        study_type="Case series",
        n=3,
        age="children",
        product="tisagenlecleucel",
        disease="r/r B-ALL",
        treated=3,
        use=("ICANS, CRS, carHLH", "with steroid 3, tocilizumab 3"),
        doses=(PublishedDose(low=2, high=2.5, basis="mg_per_kg_dose", frequency="qid", routes=("IV",)),),
        toxicity=(
            ReportedResult(outcome="improved within 1 to 2 days", count=(3, 3)),
            ReportedResult(outcome="long course for HLH", words="1 child"),
        ),
        car_t=(
            ReportedResult(outcome="CAR T detectable, day 28", count=(2, 3)),
            ReportedResult(outcome="CR, MRD negative", count=(3, 3)),
        ),
        infections=(ReportedResult(outcome="new infection after start", count=(0, 3)),),
    ),
    PublishedStudy(
        id="hines",
        authors="Hines 2021",
        references_printed=(20,),
        references_true=(20,),
        study_type="Case series",
        n=27,
        age="children and young adults",
        product="tisagenlecleucel or SJCAR19",
        disease="disease not stated",
        treated=4,
        use=("carHLH", "with steroid 3, ruxolitinib 1"),
        doses=(),
        toxicity=(ReportedResult(outcome="improved", count=(3, 4)),),
        car_t=(ReportedResult(outcome="carHLH", words="early deaths and fewer responses; no counts"),),
        notes=("Whether the child given ruxolitinib was one of the three given steroid is not said.",),
    ),
    PublishedStudy(
        id="oliai",
        authors="Oliai 2021 (abstract)",
        references_printed=(23,),
        references_true=(23,),
        study_type="Case series",
        n=13,
        age="adults",
        product="axicabtagene ciloleucel",
        disease="r/r LBCL",
        treated=7,
        use=("any ICANS, or CRS grade ≥ 3 without ICANS", "until ICANS grade ≤ 1"),
        doses=(PublishedDose(low=100, high=100, basis="mg_flat", frequency="qid", routes=("SC",)),),
        toxicity=(ReportedResult(outcome="ICANS grade 3", count=(1, 7), percent=14),),
    ),
    PublishedStudy(
        id="gazeau",
        authors="Gazeau 2021 (abstract)",
        references_printed=(21,),
        references_true=(21,),
        study_type="Case series",
        n=26,
        age="adults",
        product="product not stated",
        disease="B-cell or plasma cell malignancies",
        treated=26,
        use=("steroid-refractory ICANS 23, tocilizumab-refractory CRS 2, both 1",),
        doses=(
            PublishedDose(low=100, high=200, basis="mg_flat_day", frequency="", routes=("SC",)),
            PublishedDose(low=8, high=8, basis="mg_per_kg_day", frequency="", routes=("SC", "IV")),
        ),
        toxicity=(
            ReportedResult(outcome="CRS or ICANS improved", percent=73),
            ReportedResult(outcome="8 mg/kg per day", words="better than lower doses; no counts"),
        ),
        car_t=(
            ReportedResult(outcome="CR, given anakinra", percent=53, p_printed="called not significant"),
            ReportedResult(outcome="CR, compared with", percent=42),
        ),
        notes=(
            "73 % of 26 can only be 19; the letter prints no count, so none is stored.",
            "53 % and 42 % cannot both be parts of one split of 26; who the 42 % are is not said.",
        ),
    ),
    PublishedStudy(
        id="park",
        authors="Park 2021 (abstract)",
        references_printed=(24,),
        references_true=(24,),
        study_type="Phase 2 trial of anakinra",
        n=31,
        age="adults",
        product="commercial CD19 CAR",
        disease="r/r LBCL or MCL",
        treated=31,
        use=("prevention: from day 2, or after 2 fevers before day 2",),
        doses=(PublishedDose(low=100, high=100, basis="mg_flat", frequency="bid", routes=("SC",)),),
        toxicity=(ReportedResult(outcome="severe CRS and ICANS", words="may be fewer; no counts"),),
    ),
    PublishedStudy(
        id="wehrli",
        authors="Wehrli 2022",
        references_printed=(22,),
        references_true=(22,),
        study_type="Case series",
        n=14,
        age="adults",
        product="tisagenlecleucel or axicabtagene ciloleucel",
        disease="disease not stated",
        treated=14,
        use=("steroid-refractory ICANS, with or without CRS", "from a median of 8.5 days after infusion"),
        doses=(PublishedDose(low=100, high=200, basis="mg_flat_day", frequency="", routes=("SC",)),),
        toxicity=(ReportedResult(outcome="ICANS", words="effect not separable from steroid; no counts"),),
    ),
)
