"""Form 14: the last page: why observation ended, and for a death its day and causes."""

from __future__ import annotations

from forms.branching import When
from forms.casebook.end_of_study_rules import CHECKS
from forms.code_lists import CAUSALITIES
from forms.derivations import anakinra_day, study_day
from forms.form import Form
from forms.items import (
    CLINICAL,
    DATE,
    FREE_TEXT,
    Choice,
    CodeList,
    Day,
    Item,
    MultiChoice,
    Text,
    YesNo,
)

REASONS = CodeList(
    "end_reasons",
    {
        "completed": "Observation complete",
        "died": "Death",
        "withdrew": "Consent withdrawn",
        "lost": "Lost to follow-up",
        "transferred": "Moved to a center outside the registry",
        "not_infused": "Never infused",
        "ineligible": "Found not to be eligible",
        "other": "Other",
    },
)
CAUSES = CodeList(
    "causes_of_death",
    {
        "disease": "The disease itself",
        "crs": "CRS",
        "icans": "ICANS",
        "carhlh": "HLH-like toxicity",
        "infection": "Infection",
        "bleeding": "Bleeding",
        "respiratory": "Respiratory failure",
        "cardiac": "Heart failure or arrest",
        "multi_organ": "Multi-organ failure",
        "transplant": "Transplant-related",
        "other": "Other",
    },
)
_DIED = When("reason", is_in=("died",))


_ITEMS: dict[str, Item] = {
    "ended_on": Day(
        label="Observation ended on",
        section="End",
        required=True,
        missing=False,
        privacy=DATE,
        help="The day of the event below, such as 2028-03-05; for a death the day of death.",
    ),
    "study_day": study_day("ended_on"),
    "anakinra_day": anakinra_day("ended_on"),
    "reason": Choice(
        label="Reason",
        codes=REASONS,
        required=True,
        privacy=CLINICAL,
        help="The main reason, such as Lost to follow-up.",
    ),
    "reason_other": Text(
        label="Which other reason",
        max_length=200,
        ask_if=When("reason", is_in=("other",)),
        extended=True,
        privacy=FREE_TEXT,
        help="In a few words, such as the center left the registry.",
    ),
    "last_contact_on": Day(
        label="Last known to be alive on",
        partial=True,
        ask_if=When("reason", is_in=("died",), negated=True),
        required=True,
        privacy=DATE,
        help="As exactly as known, such as 2027-11.",
    ),
    "died_on": Day(
        label="Died on",
        section="Death",
        partial=True,
        ask_if=_DIED,
        required=True,
        known_to_outsiders=True,
        privacy=DATE,
        help="The day of death; the month alone if no more is known, such as 2026-04-18.",
    ),
    "cause_of_death": Choice(
        label="Main cause of death",
        codes=CAUSES,
        ask_if=_DIED,
        required=True,
        privacy=CLINICAL,
        help="What began the course that ended in death, such as HLH-like toxicity.",
    ),
    "cause_of_death_other": Text(
        label="Which other cause",
        max_length=200,
        ask_if=When("cause_of_death", is_in=("other",)),
        extended=True,
        privacy=FREE_TEXT,
        help="In a few words, such as pulmonary embolism.",
    ),
    "contributing_causes": MultiChoice(
        label="Contributing causes",
        codes=CAUSES,
        ask_if=_DIED,
        extended=True,
        privacy=CLINICAL,
        help="All others that mattered, such as Infection and Bleeding.",
    ),
    "death_related_to_anakinra": Choice(
        label="Death caused by anakinra",
        codes=CAUSALITIES,
        ask_if=_DIED,
        required=True,
        privacy=CLINICAL,
        help="The investigator's judgement, such as Unlikely; not applicable without anakinra.",
    ),
    "death_related_to_car_t": Choice(
        label="Death caused by CAR T cells",
        codes=CAUSALITIES,
        ask_if=_DIED,
        required=True,
        privacy=CLINICAL,
        help="The investigator's judgement, such as Probable.",
    ),
    "disease_at_death": YesNo(
        label="Disease present at death",
        ask_if=_DIED,
        extended=True,
        privacy=CLINICAL,
        help="At the last assessment, such as No.",
    ),
    "autopsy": YesNo(
        label="Autopsy", ask_if=_DIED, extended=True, privacy=CLINICAL, help="Yes if one was done, such as No."
    ),
    "comment": Text(
        label="Comment",
        max_length=500,
        extended=True,
        privacy=FREE_TEXT,
        help="What the questions do not catch, such as goals of care changed on the day before. No names.",
    ),
}

END_OF_STUDY = Form(
    name="end_of_study",
    number=14,
    title="End of study",
    intro="One page per child, when observation ends. After it only queries are answered.",
    version=1,
    repeats=False,
    day_item="ended_on",
    summary=("ended_on", "reason"),
    items=_ITEMS,
    checks=CHECKS,
)
