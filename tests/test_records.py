"""The one writer: what a save stores, refuses, asks and sets in motion."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text

from entries import NOW, assessment, infusion, key, laboratory, measured, save, stored
from forms.casebook import CASEBOOK
from forms.values import NullFlavour, PartialDate
from registry import data_queries, log_history, records
from registry.database import db
from registry.log_tables import Change
from registry.models import DataQuery
from registry.saving.consequences import derive_again
from registry.saving.outcomes import Conflict, NeedsConfirmation, ReasonNeeded, Refused, SubjectClosed, Submission
from study import Study


def changes() -> int:
    return db.session.execute(select(func.count()).select_from(Change)).scalar_one()


def test_a_saved_row_comes_back_as_it_was_given(study: Study) -> None:
    row = assessment(study.infusion, temperature_c=Decimal("38.6"), icans_grade=NullFlavour.NOT_AVAILABLE)
    saved = save(study.subject, study.coordinator, "assessment", row)
    (record,) = stored(study.subject, "assessment")
    assert {name: record.row[name] for name in row} == dict(row)
    assert (record.revision, record.instance, saved.revision) == (1, 1, 1)


def test_the_server_derives_the_day_after_infusion_and_keeps_it_true(study: Study) -> None:
    save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    assert stored(study.subject, "assessment")[0].row["study_day"] == 2
    moved = infusion(key=study.infusion, infused_on=date(2026, 3, 4))
    save(study.subject, study.coordinator, "infusion", moved, revision=1, reason="The day was misread.")
    (record,) = stored(study.subject, "assessment")
    assert (record.row["study_day"], record.revision) == (3, 1)


def test_derived_values_are_brought_up_to_date_after_an_upgrade(study: Study) -> None:
    save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    db.session.execute(text("UPDATE assessment SET study_day = 9"))
    before = changes()
    assert derive_again(db.session(), [study.subject]) == 1
    assert derive_again(db.session(), [study.subject]) == 0
    (record,) = stored(study.subject, "assessment")
    assert (record.row["study_day"], record.revision, changes()) == (2, 1, before)


def test_posting_the_same_page_twice_is_one_save(study: Study) -> None:
    row = laboratory(study.infusion)
    first = save(study.subject, study.coordinator, "laboratory", row)
    before = changes()
    again = save(study.subject, study.coordinator, "laboratory", row)
    assert (again.key, again.revision, changes()) == (first.key, 1, before)


def test_a_hard_finding_stores_nothing(study: Study) -> None:
    before = changes()
    with pytest.raises(Refused) as refused:
        save(
            study.subject, study.coordinator, "assessment", assessment(study.infusion, assessed_at=datetime(2027, 1, 1))
        )
    assert "is in the future (today is 2026-06-01)" in str(refused.value)
    assert (stored(study.subject, "assessment"), changes()) == ([], before)


def test_a_confirm_finding_is_stored_only_with_a_reason_and_then_not_asked_again(study: Study) -> None:
    row = laboratory(study.infusion, ferritin=measured("1500000"))
    with pytest.raises(NeedsConfirmation) as asked:
        save(study.subject, study.coordinator, "laboratory", row)
    (finding,) = asked.value.findings
    reasons = {finding.check_id: "The laboratory repeated it."}
    save(study.subject, study.coordinator, "laboratory", row, confirmed=reasons)
    (query,) = db.session.execute(select(DataQuery).where(DataQuery.check_id == finding.check_id)).scalars()
    assert query.status == "answered"
    later = {**row, "crp": measured("120", "crp")}
    assert save(study.subject, study.coordinator, "laboratory", later, revision=1).revision == 2
    with pytest.raises(NeedsConfirmation):
        other = {**later, "ferritin": measured("1600000")}
        save(study.subject, study.coordinator, "laboratory", other, revision=2, reason="Typed wrongly.")


def test_a_stored_answer_changes_only_with_a_reason(study: Study) -> None:
    row = assessment(study.infusion)
    save(study.subject, study.coordinator, "assessment", row)
    with pytest.raises(ReasonNeeded):
        save(study.subject, study.coordinator, "assessment", {**row, "crs_grade": 2}, revision=1)
    save(study.subject, study.coordinator, "assessment", {**row, "crs_grade": 2}, revision=1, reason="Read again.")
    entry = log_history.of_record(db.session, str(row["key"]))[-1]
    assert (entry.changes, entry.reason, entry.actor_name) == (
        {"crs_grade": (1, 2)},
        "Read again.",
        study.coordinator.name,
    )


def test_a_stale_revision_is_a_conflict_and_overwrites_nothing(study: Study) -> None:
    row = assessment(study.infusion)
    save(study.subject, study.coordinator, "assessment", row)
    save(study.subject, study.coordinator, "assessment", {**row, "crs_grade": 2}, revision=1, reason="Read again.")
    with pytest.raises(Conflict) as conflict:
        save(study.subject, study.coordinator, "assessment", {**row, "crs_grade": 3}, revision=1, reason="Mine.")
    assert conflict.value.stored.row["crs_grade"] == 2
    assert stored(study.subject, "assessment")[0].row["crs_grade"] == 2


def test_a_record_of_another_child_cannot_be_linked(study: Study) -> None:
    with pytest.raises(Refused) as refused:
        save(study.subject, study.coordinator, "assessment", assessment(key()))
    assert "not one of this child's" in str(refused.value)


def test_an_answer_hidden_by_branching_is_cleared_and_named_in_the_log(study: Study) -> None:
    row = infusion(key=study.infusion, product="academic", product_other="A synthetic construct")
    save(study.subject, study.coordinator, "infusion", row, revision=1, reason="Another product.")
    back = {**row, "product": "tisagenlecleucel"}
    saved = save(study.subject, study.coordinator, "infusion", back, revision=2, reason="It was this one.")
    assert saved.cleared == ("product_other",)
    assert stored(study.subject, "infusion")[0].row["product_other"] is None
    assert log_history.of_record(db.session, study.infusion)[-1].changes["product_other"] == (
        "A synthetic construct",
        None,
    )


def test_a_voided_record_leaves_every_count_and_stays_in_the_history(study: Study) -> None:
    row = laboratory(study.infusion)
    save(study.subject, study.coordinator, "laboratory", row)
    args = (db.session, study.subject, CASEBOOK["laboratory"], str(row["key"]))
    records.void(*args, revision=1, by=study.coordinator, at=NOW, reason="Another child's sample.")
    (record,) = stored(study.subject, "laboratory")
    assert (record.voided_at, record.row["ferritin"]) == (NOW, row["ferritin"])
    assert [entry.action for entry in log_history.of_record(db.session, record.key)] == ["create", "void"]
    second = save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion))
    assert [r.instance for r in stored(study.subject, "laboratory") if r.key == second.key] == [2]


def test_a_form_that_does_not_repeat_exists_once(study: Study) -> None:
    row = {"key": key(), "disease": "b_all"}
    save(study.subject, study.coordinator, "baseline", row)
    with pytest.raises(Conflict):
        save(study.subject, study.coordinator, "baseline", {**row, "key": key()})


def test_a_withdrawn_child_is_closed_for_entry(study: Study) -> None:
    (enrolled,) = stored(study.subject, "enrolment")
    row = {**enrolled.row, "withdrawn": True, "withdrawal_on": date(2026, 5, 20), "withdrawal_scope": None}
    save(study.subject, study.coordinator, "enrolment", row, revision=1, reason="The family called.")
    assert study.subject.withdrawn_on == date(2026, 5, 20)
    with pytest.raises(SubjectClosed):
        save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion))


def test_consent_withdrawn_without_a_day_closes_the_child_from_the_day_it_was_told(study: Study) -> None:
    (enrolled,) = stored(study.subject, "enrolment")
    gone = {**enrolled.row, "withdrawn": True, "withdrawal_scope": "all_use"}
    args = (study.subject, study.coordinator, "enrolment")
    save(*args, gone, revision=1, reason="The family called.")

    assert study.subject.withdrawn_on == date(2026, 6, 1)
    asked = db.session.scalars(select(DataQuery).filter_by(status="open", form="enrolment"))
    assert [query.check_id for query in asked] == ["enrolment.withdrawal_is_dated"]
    with pytest.raises(SubjectClosed):
        save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion))
    db.session.rollback()

    save(*args, {**gone, "withdrawal_scope": "further_data"}, revision=2, reason="Less.", at=NOW + timedelta(days=3))
    assert study.subject.withdrawn_on == date(2026, 6, 1)
    save(*args, {**gone, "withdrawal_on": date(2026, 5, 20)}, revision=3, reason="The day is known.")
    assert study.subject.withdrawn_on == date(2026, 5, 20)
    save(*args, enrolled.row, revision=4, reason="Another child's page.")
    assert study.subject.withdrawn_on is None


def test_a_child_whose_consent_is_answered_no_takes_nothing_but_corrections(study: Study) -> None:
    lab = save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion))
    (enrolled,) = stored(study.subject, "enrolment")
    row = {**enrolled.row, "meets_age": None, "consent_obtained": False}
    with pytest.raises(NeedsConfirmation, match="Consent is answered No: nothing else may be recorded"):
        save(study.subject, study.coordinator, "enrolment", row, revision=1, reason="The family said No.")
    db.session.rollback()
    confirmed = {"enrolment.consent_not_refused": "Asked again on 2026-05-30."}
    args = (study.subject, study.coordinator, "enrolment")
    save(*args, row, revision=1, reason="The family said No.", confirmed=confirmed)
    found = db.session.scalars(select(DataQuery).filter_by(status="open", form="enrolment"))
    assert [query.check_id for query in found] == ["enrolment.is_eligible"]
    with pytest.raises(SubjectClosed, match="Consent is answered No on the enrolment page"):
        save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion))
    db.session.rollback()
    args_of_void = (db.session, study.subject, CASEBOOK["laboratory"], lab.key)
    records.void(*args_of_void, revision=1, by=study.coordinator, at=NOW, reason="No consent.")
    save(*args, enrolled.row, revision=2, reason="The other parent signed.")
    save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion))
    assert list(db.session.scalars(select(DataQuery).filter_by(status="open", form="enrolment"))) == []


def test_missing_answers_become_queries_when_the_form_is_marked_complete_and_close_when_answered(study: Study) -> None:
    row = assessment(study.infusion)
    save(study.subject, study.coordinator, "assessment", row)
    assert data_queries.for_subjects(db.session, [study.subject.id]) == []
    save(study.subject, study.coordinator, "assessment", row, revision=1, complete=True)
    asked = {query.check_id for query in data_queries.for_subjects(db.session, [study.subject.id])}
    assert "assessment.icans_grade.required" in asked
    answered = {**row, "icans_grade": 0}
    save(study.subject, study.coordinator, "assessment", answered, revision=2)
    left = {query.check_id for query in data_queries.for_subjects(db.session, [study.subject.id])}
    assert asked - left == {"assessment.icans_grade.required"}


def test_a_reason_answers_a_query_until_the_value_changes(study: Study) -> None:
    row = assessment(study.infusion)
    save(study.subject, study.coordinator, "assessment", row, complete=True)
    query = data_queries.for_subjects(db.session, [study.subject.id])[0]
    data_queries.answer(db.session, query, "The chart does not say.", by=study.coordinator, at=NOW)
    db.session.commit()
    save(study.subject, study.coordinator, "assessment", {**row, "crs_grade": 2}, revision=1, reason="Read again.")
    db.session.refresh(query)
    assert query.status == "answered"
    assert [event.kind for event in query.events] == ["open", "answered"]


def test_many_rows_are_stored_like_single_ones(study: Study) -> None:
    rows = [assessment(study.infusion, assessed_at=datetime(2026, 3, 7 + day, 8)) for day in range(5)]
    form = CASEBOOK["assessment"]
    given = [Submission(subject=study.subject, form=form, row=row, by=study.coordinator, at=NOW) for row in rows]
    again = replace(given[0], row={**rows[0], "crs_grade": 3}, revision=1, reason="Read again.")
    saved = records.save_many(db.session, [*given, again])
    db.session.commit()
    assert [result.revision for result in saved] == [1, 1, 1, 1, 1, 2]
    kept = stored(study.subject, "assessment")
    assert [(record.instance, record.row["study_day"], record.row["crs_grade"]) for record in kept] == [
        (1, 2, 3),
        (2, 3, 1),
        (3, 4, 1),
        (4, 5, 1),
        (5, 6, 1),
    ]


def test_a_new_record_can_link_to_another_new_one_of_its_form_in_the_same_batch(study: Study) -> None:
    first = {"key": key(), "infusion": study.infusion, "toxicity": "crs", "onset_on": PartialDate("2026-03-06")}
    again = {**first, "key": key(), "onset_on": PartialDate("2026-03-20")}
    again |= {"is_recurrence": True, "recurrence_of": first["key"]}
    form = CASEBOOK["toxicity_episode"]
    given = [
        Submission(subject=study.subject, form=form, row=row, by=study.coordinator, at=NOW) for row in (first, again)
    ]
    records.save_many(db.session, given)
    db.session.commit()
    assert [r.row["recurrence_of"] for r in stored(study.subject, "toxicity_episode")] == [None, first["key"]]


def test_a_record_cannot_link_to_itself(study: Study) -> None:
    own = key()
    row = {"key": own, "infusion": study.infusion, "toxicity": "crs", "is_recurrence": True, "recurrence_of": own}
    with pytest.raises(Refused) as refused:
        save(study.subject, study.coordinator, "toxicity_episode", row)
    assert "not one of this child's" in str(refused.value)


def test_a_refused_row_keeps_its_whole_batch_out(study: Study) -> None:
    form = CASEBOOK["assessment"]
    rows = [assessment(study.infusion), assessment(study.infusion, assessed_at=datetime(2027, 1, 1))]
    given = [Submission(subject=study.subject, form=form, row=row, by=study.coordinator, at=NOW) for row in rows]
    with pytest.raises(Refused):
        records.save_many(db.session, given)
    db.session.rollback()
    assert stored(study.subject, "assessment") == []


@pytest.mark.parametrize(("number", "code"), [(0, "TST-000000"), (1, "TST-000018"), (79927, "TST-799270")])
def test_a_subject_code_ends_in_its_check_digit(study: Study, number: int, code: str) -> None:
    """Expected check digits: the Luhn rule worked by hand (ISO/IEC 7812-1 annex B)."""
    assert records.subject_code(study.site, number) == code
