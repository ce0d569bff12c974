"""The casebook: the fifteen case report forms in order."""

from __future__ import annotations

from forms.casebook.adverse_event import ADVERSE_EVENT
from forms.casebook.anakinra_course import ANAKINRA_COURSE
from forms.casebook.anakinra_regimen import ANAKINRA_REGIMEN
from forms.casebook.assessment import ASSESSMENT
from forms.casebook.baseline import BASELINE
from forms.casebook.concomitant_agent import CONCOMITANT_AGENT
from forms.casebook.end_of_study import END_OF_STUDY
from forms.casebook.enrolment import ENROLMENT
from forms.casebook.follow_up import FOLLOW_UP
from forms.casebook.infection import INFECTION
from forms.casebook.infusion import INFUSION
from forms.casebook.laboratory import LABORATORY
from forms.casebook.response import RESPONSE
from forms.casebook.support import SUPPORT
from forms.casebook.toxicity_episode import TOXICITY_EPISODE
from forms.form import Form

CASEBOOK: dict[str, Form] = {
    form.name: form
    for form in (
        ENROLMENT,
        BASELINE,
        INFUSION,
        ASSESSMENT,
        LABORATORY,
        TOXICITY_EPISODE,
        ANAKINRA_COURSE,
        ANAKINRA_REGIMEN,
        CONCOMITANT_AGENT,
        INFECTION,
        ADVERSE_EVENT,
        RESPONSE,
        FOLLOW_UP,
        END_OF_STUDY,
        SUPPORT,
    )
}
