"""The checks of the infection form, and the values it derives."""

from __future__ import annotations

from forms.branching import When
from forms.context import Context
from forms.form import Check
from forms.items import (
    HARD,
    SOFT,
)
from forms.ordering import not_after_death, not_before, not_before_infusion
from forms.values import Answer, Row, answer, earliest, latest

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
    first, last = earliest(answer(row, "onset_on")), latest(answer(row, "onset_on"))
    if first is None or last is None:
        return None
    spans = [
        (earliest(answer(course, "started_at")), latest(answer(course, "stopped_at")))
        for course in context.rows["anakinra_course"]
    ]
    begun = [(start, stop) for start, stop in spans if start is not None]
    if not begun:
        return "no_anakinra"
    if last.date() < min(start for start, _ in begun).date():
        return "before"
    for start, stop in begun:
        if first.date() >= start.date() and (stop is None or last.date() <= stop.date()):
            return "during"
    stops = [stop.date() for _, stop in begun if stop is not None]
    ended = len(stops) == len(begun) and all(first.date() > stop for stop in stops)
    return "after" if ended else None


def _organism_fits_class(row: Row, context: Context) -> bool | None:
    expected = ORGANISM_CLASSES.get(str(answer(row, "organism")))
    found = answer(row, "organism_class")
    return None if expected is None or found is None else expected == found


def _bloodstream_has_a_culture(row: Row, context: Context) -> bool | None:
    samples = answer(row, "positive_samples")
    if answer(row, "infection_site") != "bloodstream" or not isinstance(samples, tuple):
        return None
    return "blood_culture" in samples


_PRE_EXISTING = When("presence", is_in=("worsened", "unchanged"))


CHECKS: tuple[Check, ...] = (
    not_before_infusion("infection", "onset_on", label="Onset", unless=_PRE_EXISTING),
    not_after_death("infection", "onset_on", label="Onset"),
    not_before(
        "infection",
        "resolved_on",
        "onset_on",
        severity=HARD,
        message="Resolution on {resolved_on} is before the onset on {onset_on}. Check both dates.",
    ),
    Check(
        id="infection.organism_fits_class",
        severity=SOFT,
        items=("organism", "organism_class"),
        message="{organism} does not belong to {organism_class}. Correct one of them, or say why.",
        holds=_organism_fits_class,
    ),
    Check(
        id="infection.bloodstream_culture",
        severity=SOFT,
        items=("infection_site", "positive_samples"),
        message="A bloodstream infection needs a positive blood culture. Add it, or say why there is none.",
        holds=_bloodstream_has_a_culture,
    ),
)
