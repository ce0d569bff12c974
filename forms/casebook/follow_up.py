"""Form 13: one contact after the first weeks: alive, disease, what happened since."""

from __future__ import annotations

from forms.branching import When
from forms.casebook.follow_up_recorded import recorded_since
from forms.casebook.follow_up_rules import CHECKS
from forms.code_lists import TOXICITIES
from forms.derivations import anakinra_day, study_day
from forms.form import Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    FREE_TEXT,
    QI,
    Choice,
    CodeList,
    Day,
    Item,
    MultiChoice,
    Number,
    Text,
    YesNo,
)

VISITS = CodeList(
    "visits",
    {
        "day_90": "Day 90",
        "month_6": "Month 6",
        "month_12": "Month 12",
        "month_24": "Month 24",
        "yearly": "Later year",
        "unscheduled": "Unscheduled",
    },
)
CONTACTS = CodeList(
    "contacts",
    {
        "clinic": "Visit",
        "phone": "Telephone or video",
        "chart": "Chart only",
        "other_center": "Report of another center",
    },
)
DISEASE_STATES = CodeList(
    "disease_states",
    {
        "remission": "In remission",
        "mrd": "MRD positive only",
        "relapsed": "Relapsed or progressing",
        "stable": "Stable or partial response",
    },
)
TOXICITIES_SINCE = CodeList("toxicities_since", {"none": "None", **TOXICITIES.labels})
LATER_TREATMENTS = CodeList(
    "later_treatments",
    {
        "none": "None",
        "transplant": "Stem cell transplant",
        "car_t": "Another infusion of CAR T cells",
        "antibody": "Antibody (such as blinatumomab)",
        "chemotherapy": "Chemotherapy",
        "radiation": "Radiation",
        "other": "Other",
    },
)
LATE_EFFECTS = CodeList(
    "late_effects",
    {
        "none": "None",
        "second_malignancy": "Second malignancy",
        "neurological": "Neurological",
        "cytopenia": "Cytopenia beyond day 90",
        "hypogammaglobulinemia": "Low immunoglobulin",
        "organ": "Other organ",
    },
)
_ALIVE = When("alive")


_ITEMS: dict[str, Item] = {
    "seen_on": Day(
        label="Seen or heard of on",
        section="Contact",
        required=True,
        missing=False,
        privacy=DATE,
        help="The last day the child is known to have been as written here, such as 2026-06-03.",
    ),
    "study_day": study_day("seen_on"),
    "anakinra_day": anakinra_day("seen_on"),
    "visit": Choice(
        label="Visit", codes=VISITS, required=True, privacy=CLINICAL, help="The visit it stands for, such as Day 90."
    ),
    "contact": Choice(
        label="Kind of contact",
        codes=CONTACTS,
        extended=True,
        privacy=CLINICAL,
        help="Where this knowledge comes from, such as Visit.",
    ),
    "alive": YesNo(
        label="Alive",
        required=True,
        missing=False,
        privacy=CLINICAL,
        help="If No, fill the end-of-study page too, such as Yes.",
    ),
    "disease_state": Choice(
        label="Disease",
        codes=DISEASE_STATES,
        required=True,
        privacy=CLINICAL,
        help="As last known, such as In remission.",
    ),
    "toxicities_since": MultiChoice(
        label="Toxicities since the last page",
        section="Since the infusion or the last follow-up",
        codes=TOXICITIES_SINCE,
        none="none",
        required=True,
        privacy=CLINICAL,
        help="Every toxicity of any grade; each has its own page, such as CRS. None is an answer too.",
    ),
    "anakinra_since": YesNo(
        label="Anakinra given",
        required=True,
        privacy=CLINICAL,
        help="Any dose since the last page; each course has its own page, such as No.",
    ),
    "infections_since": YesNo(
        label="Infection treated",
        required=True,
        privacy=CLINICAL,
        help="Any treated infection; each has its own page, such as Yes.",
    ),
    "adverse_events_since": YesNo(
        label="Adverse event of anakinra, or dosing error",
        extended=True,
        privacy=CLINICAL,
        help="Each has its own page, such as No.",
    ),
    "later_treatments": MultiChoice(
        label="Treatment against the disease",
        codes=LATER_TREATMENTS,
        none="none",
        extended=True,
        privacy=CLINICAL,
        help="Everything begun since the last page, such as Stem cell transplant.",
    ),
    "transplant_on": Day(
        label="Transplant on",
        partial=True,
        ask_if=When("later_treatments", is_in=("transplant",)),
        extended=True,
        known_to_outsiders=True,
        privacy=DATE,
        help="The day of the graft, such as 2026-05-28.",
    ),
    "transplant_in_remission": YesNo(
        label="Transplant in remission",
        ask_if=When("later_treatments", is_in=("transplant",)),
        extended=True,
        privacy=CLINICAL,
        help="Yes if no disease was detectable before it, such as Yes.",
    ),
    "late_effects": MultiChoice(
        label="Late effects",
        section="Health now",
        codes=LATE_EFFECTS,
        none="none",
        ask_if=_ALIVE,
        extended=True,
        privacy=CLINICAL,
        help="New since the last page, such as Low immunoglobulin.",
    ),
    "late_effect_detail": Text(
        label="Which late effect",
        max_length=300,
        ask_if=When("late_effects", is_in=("second_malignancy", "neurological", "organ")),
        extended=True,
        privacy=FREE_TEXT,
        help="In a few words, such as tremor of both hands. No names.",
    ),
    "immunoglobulin_replaced": YesNo(
        label="Immunoglobulin replaced",
        ask_if=_ALIVE,
        extended=True,
        privacy=CLINICAL,
        help="Any dose in the last 3 months, such as Yes.",
    ),
    "b_cells_recovered": YesNo(
        label="B cells recovered",
        ask_if=_ALIVE,
        extended=True,
        privacy=CLINICAL,
        help="By the site's own threshold; Not applicable without a B-cell target, such as No.",
    ),
    "in_hospital": YesNo(
        label="In hospital on this day",
        ask_if=_ALIVE,
        extended=True,
        privacy=CLINICAL,
        help="For any reason, such as No.",
    ),
    "weight_kg": Number(
        label="Weight",
        unit="kg",
        decimals=2,
        low=2,
        high=200,
        beyond=CONFIRM,
        ask_if=_ALIVE,
        extended=True,
        privacy=QI,
        help="On or near this day, such as 26.1.",
    ),
}

FOLLOW_UP = Form(
    name="follow_up",
    number=13,
    title="Follow-up",
    intro="One page per contact, for every infused child. None and No are answers: they show that you looked.",
    version=1,
    day_item="seen_on",
    summary=("seen_on", "visit", "alive", "disease_state"),
    items=_ITEMS,
    checks=CHECKS,
    recorded=recorded_since,
)
