"""What a rule set says about one row, whether it is stored already or only being judged."""

from __future__ import annotations

from forms.context import Context
from forms.rule_set import RuleSet, Verdict
from forms.values import Row


def verdict_on(rule_set: RuleSet, row: Row, context: Context) -> Verdict | None:
    """Return the verdict on a row as it would be with the row among the child's others.

    The last answer is kept: several checks ask the same of one row.
    """
    name = f"last by {rule_set.id} {rule_set.version}"
    last: tuple[Row, Verdict | None] | None = context.memory.get(name)
    if last is None or last[0] is not row:
        verdict = rule_set.of(row, with_row(rule_set, row, context) if rule_set.judge_child else context)
        last = context.memory[name] = (row, verdict)
    return last[1]


def with_row(rule_set: RuleSet, row: Row, context: Context) -> Context:
    """Return the context if it holds the row already, as in a save; else one of the forms it reads, with the row."""
    form = rule_set.form
    keys = context.once(f"keys of {form}", lambda known: {other.get("key") for other in known.rows[form]})
    if row.get("key") in keys:
        return context
    rows = {name: context.rows[name] for name in sorted(rule_set.reads)}
    rows[form] = (*rows[form], row)
    return Context(
        today=context.today, rows=rows, protocols=context.protocols, reference_ranges=context.reference_ranges
    )


def grade_in_words(rule_set: RuleSet, row: Row, context: Context) -> str:
    """Return a derived grade and the sign that decided, to stand beside another grade: ``3: one vasopressor``."""
    verdict = verdict_on(rule_set, row, context)
    return verdict.because.replace("grade ", "", 1) if verdict else ""
