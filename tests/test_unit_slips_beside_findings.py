"""What is said of a unit slip together with what the limits, and the rest of the row, have to say."""

from dataclasses import replace

from check_tables import context, row_of
from forms.casebook import CASEBOOK
from forms.edit_checks import check_row
from forms.form import Form
from forms.items import CONFIRM, HARD, SOFT, Measured

LABORATORY = CASEBOOK["laboratory"]


def told(form: Form, *before: dict[str, str], **typed: str) -> dict[str, str]:
    """Return check -> severity of what is said of the numbers of a sample of day 7, but for missing answers."""
    row = row_of("laboratory", {"key": "l9", "sampled_at": "2026-03-12 06:00", **typed})
    found = check_row(form, row, context({"laboratory": before}))
    return {one.check_id.removeprefix("laboratory."): one.severity for one in found if not one.is_missing}


def test_beyond_the_limits_they_decide_how_hard_a_slip_is() -> None:
    fibrinogen = LABORATORY.items["fibrinogen"]
    assert isinstance(fibrinogen, Measured)
    refusing = replace(LABORATORY, items={**LABORATORY.items, "fibrinogen": replace(fibrinogen, beyond=HARD)})

    assert told(LABORATORY, fibrinogen="1.1") == {"fibrinogen.limits": CONFIRM}
    assert told(refusing, fibrinogen="1.1") == {"fibrinogen.limits": HARD}


def test_an_unusual_number_like_the_one_before_in_another_unit_is_asked_about() -> None:
    before = {"key": "l1", "sampled_at": "2026-03-11 06:00", "wbc": "0.2"}

    assert told(LABORATORY, before, wbc="158") == {"wbc.unit": SOFT}


def test_what_is_said_of_other_numbers_stays_beside_a_slip() -> None:
    assert told(LABORATORY, fibrinogen="1.1", inr="90") == {"fibrinogen.limits": CONFIRM, "inr.limits": CONFIRM}
