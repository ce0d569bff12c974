"""Form 7: one course of anakinra for one episode, with the child's state at the first dose.

A severe toxicity that was not treated with anakinra has a page too: it says why not.
"""

from __future__ import annotations

from decimal import Decimal

from forms import analytes
from forms.branching import When
from forms.code_lists import ANAKINRA_ROUTES, DISEASE_BURDENS, IMMUNOSUPPRESSANTS, OXYGEN_MODES
from forms.context import Context
from forms.derivations import days_between, study_day
from forms.form import Check, Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    FREE_TEXT,
    HARD,
    QI,
    QI_SITE,
    SOFT,
    STRUCTURE,
    Choice,
    CodeList,
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
from forms.ordering import not_after_death, not_before, not_before_infusion
from forms.values import Answer, Row, answer, is_before

INDICATIONS = CodeList(
    "indications",
    {
        "crs": "CRS",
        "icans": "ICANS",
        "carhlh": "HLH-like toxicity",
        "thrombocytopenia": "Prolonged refractory thrombocytopenia",
        "late_systemic": "Late isolated systemic toxicity",
        "tian": "TIAN",
        "prophylaxis": "Prevention of toxicity",
        "steroid_sparing": "To spare steroid",
        "tocilizumab_sparing": "To spare tocilizumab",
        "other": "Other",
    },
)
LINES = CodeList(
    "lines",
    {
        "first": "First line, alone",
        "with_steroid": "Together with steroid",
        "with_tocilizumab": "Together with tocilizumab",
        "after_tocilizumab": "After tocilizumab",
        "after_steroid": "After steroid",
        "after_tocilizumab_and_steroid": "After tocilizumab and steroid",
        "later": "Later than these",
        "prophylaxis": "Before any toxicity",
    },
)
TRIGGERS = CodeList(
    "triggers",
    {
        "no_response": "No response to earlier treatment",
        "worsening": "Worsening signs",
        "relapsing": "Return after a first response",
        "laboratory": "Laboratory values",
        "protocol": "The site's protocol calls for it",
        "toxicity_of_other": "Side effects of another agent",
        "shortage": "Another agent was not available",
        "other": "Other",
    },
)
REASONS_NOT_GIVEN = CodeList(
    "reasons_not_given",
    {
        "responding": "Responding to other treatment",
        "protocol": "The site's protocol gives another agent first",
        "infection": "Infection",
        "allergy": "Allergy",
        "cytopenia": "Cytopenia",
        "not_available": "Not available",
        "declined": "Family or patient declined",
        "palliative": "Goals of care",
        "died_first": "Died or left before it could be given",
        "other": "Other",
    },
)
ROUTE_REASONS = CodeList(
    "route_reasons",
    {
        "standard": "The site's usual route",
        "edema": "Edema or poor perfusion of the skin",
        "platelets": "Low platelets, coagulopathy, bruising",
        "pain": "Pain of the injection",
        "csf": "To reach the cerebrospinal fluid",
        "no_access": "No line, or line needed otherwise",
        "dose": "Dose too large for the skin",
        "other": "Other",
    },
)
STOP_REASONS = CodeList(
    "stop_reasons",
    {
        "resolved": "Toxicity resolved",
        "improved": "Toxicity improved to the site's threshold",
        "no_response": "No response",
        "infection": "Infection",
        "adverse_event": "Adverse event",
        "cytopenia": "Cytopenia",
        "switched": "Changed to another agent",
        "discharge": "Discharge or transfer",
        "family": "Wish of family or patient",
        "supply": "Not available",
        "died": "Death",
        "other": "Other",
    },
)
WEAN_ORDERS = CodeList(
    "wean_orders",
    {
        "alone": "It was the only agent",
        "first": "Before the others",
        "middle": "Between the others",
        "last": "After the others",
        "together": "Together with another",
    },
)

_GIVEN = When("given")
_STOPPED = When("stopped_at")


def _duration(row: Row, context: Context) -> Answer | None:
    days = days_between(answer(row, "started_at"), answer(row, "stopped_at"))
    return None if days is None else days + 1


def _course_number(row: Row, context: Context) -> Answer | None:
    start = answer(row, "started_at")
    if start is None:
        return None
    others = (answer(other, "started_at") for other in context.others("anakinra_course", row))
    return 1 + sum(1 for other in others if is_before(other, start))


def _courses_do_not_overlap(row: Row, context: Context) -> bool | None:
    start, stop = answer(row, "started_at"), answer(row, "stopped_at")
    if start is None:
        return None
    for other in context.others("anakinra_course", row):
        began, ended = answer(other, "started_at"), answer(other, "stopped_at")
        if began is None:
            continue
        apart = (ended is not None and is_before(ended, start)) or (stop is not None and is_before(stop, began))
        if not apart:
            return False
    return True


def _later_course_has_its_own_episode(row: Row, context: Context) -> bool | None:
    number = _course_number(row, context)
    if not isinstance(number, int) or number == 1:
        return None
    return answer(row, "episode") is not None and answer(row, "restart_reason") is not None


def _index_toxicity_came_first(row: Row, context: Context) -> bool | None:
    episode = context.linked("toxicity_episode", answer(row, "episode"))
    indications = answer(row, "indications")
    if episode is None or not isinstance(indications, tuple):
        return None
    wrong = is_before(answer(row, "started_at"), answer(episode, "onset_on"))
    return None if wrong is None else not wrong or bool({"prophylaxis", "other"} & set(indications))


def _prophylaxis_precedes_toxicity(row: Row, context: Context) -> bool | None:
    episode = context.linked("toxicity_episode", answer(row, "episode"))
    if episode is None or answer(row, "line") != "prophylaxis":
        return None
    wrong = is_before(answer(episode, "onset_on"), answer(row, "started_at"))
    return None if wrong is None else not wrong


def _weight_is_recent(row: Row, context: Context) -> bool | None:
    days = days_between(answer(row, "dosing_weight_on"), answer(row, "started_at"))
    return None if days is None else days <= 14


def _weight_is_near_baseline(row: Row, context: Context) -> bool | None:
    weight, baseline = answer(row, "dosing_weight_kg"), answer(context.single("baseline"), "weight_kg")
    if not isinstance(weight, Decimal) or not isinstance(baseline, Decimal) or baseline <= 0:
        return None
    return abs(weight - baseline) <= baseline / 5


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
        help="No for a toxicity of grade 3 or more that was treated without anakinra, such as No.",
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
        ask_if=_GIVEN,
        required=True,
        privacy=DATE,
        help="Day and time the first dose was given, such as 2026-03-10 18:00.",
    ),
    "study_day": study_day("started_at"),
    "course_number": Derived(
        label="Course number",
        result=Count(label="Course number", low=1, high=50, privacy=CLINICAL),
        compute=_course_number,
        privacy=CLINICAL,
        help="1 for the child's first course, counted by the first dose, such as 2 after a restart.",
    ),
    "indications": MultiChoice(
        label="Indications",
        codes=INDICATIONS,
        ask_if=_GIVEN,
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
        ask_if=_GIVEN,
        required=True,
        privacy=QI_SITE,
        help="For the index episode only: tocilizumab for CRS does not count for HLH-like toxicity, such as First.",
    ),
    "trigger": Choice(
        label="What triggered the start",
        codes=TRIGGERS,
        ask_if=_GIVEN,
        required=True,
        privacy=QI_SITE,
        help="The main trigger, such as No response to earlier treatment.",
    ),
    "restart_reason": Text(
        label="Why a further course",
        max_length=200,
        ask_if=_GIVEN,
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
        ask_if=_GIVEN,
        required=True,
        privacy=QI_SITE,
        help="The route of the first dose, such as Subcutaneous.",
    ),
    "route_reasons": MultiChoice(
        label="Why this route",
        codes=ROUTE_REASONS,
        ask_if=_GIVEN,
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
        ask_if=_GIVEN,
        required=True,
        privacy=QI,
        help="The weight the order was calculated with, such as 24.8.",
    ),
    "dosing_weight_on": Day(
        label="Dosing weight measured on",
        ask_if=_GIVEN,
        extended=True,
        privacy=DATE,
        help="The day that weight was taken, such as 2026-03-04.",
    ),
    "follows_protocol": YesNo(
        label="As the site's protocol says",
        ask_if=_GIVEN,
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

_AT_START: dict[str, Item] = {
    "at_start_crs_grade": Count(
        label="CRS grade",
        section="State at the first dose",
        low=0,
        high=5,
        ask_if=_GIVEN,
        required=True,
        privacy=CLINICAL,
        help="The last grade at or before the first dose, 0 if none, such as 3.",
    ),
    "at_start_icans_grade": Count(
        label="ICANS grade",
        low=0,
        high=5,
        ask_if=_GIVEN,
        required=True,
        privacy=CLINICAL,
        help="The last grade at or before the first dose, 0 if none, such as 2.",
    ),
    "at_start_carhlh_present": YesNo(
        label="HLH-like toxicity",
        ask_if=_GIVEN,
        required=True,
        privacy=CLINICAL,
        help="The team's diagnosis at the first dose, such as Yes.",
    ),
    "at_start_carhlh_grade": Count(
        label="HLH-like toxicity grade",
        low=0,
        high=5,
        ask_if=When("at_start_carhlh_present"),
        extended=True,
        privacy=CLINICAL,
        help="The last grade at or before the first dose, such as 2.",
    ),
    "at_start_vasopressors": Count(
        label="Vasopressors running",
        low=0,
        high=6,
        ask_if=_GIVEN,
        required=True,
        privacy=CLINICAL,
        help="Number at the first dose, vasopressin included, milrinone not, such as 1.",
    ),
    "at_start_oxygen": Choice(
        label="Respiratory support",
        codes=OXYGEN_MODES,
        ask_if=_GIVEN,
        required=True,
        privacy=CLINICAL,
        help="At the first dose, such as Nasal cannula; Room air if none.",
    ),
    "at_start_ferritin": analytes.FERRITIN.item(
        required=True,
        ask_if=_GIVEN,
        privacy=CLINICAL,
        help="The last value in the 24 hours before the first dose, such as 14200.",
    ),
    "at_start_fibrinogen": analytes.FIBRINOGEN.item(
        required=True,
        ask_if=_GIVEN,
        privacy=CLINICAL,
        help="The last value in the 24 hours before the first dose, such as 130.",
    ),
    "at_start_anc": analytes.ANC.item(
        required=True,
        ask_if=_GIVEN,
        privacy=CLINICAL,
        help="The last value in the 48 hours before the first dose, such as 0.2.",
    ),
    "at_start_platelets": analytes.PLATELETS.item(
        required=True,
        ask_if=_GIVEN,
        privacy=CLINICAL,
        help="The last value in the 24 hours before the first dose, such as 22.",
    ),
    "at_start_crp": analytes.CRP.item(
        extended=True,
        ask_if=_GIVEN,
        privacy=CLINICAL,
        help="The last value in the 24 hours before the first dose, such as 96.",
    ),
    "at_start_ldh": analytes.LDH.item(
        extended=True,
        ask_if=_GIVEN,
        privacy=CLINICAL,
        help="The last value in the 48 hours before the first dose, such as 900.",
    ),
    "at_start_egfr": analytes.EGFR.item(
        extended=True,
        ask_if=_GIVEN,
        privacy=CLINICAL,
        help="The last value before the first dose, such as 85. Under 30 the interval is usually lengthened.",
    ),
    "at_start_dialysis": YesNo(
        label="Dialysis",
        ask_if=_GIVEN,
        extended=True,
        privacy=CLINICAL,
        help="Any kind at the first dose, such as No.",
    ),
    "at_start_tocilizumab_doses": Count(
        label="Tocilizumab doses before",
        low=0,
        high=10,
        soft_high=4,
        beyond=CONFIRM,
        ask_if=_GIVEN,
        required=True,
        privacy=CLINICAL,
        help="Since the infusion, 0 if none, such as 2.",
    ),
    "at_start_steroid_mg_per_kg_72h": Number(
        label="Steroid in the 72 hours before",
        unit="mg/kg",
        decimals=2,
        low=0,
        high=180,
        soft_high=30,
        beyond=CONFIRM,
        ask_if=_GIVEN,
        required=True,
        privacy=CLINICAL,
        help="Sum in mg/kg of prednisone-equivalent, 0 if none, such as 6.5.",
    ),
    "at_start_other_agents": MultiChoice(
        label="Other immunosuppressants in the 72 hours before",
        codes=IMMUNOSUPPRESSANTS,
        none="none",
        ask_if=_GIVEN,
        extended=True,
        privacy=CLINICAL,
        help="All that were given, such as Ruxolitinib or another JAK inhibitor.",
    ),
    "at_start_disease_burden": Choice(
        label="Disease burden before the cells",
        codes=DISEASE_BURDENS,
        ask_if=_GIVEN,
        extended=True,
        privacy=CLINICAL,
        help="At lymphodepletion, as on the infusion page, such as 25 % marrow blasts or more.",
    ),
    "at_start_infection": YesNo(
        label="Infection under treatment",
        ask_if=_GIVEN,
        extended=True,
        privacy=CLINICAL,
        help="Proven or probable, at the first dose, such as Yes for a treated line infection.",
    ),
    "at_start_confirmed": YesNo(
        label="I have checked this state against the chart",
        ask_if=_GIVEN,
        required=True,
        missing=False,
        privacy=STRUCTURE,
        help="These values adjust the comparisons, so look once more, such as Yes after reading the flow sheet.",
    ),
}

_STOP: dict[str, Item] = {
    "stopped_at": Moment(
        label="Last dose",
        section="End of the course",
        ask_if=_GIVEN,
        privacy=DATE,
        help="Day and time of the last dose, such as 2026-03-17 06:00. Leave empty while it goes on.",
    ),
    "duration_days": Derived(
        label="Days on anakinra",
        unit="days",
        result=Count(label="Days on anakinra", unit="days", low=-40000, high=40000, privacy=DATE),
        compute=_duration,
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
        ask_if=_GIVEN,
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
    summary=("given", "started_at", "stopped_at", "line"),
    items={**_DECISION, **_DOSING, **_AT_START, **_STOP},
    checks=(
        not_before_infusion("anakinra_course", "started_at", label="The first dose"),
        not_after_death("anakinra_course", "started_at", label="The first dose", severity=HARD),
        not_after_death("anakinra_course", "stopped_at", label="The last dose", severity=HARD),
        not_before(
            "anakinra_course",
            "stopped_at",
            "started_at",
            message="The last dose {stopped_at} is before the first {started_at}. Check both times.",
        ),
        not_before(
            "anakinra_course",
            "taper_started_on",
            "started_at",
            message="The taper on {taper_started_on} is before the first dose {started_at}. Check both.",
        ),
        Check(
            id="anakinra_course.toxicity_came_first",
            severity=CONFIRM,
            items=("started_at", "episode", "indications"),
            message="The first dose {started_at} is before the onset of the index episode, and prevention is not among "
            "the indications. Check both against the source.",
            holds=_index_toxicity_came_first,
            uses=("toxicity_episode",),
        ),
        Check(
            id="anakinra_course.prophylaxis_precedes",
            severity=SOFT,
            items=("line", "started_at"),
            message="The line is prevention, yet the index episode began before {started_at}. Correct one of them, or "
            "say why.",
            holds=_prophylaxis_precedes_toxicity,
            uses=("toxicity_episode",),
        ),
        Check(
            id="anakinra_course.no_overlap",
            severity=CONFIRM,
            items=("started_at", "stopped_at"),
            message="Another course of this child runs at the same time. A change of dose is a new regimen of one "
            "course: check it.",
            holds=_courses_do_not_overlap,
        ),
        Check(
            id="anakinra_course.later_course_explained",
            severity=SOFT,
            items=("episode", "restart_reason"),
            message="This is not the first course: choose its own index episode and say why it was given.",
            holds=_later_course_has_its_own_episode,
        ),
        Check(
            id="anakinra_course.weight_is_recent",
            severity=SOFT,
            items=("dosing_weight_on",),
            message="The dosing weight of {dosing_weight_on} is more than 14 days older than the first dose. Correct "
            "it, or say why it was used.",
            holds=_weight_is_recent,
        ),
        Check(
            id="anakinra_course.weight_near_baseline",
            severity=CONFIRM,
            items=("dosing_weight_kg",),
            message="The dosing weight {dosing_weight_kg} differs by more than a fifth from the baseline weight. Check "
            "it against the source.",
            holds=_weight_is_near_baseline,
        ),
    ),
)
