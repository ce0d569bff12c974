"""What a save leaves to be done, in the words of the messages after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from flask import url_for
from markupsafe import Markup

from forms.edit_checks import UNUSUAL_ADVICE
from forms.form import Form
from forms.items import CONFIRM, SOFT, Item
from registry.models import DataQuery
from registry.query_places import Place
from registry.saving.outcomes import Saved

TOLD_ELSEWHERE = 3
ALL_ANSWERED = "Every answer that is needed is there"


def left_to_do(saved: Saved, form: Form, *, answered: Collection[str]) -> list[str]:
    """Return in words what a save leaves to be done: what is missing, asked or unusual, and what was cleared.

    ``answered`` are the checks that a reason was given to, now or before: nothing is left to be done about them.
    """
    missing = [form.items[finding.items[0]].label for finding in saved.findings if finding.is_missing]
    found = [finding for finding in saved.findings if not finding.is_missing and finding.check_id not in answered]
    asked = [f"A data query is open: {finding.message}" for finding in found if finding.severity is SOFT]
    unusual = [finding.message for finding in found if finding.severity not in (SOFT, CONFIRM)]
    said = [*asked, *_unusual_together(unusual)]
    if missing:
        said.insert(0, still_to_answer(missing))
    if saved.cleared:
        said.append(f"Cleared, because no longer asked: {', '.join(_labels(form.items, saved.cleared))}.")
    return said


def asked_elsewhere(opened: Sequence[DataQuery], places: Mapping[str, Place]) -> list[Markup]:
    """Return which data queries a save opened about other pages of the child, with the ways there: the first three,
    and how many more.
    """
    said = [_asked(one, places[one.key].record) for one in opened[:TOLD_ELSEWHERE]]
    more = len(opened) - len(said)
    if more:
        about_child = url_for("subjects.show", subject_key=opened[0].subject.key, _anchor="queries")
        words = Markup('So {} {} more about other pages: see <a href="{}">the child\'s open data queries</a>.')
        said.append(words.format("is" if more == 1 else "are", more, about_child))
    return said


def _asked(query: DataQuery, record: str) -> Markup:
    address = url_for(
        "records.show",
        subject_key=query.subject.key,
        form_name=query.form,
        record_key=query.record_key,
        _anchor=f"query-{query.key}",
    )
    return Markup('A data query is open about <a href="{}">{}</a>: {}').format(address, record, query.message)


def still_to_answer(labels: Sequence[str]) -> str:
    """Return in a sentence which answers are missing: the first of them, and how many more."""
    more = f" and {len(labels) - 4} more" if len(labels) > 4 else ""
    return f"Still to answer: {', '.join(labels[:4])}{more}."


def _unusual_together(messages: list[str]) -> list[str]:
    """Return the messages with those about unusual values as one, a line each; first the others."""
    unusual = [message for message in messages if message.endswith(UNUSUAL_ADVICE)]
    if len(unusual) < 2:
        return messages
    lines = [message.removesuffix(UNUSUAL_ADVICE).strip() for message in unusual]
    others = [message for message in messages if message not in unusual]
    return [*others, "\n".join([f"{len(unusual)} values are unusual. {UNUSUAL_ADVICE}", *lines])]


def _labels(items: Mapping[str, Item], names: Iterable[str]) -> list[str]:
    return [items[name].label for name in names]
