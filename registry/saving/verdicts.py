"""What the rule sets say about a child's records: kept as rows of ``derivation``, true after every save."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, Text, bindparam, delete, insert, or_, select, type_coerce, union_all, update
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.context import Context
from forms.form import ANCHOR_FORMS
from forms.rule_set import Certainty, RuleSet, Verdict, newest
from forms.rule_sets import RULE_SETS
from registry.models import Derivation, Subject
from registry.saving.judging import Casebook
from registry.tables import TABLES

Changed = Mapping[str, Collection[str]]
"""Form -> keys of the child's records that were saved."""

ToJudge = Mapping[RuleSet, Collection[str] | None]
"""Rule set -> the keys of the records it is to judge again, None for all."""

Name = tuple[str, str, str]
"""What a verdict is known by, in the order of NAME."""

StoredVerdicts = dict[Name, tuple[int, dict[str, Any]]]
"""Verdict -> the id of its row, and what the row says."""

EVERYTHING: Changed = dict.fromkeys(CASEBOOK, ())

DERIVATION: Table = Derivation.__table__  # type: ignore[assignment]
NAME = ("record_key", "rule_set", "version")
FIELDS = ("value", "certainty", "because", "why", "missing", "details")
KEYS_AT_ONCE = 500
KNOWN = frozenset((rule_set.id, rule_set.version) for rule_set in RULE_SETS)
"""Rule set and version of the verdicts that the registry can work out again; no others leave it."""


@dataclass(frozen=True, kw_only=True)
class Again:
    """A child whose records changed, and what the rule sets may know about it now."""

    casebook: Casebook
    changed: Changed
    context: Context


def affected_by(changed: Changed) -> ToJudge:
    """Return the rule sets to ask again, each with the only records of its form that it can judge differently now.

    None stands for all records: an anchor form changed, or something that the rule set compares with.
    """
    found: dict[RuleSet, Collection[str] | None] = {}
    for rule_set in RULE_SETS:
        if changed.keys() & {*ANCHOR_FORMS, *rule_set.uses} or (
            rule_set.form in changed and rule_set.judge_child is not None
        ):
            found[rule_set] = None
        elif rule_set.form in changed:
            found[rule_set] = changed[rule_set.form]
    return found


def bring_up_to_date(session: Session, again: Sequence[Again]) -> int:
    """Store what the rule sets now say about children of whom records changed; return how many verdicts differ."""
    asked = {one.casebook.subject.id: affected_by(one.changed) for one in again}
    stored = _stored(session, asked)
    new: list[dict[str, Any]] = []
    differing: list[dict[str, Any]] = []
    gone: list[int] = []
    for one in again:
        subject_id = one.casebook.subject.id
        known = stored.get(subject_id, {})
        fresh = dict(_fresh(asked[subject_id], one.context))
        for name, verdict in fresh.items():
            said = as_columns(verdict)
            if name not in known:
                new.append({"subject_id": subject_id, **dict(zip(NAME, name, strict=True)), **said})
            elif known[name][1] != said:
                differing.append({"b_id": known[name][0], **said})
        gone += [id_ for name, (id_, _) in known.items() if name not in fresh]
    if new:
        session.execute(insert(DERIVATION), new)
    if differing:
        session.execute(update(DERIVATION).where(DERIVATION.c.id == bindparam("b_id")), differing)
    _remove(session, gone)
    return len(new) + len(differing) + len(gone)


def _fresh(asked: ToJudge, context: Context) -> Iterator[tuple[Name, Verdict]]:
    for rule_set, keys in asked.items():
        for key, verdict in rule_set.verdicts(context, keys).items():
            yield (key, rule_set.id, rule_set.version), verdict


def _stored(session: Session, asked: Mapping[int, ToJudge]) -> dict[int, StoredVerdicts]:
    """Return subject id -> the stored verdicts that may have changed; ``strays`` tells of those that nothing asked."""
    wanted = {id_: {(known.id, known.version): keys for known, keys in sets.items()} for id_, sets in asked.items()}
    subjects = [id_ for id_, sets in asked.items() if sets]
    if not subjects:
        return {}
    whole = {known.id for sets in asked.values() for known, keys in sets.items() if keys is None}
    single = {key for sets in asked.values() for keys in sets.values() for key in keys or ()}
    if len(single) <= KEYS_AT_ONCE:
        rows = session.execute(_OF_SOME, {"subjects": subjects, "rule_sets": sorted(whole), "keys": sorted(single)})
    else:
        rows = session.execute(_OF_ALL, {"subjects": subjects})
    found: dict[int, StoredVerdicts] = {}
    for row in rows:
        rule_set = (row.rule_set, row.version)
        keys = wanted[row.subject_id].get(rule_set, ())
        if keys is None or row.record_key in keys:
            said = {field: getattr(row, field) for field in FIELDS}
            said |= {"missing": _decoded(row.missing), "details": _decoded(row.details)}
            found.setdefault(row.subject_id, {})[row.record_key, *rule_set] = (row.id, said)
    return found


_OF_ALL = select(
    *(column for column in DERIVATION.columns if column.name not in ("missing", "details")),
    *(type_coerce(DERIVATION.c[name], Text).label(name) for name in ("missing", "details")),
).where(DERIVATION.c.subject_id.in_(bindparam("subjects", expanding=True)))
_OF_SOME = _OF_ALL.where(
    or_(
        DERIVATION.c.rule_set.in_(bindparam("rule_sets", expanding=True)),
        DERIVATION.c.record_key.in_(bindparam("keys", expanding=True)),
    )
)


@lru_cache(maxsize=10_000)
def _decoded(text: str) -> Any:
    """Return what a JSON text holds, to be compared only: most verdicts of a child say the same.

    A text that is no JSON is returned as it is, which no verdict is equal to.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def as_columns(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as the columns that hold it."""
    return {
        "value": verdict.value,
        "certainty": verdict.certainty.value,
        "because": verdict.because,
        "why": verdict.why,
        "missing": list(verdict.missing),
        "details": dict(verdict.details),
    }


def stale(session: Session, casebook: Casebook, context: Context) -> Iterator[tuple[str, str, str]]:
    """Yield form, record key and rule set of each stored verdict that the child's answers do not give."""
    asked = affected_by(EVERYTHING)
    stored = _stored(session, {casebook.subject.id: asked}).get(casebook.subject.id, {})
    fresh = dict(_fresh(asked, context))
    forms = {rule_set.id: rule_set.form for rule_set in RULE_SETS}
    for name in sorted(fresh.keys() | stored.keys()):
        kept = stored[name][1] if name in stored else None
        if kept != (as_columns(fresh[name]) if name in fresh else None):
            yield forms[name[1]], name[0], f"{name[1]} {name[2]}"


@dataclass(frozen=True, kw_only=True)
class Stray:
    """A stored verdict that no rule set can have given: of a rule set, a version or a record that is not known."""

    id: int
    subject_key: str
    record_key: str
    rule_set: str
    version: str

    @property
    def is_of_known_rule_set(self) -> bool:
        """Tell whether the registry has the rule set in this version: then it is the record that is not known."""
        return (self.rule_set, self.version) in KNOWN


def strays(session: Session, subject_ids: Sequence[int]) -> Iterator[Stray]:
    """Yield the stored verdicts of some children whose rule set, version or record is not known; two statements."""
    records = (select(table.c.subject_id, table.c.key) for table in TABLES.values())
    of_these = (statement.where(statement.selected_columns.subject_id.in_(subject_ids)) for statement in records)
    known = {(subject_id, key) for subject_id, key in session.execute(union_all(*of_these))}
    named = (DERIVATION.c.id, Subject.id, Subject.key, *(DERIVATION.c[name] for name in NAME))
    statement = select(*named).join(Subject, Subject.id == DERIVATION.c.subject_id).order_by(DERIVATION.c.id)
    found = session.execute(statement.where(Subject.id.in_(subject_ids)))
    for id_, subject_id, subject_key, record_key, *rule_set in found:
        if (subject_id, record_key) not in known or tuple(rule_set) not in KNOWN:
            yield Stray(
                id=id_, subject_key=subject_key, record_key=record_key, rule_set=rule_set[0], version=rule_set[1]
            )


def remove_strays(session: Session, subject_ids: Sequence[int]) -> int:
    """Remove the verdicts of some children that nothing can bring up to date; return how many there were."""
    gone = [stray.id for stray in strays(session, subject_ids)]
    _remove(session, gone)
    return len(gone)


def _remove(session: Session, ids: Sequence[int]) -> None:
    for start in range(0, len(ids), KEYS_AT_ONCE):
        session.execute(delete(DERIVATION).where(DERIVATION.c.id.in_(ids[start : start + KEYS_AT_ONCE])))


def of_records(session: Session, keys: Sequence[str]) -> dict[str, list[tuple[RuleSet, Verdict]]]:
    """Return record key -> what each rule set says of it in its newest version, in the order of the rule sets."""
    known = {rule_set.id: rule_set for rule_set in newest(RULE_SETS)}
    order = list(known)
    found: dict[str, list[tuple[RuleSet, Verdict]]] = {}
    for start in range(0, len(keys), KEYS_AT_ONCE):
        statement = select(DERIVATION).where(DERIVATION.c.record_key.in_(keys[start : start + KEYS_AT_ONCE]))
        for row in session.execute(statement):
            rule_set = known.get(row.rule_set)
            if rule_set is not None and rule_set.version == row.version:
                found.setdefault(row.record_key, []).append((rule_set, _verdict(row)))
    return {key: sorted(said, key=lambda pair: order.index(pair[0].id)) for key, said in found.items()}


def of_subject(session: Session, subject: Subject, rule_sets: Iterable[str]) -> dict[str, dict[str, Verdict]]:
    """Return record key -> rule set -> its newest verdict, for the rule sets named; one statement."""
    known = {rule_set.id: rule_set.version for rule_set in newest(RULE_SETS)}
    wanted = DERIVATION.c.rule_set.in_(list(rule_sets))
    found: dict[str, dict[str, Verdict]] = {}
    for row in session.execute(select(DERIVATION).where(DERIVATION.c.subject_id == subject.id, wanted)):
        if known.get(row.rule_set) == row.version:
            found.setdefault(row.record_key, {})[row.rule_set] = _verdict(row)
    return found


def _verdict(row: Any) -> Verdict:
    return Verdict(
        value=row.value,
        certainty=Certainty(row.certainty),
        because=row.because,
        why=row.why,
        missing=tuple(row.missing),
        details=row.details,
    )
