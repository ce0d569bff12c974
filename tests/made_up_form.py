"""A small made-up form, a check on it, and the judge asked about a row of it."""

from __future__ import annotations

from datetime import date

from forms.branching import When
from forms.context import Context
from forms.edit_checks import check_row
from forms.form import Anchor, Check, Finding, Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    SOFT,
    WARNING,
    Choice,
    CodeList,
    Count,
    Day,
    Derived,
    Measured,
    Moment,
    MultiChoice,
    Number,
    Severity,
    Text,
    YesNo,
)
from forms.values import Row

TODAY = date(2026, 3, 12)
SIGNS = CodeList("signs", {"none": "None", "rash": "Rash", "ache": "Ache"})
NUMBERS = {
    "pulse": Count(
        label="Pulse", privacy=CLINICAL, help="h", unit="/min", low=20, high=250, soft_low=50, soft_high=200
    ),
    "score": Count(label="Score", privacy=CLINICAL, help="h", low=0, high=10, beyond=CONFIRM),
    "excess": Number(label="Excess", privacy=CLINICAL, help="h", decimals=1, low=-30, high=30, beyond=CONFIRM),
    "crp": Measured(
        label="CRP", privacy=CLINICAL, help="h", unit="mg/L", decimals=1, low=0, high=900, soft_high=500,
        beyond=CONFIRM,
    ),
}  # fmt: skip
FORM = Form(
    name="page",
    number=1,
    title="Page",
    intro="i",
    version=1,
    items={
        **NUMBERS,
        "sign": Choice(label="Sign", privacy=CLINICAL, help="h", codes=SIGNS),
        "signs": MultiChoice(label="Signs", privacy=CLINICAL, help="h", codes=SIGNS, none="none"),
        "seen_on": Day(label="Seen", privacy=CLINICAL, help="h", partial=True),
        "seen_at": Moment(label="Seen at", privacy=CLINICAL, help="h"),
        "next_on": Day(label="Next", privacy=CLINICAL, help="h", future=True),
        "ill": YesNo(label="Ill", privacy=CLINICAL, help="h", required=True),
        "words": Text(label="Words", privacy=CLINICAL, help="h", required=True, missing=False),
        "since": Day(label="Since", privacy=CLINICAL, help="h", required=True, ask_if=When("ill")),
        "days": Derived(
            label="Days",
            privacy=CLINICAL,
            help="h",
            result=Count(label="Days", privacy=CLINICAL, low=0, high=9),
            compute=lambda row, context: None,
        ),
    },
)
ANSWERED: Row = {"ill": False, "words": "w"}


def found(row: Row, form: Form = FORM, *, mildest: Severity = WARNING) -> tuple[Finding, ...]:
    return check_row(form, {**ANSWERED, **row}, Context(today=TODAY), mildest=mildest)


CHECK = Check(
    id="page.pulse_fits",
    severity=SOFT,
    items=("pulse", "crp"),
    message="Pulse {pulse} beside CRP {crp} and {score}: {why}. Look again.",
    holds=lambda row, context: None if row.get("pulse") is None else row["pulse"] != 60,
    explain=lambda row, context: f"today is {context.today}",
    also=lambda row, context: (Anchor(form="infusion", key=str(row.get("key")), item="infused_on"),),
    version=2,
)
