"""Voiding a record that others name, and taking a voiding back: what is asked, what is due, what the log says."""

from datetime import date, datetime

import pytest
from sqlalchemy import select, text

from entries import NOW, assessment, enrolment, infusion, key, laboratory, save, stored
from forms.casebook import CASEBOOK
from forms.schedule import DueForm
from forms.values import PartialDate, Row
from registry import due, log_history, records
from registry.audit_verify import verify
from registry.database import db
from registry.models import DataQuery
from registry.saving.outcomes import Conflict, ReasonNeeded, Refused, Saved, StandsAlready, SubjectClosed
from study import Study

MISTAKE = "Entered for the wrong child."


def store(study: Study, form: str, row: Row, **more: object) -> str:
    return save(study.subject, study.coordinator, form, row, **more).key


def void(study: Study, form: str, record_key: str, revision: int = 1) -> Saved:
    return _move(records.void, study, form, record_key, revision)


def restore(study: Study, form: str, record_key: str, revision: int = 2) -> Saved:
    return _move(records.restore, study, form, record_key, revision)


def _move(how: object, study: Study, form: str, record_key: str, revision: int) -> Saved:
    args = (db.session(), study.subject, CASEBOOK[form], record_key)
    saved = how(*args, revision=revision, by=study.coordinator, at=NOW, reason=MISTAKE)  # type: ignore[operator]
    db.session.commit()
    return saved


def asked(form: str) -> dict[str, tuple[str, str]]:
    """Return check id -> status and words of the data queries about links to voided records."""
    statement = select(DataQuery).where(DataQuery.form == form, DataQuery.check_id.endswith(".voided"))
    return {query.check_id: (query.status, query.message) for query in db.session.scalars(statement)}


def episode(infusion_key: str, **answers: object) -> Row:
    given = {"key": key(), "infusion": infusion_key, "toxicity": "crs", "onset_on": PartialDate("2026-03-07")}
    return {**given, **answers}


def expected(study: Study) -> tuple[DueForm, ...]:
    return due.expected(db.session(), study.subject, NOW)[0]


def test_a_record_that_names_a_voided_infusion_is_asked_about_until_another_is_chosen(study: Study) -> None:
    row = assessment(study.infusion)
    store(study, "assessment", row, complete=True)

    void(study, "infusion", study.infusion)

    words = "Infusion: the infusion that this record names was entered by mistake and voided."
    status, message = asked("assessment")["assessment.infusion.voided"]
    assert (status, message) == ("open", f"{words} Choose the right one, or void this record too.")
    other = store(study, "infusion", infusion(infused_on=date(2026, 3, 4)))
    moved = {**row, "infusion": other}
    store(study, "assessment", moved, revision=1, reason="It followed the other infusion.")
    assert asked("assessment")["assessment.infusion.voided"][0] == "closed"


def test_a_link_that_nobody_has_to_give_is_asked_about_as_well(study: Study) -> None:
    index = store(study, "toxicity_episode", episode(study.infusion))
    store(study, "concomitant_agent", {"key": key(), "agent": "tocilizumab", "episodes": (index,)})

    void(study, "toxicity_episode", index)

    status, message = asked("concomitant_agent")["concomitant_agent.episodes.voided"]
    assert (status, message.partition(" was ")[0]) == ("open", "Given for: one toxicity episode that this record names")
    restore(study, "toxicity_episode", index)
    assert asked("concomitant_agent")["concomitant_agent.episodes.voided"][0] == "closed"


def test_a_record_that_is_voided_as_well_is_not_asked_about_any_more(study: Study) -> None:
    sample = store(study, "laboratory", laboratory(study.infusion))
    void(study, "infusion", study.infusion)
    assert asked("laboratory")["laboratory.infusion.voided"][0] == "open"

    void(study, "laboratory", sample)

    assert asked("laboratory")["laboratory.infusion.voided"][0] == "closed"


def test_a_voided_infusion_can_be_chosen_no_more_and_the_answer_says_why(study: Study) -> None:
    void(study, "infusion", study.infusion)
    with pytest.raises(Refused, match="entered by mistake and voided"):
        store(study, "assessment", assessment(study.infusion))


def test_nothing_is_expected_from_a_voided_infusion_and_the_grid_of_another_one_stays(study: Study) -> None:
    mistaken = store(study, "infusion", infusion(infused_on=date(2026, 4, 20)))
    for infused, day in ((study.infusion, 7), (mistaken, 22)):
        month = 3 if infused == study.infusion else 4
        store(study, "assessment", assessment(infused, assessed_at=datetime(2026, month, day, 8, 0)))
    before = {(page.form, page.due_on) for page in expected(study) if page.anchor_record == study.infusion}
    assert any(page.anchor_record == mistaken for page in expected(study))

    void(study, "infusion", mistaken)

    after = expected(study)
    assert not [page for page in after if page.anchor_record == mistaken]
    assert {(page.form, page.due_on) for page in after if page.anchor_record == study.infusion} == before
    assert ("assessment", date(2026, 3, 8)) in before


def test_a_voiding_is_taken_back_with_a_reason_and_one_entry(study: Study) -> None:
    row = assessment(study.infusion)
    store(study, "assessment", row, complete=True)
    before = expected(study)
    void(study, "infusion", study.infusion)

    restore(study, "infusion", study.infusion)

    assert stored(study.subject, "infusion")[0].voided_at is None
    entry = log_history.of_record(db.session(), study.infusion)[-1]
    assert (entry.action, entry.reason, dict(entry.changes)) == ("restore", MISTAKE, {})
    assert entry.state["voided_at"] == (NOW.isoformat(), None)
    assert asked("assessment")["assessment.infusion.voided"][0] == "closed"
    assert stored(study.subject, "assessment")[0].row["study_day"] == 2
    assert expected(study) == before


def test_a_reason_given_before_a_voiding_holds_again_when_it_is_taken_back(study: Study) -> None:
    early = {"key": key(), "seen_on": date(2026, 3, 12), "visit": "day_90", "alive": True}
    check = "follow_up.planned_visit_window"
    store(study, "follow_up", early, confirmed={check: "Seen early by wish of the family."})
    (query,) = db.session.scalars(select(DataQuery).where(DataQuery.check_id == check))
    void(study, "infusion", study.infusion)
    assert query.status == "closed"

    restore(study, "infusion", study.infusion)

    (query,) = db.session.scalars(select(DataQuery).where(DataQuery.check_id == check))
    assert (query.status, query.closed_at) == ("answered", None)
    words = "The voiding was taken back, and the reason given holds again: Seen early by wish of the family."
    assert query.events[-1].reason == words


def test_a_reason_for_another_answer_does_not_hold_when_a_voiding_is_taken_back(study: Study) -> None:
    early = {"key": key(), "seen_on": date(2026, 3, 12), "visit": "day_90", "alive": True}
    check = "follow_up.planned_visit_window"
    store(study, "follow_up", early, confirmed={check: "Seen early by wish of the family."})
    void(study, "infusion", study.infusion)
    store(study, "follow_up", {**early, "seen_on": date(2026, 3, 13)}, revision=1, reason="Read again in the chart.")

    restore(study, "infusion", study.infusion)

    queries = db.session.scalars(select(DataQuery).where(DataQuery.check_id == check).order_by(DataQuery.id))
    assert [query.status for query in queries] == ["closed", "open"]


def test_taking_back_needs_a_reason_and_the_newest_state(study: Study) -> None:
    void(study, "infusion", study.infusion)
    args = (db.session(), study.subject, CASEBOOK["infusion"], study.infusion)
    with pytest.raises(ReasonNeeded):
        records.restore(*args, revision=2, by=study.coordinator, at=NOW, reason=" ")
    with pytest.raises(Conflict):
        restore(study, "infusion", study.infusion, revision=1)
    restore(study, "infusion", study.infusion)
    number = len(log_history.of_record(db.session(), study.infusion))
    restore(study, "infusion", study.infusion)
    assert len(log_history.of_record(db.session(), study.infusion)) == number


def test_a_voiding_of_what_somebody_changed_meanwhile_is_a_conflict(study: Study) -> None:
    changed = infusion(key=study.infusion, infused_on=date(2026, 3, 4))
    store(study, "infusion", changed, revision=1, reason="Misread.")
    with pytest.raises(Conflict):
        void(study, "infusion", study.infusion, revision=1)


def test_a_form_that_exists_once_does_not_come_back_beside_another(study: Study) -> None:
    first = store(study, "baseline", {"key": key(), "disease": "b_all"})
    void(study, "baseline", first)
    second = store(study, "baseline", {"key": key(), "disease": "b_all"})
    with pytest.raises(StandsAlready, match="Void that one first"):
        restore(study, "baseline", first)
    void(study, "baseline", second)
    restore(study, "baseline", first)
    assert [record.key for record in stored(study.subject, "baseline") if record.voided_at is None] == [first]


def test_a_record_does_not_come_back_before_the_one_it_names(study: Study) -> None:
    sample = store(study, "laboratory", laboratory(study.infusion))
    void(study, "laboratory", sample)
    void(study, "infusion", study.infusion)
    with pytest.raises(Refused, match="is voided itself"):
        restore(study, "laboratory", sample)
    restore(study, "infusion", study.infusion)
    restore(study, "laboratory", sample)


def test_nothing_comes_back_to_a_child_whose_consent_was_withdrawn(study: Study) -> None:
    void(study, "infusion", study.infusion)
    (first,) = stored(study.subject, "enrolment")
    answers = {"withdrawn": True, "withdrawal_on": date(2026, 5, 1), "withdrawal_scope": "further_data"}
    withdrawn = {**enrolment(key=first.key), **answers}
    store(study, "enrolment", withdrawn, revision=1)
    with pytest.raises(SubjectClosed):
        restore(study, "infusion", study.infusion)


def test_log_and_tables_agree_after_a_voiding_was_taken_back_and_tampering_is_found(own_study: Study) -> None:
    store(own_study, "assessment", assessment(own_study.infusion), complete=True)
    early = {"key": key(), "seen_on": date(2026, 3, 12), "visit": "day_90", "alive": True}
    store(own_study, "follow_up", early, confirmed={"follow_up.planned_visit_window": "Seen early."})
    void(own_study, "infusion", own_study.infusion)
    restore(own_study, "infusion", own_study.infusion)
    assert verify(db.session()) == []

    db.session.execute(text("UPDATE infusion SET voided_at = '2026-06-01 12:00:00'"))

    assert any("voided_at was changed outside" in problem for problem in verify(db.session()))
