"""Form 7: one course of anakinra for one episode, with the child's state at the first dose.

A severe toxicity that was not treated with anakinra has a page too: it says why not.
"""

from __future__ import annotations

from forms.branching import When
from forms.casebook.anakinra_course_codes import REASONS_NOT_GIVEN, ROUTE_REASONS, STOP_REASONS, TRIGGERS
from forms.casebook.anakinra_course_recorded import recorded_at_start
from forms.casebook.anakinra_course_rules import CHECKS, course_number, duration
from forms.casebook.anakinra_course_start import AT_START, GIVEN
from forms.code_lists import ANAKINRA_ROUTES, INDICATIONS, LINES, WEAN_ORDERS
from forms.derivations import study_day
from forms.form import Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    FREE_TEXT,
    QI,
    QI_SITE,
    STRUCTURE,
    Choice,
    Count,
    Day,
    Derived,
    Item,
    Link,
    Moment,
    MultiChoice,
    Number,
    Text,
    YesNo,
)

_STOPPED = When("stopped_at")


_DECISION: dict[str, Item] = {
    "infusion": Link(
        form="infusion",
        label="Infusion",
        section="Decision",
        required=True,
        privacy=STRUCTURE,
        help="The infusion that led to it, such as the one of 2026-03-05.",
    ),
    "episode": Link(
        form="toxicity_episode",
        label="Index episode",
        privacy=STRUCTURE,
        help="The toxicity it was given for, such as ICANS of 2026-03-09. Empty only for prevention.",
    ),
    "given": YesNo(
        label="Anakinra given",
        required=True,
        missing=False,
        privacy=CLINICAL,
        help="Yes from the first dose on; No for grade 3 or more without it, such as CRS that settled on tocilizumab.",
    ),
    "reason_not_given": Choice(
        label="Why anakinra was not given",
        codes=REASONS_NOT_GIVEN,
        ask_if=When("given", is_in=("no",)),
        required=True,
        privacy=QI_SITE,
        help="The main reason, such as Responding to other treatment.",
    ),
    "reason_not_given_other": Text(
        label="Which other reason",
        max_length=200,
        ask_if=When("reason_not_given", is_in=("other",)),
        extended=True,
        privacy=FREE_TEXT,
        help="In a few words, such as transferred the same evening.",
    ),
    "started_at": Moment(
        label="First dose",
        ask_if=GIVEN,
        required=True,
        privacy=DATE,
        help="Day and time the first dose was given, such as 2026-03-10 18:00.",
    ),
    "study_day": study_day("started_at"),
    "course_number": Derived(
        label="Course number",
        result=Count(label="Course number", low=1, high=50, privacy=CLINICAL),
        compute=course_number,
        privacy=CLINICAL,
        help="1 for the child's first course, counted by the first dose, such as 2 after a restart.",
    ),
    "indications": MultiChoice(
        label="Indications",
        codes=INDICATIONS,
        ask_if=GIVEN,
        required=True,
        privacy=CLINICAL,
        help="Everything it was given for, such as ICANS and To spare steroid.",
    ),
    "indication_other": Text(
        label="Which other indication",
        max_length=120,
        ask_if=When("indications", is_in=("other",)),
        extended=True,
        privacy=FREE_TEXT,
        help="In a few words, such as pericarditis.",
    ),
    "line": Choice(
        label="Line of treatment for this episode",
        codes=LINES,
        ask_if=GIVEN,
        required=True,
        privacy=QI_SITE,
        help="For the index episode only: tocilizumab for CRS does not count for HLH-like toxicity, such as First.",
    ),
    "trigger": Choice(
        label="What triggered the start",
        codes=TRIGGERS,
        ask_if=GIVEN,
        required=True,
        privacy=QI_SITE,
        help="The main trigger, such as No response to earlier treatment.",
    ),
    "restart_reason": Text(
        label="Why a further course",
        max_length=200,
        ask_if=GIVEN,
        extended=True,
        privacy=FREE_TEXT,
        help="Only for a second or later course, such as ferritin rose again two days after stopping.",
    ),
}

_DOSING: dict[str, Item] = {
    "route": Choice(
        label="Route at the start",
        section="Route and weight",
        codes=ANAKINRA_ROUTES,
        ask_if=GIVEN,
        required=True,
        privacy=QI_SITE,
        help="The route of the first dose, such as Subcutaneous.",
    ),
    "route_reasons": MultiChoice(
        label="Why this route",
        codes=ROUTE_REASONS,
        ask_if=GIVEN,
        extended=True,
        privacy=QI_SITE,
        help="All that applied, such as Low platelets, coagulopathy, bruising.",
    ),
    "dosing_weight_kg": Number(
        label="Dosing weight",
        unit="kg",
        decimals=2,
        low=2,
        high=200,
        beyond=CONFIRM,
        ask_if=GIVEN,
        required=True,
        privacy=QI,
        help="The weight the order was calculated with, such as 24.8.",
    ),
    "dosing_weight_on": Day(
        label="Dosing weight measured on",
        ask_if=GIVEN,
        extended=True,
        privacy=DATE,
        help="The day that weight was taken, such as 2026-03-04.",
    ),
    "follows_protocol": YesNo(
        label="As the site's protocol says",
        ask_if=GIVEN,
        extended=True,
        privacy=QI_SITE,
        help="No if indication, line, dose or route differ from the protocol in force, such as No for a higher dose.",
    ),
    "deviation_reason": Text(
        label="Why it differs from the protocol",
        max_length=300,
        ask_if=When("follows_protocol", is_in=("no",)),
        extended=True,
        privacy=FREE_TEXT,
        help="In a few words, such as weight above 50 kg. No names.",
    ),
}

_STOP: dict[str, Item] = {
    "stopped_at": Moment(
        label="Last dose",
        section="End of the course",
        ask_if=GIVEN,
        privacy=DATE,
        help="Day and time of the last dose, such as 2026-03-17 06:00. Leave empty while it goes on.",
    ),
    "duration_days": Derived(
        label="Days on anakinra",
        unit="days",
        result=Count(label="Days on anakinra", unit="days", low=-40000, high=40000, privacy=DATE),
        compute=duration,
        derives_from=("started_at", "stopped_at"),
        privacy=DATE,
        help="Calendar days with the first and the last counted, such as 8.",
    ),
    "stop_reason": Choice(
        label="Main reason for stopping",
        codes=STOP_REASONS,
        ask_if=_STOPPED,
        required=True,
        privacy=CLINICAL,
        help="The main reason, such as Toxicity resolved.",
    ),
    "stop_reason_other": Text(
        label="Which other reason",
        max_length=200,
        ask_if=When("stop_reason", is_in=("other",)),
        extended=True,
        privacy=FREE_TEXT,
        help="In a few words, such as given twice by mistake and then stopped.",
    ),
    "at_stop_grade": Count(
        label="Grade of the index toxicity at the last dose",
        low=0,
        high=5,
        ask_if=_STOPPED,
        extended=True,
        privacy=CLINICAL,
        help="The last grade at or before the last dose, such as 1.",
    ),
    "tapered": YesNo(
        label="Tapered",
        ask_if=_STOPPED,
        extended=True,
        privacy=QI_SITE,
        help="Yes if dose or frequency was lowered before the end; enter each step as a regimen, such as Yes.",
    ),
    "taper_started_on": Day(
        label="Taper started on",
        ask_if=When("tapered"),
        extended=True,
        privacy=DATE,
        help="The first day at a lower dose or frequency, such as 2026-03-14.",
    ),
    "wean_order": Choice(
        label="Ended in which order",
        codes=WEAN_ORDERS,
        ask_if=_STOPPED,
        extended=True,
        privacy=QI_SITE,
        help="Compared with the other agents for this toxicity, such as After the others.",
    ),
    "rescue_after": YesNo(
        label="A new agent was needed after it began",
        ask_if=GIVEN,
        extended=True,
        privacy=CLINICAL,
        help="Another class than before, such as Yes for ruxolitinib on day 4 of anakinra.",
    ),
}

ANAKINRA_COURSE = Form(
    name="anakinra_course",
    number=7,
    title="Anakinra course",
    intro="One page per course and index episode. Doses go on the regimen pages, one for each change.",
    version=1,
    day_item="started_at",
    summary=("started_at", "stopped_at", "given", "line"),
    items={**_DECISION, **_DOSING, **AT_START, **_STOP},
    checks=CHECKS,
    recorded=recorded_at_start,
)
