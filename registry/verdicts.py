"""What the rule sets say about a child's records: kept as rows of ``derivation``, true after every save."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, Text, bindparam, delete, insert, select, type_coerce, update
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.context import Context
from forms.form import ANCHOR_FORMS
from forms.grading.rule_set import Certainty, RuleSet, Verdict
from forms.rule_sets import RULE_SETS
from registry.judging import Casebook
from registry.models import Derivation

Changed = Mapping[str, Collection[str]]
"""Form -> keys of the child's records that were saved."""

EVERYTHING: Changed = dict.fromkeys(CASEBOOK, ())

DERIVATION: Table = Derivation.__table__  # type: ignore[assignment]
FIELDS = ("value", "certainty", "because", "why", "missing", "details")
KEYS_AT_ONCE = 500


def affected_by(changed: Changed) -> dict[RuleSet, Collection[str] | None]:
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


def bring_up_to_date(session: Session, casebook: Casebook, changed: Changed, context: Context) -> int:
    """Store what the rule sets now say about a child's records after some of them changed; return how many differ."""
    asked = affected_by(changed)
    if not asked:
        return 0
    stored = _stored(session, casebook.subject.id, asked)
    fresh = dict(_fresh(asked, context))
    new = [_columns(casebook, name, verdict) for name, verdict in fresh.items() if name not in stored]
    differing = {
        stored[name][0]: as_columns(verdict)
        for name, verdict in fresh.items()
        if name in stored and stored[name][1] != as_columns(verdict)
    }
    gone = [id_ for name, (id_, _) in stored.items() if name not in fresh]
    if new:
        session.execute(insert(DERIVATION), new)
    if differing:
        statement = update(DERIVATION).where(DERIVATION.c.id == bindparam("b_id"))
        session.execute(statement, [{"b_id": id_, **values} for id_, values in differing.items()])
    for start in range(0, len(gone), KEYS_AT_ONCE):
        session.execute(delete(DERIVATION).where(DERIVATION.c.id.in_(gone[start : start + KEYS_AT_ONCE])))
    return len(new) + len(differing) + len(gone)


Name = tuple[str, str, str]
"""Record key, rule set, version: what a verdict is known by."""


def _fresh(asked: Mapping[RuleSet, Collection[str] | None], context: Context) -> Iterator[tuple[Name, Verdict]]:
    for rule_set, keys in asked.items():
        for key, verdict in rule_set.verdicts(context, keys).items():
            yield (key, rule_set.id, rule_set.version), verdict


def _stored(
    session: Session, subject_id: int, asked: Mapping[RuleSet, Collection[str] | None]
) -> dict[Name, tuple[int, dict[str, Any]]]:
    """Return the stored verdicts that may have changed; those of an older version in the database stay as they are."""
    wanted = {(rule_set.id, rule_set.version): keys for rule_set, keys in asked.items()}
    statement = _AS_TEXT.where(DERIVATION.c.subject_id == subject_id)
    narrow = [keys for keys in wanted.values() if keys is not None]
    if len(narrow) == len(wanted):
        statement = statement.where(DERIVATION.c.record_key.in_(sorted(set().union(*narrow))))
    found: dict[Name, tuple[int, dict[str, Any]]] = {}
    for row in session.execute(statement):
        name = (row.rule_set, row.version)
        if name in wanted and (wanted[name] is None or row.record_key in (wanted[name] or ())):
            said = {field: getattr(row, field) for field in FIELDS}
            said |= {"missing": _decoded(row.missing), "details": _decoded(row.details)}
            found[row.record_key, *name] = (row.id, said)
    return found


_AS_TEXT = select(
    *(column for column in DERIVATION.columns if column.name not in ("missing", "details")),
    *(type_coerce(DERIVATION.c[name], Text).label(name) for name in ("missing", "details")),
)


@lru_cache(maxsize=10_000)
def _decoded(text: str) -> Any:
    """Return what a JSON text holds, to be compared only: most verdicts of a child say the same."""
    return json.loads(text)


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


def _columns(casebook: Casebook, name: Name, verdict: Verdict) -> dict[str, Any]:
    key, rule_set, version = name
    about = {"subject_id": casebook.subject.id, "record_key": key, "rule_set": rule_set, "version": version}
    return {**about, **as_columns(verdict)}


def stale(session: Session, casebook: Casebook, context: Context) -> Iterator[tuple[str, str, str]]:
    """Yield form, record key and rule set of each stored verdict that the child's answers do not give."""
    asked = affected_by(EVERYTHING)
    stored, fresh = _stored(session, casebook.subject.id, asked), dict(_fresh(asked, context))
    forms = {rule_set.id: rule_set.form for rule_set in RULE_SETS}
    for name in sorted(fresh.keys() | stored.keys()):
        kept = stored[name][1] if name in stored else None
        if kept != (as_columns(fresh[name]) if name in fresh else None):
            yield forms[name[1]], name[0], f"{name[1]} {name[2]}"


def of_records(session: Session, keys: Sequence[str]) -> dict[str, list[tuple[RuleSet, Verdict]]]:
    """Return record key -> what each rule set says of it in its newest version, in the order of the rule sets."""
    newest = {rule_set.id: rule_set for rule_set in RULE_SETS}
    order = list(newest)
    found: dict[str, list[tuple[RuleSet, Verdict]]] = {}
    for start in range(0, len(keys), KEYS_AT_ONCE):
        statement = select(DERIVATION).where(DERIVATION.c.record_key.in_(keys[start : start + KEYS_AT_ONCE]))
        for row in session.execute(statement):
            rule_set = newest.get(row.rule_set)
            if rule_set is not None and rule_set.version == row.version:
                found.setdefault(row.record_key, []).append((rule_set, _verdict(row)))
    return {key: sorted(said, key=lambda pair: order.index(pair[0].id)) for key, said in found.items()}


def _verdict(row: Any) -> Verdict:
    return Verdict(
        value=row.value,
        certainty=Certainty(row.certainty),
        because=row.because,
        why=row.why,
        missing=tuple(row.missing),
        details=row.details,
    )
