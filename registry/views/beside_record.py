"""What stands beside the answers of a record: its data queries, what the rule sets say, what the viewer may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import ColumnElement

from forms.form import Form
from forms.rule_sets import RULE_SETS
from registry import data_queries
from registry.access import viewer
from registry.consent import RESTING
from registry.database import db
from registry.models import DataQuery, DataQueryAnchor, Subject
from registry.query_places import Place, places
from registry.saving import verdicts
from registry.stored_records import Record
from registry.verdict_words import ShownVerdict, beside_items, in_words


@dataclass(kw_only=True)
class BesideRecord:
    """What the registry knows about a record beside its answers; nothing of one that is not stored yet."""

    form: Form
    key: str
    subject: Subject | None
    stored: Record | None

    @cached_property
    def queries(self) -> list[DataQuery]:
        """Return the open data queries about the record that do not rest."""
        return self._asked_about_it(~RESTING)

    @cached_property
    def answered_questions(self) -> list[DataQuery]:
        """Return the questions of people about the record that were answered and wait for whoever asked."""
        by_a_person = DataQuery.check_id == data_queries.MANUAL
        return self._asked_about_it(by_a_person, status=data_queries.ANSWERED)

    def _asked_about_it(self, *conditions: ColumnElement[bool], status: str = data_queries.OPEN) -> list[DataQuery]:
        if self.subject is None or self.stored is None:
            return []
        about_it = DataQuery.anchors.any(DataQueryAnchor.record_key == self.key)
        return data_queries.for_subjects(db.session(), [self.subject.id], about_it, *conditions, status=status)

    @property
    def places(self) -> dict[str, Place]:
        """Return query key -> what the data queries of the page are about, in words."""
        return places(db.session(), self.queries) | places(db.session(), self.answered_questions)

    @cached_property
    def verdicts(self) -> Mapping[str, list[ShownVerdict]]:
        """Return item -> what the rule sets say beside it of the record as stored; under no name what stands apart."""
        said = verdicts.of_records(db.session(), [self.key]).get(self.key, []) if self.stored else []
        return beside_items(in_words(rule_set, verdict) for rule_set, verdict in said)

    @property
    def judged_items(self) -> frozenset[str]:
        """Return the items that a rule set stands beside."""
        return frozenset(rule_set.beside for rule_set in RULE_SETS if rule_set.form == self.form.name)

    def queries_at(self, name: str) -> list[DataQuery]:
        """Return the open data queries about an item, then the answered questions that wait for whoever asked."""
        here, shown = (self.key, name), [*self.queries, *self.answered_questions]
        return [query for query in shown if any((anchor.record_key, anchor.item) == here for anchor in query.anchors)]

    @property
    def may_answer(self) -> bool:
        """Tell whether the viewer may answer data queries of this child."""
        return self.subject is not None and viewer().may("data_query.answer", self.subject.site)

    @property
    def may_raise(self) -> bool:
        """Tell whether the viewer may raise and close data queries of this child."""
        return self.subject is not None and viewer().may("data_query.raise", self.subject.site)
