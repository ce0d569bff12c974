"""What of a cut leaves in a de-identified package: rare answers, pages of windows, first courses, facts of others."""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from cut_folder import CutFolder
from forms.casebook import CASEBOOK
from forms.values import Measurement, PartialDate
from registry.release.actions import Action, Verb
from registry.release.cut_files import CutFiles
from registry.release.known_facts import facts_of, with_small_tiers_together
from registry.release.leaving_tables import leaving_tables
from registry.release.pooling import pool_rare
from registry.release.profiles import Profile
from registry.release.rows import FormRows, Names, form_table
from registry.release.rules import actions

DAY_0 = date(2026, 3, 5)
LEAST = 11
NAMES = Names(child=str.upper, record=lambda key: f"coded {key}")


def opened(folder: CutFolder, path: Path) -> CutFiles:
    return CutFiles(folder.write(path / "cut"))


def pooled(cut: CutFiles, form: str, item: str) -> Action:
    """Return what becomes of an item when rare answers of all children of a cut are put together."""
    found = pool_rare(cut, sorted(cut.children()), actions(), least=LEAST)
    return next(action for action in found[form] if action.item == item)


def toxicities(path: Path, counts: dict[str, int]) -> CutFiles:
    """Return a cut of children with one toxicity each, so many with each kind."""
    folder, number = CutFolder(), 0
    for toxicity, count in counts.items():
        for _ in range(count):
            folder.add("toxicity_episode", f"child{number:03}", toxicity=toxicity)
            number += 1
    return opened(folder, path)


@pytest.mark.parametrize(
    ("counts", "verb", "together"),
    [
        ({"crs": 11, "icans": 11}, Verb.KEEP, frozenset()),
        ({"crs": 20, "icans": 6, "tian": 6}, Verb.POOL, {"icans", "tian"}),
        # 4 children alone would still be found: the next rarest answer joins them.
        ({"crs": 30, "icans": 12, "tian": 4}, Verb.POOL, {"icans", "tian"}),
        ({"crs": 30, "tian": 4}, Verb.CLEAR, None),
        ({"crs": 5, "tian": 4}, Verb.CLEAR, None),
    ],
)
def test_an_answer_of_fewer_than_eleven_children_is_put_together_or_the_item_is_cleared(
    tmp_path: Path, counts: dict[str, int], verb: Verb, together: frozenset[str] | None
) -> None:
    action = pooled(toxicities(tmp_path, counts), "toxicity_episode", "toxicity")
    assert (action.verb, action.pooled) == (verb, together)


def test_several_rare_answers_of_the_same_few_children_do_not_count_as_many(tmp_path: Path) -> None:
    folder = CutFolder()
    for number in range(30):
        given = ("none",) if number > 2 else ("cardiac", "pulmonary", "renal", "hepatic")
        folder.add("baseline", f"child{number:03}", comorbidities=given)
    # Four codes of three children each make twelve answers and three children.
    assert pooled(opened(folder, tmp_path), "baseline", "comorbidities").verb is Verb.CLEAR


def test_the_place_of_the_pool_does_not_tell_which_rare_answer_is_in_it(tmp_path: Path) -> None:
    """The list of answers has heart before lung before kidneys: eight children each would be told apart by it."""
    folder = CutFolder()
    given = [("cardiac", "pulmonary")] * 8 + [("pulmonary", "renal")] * 8 + [("pulmonary",)] * 20
    for number, answers in enumerate(given):
        folder.add("baseline", f"child{number:03}", comorbidities=answers)
    cut = opened(folder, tmp_path)
    found = pool_rare(cut, sorted(cut.children()), actions(), least=LEAST)
    cells = Counter(row["comorbidities"] for row in rows_of(cut, "baseline", own=found["baseline"]))
    assert cells == {"pulmonary": 20, "pulmonary;pooled": 16}


@pytest.mark.parametrize(
    ("others", "verb"),
    [
        ([("recontact",)] * (LEAST - 1), Verb.CLEAR),
        ([("recontact",)] * LEAST, Verb.KEEP),
        # Put together with an answer that others gave beside sharing, those few would still be the ones without it.
        ([("none",)] * 3 + [("sharing", "linkage")] * 20, Verb.CLEAR),
        ([("sharing", "samples")] * 20, Verb.KEEP),
        ([()] * 2, Verb.CLEAR),
    ],
)
def test_no_row_tells_the_few_who_did_not_agree_to_sharing(
    tmp_path: Path, others: list[tuple[str, ...]], verb: Verb
) -> None:
    folder = CutFolder()
    for number, scopes in enumerate([("sharing", "recontact")] * 30 + others):
        given = {"consent_scopes": scopes} if scopes else {}
        folder.add("enrolment", f"child{number:03}", **given)
    assert pooled(opened(folder, tmp_path), "enrolment", "consent_scopes").verb is verb


@pytest.mark.parametrize(("children", "verb"), [(LEAST - 1, Verb.CLEAR), (LEAST, Verb.KEEP)])
def test_a_number_known_of_few_children_is_cleared(tmp_path: Path, children: int, verb: Verb) -> None:
    folder = CutFolder()
    for number in range(20):
        known = {"baseline_systolic_mmhg": 90 + number} if number < children else {}
        folder.add("baseline", f"child{number:03}", **known)
    assert pooled(opened(folder, tmp_path), "baseline", "baseline_systolic_mmhg").verb is verb


def rows_of(
    cut: CutFiles, form: str, *, windows: int | None = None, own: tuple[Action, ...] | None = None
) -> list[dict[str, str]]:
    own = own or actions()[form]
    table = form_table(CASEBOOK[form], own, Profile.DEIDENTIFIED, windows=windows)
    days = {row["subject"]: row["infused_on"] for row in cut.form("infusion").rows()}
    rows = FormRows(
        table=table,
        cut=cut,
        names=NAMES,
        actions=own,
        profile=Profile.DEIDENTIFIED,
        windows=windows,
        day_0=days,
    )
    header = [column.name for column in table.columns]
    return [dict(zip(header, row, strict=True)) for row in rows.rows(sorted(cut.children()))]


def assessed(*days_and_grades: tuple[int, int]) -> CutFolder:
    folder = CutFolder()
    folder.add("infusion", "a", infused_on=DAY_0)
    for day, grade in days_and_grades:
        folder.add("assessment", "a", assessed_at=datetime(2026, 3, 5 + day, 8), crs_grade=grade)
    return folder


def test_of_each_window_the_page_with_the_highest_grade_leaves(tmp_path: Path) -> None:
    cut = opened(assessed((0, 1), (1, 3), (3, 2), (4, 0), (6, 0), (9, 1)), tmp_path)
    assert sorted((row["window"], row["crs_grade"]) for row in rows_of(cut, "assessment", windows=0)) == [
        ("day 0 to 3", "3"),
        ("day 4 to 7", "0"),
        ("day 8 to 14", "1"),
    ]
    assert [(row["window"], row["crs_grade"]) for row in rows_of(cut, "assessment", windows=1)] == [
        ("day 0 to 28", "3")
    ]


def test_without_windows_one_page_per_child_leaves_and_no_column_for_them(tmp_path: Path) -> None:
    (row,) = rows_of(opened(assessed((0, 1), (9, 2)), tmp_path), "assessment")
    assert (row["crs_grade"], row["child"], "window" in row) == ("2", "A", False)


def test_the_first_order_of_the_first_course_leaves_and_no_other(tmp_path: Path) -> None:
    folder = CutFolder()
    late = folder.add("anakinra_course", "a", given=True, started_at=PartialDate("2026-03-20T08:00"))
    early = folder.add("anakinra_course", "a", given=True, started_at=PartialDate("2026-03-08T08:00"))
    folder.add("anakinra_course", "a", given=False)
    folder.add("anakinra_regimen", "a", course=late, from_at=datetime(2026, 3, 7, 8), change_reason="worsening")
    folder.add("anakinra_regimen", "a", course=early, from_at=datetime(2026, 3, 9, 8), change_reason="improving")
    folder.add("anakinra_regimen", "a", course=early, from_at=datetime(2026, 3, 8, 8), change_reason="start")
    cut = opened(folder, tmp_path)
    assert [row["record"] for row in rows_of(cut, "anakinra_course")] == [f"coded {early}"]
    assert [row["change_reason"] for row in rows_of(cut, "anakinra_regimen")] == ["start"]


def test_a_page_without_its_day_stands_behind_those_with_one(tmp_path: Path) -> None:
    folder = assessed((0, 1), (9, 2))
    folder.add("infusion", "a", product="academic")
    course = folder.add("anakinra_course", "a", given=True, started_at=PartialDate("2026-03-08T08:00"))
    folder.add("anakinra_regimen", "a", course=course, mg_per_kg_day=Decimal("8"), change_reason="worsening")
    began = {"from_at": datetime(2026, 3, 8, 8), "mg_per_kg_day": Decimal("2"), "change_reason": "start"}
    folder.add("anakinra_regimen", "a", course=course, **began)
    cut = opened(folder, tmp_path)
    facts = facts_of(cut, ["a"], {})
    known = ("product", "infusion_year", "anakinra_start", "anakinra_dose", "course")
    pages = "day 0 to 3 but only assessment;day 8 to 14 but only assessment"
    assert [facts[name] for name in known] == [[""], ["2026"], ["3"], ["low"], [pages]]
    assert [row["change_reason"] for row in rows_of(cut, "anakinra_regimen")] == ["start"]
    own = {"assessment": actions()["assessment"]}
    (rows,) = leaving_tables(cut, NAMES, own, Profile.DEIDENTIFIED, windows=0)
    assert [row[2] for row in rows.rows(["a"])] == ["day 0 to 3", "day 8 to 14"]


def test_a_measured_value_leaves_in_three_columns_and_a_question_never_asked_is_no_zero(tmp_path: Path) -> None:
    folder = CutFolder()
    below = Measurement(value=Decimal("0.5"), sign="<", unit_typed="ng/mL", text_typed="< 0.5")
    folder.add("laboratory", "a", sampled_at=datetime(2026, 3, 6, 8), ferritin=below)
    (row,) = rows_of(opened(folder, tmp_path), "laboratory")
    assert [row[name] for name in ("ferritin", "ferritin_sign", "ferritin_unit")] == ["0.5", "<", "ng/mL"]
    assert [row[name] for name in ("crp", "crp_sign", "crp_unit", "crp_nf")] == ["", "", "", ""]


def test_the_facts_that_others_could_know_count_from_the_first_infusion(tmp_path: Path) -> None:
    folder = CutFolder()
    folder.add("enrolment", "a", sex="female")
    folder.add("baseline", "a", disease="b_all", prior_transplant="none")
    folder.add("infusion", "a", infused_on=date(2026, 9, 1), antigens=("cd22",), product="academic", age_years=10)
    folder.add("infusion", "a", infused_on=DAY_0, antigens=("cd19",), product="tisagenlecleucel", age_years=9)
    course = folder.add(
        "anakinra_course",
        "a",
        given=True,
        started_at=PartialDate("2026-03-09T17:00"),
        stopped_at=PartialDate("2026-03-14T05:00"),
    )
    folder.add("anakinra_regimen", "a", course=course, from_at=datetime(2026, 3, 9, 17), mg_per_kg_day=Decimal("8"))
    folder.add("support", "a", kind="icu", started_at=PartialDate("2026-03-10T02:00"))
    folder.add("support", "a", kind="discharge", started_at=PartialDate("2026-03-01T12:00"))
    folder.add("support", "a", kind="discharge", started_at=PartialDate("2026-03-25T12:00"))
    folder.add("end_of_study", "a", reason="died", died_on=PartialDate("2026-04-04"))
    folder.add("assessment", "a", assessed_at=datetime(2026, 3, 14, 8))
    folder.add("enrolment", "b", sex="male")
    facts = facts_of(opened(folder, tmp_path), ["a", "b"], {"a": ["rash"]})
    assert {name: texts[0] for name, texts in facts.items()} == {
        "sex": "female",
        "age": "9",
        "infusion_year": "2026",
        "disease": "b_all",
        "prior_transplant": "none",
        "product": "tisagenlecleucel",
        "antigens": "cd19",
        "infusions": "2",
        "weight": "",
        "transplant": "",
        # Days from 2026-03-05: intensive care on 10 March, home on 25 March, death on 4 April.
        "intensive_care": "5",
        "discharge": "20",
        "death": "30",
        "anakinra_start": "4",
        "anakinra_days": "5",
        "anakinra_dose": "high",
        "adverse_events": "rash",
        "course": "day 8 to 14 but only assessment",
        "day_28": "",
    }
    assert {name: texts[1] for name, texts in facts.items() if texts[1]} == {
        "sex": "male",
        "infusions": "0",
        "anakinra_dose": "none",
    }


@pytest.mark.parametrize(
    ("tiers", "expected"),
    [
        ({"none": 5, "low": 11, "high": 12}, {"none": 5, "low": 11, "high": 12}),
        # Two children of an unknown dose join the smallest tier; nobody else loses it.
        ({"none": 30, "low": 11, "high": 40, "": 2}, {"none": 30, "low or not known": 13, "high": 40}),
        ({"none": 30, "low": 4, "middle": 5, "high": 40}, {"none": 30, "low or middle or high": 49}),
        ({"none": 30, "low": 4}, {"none": 30, "low": 4}),
    ],
)
def test_small_dose_tiers_are_put_together_with_the_next_smallest(
    tiers: dict[str, int], expected: dict[str, int]
) -> None:
    given = [tier for tier, count in tiers.items() for _ in range(count)]
    assert Counter(with_small_tiers_together(given, LEAST)) == expected


def test_the_rows_of_a_child_stand_in_the_order_of_their_codes_not_of_time(tmp_path: Path) -> None:
    folder = CutFolder()
    for _ in range(12):
        folder.add("infection", "a", presence="new")
    records = [row["record"] for row in rows_of(opened(folder, tmp_path), "infection")]
    # The codes of the test keep the record's name, so that 10 to 12 stand between 1 and 2.
    assert records == sorted(records)
    assert records != [f"coded infection-a-{number}" for number in range(1, 13)]
