"""Form 11: one adverse event or dosing error: what happened, how serious, what caused it, who was told."""

from __future__ import annotations

from forms.branching import When
from forms.casebook.adverse_event_codes import ACTIONS, ERRORS, EVENTS, OUTCOMES, RECIPIENTS, SERIOUSNESS
from forms.casebook.adverse_event_recorded import recorded_of_event
from forms.casebook.adverse_event_rules import CHECKS
from forms.code_lists import CAUSALITIES, CTCAE_VERSIONS
from forms.derivations import anakinra_day, study_day
from forms.form import Form
from forms.items import (
    CLINICAL,
    DATE,
    FREE_TEXT,
    STRUCTURE,
    Choice,
    Count,
    Day,
    Item,
    Link,
    MultiChoice,
    Text,
    YesNo,
)

_SERIOUS = When("serious")


_WHAT: dict[str, Item] = {
    "onset_on": Day(
        label="Onset",
        section="Event",
        partial=True,
        required=True,
        privacy=DATE,
        help="The first day, as exactly as known, such as 2026-03-11.",
    ),
    "study_day": study_day("onset_on"),
    "anakinra_day": anakinra_day("onset_on"),
    "event": Choice(
        label="Event",
        codes=EVENTS,
        required=True,
        privacy=CLINICAL,
        help="The nearest entry, such as Injection site pain. A dosing error counts even without harm.",
    ),
    "event_other": Text(
        label="Which event",
        max_length=120,
        ask_if=When("event", is_in=("other",)),
        required=True,
        privacy=FREE_TEXT,
        help="The CTCAE term where there is one, such as pancreatitis.",
    ),
    "dosing_error": Choice(
        label="Kind of dosing error",
        codes=ERRORS,
        ask_if=When("event", is_in=("dosing_error",)),
        required=True,
        privacy=CLINICAL,
        help="What went wrong, such as Per dose and per day mixed up.",
    ),
    "course": Link(
        form="anakinra_course",
        label="Anakinra course",
        extended=True,
        privacy=STRUCTURE,
        help="The course it happened under or after, such as the one begun 2026-03-10. Empty without anakinra.",
    ),
    "infection": Link(
        form="infection",
        label="Infection page",
        ask_if=When("event", is_in=("serious_infection", "respiratory_infection")),
        extended=True,
        privacy=STRUCTURE,
        help="The page that describes it, such as Bloodstream of 2026-03-19.",
    ),
    "ctcae_grade": Count(
        label="CTCAE grade",
        low=1,
        high=5,
        required=True,
        privacy=CLINICAL,
        help="1 mild to 5 fatal, such as 2; mark as not applicable for a dosing error without harm.",
    ),
    "ctcae_version": Choice(
        label="CTCAE version",
        codes=CTCAE_VERSIONS,
        ask_if=When("ctcae_grade"),
        required=True,
        privacy=CLINICAL,
        help="The version the grade was read from, such as CTCAE version 5.",
    ),
}

_JUDGEMENT: dict[str, Item] = {
    "serious": YesNo(
        label="Serious",
        section="Seriousness and cause",
        required=True,
        privacy=CLINICAL,
        help="Yes if any criterion below is met; severe is not the same as serious, such as No for grade 3 vomiting.",
    ),
    "seriousness": MultiChoice(
        label="Criteria",
        codes=SERIOUSNESS,
        ask_if=_SERIOUS,
        required=True,
        privacy=CLINICAL,
        help="All that are met, such as Hospital stay begun or prolonged.",
    ),
    "expected": YesNo(
        label="Expected",
        ask_if=_SERIOUS,
        required=True,
        privacy=CLINICAL,
        help="Yes if the label of the drug that caused it names it, such as Yes for an injection site reaction.",
    ),
    "causality_anakinra": Choice(
        label="Caused by anakinra",
        codes=CAUSALITIES,
        required=True,
        privacy=CLINICAL,
        help="The investigator's judgement, such as Possible; not applicable without anakinra.",
    ),
    "causality_car_t": Choice(
        label="Caused by CAR T cells",
        codes=CAUSALITIES,
        required=True,
        privacy=CLINICAL,
        help="The investigator's judgement, such as Unlikely.",
    ),
    "causality_other": Choice(
        label="Caused by something else",
        codes=CAUSALITIES,
        extended=True,
        privacy=CLINICAL,
        help="The investigator's judgement, such as Probable for another drug.",
    ),
    "other_cause": Text(
        label="Which other cause",
        max_length=120,
        ask_if=When("causality_other", is_in=("possible", "probable", "definite")),
        extended=True,
        privacy=FREE_TEXT,
        help="In a few words, such as vancomycin.",
    ),
}

_COURSE: dict[str, Item] = {
    "action": Choice(
        label="What was done with anakinra",
        section="Course and report",
        codes=ACTIONS,
        required=True,
        privacy=CLINICAL,
        help="The strongest step, such as Held.",
    ),
    "rechallenged": YesNo(
        label="Given again afterwards",
        ask_if=When("action", is_in=("held", "stopped")),
        extended=True,
        privacy=CLINICAL,
        help="Yes if any later dose was given, such as Yes after the rash had gone.",
    ),
    "recurred": YesNo(
        label="Event came back then",
        ask_if=When("rechallenged"),
        extended=True,
        privacy=CLINICAL,
        help="Yes if the same event returned, such as No.",
    ),
    "treated": YesNo(
        label="Treatment needed",
        extended=True,
        privacy=CLINICAL,
        help="Any drug or procedure for it, such as Yes for an antihistamine.",
    ),
    "outcome": Choice(
        label="Outcome",
        codes=OUTCOMES,
        required=True,
        privacy=CLINICAL,
        help="As far as it is known today, such as Recovered.",
    ),
    "ended_on": Day(
        label="Ended on",
        partial=True,
        ask_if=When("outcome", is_in=("recovered", "sequelae", "fatal")),
        required=True,
        privacy=DATE,
        help="The last day, as exactly as known, such as 2026-03-13.",
    ),
    "aware_on": Day(
        label="Site became aware on",
        ask_if=_SERIOUS,
        required=True,
        privacy=DATE,
        help="Reporting periods count from this day, such as 2026-03-11.",
    ),
    "reported_to": MultiChoice(
        label="Reported to",
        codes=RECIPIENTS,
        none="none",
        ask_if=_SERIOUS,
        required=True,
        privacy=CLINICAL,
        help="All that were told, such as Ethics committee and Manufacturer.",
    ),
    "reported_on": Day(
        label="First reported on",
        ask_if=When.all_of(_SERIOUS, When("reported_to"), When("reported_to", is_in=("none",), negated=True)),
        extended=True,
        privacy=DATE,
        help="The day of the first report, such as 2026-03-12.",
    ),
    "narrative": Text(
        label="What happened",
        max_length=2000,
        extended=True,
        privacy=FREE_TEXT,
        help="The course in order, such as dose at 06:00, rash at 06:20, antihistamine at 06:30. No names.",
    ),
}

ADVERSE_EVENT = Form(
    name="adverse_event",
    number=11,
    title="Adverse event",
    intro="One page per event that may be due to anakinra, and per dosing error with or without harm.",
    version=1,
    day_item="onset_on",
    summary=("onset_on", "event", "ctcae_grade", "serious"),
    items={**_WHAT, **_JUDGEMENT, **_COURSE},
    checks=CHECKS,
    recorded=recorded_of_event,
)
