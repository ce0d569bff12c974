"""What an export would do, in lines of text: the plan for each item, who is left out, the risk."""

from __future__ import annotations

from collections.abc import Iterator

from forms.casebook import CASEBOOK
from registry.release.gate import Passed
from registry.release.gate_words import sentences, warnings
from registry.release.leaving_rows import leaving_rows
from registry.release.order import Order
from registry.release.preparing import Prepared
from registry.release.profiles import TERMS
from registry.release.quasi_identifiers import ladder


def lines(prepared: Prepared) -> Iterator[str]:
    """Yield the lines of a dry run: profile, children, rows, what is done to each item, the risk before and after."""
    order, facts = prepared.order, prepared.facts
    yield f"{TERMS[order.profile].title}, project {order.project}, data cut {facts.cut_id[:12]}. Nothing was written."
    yield f"{facts.children} children would be in it."
    yield from (f"{count} left out: {why}." for why, count in facts.excluded.items() if count)
    for one in leaving_rows(prepared):
        why = "; ".join(f"{count} stay: {words}" for words, count in one.stay.items())
        yield f"{one.title}: {one.leave} of {one.in_cut} rows leave" + (f"; {why}." if why else ".")
    for form, actions in prepared.actions.items():
        if form in order.forms:
            yield ""
            yield CASEBOOK[form].title + ("" if form in prepared.forms else ": no table of its own")
            yield from (f"  {action.verb:<7} {action.item}: {action.why}" for action in actions)
    if prepared.passed is not None:
        yield from _risk(prepared.passed, order)


def _risk(passed: Passed, order: Order) -> Iterator[str]:
    yield ""
    yield "Risk, measured on what others could know       as recorded     as released"
    before, after = passed.before, passed.after
    rows: tuple[tuple[str, str, str], ...] = (
        ("smallest group of children who look alike (k)", str(before.smallest), str(after.smallest)),
        (f"children in groups under {passed.target}", str(before.under), str(after.under)),
        ("mean chance of picking the right child", f"{before.mean:.3f}", f"{after.mean:.3f}"),
        ("highest chance", f"{before.highest:.3f}", f"{after.highest:.3f}"),
        ("children in groups of one response at day 28", str(before.one_outcome), str(after.one_outcome)),
    )
    yield from (f"{label:<46} {first:>12} {second:>15}" for label, first, second in rows)
    yield ""
    yield from sentences(passed, ladder(order.keep))
    yield from warnings(passed.after)
