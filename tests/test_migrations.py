"""Migrations: up, down and up again on data; a migrated database equals a freshly created one."""

from datetime import date
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, select, text
from sqlalchemy.pool import NullPool

from entries import NOW, laboratory, save, stored
from forms.values import PartialDate
from registry import anchors, audit, triggers
from registry.audit_verify import verify
from registry.database import Base, alembic_config, db, head_revision, migrate_to_head
from registry.log_tables import ChainHead
from registry.models import ReferenceRange, Subject
from registry.release.models import Export
from registry.saving.consequences import derive_again
from study import Study

FIRST_RELEASE = "20261123a"


def described(connection: Connection) -> dict[str, Any]:
    """Return tables with columns, indexes, keys and CHECK texts."""
    found = inspect(connection)
    return {
        name: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns(name)},
            "indexes": sorted(
                (str(i["name"]), tuple(map(str, i["column_names"])), i["unique"]) for i in found.get_indexes(name)
            ),
            "unique": sorted(tuple(u["column_names"]) for u in found.get_unique_constraints(name)),
            "foreign": sorted(
                (tuple(f["constrained_columns"]), f["referred_table"], tuple(f["referred_columns"]))
                for f in found.get_foreign_keys(name)
            ),
            "checks": sorted(str(c["sqltext"]) for c in found.get_check_constraints(name)),
        }
        for name in found.get_table_names()
        if name != "alembic_version"
    }


def test_a_migrated_database_equals_a_freshly_created_one(own_database_url: str, empty_database_url: str) -> None:
    descriptions = []
    for url, create in ((own_database_url, False), (empty_database_url, True)):
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            if create:
                Base.metadata.create_all(connection)
            else:
                assert triggers.missing_triggers(connection) == set()
            descriptions.append(described(connection))
        engine.dispose()
    assert descriptions[0] == descriptions[1]


def test_autogenerate_finds_nothing_to_add(own_database_url: str) -> None:
    engine = create_engine(own_database_url, poolclass=NullPool)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        assert differences == [], "run: make migration MESSAGE=..."


def test_down_and_up_again_leave_an_empty_registry_that_works(own_database_url: str) -> None:
    command.downgrade(alembic_config(own_database_url), "base")
    engine = create_engine(own_database_url, poolclass=NullPool)
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    migrate_to_head(own_database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == head_revision()
        assert triggers.missing_triggers(connection) == set()
        assert connection.execute(text("SELECT seq FROM chain_head")).scalar_one() == 0


def test_migrating_a_database_in_use_again_keeps_every_row(own_study: Study) -> None:
    saved = save(own_study.subject, own_study.coordinator, "laboratory", laboratory(own_study.infusion))
    db.session.commit()
    migrate_to_head(db.engine.url.render_as_string(hide_password=False))
    assert [record.key for record in stored(own_study.subject, "laboratory")] == [saved.key]
    assert verify(db.session) == []
    assert db.session.get_one(ChainHead, 1).seq > 0


def test_rows_outlive_a_way_down_and_up_and_are_whole_once_derived_again(own_study: Study) -> None:
    born = replaced_birth_date(own_study)
    url = db.engine.url.render_as_string(hide_password=False)
    db.session.remove()
    command.downgrade(alembic_config(url), FIRST_RELEASE)
    migrate_to_head(url)
    subject = db.session.scalars(select(Subject)).one()
    assert stored(subject, "enrolment")[0].row["majority_on"] is None
    assert sorted(problem.split(": ")[1] for problem in verify(db.session)) == [
        "the derived value of immunosuppressants_by_day 1 is not what its inputs give",
        "the derived value of immunosuppressants_by_day 2 is not what its inputs give",
        "the derived value of majority_on is not what its inputs give",
    ]

    assert derive_again(db.session(), [subject]) == 3
    assert stored(subject, "enrolment")[0].row["majority_on"] == date(born.year + 18, born.month, born.day)
    assert verify(db.session) == []


def test_an_export_older_than_its_requests_stays_what_the_log_says(own_study: Study) -> None:
    url = db.engine.url.render_as_string(hide_password=False)
    db.session.remove()
    command.downgrade(alembic_config(url), "20261128e")
    row = {"profile": "deidentified", "cut_id": "c" * 64, "sha256": "e" * 64, "purpose": "Asked.", "subjects": 2}
    columns = "key, folder, made_at, profile, cut_id, sha256, purpose, subjects"
    values = ":key, 'x', '2026-03-05 09:00:00', :profile, :cut_id, :sha256, :purpose, :subjects"
    db.session.execute(text(f"INSERT INTO export ({columns}) VALUES ({values})"), {"key": "k", **row})  # noqa: S608
    told = {"made_at": "2026-03-05T09:00:00", "project": "dosing", **row}
    changes = {name: [None, value] for name, value in told.items()}
    audit.write(db.session, by=None, at=NOW, table="export", record_key="k", changes=changes, action="create")
    db.session.commit()
    migrate_to_head(url)
    db.session.remove()

    made = db.session.scalars(select(Export)).one()
    assert (made.project, made.status, made.formats, made.forms) == ("dosing", "done", ["csv"], [])
    anchors.anchor(db.session, "test", NOW)
    assert verify(db.session) == []
    made.status = "deleted"
    audit.write_row(db.session, made, by=None, at=NOW, reason="No longer needed.")
    db.session.commit()
    assert verify(db.session) == []


@pytest.mark.parametrize(
    ("stated", "is_misread"),
    [
        ({"unit": "mg/dL"}, False),
        ({"unit": "umol/L"}, True),
        ({"unit": "mg/dL", "laboratory": "Synthetic laboratory"}, True),
        ({"unit": "mg/dL", "age_to_months": 6}, True),
    ],
)
def test_there_is_no_way_down_to_a_version_that_would_misread_a_range(
    own_study: Study, stated: dict[str, Any], is_misread: bool
) -> None:
    told = {"analyte": "creatinine", "age_from_years": 0, "age_to_years": 17, "high": "0.8", **stated}
    db.session.add(ReferenceRange(site_id=own_study.site.id, valid_from=date(2026, 1, 1), **told))
    db.session.commit()
    url = db.engine.url.render_as_string(hide_password=False)
    db.session.remove()
    if is_misread:
        with pytest.raises(RuntimeError, match="would misread 1 reference ranges"):
            command.downgrade(alembic_config(url), "20261128f")
    else:
        command.downgrade(alembic_config(url), "20261128f")
    migrate_to_head(url)
    assert db.session.scalars(select(ReferenceRange.unit)).all() == [stated["unit"]]


def replaced_birth_date(study: Study) -> date:
    """Tell the enrolment of the child to the day; return the birth date."""
    [enrolment] = stored(study.subject, "enrolment")
    known = {**enrolment.row, "birth_date": PartialDate("2015-07-21")}
    save(study.subject, study.coordinator, "enrolment", known, revision=enrolment.revision, reason="Now known.")
    return date(2015, 7, 21)


@pytest.mark.parametrize(
    "said_later", [{"low": "0.2", "high": "0.7"}, {"low": None, "high": None}], ids=["corrected", "taken back"]
)
def test_there_is_no_way_down_where_a_range_was_corrected_or_taken_back(
    own_study: Study, said_later: dict[str, str | None]
) -> None:
    told = {"analyte": "creatinine", "unit": "mg/dL", "age_from_years": 0, "age_to_years": 17}
    told |= {"site_id": own_study.site.id, "valid_from": date(2026, 1, 1)}
    db.session.add(ReferenceRange(**told, high="0.8"))
    db.session.commit()
    db.session.add(ReferenceRange(**told, **said_later))
    db.session.commit()
    url = db.engine.url.render_as_string(hide_password=False)
    db.session.remove()
    with pytest.raises(RuntimeError, match="no range corrected or taken back"):
        command.downgrade(alembic_config(url), "20261128f")
    assert db.session.scalars(select(ReferenceRange.high).order_by(ReferenceRange.id)).all() == [
        "0.8",
        said_later["high"],
    ]
