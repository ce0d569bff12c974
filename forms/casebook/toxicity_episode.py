"""Form 6: one toxicity from its onset to its end, in the clinician's words."""

from __future__ import annotations

from forms.branching import When
from forms.casebook.toxicity_episode_grade_rules import CHECKS as GRADE_CHECKS
from forms.casebook.toxicity_episode_recorded import recorded_of_graded_days
from forms.casebook.toxicity_episode_rules import CHECKS, duration
from forms.code_lists import ADJUDICATED_AS, CTCAE_VERSIONS, DEFINITIONS, TOXICITIES
from forms.derivations import anakinra_day, study_day
from forms.form import Form
from forms.items import (
    CLINICAL,
    DATE,
    FREE_TEXT,
    QI_SITE,
    STRUCTURE,
    Choice,
    CodeList,
    Count,
    Day,
    Derived,
    Item,
    Link,
    MultiChoice,
    Text,
    YesNo,
)

OUTCOMES = CodeList(
    "episode_outcomes",
    {
        "resolved": "Resolved (grade 0)",
        "improved": "Improved, not resolved",
        "ongoing": "Ongoing",
        "unresolved_at_death": "Unresolved at death",
        "transferred": "Unknown after transfer",
    },
)
TREATMENTS = CodeList(
    "episode_treatments",
    {
        "none": "None of these",
        "supportive": "Supportive care only",
        "tocilizumab": "Tocilizumab",
        "steroid": "Systemic steroid",
        "anakinra": "Anakinra",
        "other": "Another agent",
    },
)
ORGAN_SUPPORTS = CodeList(
    "organ_supports",
    {
        "none": "None",
        "vasoactive": "Vasoactive drugs",
        "ventilation": "Ventilation",
        "dialysis": "Dialysis",
        "ecmo": "ECMO",
        "transfusion": "Transfusion for bleeding",
    },
)


_WHAT: dict[str, Item] = {
    "infusion": Link(
        form="infusion",
        label="Infusion",
        section="Toxicity",
        required=True,
        privacy=STRUCTURE,
        help="The infusion it followed, such as the one of 2026-03-05.",
    ),
    "toxicity": Choice(
        label="Toxicity",
        codes=TOXICITIES,
        required=True,
        privacy=CLINICAL,
        help="One toxicity per page; CRS and ICANS at once are two pages, such as CRS.",
    ),
    "toxicity_other": Text(
        label="Which other toxicity",
        max_length=120,
        ask_if=When("toxicity", is_in=("other", "late_systemic")),
        privacy=FREE_TEXT,
        help="In a few words, such as capillary leak without fever.",
    ),
    "onset_on": Day(
        label="Onset",
        partial=True,
        required=True,
        privacy=DATE,
        help="The first day with any sign (grade 1), as exactly as known, such as 2026-03-07.",
    ),
    "study_day": study_day("onset_on"),
    "anakinra_day": anakinra_day("onset_on"),
    "definition": Choice(
        label="Definition used",
        codes=DEFINITIONS,
        required=True,
        privacy=QI_SITE,
        help="The criteria by which the team called and graded it, such as ASTCT 2019.",
    ),
    "ctcae_version": Choice(
        label="CTCAE version of the grades",
        codes=CTCAE_VERSIONS,
        ask_if=When("toxicity", is_in=("thrombocytopenia", "late_systemic", "other")),
        extended=True,
        privacy=QI_SITE,
        help="The two versions are not comparable, such as CTCAE version 5.",
    ),
    "criteria_met_on": Day(
        label="Criteria first met",
        partial=True,
        ask_if=When("toxicity", is_in=("carhlh", "thrombocytopenia")),
        extended=True,
        privacy=DATE,
        help="The first day the definition was recorded as met, such as 2026-03-12.",
    ),
    "late_attribution": Choice(
        label="Late or returning signs: put down to",
        codes=CodeList(
            "episode_attributions",
            {
                "this": "This toxicity",
                "infection": "Infection as a possible second cause",
                "progression": "Disease as a possible second cause",
                "drug": "A drug as a possible second cause",
            },
        ),
        extended=True,
        privacy=CLINICAL,
        help="For an onset after day 14, or signs that came back, such as This toxicity.",
    ),
}

_COURSE: dict[str, Item] = {
    "peak_grade": Count(
        label="Highest grade",
        section="Course",
        low=0,
        high=5,
        required=True,
        privacy=CLINICAL,
        help="1 to 5 as graded by the team, such as 3. Grade 5 is death from this toxicity.",
    ),
    "peak_on": Day(
        label="First day at the highest grade",
        partial=True,
        extended=True,
        privacy=DATE,
        help="As exactly as known, such as 2026-03-09.",
    ),
    "refractory_on": Day(
        label="Refractory to first treatment since",
        partial=True,
        extended=True,
        privacy=DATE,
        help="First day the team called it refractory to tocilizumab or steroid, such as 2026-03-10. Leave empty if "
        "never.",
    ),
    "treatments": MultiChoice(
        label="Treated with",
        codes=TREATMENTS,
        none="none",
        extended=True,
        privacy=CLINICAL,
        help="Everything given for it; doses go on their own pages, such as Tocilizumab and Anakinra.",
    ),
    "organ_supports": MultiChoice(
        label="Organ support because of it",
        codes=ORGAN_SUPPORTS,
        none="none",
        extended=True,
        privacy=CLINICAL,
        help="All that it made necessary, such as Vasoactive drugs.",
    ),
    "first_improved_on": Day(
        label="First improved on",
        partial=True,
        extended=True,
        privacy=DATE,
        help="First day with a lower grade than the highest, such as 2026-03-11.",
    ),
    "outcome": Choice(
        label="Outcome",
        codes=OUTCOMES,
        required=True,
        privacy=CLINICAL,
        help="As far as it is known today, such as Resolved.",
    ),
    "resolved_on": Day(
        label="Resolved on",
        partial=True,
        ask_if=When("outcome", is_in=("resolved",)),
        required=True,
        privacy=DATE,
        help="The first day without any sign (grade 0) that lasted, such as 2026-03-14.",
    ),
    "duration_days": Derived(
        label="Days from onset to resolution",
        unit="days",
        result=Count(label="Days from onset to resolution", unit="days", low=-40000, high=40000, privacy=CLINICAL),
        compute=duration,
        derives_from=("onset_on", "resolved_on"),
        privacy=DATE,
        help="Calendar days between the two dates, such as 7. Empty when a day is not known.",
    ),
    "is_recurrence": YesNo(
        label="Return of an earlier episode",
        extended=True,
        privacy=CLINICAL,
        help="Yes if the same toxicity came back after at least 48 hours at grade 0, such as Yes on day 12.",
    ),
    "recurrence_of": Link(
        form="toxicity_episode",
        label="Earlier episode",
        ask_if=When("is_recurrence"),
        extended=True,
        privacy=STRUCTURE,
        help="The episode that came back, such as CRS of 2026-03-07.",
    ),
}

_ADJUDICATION: dict[str, Item] = {
    "adjudicated": YesNo(
        label="Adjudicated by the committee",
        section="Adjudication",
        extended=True,
        privacy=CLINICAL,
        help="Filled from the committee's blinded listing, such as Yes.",
    ),
    "adjudicated_toxicity": Choice(
        label="Adjudicated as",
        codes=ADJUDICATED_AS,
        ask_if=When("adjudicated"),
        extended=True,
        privacy=CLINICAL,
        help="What the committee called it, such as HLH-like toxicity.",
    ),
    "adjudicated_peak_grade": Count(
        label="Adjudicated highest grade",
        low=0,
        high=5,
        ask_if=When("adjudicated"),
        extended=True,
        privacy=CLINICAL,
        help="0 to 5 as the committee graded it, such as 3.",
    ),
}

TOXICITY_EPISODE = Form(
    name="toxicity_episode",
    number=6,
    title="Toxicity episode",
    intro="One page per toxicity, from its first sign to its end. Start it on the first day and complete it later.",
    version=1,
    day_item="onset_on",
    summary=("toxicity", "onset_on", "peak_grade", "outcome"),
    items={**_WHAT, **_COURSE, **_ADJUDICATION},
    checks=(*CHECKS, *GRADE_CHECKS),
    recorded=recorded_of_graded_days,
)
