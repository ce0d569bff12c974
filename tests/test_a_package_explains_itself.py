"""What a package tells somebody who has never seen the registry: its README, dictionary and descriptor."""

import csv
import json
from dataclasses import replace
from pathlib import Path

from export_requests import OWN_SITE, Requesting, written
from forms.casebook import CASEBOOK


def test_who_was_never_here_learns_how_days_dates_answers_and_links_are_written(requesting: Requesting) -> None:
    folder = Path(written(requesting).folder)
    page = (folder / "README.html").read_text()
    assert "Days count from the infusion that a record belongs to, which is day 0." in page
    assert "<code>2026-03</code> is a day of March 2026 that nobody recorded." in page
    assert "yes and no as <code>true</code> and <code>false</code>" in page
    assert "holds their <code>record</code>" in page


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
