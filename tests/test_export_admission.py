"""An export that may not be made as asked for is refused in words, leaves no file and stands in the log."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import current_app

from entries import NOW, enrol_child, enrolment, save, stored
from export_requests import Requesting, an_agreement, an_order, files_below, log_of, newest_export, placed
from registry import audit
from registry.access import NotAllowed
from registry.audit_verify import verify
from registry.database import db
from registry.models import Subject, User
from registry.release import requests
from registry.release.cuts import take_cut
from registry.release.earlier_releases import same_codes_with_others
from registry.release.export_rows import DONE, enter
from registry.release.models import Export
from registry.release.order import Order
from registry.release.profiles import Profile

GONE = "The files of this data cut are missing or were changed. Take a new cut and export that."
NO_KEY = "PSEUDONYM_KEY is not set or shorter than 32 characters, so nothing can be exported. "
NEEDS_AGREEMENT = (
    "A limited data set leaves only under a data use agreement. Choose the one this project has signed, or have it "
    "recorded first."
)
UNKNOWN_AGREEMENT = (
    "There is no such data use agreement on record. Record who signed what for this project, then ask again."
)


def refusal(requesting: Requesting, order: Order, by: User | None) -> str:
    """Return the words in which a request is refused; it must be on record with them, and no file with it."""
    with pytest.raises(NotAllowed) as refused:
        requests.place(db.session(), order, requesting.cut, by=by, at=NOW)
    export = newest_export()
    assert (export.status, export.message, export.sha256) == ("refused", str(refused.value), "")
    assert log_of(export.key) == [("create", "")]
    assert not Path(export.folder).exists()
    assert files_below(Path(current_app.config["STORAGE_DIR"])) == []
    return str(refused.value)


ABOVE: list[tuple[str, Profile, str]] = [
    ("analyst", Profile.IDENTIFIED, "Your rights (Analyst) do not include an export of the profile Identified."),
    ("analyst", Profile.LIMITED, "You may ask for: De-identified; Public aggregate."),
    ("officer", Profile.LIMITED, "Your rights (Privacy officer) do not include"),
]


def test_a_person_has_only_so_many_exports_under_way(requesting: Requesting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MOST_UNDER_WAY", 1)
    first = placed(requesting)
    with pytest.raises(NotAllowed, match=r"1 exports of yours wait or are being written\."):
        placed(requesting)
    assert newest_export().key == first.key
    assert requests.place(db.session(), an_order(profile=Profile.PUBLIC), requesting.cut, by=requesting.analyst, at=NOW)


def test_a_person_asks_for_only_so_many_exports_a_day_and_refused_ones_count(
    requesting: Requesting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MOST_A_DAY", 2)
    beyond = an_order(profile=Profile.IDENTIFIED)
    for _ in range(2):
        with pytest.raises(NotAllowed, match="do not include"):
            requests.place(db.session(), beyond, requesting.cut, by=requesting.analyst, at=NOW)
    head = audit.head(db.session())
    with pytest.raises(NotAllowed, match=r"You asked for 2 exports within 24 hours, refused ones among them"):
        requests.place(db.session(), beyond, requesting.cut, by=requesting.analyst, at=NOW)
    assert (db.session.query(Export).count(), audit.head(db.session())) == (2, head)
    allowed, tomorrow = an_order(profile=Profile.PUBLIC), NOW + timedelta(days=1)
    assert requests.place(db.session(), allowed, requesting.cut, by=requesting.analyst, at=tomorrow)
    assert placed(requesting).status == "queued"


def test_a_profile_above_ones_right_is_refused_with_the_role(requesting: Requesting) -> None:
    for role, profile, said in ABOVE:
        assert said in refusal(requesting, an_order(profile=profile), getattr(requesting, role))
    assert verify(db.session) == []


def test_who_has_closed_an_account_asks_for_nothing(requesting: Requesting) -> None:
    requesting.analyst.active = False
    said = "Your rights (no role) do not include an export of the profile De-identified. Ask a data manager."
    with pytest.raises(NotAllowed) as refused:
        requests.place(db.session(), an_order(), requesting.cut, by=requesting.analyst, at=NOW)
    assert str(refused.value) == said


OTHER_SITES = {
    None: "You may take out your own site's children only. Choose the site.",
    "FAR": "You may take out your own site's children only, and FAR is not your site.",
    "NONE": "There is no site NONE.",
}


def test_a_coordinator_takes_out_the_children_of_the_own_site_only(requesting: Requesting) -> None:
    for site, said in OTHER_SITES.items():
        assert refusal(requesting, an_order(profile=Profile.IDENTIFIED, site=site), requesting.coordinator) == said


def test_what_identifies_nobody_is_never_of_one_site(requesting: Requesting) -> None:
    for profile in (Profile.DEIDENTIFIED, Profile.PUBLIC):
        said = refusal(requesting, an_order(profile=profile, site="TST"), requesting.manager)
        assert said.endswith("is of the whole study only: its rows would tell which site is meant.")


def test_without_a_secret_key_nothing_is_exported(requesting: Requesting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(current_app.config, "PSEUDONYM_KEY", "")
    assert refusal(requesting, an_order(), requesting.manager).startswith(NO_KEY)


AGREEMENTS: list[tuple[dict[str, Any], str]] = [
    ({"expires_on": date(2026, 5, 31)}, "The data use agreement expired on 2026-05-31. Record the renewed one."),
    (
        {"project": "steroids"},
        "The data use agreement is for the project steroids, not for dosing. Name that project, ",
    ),
]


def test_an_agreement_that_does_not_hold_is_refused(requesting: Requesting) -> None:
    for given, said in AGREEMENTS:
        agreement = an_agreement(**given)
        for profile in (Profile.LIMITED, Profile.DEIDENTIFIED):
            order = an_order(profile=profile, agreement=agreement.key)
            assert refusal(requesting, order, requesting.manager).startswith(said)
            assert newest_export().agreement_key == agreement.key


def test_a_limited_data_set_without_an_agreement_on_record_is_refused(requesting: Requesting) -> None:
    for agreement, said in ((None, NEEDS_AGREEMENT), ("none", UNKNOWN_AGREEMENT)):
        order = an_order(profile=Profile.LIMITED, agreement=agreement)
        assert refusal(requesting, order, requesting.manager) == said
        assert newest_export().agreement_key is None


def test_an_agreement_is_looked_for_before_what_left_earlier(requesting: Requesting) -> None:
    enter(db.session(), an_order(keep=("age",)), requesting.cut, by=requesting.manager, at=NOW, status=DONE)
    order = an_order(keep=("sex",), agreement="none")
    assert refusal(requesting, order, requesting.manager) == UNKNOWN_AGREEMENT


def test_an_agreement_holds_on_its_last_day(requesting: Requesting) -> None:
    agreement = an_agreement(expires_on=NOW.date())
    order = an_order(profile=Profile.LIMITED, agreement=agreement.key)
    export = requests.place(db.session(), order, requesting.cut, by=requesting.manager, at=NOW)
    assert (export.status, export.agreement_key) == ("waiting", agreement.key)
    with pytest.raises(NotAllowed, match="expired on 2026-06-01"):
        requests.place(db.session(), order, requesting.cut, by=requesting.manager, at=NOW + timedelta(days=1))


ODD: list[tuple[dict[str, Any], str]] = [
    ({"purpose": "  "}, "Say in a sentence what the data are for"),
    ({"project": "two words"}, "Give the project a short name of 3 to 40 letters, digits and hyphens"),
    ({"project": "p" * 60}, "Give the project a short name of 3 to 40 letters, digits and hyphens"),
    ({"project": "TST"}, "The project's name tells a center, a person or a date. Choose another one."),
    ({"forms": ("diary",)}, "There is no form or format diary. Formats: csv, excel, xlsx, "),
    ({"formats": ("pdf",)}, "There is no form or format pdf."),
    ({"keep": ("sex", "aeg")}, "There is no fact aeg that could matter most. Facts: adverse_events, "),
    ({"forms": ()}, "Choose at least one form and one format."),
    ({"least": 3, "least_reason": "Few children."}, "Only a privacy officer sets another number of children"),
]


def test_what_cannot_be_is_refused_in_words(requesting: Requesting) -> None:
    for given, said in ODD:
        assert refusal(requesting, an_order(**given), requesting.manager).startswith(said), given


LOWER: list[tuple[dict[str, Any], str]] = [
    ({"least": 3}, "Say why fewer or more children than usual must look alike: the reason stands in the log."),
    (
        {"least": 1, "least_reason": "Few."},
        "At least 2 children must look alike: with 1 a child would stand alone.",
    ),
    (
        {"least": 3, "least_reason": "Few.", "profile": Profile.PUBLIC},
        "Another number of children who must look alike belongs to the de-identified profile only.",
    ),
]


def test_a_lower_number_needs_a_reason_and_a_limit(requesting: Requesting) -> None:
    for given, said in LOWER:
        assert refusal(requesting, an_order(**given), requesting.officer) == said


def test_a_privacy_officer_lowers_the_number_with_a_reason(requesting: Requesting) -> None:
    order = an_order(least=3, least_reason="A rare disease; the recipient has no other data.")
    export = requests.place(db.session(), order, requesting.cut, by=requesting.officer, at=NOW)
    assert (export.status, export.least, export.least_reason) == ("queued", 3, order.least_reason)


WITHIN: list[tuple[str, Profile]] = [
    ("analyst", Profile.DEIDENTIFIED),
    ("coordinator", Profile.DEIDENTIFIED),
    ("coordinator", Profile.PUBLIC),
    ("officer", Profile.PUBLIC),
]


def test_what_is_within_ones_right_or_below_it_is_queued(requesting: Requesting) -> None:
    for who, profile in WITHIN:
        by = getattr(requesting, who)
        export = requests.place(db.session(), an_order(profile=profile), requesting.cut, by=by, at=NOW)
        assert export.status == "queued", (who, profile)


def test_a_cut_whose_files_are_gone_or_changed_is_not_exported(requesting: Requesting) -> None:
    shutil.rmtree(requesting.cut.folder)
    assert refusal(requesting, an_order(), requesting.manager) == GONE


def test_the_command_line_asks_for_nothing_that_somebody_must_decide(requesting: Requesting) -> None:
    for given in ({"profile": Profile.IDENTIFIED}, {"profile": Profile.LIMITED}, {"least": 3}):
        said = refusal(requesting, an_order(**given), None)
        assert said.startswith("On the command line only de-identified data and public aggregates are exported.")


def test_what_was_asked_for_is_kept_and_read_back_as_it_was(requesting: Requesting) -> None:
    order = an_order(forms=("infusion", "baseline"), formats=("csv", "stata"), recipient="Dr Example", keep=("sex",))
    export = requests.place(db.session(), order, requesting.cut, by=requesting.manager, at=NOW)
    assert requests.order_of(db.session(), export) == order
    assert (export.status, export.made_by_id, export.made_at) == ("queued", requesting.manager.id, NOW)
    assert requests.cut_of(db.session(), export) is requesting.cut
    assert verify(db.session) == []


def test_a_few_new_children_do_not_stand_out_beside_an_earlier_release(requesting: Requesting, tmp_path: Path) -> None:
    enter(db.session(), an_order(), requesting.cut, by=requesting.manager, at=NOW, status=DONE)
    enrol_child(db.session, requesting.other_site, enrolment(), by=requesting.coordinator, at=NOW)
    db.session.commit()
    later = take_cut(db.session(), tmp_path / "later", by=None, at=NOW)
    db.session.commit()
    with pytest.raises(NotAllowed, match=r"^Only 1 child is new since the release of the project dosing of"):
        requests.place(db.session(), an_order(), later, by=requesting.manager, at=NOW)
    # The same children again, or another project with other codes, tell nothing new.
    requests.place(db.session(), an_order(), requesting.cut, by=requesting.manager, at=NOW)
    requests.place(db.session(), an_order(project="steroids"), later, by=requesting.manager, at=NOW)


def consent(requesting: Requesting, child: Subject, *, revision: int = 1, **answers: Any) -> None:
    """Change answers on a child's enrolment page."""
    (enrolled,) = stored(child, "enrolment")
    confirmed = {"enrolment.consent_not_refused": "The family said No."}
    given = {**enrolled.row, **answers}
    save(child, requesting.coordinator, "enrolment", given, revision=revision, reason="As told.", confirmed=confirmed)


def test_who_stayed_behind_before_does_not_stand_out_beside_an_earlier_release(
    requesting: Requesting, tmp_path: Path
) -> None:
    child = enrol_child(
        db.session, requesting.other_site, enrolment(consent_obtained=None), by=requesting.coordinator, at=NOW
    )
    db.session.commit()
    before = take_cut(db.session(), tmp_path / "before", by=None, at=NOW)
    enter(db.session(), an_order(), before, by=requesting.manager, at=NOW, status=DONE)
    consent(requesting, child, consent_obtained=True)
    later = take_cut(db.session(), tmp_path / "later", by=None, at=NOW)
    db.session.commit()
    with pytest.raises(NotAllowed, match=r"^Only 1 child is new since the release of the project dosing of"):
        requests.place(db.session(), an_order(), later, by=requesting.manager, at=NOW)


def test_who_did_not_agree_to_sharing_does_not_stand_out_beside_what_others_got(requesting: Requesting) -> None:
    outside = an_order(recipient="Dr Example")
    enter(db.session(), outside, requesting.cut, by=requesting.manager, at=NOW, status=DONE)
    with pytest.raises(NotAllowed, match=r"^Only 2 children are new since the release of the project dosing of"):
        requests.place(db.session(), an_order(), requesting.cut, by=requesting.manager, at=NOW)
    requests.place(db.session(), outside, requesting.cut, by=requesting.manager, at=NOW)


def test_a_child_in_an_earlier_release_is_not_new_after_its_family_agrees_to_less(
    requesting: Requesting, tmp_path: Path
) -> None:
    for child in (requesting.study.subject, requesting.other_child):
        consent(requesting, child, consent_scopes=("sharing",))
    cut = take_cut(db.session(), tmp_path / "shared", by=None, at=NOW)
    outside = an_order(recipient="Dr Example")
    enter(db.session(), outside, cut, by=requesting.manager, at=NOW, status=DONE)
    consent(requesting, requesting.study.subject, revision=2, consent_scopes=("none",))
    assert requests.place(db.session(), an_order(), cut, by=requesting.manager, at=NOW).status == "queued"


def test_one_recipient_gets_no_second_project_that_tells_more_beside_the_first(requesting: Requesting) -> None:
    first = an_order(recipient="Dr Example", keep=("sex",))
    enter(db.session(), first, requesting.cut, by=requesting.manager, at=NOW, status=DONE)
    second = an_order(recipient=" dr  EXAMPLE", project="steroids", keep=("age",))
    said = "De-identified data of the project dosing have left for the same recipient with another choice of "
    with pytest.raises(NotAllowed, match=f"^{said}"):
        requests.place(db.session(), second, requesting.cut, by=requesting.manager, at=NOW)
    # The same choice again, or files for somebody else, tell nothing new.
    for given in ({"keep": ("sex",)}, {"recipient": "Dr Other"}, {"recipient": ""}):
        requests.place(db.session(), replace(second, **given), requesting.cut, by=requesting.manager, at=NOW)


def test_a_few_new_children_do_not_stand_out_in_a_second_project_either(requesting: Requesting, tmp_path: Path) -> None:
    first = an_order(recipient="Dr Example")
    enter(db.session(), first, requesting.cut, by=requesting.manager, at=NOW, status=DONE)
    consented = enrolment(consent_scopes=("sharing",))
    enrol_child(db.session, requesting.other_site, consented, by=requesting.coordinator, at=NOW)
    db.session.commit()
    later = take_cut(db.session(), tmp_path / "later", by=None, at=NOW)
    db.session.commit()
    with pytest.raises(NotAllowed, match=r"^Only 1 child is new since the release of the project dosing of"):
        requests.place(db.session(), replace(first, project="steroids"), later, by=requesting.manager, at=NOW)


@pytest.mark.parametrize(
    ("profile", "recipient", "is_refused"),
    [
        (Profile.DEIDENTIFIED, "", True),
        (Profile.DEIDENTIFIED, "Dr Other", True),
        (Profile.DEIDENTIFIED, "dr  example", False),
        (Profile.PUBLIC, "", False),
    ],
)
def test_no_codes_of_a_limited_data_set_stand_in_de_identified_data_of_others(
    requesting: Requesting, profile: Profile, recipient: str, is_refused: bool
) -> None:
    """A center's own limited data set would tell which rows of the whole study are its children, and their dates."""
    limited = an_order(profile=Profile.LIMITED, recipient="Dr Example")
    enter(db.session(), limited, requesting.cut, by=None, at=NOW, status=DONE)
    found = same_codes_with_others(db.session(), an_order(profile=profile, recipient=recipient))
    assert (found is not None) == is_refused
    another = an_order(profile=profile, recipient=recipient, project="another")
    assert same_codes_with_others(db.session(), another) is None


def test_it_is_refused_in_words(requesting: Requesting) -> None:
    enter(db.session(), an_order(profile=Profile.LIMITED), requesting.cut, by=None, at=NOW, status=DONE)
    said = refusal(requesting, an_order(profile=Profile.DEIDENTIFIED), requesting.analyst)
    assert said.startswith("A package of the profile Limited data set of the project dosing has left, and its children")
