"""A rule set in two versions: the page shows the newest, `derive` adds its verdicts, a cut holds both."""

import csv
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import crf_client
from children import make_child
from entries import NOW, key, save
from forms.values import NullFlavour, PartialDate
from registry.audit_verify import verify
from registry.database import db
from registry.models import Derivation
from registry.release import cuts
from registry.saving.consequences import derive_again
from registry.saving.verdicts import of_records, of_subject
from signing_in import SignIn
from study import Study

TIMING = "infection_before_anakinra"
V1 = (TIMING, "1", "no_anakinra")
V2 = (TIMING, "2", None)


def infected(study: Study) -> str:
    """Store a course of anakinra without its first dose, and an infection; return the key of the infection."""
    course = {"key": key(), "infusion": study.infusion, "given": True}
    null_flavours = {"started_at": NullFlavour.UNKNOWN}
    save(study.subject, study.coordinator, "anakinra_course", {**course, **null_flavours})
    row = {"key": key(), "onset_on": PartialDate("2026-03-20")}
    save(study.subject, study.coordinator, "infection", row)
    db.session.commit()
    return str(row["key"])


def kept(record: str) -> dict[tuple[str, str, str | None], int]:
    """Return rule set, version and value of each verdict on when an infection was -> its place in the table."""
    statement = select(Derivation).where(Derivation.record_key == record, Derivation.rule_set == TIMING)
    return {(row.rule_set, row.version, row.value): row.id for row in db.session.scalars(statement)}


def test_both_versions_are_kept_and_the_newest_alone_is_shown(own_study: Study) -> None:
    record = infected(own_study)

    assert set(kept(record)) == {V1, V2}
    shown = [(one.id, one.version) for one, _ in of_records(db.session(), [record])[record] if one.id == TIMING]
    assert shown == [(TIMING, "2")]
    assert of_subject(db.session(), own_study.subject, [TIMING])[record][TIMING].value is None


def test_derive_adds_the_verdicts_of_a_new_version_and_leaves_those_before(own_study: Study) -> None:
    record = infected(own_study)
    db.session.execute(delete(Derivation).where(Derivation.rule_set == TIMING, Derivation.version == "2"))
    db.session.commit()
    before = kept(record)
    # As after an upgrade: what an earlier version said is not shown for what the newest says.
    assert TIMING not in {one.id for one, _ in of_records(db.session(), [record]).get(record, [])}
    assert [problem.split(": ")[1] for problem in verify(db.session)] == [
        f"the derived value of {TIMING} 2 is not what its inputs give"
    ]

    assert derive_again(db.session(), [own_study.subject]) == 1
    db.session.commit()

    assert set(before) == {V1} and before.items() <= kept(record).items()
    assert set(kept(record)) == {V1, V2}
    assert verify(db.session) == []
    assert derive_again(db.session(), [own_study.subject]) == 0


def test_a_cut_holds_and_lists_both_versions(own_study: Study, tmp_path: Path) -> None:
    record = infected(own_study)
    cuts.take_cut(db.session, tmp_path / "cut", by=None, at=NOW)

    def lines(name: str) -> list[dict[str, str]]:
        with (tmp_path / "cut" / name).open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if row["rule_set"] == TIMING]

    assert [(row["record"], row["version"]) for row in lines("derivations.csv")] == [(record, "1"), (record, "2")]
    assert [row["version"] for row in lines("rule_sets.csv")] == ["1", "2"]


def test_a_page_shows_the_newest_version_once_while_it_is_typed_and_when_it_is_stored(
    app: Flask, session: Session, sign_in: SignIn
) -> None:
    child = make_child(app, session, sign_in)
    typed: dict[str, Any] = {"onset_on": ["2026-03-20"]}

    heard = child.client.post(f"{child.page('infection', key())}/said", data=typed).json
    stored = crf_client.save(child.client, child.page("infection"), typed)

    # The child has a course without its first dose: the first version would say “no anakinra”.
    for page in (heard["beside"]["relation"], child.client.get(stored.location).text):
        assert (page.count("Before or after the start of anakinra:"), "no anakinra is recorded" in page) == (1, False)
