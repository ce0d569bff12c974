"""The checks of the infection form, and the values it derives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from forms.anchors import anchors_of, of_all
from forms.branching import When
from forms.context import Context
from forms.derivations import has_undated_course
from forms.form import Anchor, Check
from forms.items import (
    CONFIRM,
    HARD,
    SOFT,
    WARNING,
)
from forms.ordering import death_day, entered_in_time, not_after_death, not_before, not_before_infusion
from forms.values import Answer, Measurement, NullFlavour, Row, answer, earliest, is_before, latest

NEAR_ONSET = timedelta(hours=48)

HIGHEST_NEUTROPHILS = 100
"""In 10^9/L: none are seen after CAR T cells; cells/uL under the wrong unit are."""

ORGAN_SUPPORT_KINDS = ("icu", "ventilation", "dialysis", "ecmo")

ORGANISM_CLASSES = {
    "staphylococcus_aureus": "bacterial",
    "coagulase_negative_staphylococcus": "bacterial",
    "viridans_streptococcus": "bacterial",
    "enterococcus": "bacterial",
    "escherichia_coli": "bacterial",
    "klebsiella": "bacterial",
    "pseudomonas": "bacterial",
    "other_gram_negative": "bacterial",
    "clostridioides_difficile": "bacterial",
    "cmv": "viral",
    "ebv": "viral",
    "hhv6": "viral",
    "adenovirus": "viral",
    "bk_virus": "viral",
    "hsv_vzv": "viral",
    "respiratory_virus": "viral",
    "sars_cov_2": "viral",
    "norovirus": "viral",
    "candida": "yeast",
    "aspergillus": "mould",
    "mucorales": "mould",
}


def relation(row: Row, context: Context) -> Answer | None:
    """Return whether an infection began before, during or after anakinra, or in a child never given it.

    None where a date leaves it open, or a course of which the first dose has no time.
    """
    first, last = earliest(answer(row, "onset_on")), latest(answer(row, "onset_on"))
    if first is None or last is None:
        return None
    spans = [
        (earliest(answer(course, "started_at")), latest(answer(course, "stopped_at")))
        for course in context.rows["anakinra_course"]
    ]
    found = _beside(first.date(), last.date(), [(start, stop) for start, stop in spans if start is not None])
    return found if found == "during" or not has_undated_course(context) else None


def _beside(first: date, last: date, courses: Sequence[tuple[datetime, datetime | None]]) -> str | None:
    """Return how an onset between two days stands to courses of which the first dose is known."""
    if not courses:
        return "no_anakinra"
    if last < min(start for start, _ in courses).date():
        return "before"
    for start, stop in courses:
        if first >= start.date() and (stop is None or last <= stop.date()):
            return "during"
    stops = [stop.date() for _, stop in courses if stop is not None]
    ended = len(stops) == len(courses) and all(first > stop for stop in stops)
    return "after" if ended else None


def _organism_fits_class(row: Row, context: Context) -> bool | None:
    expected = ORGANISM_CLASSES.get(str(answer(row, "organism")))
    found = answer(row, "organism_class")
    return None if expected is None or found is None else expected == found


def _bloodstream_has_a_culture(row: Row, context: Context) -> bool | None:
    samples = answer(row, "positive_samples")
    if answer(row, "infection_site") != "bloodstream" or not isinstance(samples, tuple):
        return None
    return None if answer(row, "organism_class") == "viral" else "blood_culture" in samples


def _reactivation_has_a_pcr(row: Row, context: Context) -> bool | None:
    samples = answer(row, "positive_samples")
    if answer(row, "organism_class") != "viral" or answer(row, "presence") != "reactivated":
        return None
    if isinstance(answer(row, "viral_load"), Measurement):
        return True
    return "blood_pcr" in samples if isinstance(samples, tuple) else None


def _anakinra_was_running(row: Row, context: Context) -> bool | None:
    if answer(row, "anakinra_changed") is not True or has_undated_course(context):
        return None
    return relation(row, context) not in ("no_anakinra", "after")


def _fatal_infection_has_a_death(row: Row, context: Context) -> bool | None:
    if "fatal" not in (answer(row, "outcome"), answer(row, "severity")) and answer(row, "ctcae_grade") != 5:
        return None
    return death_day(context) is not None


def _grade_four_has_support(row: Row, context: Context) -> bool | None:
    worst = answer(row, "ctcae_grade") == 4 or answer(row, "severity") == "life_threatening"
    if not worst or answer(row, "organ_support") is not False:
        return None
    onset = answer(row, "onset_on")
    return any(
        answer(stay, "kind") in ORGAN_SUPPORT_KINDS and not is_before(answer(stay, "ended_at"), onset)
        for stay in context.rows["support"]
    )


def _support_anchors(row: Row, context: Context) -> tuple[Anchor, ...]:
    stays = [stay for stay in context.rows["support"] if answer(stay, "kind") in ORGAN_SUPPORT_KINDS]
    return anchors_of("support", stays, "ended_at")


def _neutrophils_are_known_near_onset(row: Row, context: Context) -> bool | None:
    first, last = earliest(answer(row, "onset_on")), latest(answer(row, "onset_on"))
    if first is None or last is None or not isinstance(row.get("anc_at_onset"), NullFlavour):
        return None
    drawn = (earliest(answer(sample, "sampled_at")) for sample in _samples_with_neutrophils(context))
    return any(when is not None and first - NEAR_ONSET <= when <= last + NEAR_ONSET for when in drawn)


def _samples_with_neutrophils(context: Context) -> list[Row]:
    return [sample for sample in context.rows["laboratory"] if answer(sample, "anc") is not None]


def _sample_anchors(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("laboratory", _samples_with_neutrophils(context), "sampled_at")


_PRE_EXISTING = When("presence", is_in=("worsened", "unchanged"))


def _neutrophils_are_plausible(row: Row, context: Context) -> bool | None:
    neutrophils = answer(row, "anc_at_onset")
    return neutrophils.is_below(HIGHEST_NEUTROPHILS) if isinstance(neutrophils, Measurement) else None


CHECKS: tuple[Check, ...] = (
    Check(
        id="infection.neutrophils_plausible",
        group=35,
        severity=CONFIRM,
        items=("anc_at_onset",),
        message="Neutrophils {anc_at_onset} at the onset of an infection are 100 or more. Check number and unit "
        "against the source.",
        holds=_neutrophils_are_plausible,
    ),
    not_before_infusion("infection", "onset_on", label="Onset", unless=_PRE_EXISTING, group=36),
    not_after_death("infection", "onset_on", label="Onset"),
    not_after_death("infection", "resolved_on", label="Resolution", severity=CONFIRM),
    entered_in_time("infection", "onset_on"),
    not_before(
        "infection",
        "resolved_on",
        "onset_on",
        severity=HARD,
        message="Resolution on {resolved_on} is before the onset on {onset_on}. Check both dates.",
    ),
    Check(
        id="infection.organism_fits_class",
        group=37,
        severity=WARNING,
        items=("organism", "organism_class"),
        message="{organism} does not belong to {organism_class}. Correct one of them.",
        holds=_organism_fits_class,
    ),
    Check(
        id="infection.bloodstream_culture",
        group=37,
        severity=WARNING,
        items=("infection_site", "positive_samples"),
        message="A bloodstream infection needs a positive blood culture. Add it, or choose another site.",
        holds=_bloodstream_has_a_culture,
    ),
    Check(
        id="infection.reactivation_pcr",
        group=37,
        severity=WARNING,
        items=("presence", "positive_samples", "viral_load"),
        message="The return of a latent virus is shown by PCR. Add the viral load with its unit, or the PCR in blood.",
        holds=_reactivation_has_a_pcr,
    ),
    Check(
        id="infection.fatal_has_death",
        group=37,
        severity=SOFT,
        items=("outcome", "severity", "ctcae_grade"),
        message="The infection is called fatal, but no day of death is recorded. Fill the end-of-study page, or "
        "correct the infection.",
        holds=_fatal_infection_has_a_death,
        uses=("end_of_study",),
    ),
    Check(
        id="infection.grade_four_has_support",
        group=37,
        severity=WARNING,
        items=("ctcae_grade", "severity", "organ_support"),
        message="A life-threatening infection (grade 4) without organ support or intensive care. Correct one of them, "
        "or add the stay on its own page.",
        holds=_grade_four_has_support,
        uses=("support",),
        also=_support_anchors,
    ),
    Check(
        id="infection.anakinra_was_running",
        group=36,
        severity=WARNING,
        items=("anakinra_changed", "onset_on"),
        message="Anakinra is said to have been held or stopped because of it, yet no course was running at the onset "
        "or later. Correct one of them.",
        holds=_anakinra_was_running,
        also=of_all("anakinra_course", "started_at", "stopped_at"),
    ),
    Check(
        id="infection.neutrophils_near_onset",
        group=38,
        severity=WARNING,
        items=("anc_at_onset", "onset_on"),
        message="No neutrophil count within 48 hours of the onset on {onset_on}, neither here nor on a laboratory "
        "page. Add one if it was drawn.",
        holds=_neutrophils_are_known_near_onset,
        uses=("laboratory",),
        also=_sample_anchors,
    ),
)
