"""What a finding is about beside its own row: some answers of stored rows, of all others of a form, of a linked one."""

from __future__ import annotations

from datetime import date

from forms.anchors import anchors_of, of_all, of_linked
from forms.context import Context
from forms.form import Anchor

STAYS = ({"key": "s1", "infusion": "i1"}, {"key": "s2", "infusion": "i2"})
KNOWN = Context(
    today=date(2026, 8, 1),
    rows={"support": STAYS, "infusion": ({"key": "i1"}, {"key": "i2"})},
)


def anchor(form: str, key: str, item: str) -> Anchor:
    return Anchor(form=form, key=key, item=item)


def test_each_item_of_each_row_is_named_in_their_order() -> None:
    assert anchors_of("support", STAYS, "kind", "started_at") == (
        anchor("support", "s1", "kind"),
        anchor("support", "s1", "started_at"),
        anchor("support", "s2", "kind"),
        anchor("support", "s2", "started_at"),
    )


def test_a_row_that_is_not_there_or_not_stored_has_no_anchor() -> None:
    assert anchors_of("support", [None, {}, {"kind": "icu"}, {"key": None, "kind": "icu"}], "kind") == ()
    assert anchors_of("support", STAYS) == ()


def test_of_all_names_the_other_rows_of_a_form() -> None:
    name = of_all("support", "kind")

    assert name(STAYS[0], KNOWN) == (anchor("support", "s2", "kind"),)
    assert name({}, KNOWN) == (anchor("support", "s1", "kind"), anchor("support", "s2", "kind"))


def test_of_linked_names_the_row_that_a_link_points_to() -> None:
    name = of_linked("infusion", "infusion", "infused_on", "product")

    assert name(STAYS[1], KNOWN) == (anchor("infusion", "i2", "infused_on"), anchor("infusion", "i2", "product"))
    assert name({"infusion": "i9"}, KNOWN) == ()
    assert name({}, KNOWN) == ()
