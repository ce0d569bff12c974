"""The tables of all checks: what each refuses, what it lets pass, and what is stored about the child meanwhile.

Every file `golden/c*.json` holds a list of cases; a case is

    check          the id of the check
    refused        what is typed when it must fire
    passed         the nearest row that it must let pass
    stored         what is stored about the child: a name in STORED, or the rows that stand in place of CHILD's own, by
                   form; "protocols" and "reference_ranges" are the site's. Left out: CHILD as it is
    fires_without  items of the refused row (`item`) or of stored rows (`form.item`) without which it still fires
    missing        more rows in which too little is known: it must be silent
    partial        {"fires": [...], "silent": [...]}: rows with partial dates, beside those that the test makes itself
    one_sided      partial dates (`item` or `form.item`) whose cuts all come out alike, because other dates decide

An answer is typed text, or {"missing": code} for a reason why it is missing. "key" is the record's own; "entered_at"
the moment (UTC) at which it was entered.

Every file `golden/groups_*.json` says of each check which group of CLINICAL.md section 5 it belongs to (0: a rule of
the page itself) and how severe it is: group -> check id -> severity.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from forms.casebook import CASEBOOK
from forms.context import Context, Protocol, ReferenceRange
from forms.dosing.protocol_rules import ProtocolRules
from forms.edit_checks import check_row
from forms.form import Check, Finding
from forms.values import NullFlavour, Row, Value

TODAY = date(2026, 8, 1)
# A child of 8 years, 20 kg, infused on 2026-03-05, CRS from 03-07, anakinra 03-10 18:00 to 03-17 06:00.
CHILD: dict[str, tuple[dict[str, str], ...]] = {
    "enrolment": ({"key": "e1", "birth_date": "2017-08", "enrolled_on": "2026-02-20"},),
    "baseline": ({"key": "b1", "diagnosed_on": "2023-11", "weight_kg": "20", "developmental_delay": "no"},),
    "infusion": ({"key": "i1", "infused_on": "2026-03-05"},),
    "toxicity_episode": ({"key": "t1", "toxicity": "crs", "onset_on": "2026-03-07"},),
    "anakinra_course": (
        {
            "key": "c1",
            "given": "yes",
            "started_at": "2026-03-10 18:00",
            "stopped_at": "2026-03-17 06:00",
            "dosing_weight_kg": "20",
            "route": "sc",
        },
    ),
    "concomitant_agent": (
        {"key": "m1", "agent": "tocilizumab", "episodes": "t1", "doses_given": "3", "started_at": "2026-03-08"},
    ),
    "follow_up": ({"key": "f1", "seen_on": "2026-06-03", "alive": "yes"},),
}
SITE_CAP = {"version": "1", "effective_from": "2026-01-01", "max_single_mg": 100, "max_day_mg": 400}
NO_CAP = {"version": "1", "effective_from": "2026-01-01"}
STORED: dict[str, dict[str, Any]] = {
    "": {},
    "dead": {"end_of_study": ({"key": "x1", "died_on": "2026-04-18"},)},
    "no course": {"anakinra_course": ()},
    "course by vein": {"anakinra_course": ({"key": "c1", "given": "yes", "route": "iv_intermittent"},)},
    "protocol with caps": {"protocols": (SITE_CAP,)},
    "protocol without caps": {"protocols": (NO_CAP,)},
}
_GOLDEN = Path(__file__).parent / "golden"

Case = dict[str, Any]
Groups = dict[int, dict[str, str]]


def _all_in(pattern: str) -> Iterator[Any]:
    for path in sorted(_GOLDEN.glob(pattern)):
        yield json.loads(path.read_text(encoding="utf-8"))


CASES: list[Case] = [case for table in _all_in("c*.json") for case in table]


def groups() -> Groups:
    """Return group -> check id -> severity; a check told differently in two files is an error."""
    found: Groups = {}
    for table in _all_in("groups_*.json"):
        for number, told in table.items():
            group = found.setdefault(int(number), {})
            assert all(group.get(id_, severity) == severity for id_, severity in told.items()), number
            group |= told
    return found


def checks() -> dict[str, Check]:
    """Return every check of the casebook by id."""
    return {check.id: check for form in CASEBOOK.values() for check in form.checks}


def form_of(check_id: str) -> str:
    """Return the form that a check belongs to."""
    return check_id.split(".")[0]


def row_of(form: str, texts: Mapping[str, Any]) -> dict[str, Value]:
    """Return a row from what would be typed; ``key`` is the record's own."""
    return {name: _value(form, name, told) for name, told in texts.items()}


def _value(form: str, name: str, told: Any) -> Value:
    if isinstance(told, Mapping):
        return NullFlavour(told["missing"])
    if name == "entered_at":
        return datetime.fromisoformat(told)
    return told if name == "key" else CASEBOOK[form].items[name].parse(told)


def context(extra: Mapping[str, Any] | str = "") -> Context:
    """Return what is stored about the child, with the given forms in place of its own."""
    given = dict(STORED[extra] if isinstance(extra, str) else extra)
    protocols = tuple(_protocol(told) for told in given.pop("protocols", ()))
    ranges = tuple(_range(told) for told in given.pop("reference_ranges", ()))
    stored = {**CHILD, **given}
    rows: dict[str, tuple[Row, ...]] = {
        name: tuple(row_of(name, row) for row in stored.pop(name, ())) for name in CASEBOOK
    }
    assert not stored, f"there is no form {', '.join(stored)}"
    return Context(today=TODAY, rows=rows, protocols=protocols, reference_ranges=ranges)


def findings_about(
    form: str, item: str, texts: Mapping[str, Any], extra: Mapping[str, Any] | str = ""
) -> list[Finding]:
    """Return what is said of an item of a row as typed, but for an answer that is missing."""
    told = check_row(CASEBOOK[form], row_of(form, texts), context(extra))
    return [finding for finding in told if item in finding.items and not finding.is_missing]


def _protocol(told: Mapping[str, Any]) -> Protocol:
    rules = ProtocolRules.from_plain(told.get("rules"))
    return Protocol(**{**told, "effective_from": date.fromisoformat(told["effective_from"]), "rules": rules})


def _range(told: Mapping[str, Any]) -> ReferenceRange:
    return ReferenceRange(**{**told, "valid_from": date.fromisoformat(told["valid_from"])})
