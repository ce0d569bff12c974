"""What a package tells somebody who has never seen the registry: its README, dictionary and descriptor."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from export_requests import OWN_SITE, Requesting, an_order, written
from forms.casebook import CASEBOOK
from registry.release import pipeline, preparing
from registry.release.analysis_tables import AnalysisRows, endpoints_table, responses_table
from registry.release.descriptor import Written, write_dictionary
from registry.release.gate import Passed, pass_gate
from registry.release.package import NO_CURVES, RECORD_COLUMNS, Facts, told_children, told_excluded, told_sharing
from registry.release.profiles import Profile
from registry.release.rows import form_table
from registry.release.rules import actions
from registry.release.selecting import Selected


def test_who_was_never_here_learns_how_days_dates_answers_and_links_are_written(requesting: Requesting) -> None:
    folder = Path(written(requesting).folder)
    page = (folder / "README.html").read_text()
    assert "Days count from the infusion that a record belongs to, which is day 0." in page
    assert "<code>2026-03</code> is a day of March 2026 that nobody recorded." in page
    assert "yes and no as <code>true</code> and <code>false</code>" in page
    assert 'R reads as text: compare with <code>== "true"</code>' in page
    assert "holds their <code>record</code>" in page
    assert "its endpoints from these tables stands in <code>analysis_plan.txt</code> of each report" in page


CRS = {
    "subject": "",
    "endpoint": "crs_r1_24h",
    "title": "Resolution of CRS after the first dose",
    "meaning": "Variable: grade 1.",
    "outcome": "resolved",
    "window": "day 4 to 7",
    "weight": "1.0",
}
CR = {
    "subject": "",
    "outcome": "cr",
    "title": "CR or CRi",
    "meaning": "Variable: CR, CRi.",
    "result": "yes",
    "anakinra": "yes",
    "carhlh": "no",
}


def test_an_endpoint_and_an_outcome_of_the_report_leave_with_the_words_of_the_report(tmp_path: Path) -> None:
    endpoints, outcomes = endpoints_table([CRS]), responses_table([CR], {"": ()}, least=1)
    codes = {(table.name, column.name): column.codes for table in (endpoints, outcomes) for column in table.columns}
    assert codes["endpoints", "endpoint"] == {"crs_r1_24h": "Resolution of CRS after the first dose"}
    assert codes["responses", "outcome"] == {"cr": "CR or CRi"}
    tables = [Written(table=table, rows=0, bytes=0, sha256="") for table in (endpoints, outcomes)]
    write_dictionary(tmp_path, tables, "")
    with (tmp_path / "dictionary.csv").open(newline="") as file:
        detail = {(row["file"], row["column"]): row["detail"] for row in csv.DictReader(file)}
    assert detail["endpoints.csv", "endpoint"] == "crs_r1_24h: Variable: grade 1."
    assert detail["responses.csv", "outcome"] == "cr: Variable: CR, CRi."


def test_the_page_of_a_package_says_what_each_endpoint_and_outcome_that_leaves_is(
    requesting: Requesting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_everybody(selected: Selected, work: Path) -> AnalysisRows:
        endpoints, responses = ([{**row, "subject": child} for child in selected.children] for row in (CRS, CR))
        return AnalysisRows(endpoints=endpoints, responses=responses)

    monkeypatch.setattr(pipeline, "ask_analysis", of_everybody)
    order = an_order(least=2, least_reason="Asked for in a test.", forms=("infection",))
    page = (Path(written(requesting, order, by=requesting.officer).folder) / "README.html").read_text()
    for one, code in ((CRS, "crs_r1_24h"), (CR, "cr")):
        assert f"{one['title']}<br><code>{code}</code></th><td>{one['meaning']}</td>" in page


def test_the_page_of_a_de_identified_package_says_from_which_day_each_file_counts(requesting: Requesting) -> None:
    order = an_order(least=2, least_reason="Asked for in a test.", forms=("infection",))
    page = (Path(written(requesting, order, by=requesting.officer).folder) / "README.html").read_text()
    assert "the infusion, which is day 0, and in <code>endpoints.csv</code> from the day of the first anakinra" in page


def _without_the_dose(*given: Any, **named: Any) -> Passed:
    passed = pass_gate(*given, **named)
    return replace(passed, levels={**passed.levels, "anakinra_dose": None})


def test_the_page_of_a_package_without_endpoints_names_no_such_file_and_says_why(
    requesting: Requesting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "ask_analysis", lambda selected, work: AnalysisRows(endpoints=[], responses=[]))
    monkeypatch.setattr(preparing, "pass_gate", _without_the_dose)
    order = an_order(least=2, least_reason="Asked for in a test.", forms=("infection",))
    folder = Path(written(requesting, order, by=requesting.officer).folder)
    assert not (folder / "endpoints.csv").exists()
    page = (folder / "README.html").read_text()
    assert "<code>endpoints.csv</code>" not in page
    assert f"<li>{NO_CURVES}</li>" in page
    told = json.loads((folder / "manifest.json").read_text())["cannot_be_rebuilt"]
    assert NO_CURVES in told
    assert any("that fewer than 2 children have" in one for one in told)


def test_the_page_of_a_de_identified_package_says_which_numbers_of_rows_the_groups_do_not_count(
    requesting: Requesting,
) -> None:
    order = an_order(least=2, least_reason="Asked for in a test.", forms=("infection",))
    export = written(requesting, order, by=requesting.officer)
    page = (Path(export.folder) / "README.html").read_text()
    assert "How many infections, agents and toxicities a child has, laboratory values" in page
    assert "shared by fewer than 2 children for many" in page
    identified = written(requesting, OWN_SITE)
    assert "How many infections" not in (Path(identified.folder) / "README.html").read_text()


def test_the_dictionary_says_of_which_form_a_column_names_records(requesting: Requesting) -> None:
    folder = Path(written(requesting, replace(OWN_SITE, forms=tuple(CASEBOOK))).folder)
    with (folder / "dictionary.csv").open(newline="") as file:
        meaning = {(row["file"], row["column"]): row["meaning"] for row in csv.DictReader(file)}
    assert meaning["forms/assessment.csv", "infusion"] == "Infusion: record in infusion"
    assert meaning["forms/concomitant_agent.csv", "episodes"].endswith(": record in toxicity_episode")
    described = json.loads((folder / "datapackage.json").read_text())
    assert "(first)" not in described["x_day_0"]
    fields = {field["name"]: field for one in described["resources"] for field in one["schema"]["fields"]}
    assert fields["recurrence_of"]["x_records_of"] == "toxicity_episode"
    assert "x_records_of" not in fields["outcome"]


def test_the_dictionary_says_at_the_answer_alone_which_answers_were_put_together(tmp_path: Path) -> None:
    table = form_table(CASEBOOK["baseline"], actions()["baseline"], Profile.DEIDENTIFIED, windows=None)
    write_dictionary(tmp_path, [Written(table=table, rows=0, bytes=0, sha256="")], "")
    with (tmp_path / "dictionary.csv").open(newline="") as file:
        detail = {row["column"]: row["detail"] for row in csv.DictReader(file)}
    assert "put together with others" in detail["disease_burden"]
    assert detail["disease_burden_nf"] == ""


def facts_of(*, children: int, sharing: int) -> Facts:
    return Facts(
        cut_id="0" * 64,
        change_seq=1,
        key_id="key",
        children=children,
        sharing=sharing,
        excluded={"withdrew": 2, "withdrew since": 0, "did not agree": 66},
    )


@pytest.mark.parametrize(
    ("profile", "agreement", "told"),
    [
        (Profile.DEIDENTIFIED, None, "fewer than 11"),
        (Profile.DEIDENTIFIED, "signed", "fewer than 5"),
        (Profile.PUBLIC, "signed", "fewer than 11"),
        (Profile.LIMITED, "signed", 2),
        (Profile.IDENTIFIED, None, 2),
    ],
)
def test_a_package_without_recorded_days_does_not_count_very_few_who_are_left_out(
    profile: Profile, agreement: str | None, told: int | str
) -> None:
    found = told_excluded(facts_of(children=172, sharing=172), an_order(profile=profile, agreement=agreement))
    assert found == {"withdrew": told, "withdrew since": 0, "did not agree": 66}


@pytest.mark.parametrize(
    ("sharing", "told"),
    [
        (172, 172),
        (171, "all but fewer than 11"),
        (162, "all but fewer than 11"),
        (161, 161),
        (0, 0),
        (10, "fewer than 11"),
    ],
)
def test_nor_does_it_tell_very_few_who_agreed_to_sharing_or_did_not(sharing: int, told: int | str) -> None:
    order = an_order(profile=Profile.DEIDENTIFIED)
    assert told_sharing(facts_of(children=172, sharing=sharing), order) == told
    as_recorded = facts_of(children=172, sharing=sharing)
    assert told_sharing(as_recorded, an_order(profile=Profile.IDENTIFIED)) == sharing


def test_the_manifest_of_a_public_release_counts_no_children() -> None:
    """Its tables say 232 were infused; that 239 are in the registry would tell of 7, and 242 in the next of 3."""
    assert told_children(facts_of(children=239, sharing=179), an_order(profile=Profile.PUBLIC)) == {}
    of_rows = told_children(facts_of(children=239, sharing=179), an_order(profile=Profile.DEIDENTIFIED))
    assert of_rows["children"] == 239


def test_what_a_package_says_of_the_columns_of_every_form_is_what_its_tables_hold() -> None:
    columns = [column.name for column in form_table(CASEBOOK["baseline"], (), Profile.DEIDENTIFIED).columns]
    names = {"subject": "child"}
    leave = [names.get(name, name) for name, (*_, verb) in RECORD_COLUMNS.items() if verb != "DROP"]
    assert sorted(leave) == sorted(columns) == ["child", "record"]
