"""Form 1: who may be in the registry, and what the family agreed to. No names and no record numbers."""

from __future__ import annotations

from forms.branching import When
from forms.casebook.enrolment_rules import CHECKS, age_at_enrolment, majority_on, majority_year
from forms.form import Form
from forms.items import (
    DATE,
    DIRECT,
    FREE_TEXT,
    QI,
    STRUCTURE,
    Choice,
    CodeList,
    Count,
    Day,
    Derived,
    MultiChoice,
    Text,
    YesNo,
)

SEXES = CodeList("sexes", {"female": "Female", "male": "Male", "intersex": "Intersex"})
CONSENT_TYPES = CodeList(
    "consent_types",
    {
        "parents": "Parents or guardians, in writing",
        "parents_with_assent": "Parents or guardians, with the child's assent",
        "patient": "The patient (of age)",
        "waiver": "Waiver by the ethics committee",
        "remote": "Remote or electronic consent",
    },
)
ASSENTS = CodeList(
    "assents",
    {
        "given": "Given",
        "refused": "Refused",
        "too_young": "Not asked: too young",
        "too_ill": "Not asked: too ill",
        "of_age": "Not needed: of age",
    },
)
CONSENT_SCOPES = CodeList(
    "consent_scopes",
    {
        "none": "None beyond this registry",
        "sharing": "Sharing de-identified data with other researchers",
        "recontact": "Being contacted again",
        "linkage": "Linking with other registries (CIBMTR, EBMT)",
        "samples": "Using left-over samples",
    },
)
WITHDRAWAL_SCOPES = CodeList(
    "withdrawal_scopes",
    {
        "further_contact": "No further contact, charts may still be read",
        "further_data": "No further data, what is recorded stays",
        "all_use": "No further use of any data",
    },
)


ENROLMENT = Form(
    name="enrolment",
    number=1,
    title="Enrolment",
    intro="One page per child. Enter no name, initials, hospital number or contact: the registry's code is enough.",
    version=2,
    repeats=False,
    day_item="enrolled_on",
    summary=("enrolled_on", "consent_type"),
    items={
        "enrolled_on": Day(
            label="Enrolled on",
            section="Enrolment",
            required=True,
            missing=False,
            privacy=DATE,
            help="The day this child was entered into the registry, such as 2026-03-05.",
        ),
        "sex": Choice(
            label="Sex",
            codes=SEXES,
            required=True,
            privacy=QI,
            help="The sex in the chart, such as Female.",
        ),
        # A relative day would be the age in days, so the date is treated as an identifier; ages are derived from it.
        "birth_date": Day(
            label="Birth date",
            partial=True,
            required=True,
            privacy=DIRECT,
            help="As exactly as the site may give it: the day, or the month alone, such as 2017-08.",
        ),
        "age_at_enrolment": Derived(
            label="Age at enrolment",
            unit="years",
            result=Count(label="Age at enrolment", unit="years", low=0, high=120, privacy=QI),
            compute=age_at_enrolment,
            derives_from=("birth_date", "enrolled_on"),
            privacy=QI,
            help="Completed years, from the birth date, such as 8. Empty where the birth date leaves it open.",
        ),
        "meets_age": YesNo(
            label="Child, adolescent or young adult (under 40 years)",
            section="Eligibility",
            required=True,
            missing=False,
            privacy=STRUCTURE,
            help="Yes if the patient is younger than 40 at infusion, such as Yes for a girl of 8.",
        ),
        "car_t_given_or_planned": YesNo(
            label="CAR T cells given or planned",
            required=True,
            missing=False,
            privacy=STRUCTURE,
            help="Yes for every infused child, treated with anakinra or not, such as Yes for a child without toxicity.",
        ),
        "consent_obtained": YesNo(
            label="Consent obtained or waived",
            required=True,
            missing=False,
            privacy=STRUCTURE,
            help="Answer No and stop here if there is neither, such as No when the family still thinks it over.",
        ),
        "retrospective": YesNo(
            label="Enrolled after the anakinra decision was made",
            extended=True,
            privacy=STRUCTURE,
            help="Yes if the child was found only after treatment had begun, such as Yes for a chart found at day 20.",
        ),
        "consent_type": Choice(
            label="Type of consent",
            section="Consent",
            codes=CONSENT_TYPES,
            required=True,
            privacy=STRUCTURE,
            help="Who agreed, such as Parents or guardians, with the child's assent.",
        ),
        "consent_on": Day(
            label="Consent given on",
            required=True,
            missing=False,
            privacy=DATE,
            help="The day of the signature, or of the waiver, such as 2026-03-02.",
        ),
        "assent": Choice(
            label="Assent of the child",
            codes=ASSENTS,
            extended=True,
            privacy=STRUCTURE,
            help="What the child itself said, such as Not asked: too ill.",
        ),
        "consent_scopes": MultiChoice(
            label="Also agreed to",
            codes=CONSENT_SCOPES,
            none="none",
            required=True,
            privacy=STRUCTURE,
            help="Everything that was ticked on the consent form, such as Sharing and Linking.",
        ),
        "consent_version": Text(
            label="Version of the consent form",
            max_length=40,
            extended=True,
            privacy=FREE_TEXT,
            help="The version printed on the form, such as 3.1.",
        ),
        "majority_year": Derived(
            label="Re-consent due in",
            result=Count(label="Re-consent due in", low=1900, high=2200, privacy=DIRECT),
            compute=majority_year,
            derives_from=("birth_date",),
            privacy=DIRECT,
            help="The year in which the child turns 18 and is asked again, such as 2035.",
        ),
        "majority_on": Derived(
            label="Re-consent due on",
            result=Day(label="Re-consent due on", privacy=DATE, future=True),
            compute=majority_on,
            derives_from=("birth_date",),
            since=2,
            privacy=DATE,
            help="The 18th birthday, such as 2035-08-01; 1 March for a child born on 29 February. Empty where the "
            "birth date is not known to the day: then only the year is told.",
        ),
        "reconsent_on": Day(
            label="Re-consent given on",
            extended=True,
            privacy=DATE,
            help="The day the patient agreed as an adult, such as 2026-09-14. Leave empty until then.",
        ),
        "reconsent_refused": YesNo(
            label="Re-consent refused",
            extended=True,
            privacy=STRUCTURE,
            help="Yes if the patient, now of age, said no, such as Yes after a letter of refusal.",
        ),
        "withdrawn": YesNo(
            label="Consent withdrawn",
            section="Withdrawal",
            extended=True,
            privacy=STRUCTURE,
            help="Yes as soon as the family or patient withdraws in any form, such as Yes after a telephone call.",
        ),
        "withdrawal_on": Day(
            label="Withdrawn on",
            ask_if=When("withdrawn"),
            required=True,
            extended=True,
            privacy=DATE,
            help="The day the site learned of it, such as 2026-05-20.",
        ),
        "withdrawal_scope": Choice(
            label="What was withdrawn",
            codes=WITHDRAWAL_SCOPES,
            ask_if=When("withdrawn"),
            required=True,
            extended=True,
            privacy=STRUCTURE,
            help="How far the withdrawal reaches, such as No further contact, charts may still be read.",
        ),
        "cibmtr_id": Text(
            label="CIBMTR number (CRID)",
            section="Numbers in other registries (optional)",
            max_length=20,
            extended=True,
            privacy=DIRECT,
            help="Only with consent to linking, such as 1234567. It leaves the registry in no data cut.",
        ),
        "ebmt_id": Text(
            label="EBMT number",
            max_length=20,
            extended=True,
            privacy=DIRECT,
            help="Only with consent to linking, such as 987654. It leaves the registry in no data cut.",
        ),
        "trial_subject_id": Text(
            label="Subject number in a CAR T trial",
            max_length=30,
            extended=True,
            privacy=DIRECT,
            help="Only with consent to linking, such as A01-017. It leaves the registry in no data cut.",
        ),
    },
    enough=When("consent_obtained", is_in=("no",)),
    checks=CHECKS,
)
