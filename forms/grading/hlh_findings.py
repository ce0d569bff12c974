"""What is known about HLH-like toxicity at one assessment: its own signs, and the samples of that day and two before.

The window of three calendar days is the registry's own: the published criteria name none.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from forms.context import Context
from forms.grading.child import Age, child_of, in_order, infusion_days, infusion_key, yes_or_no
from forms.grading.crs_phases import crs_phases
from forms.grading.ctcae import AnalyteGrade, grades_of_samples
from forms.grading.daily import DAYS_OF_48_HOURS
from forms.grading.phases import Phase
from forms.grading.samples import (
    Sample,
    any_of,
    measured_before_infusions,
    samples_of,
    values_before_infusions,
)
from forms.rule_set import NOT_ASSESSABLE, Verdict
from forms.values import Measurement, Row, answer

WINDOW_DAYS = DAYS_OF_48_HOURS
ANALYTES = (
    "ferritin",
    "fibrinogen",
    "triglycerides",
    "haemoglobin",
    "platelets",
    "anc",
    "sil2r",
    "ldh",
    "prothrombin_time_s",
    "aptt_s",
    "bilirubin_direct",
    # Graded by CTCAE: liver and kidney are often drawn on their own.
    "bilirubin_total",
    "alt",
    "ast",
    "creatinine",
)
NEWBORN_DAYS = 28
CARTOX_FERRITIN_NG_ML = 10_000
MET, NOT_MET, UNDETERMINED = "met", "not_met", "undetermined"


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One criterion by itself: met, not met, or None where the answers in ``missing`` leave it open."""

    name: str
    label: str
    is_met: bool | None
    missing: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """Return its state as the details of a verdict show it."""
        return {True: MET, False: NOT_MET, None: UNDETERMINED}[self.is_met]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """The signs of one assessment and the blood values around it.

    ``so_far`` are all samples since the infusion. ``baseline_ferritin`` is the last exact value before it,
    ``ferritin_before`` the last one of any kind.
    """

    day: date
    row: Row
    temperatures: tuple[Decimal, ...] = ()
    infusion: object = None
    samples: tuple[Sample, ...] = ()
    so_far: tuple[Sample, ...] = ()
    fasting: Mapping[str, bool | None] = field(default_factory=dict)
    organ_grades: Mapping[str, tuple[AnalyteGrade, ...]] = field(default_factory=dict)
    baseline_ferritin: Decimal | None = None
    ferritin_before: Measurement | None = None
    ferritin_in_crs: bool | None = None
    ferritin_timing: str = "unknown"
    is_newborn: bool | None = None

    def says(self, item: str) -> bool | None:
        """Return a yes or no of the assessment."""
        return yes_or_no(self.row, item)

    def measured(self, analyte: str) -> Iterator[Measurement]:
        """Yield the values of an analyte in the window."""
        return (sample.values[analyte] for sample in self.samples if analyte in sample.values)

    def lacks(self, item: str) -> bool:
        """Tell whether an item has no answer: none on the assessment, or in no sample of the window."""
        form, _, name = item.rpartition(".")
        if not form:
            return answer(self.row, name) is None
        return name not in self.organ_grades and not any(name in sample.values for sample in self.samples)

    def has_grade(self, analyte: str, grade: int) -> bool | None:
        """Tell whether an analyte reached a CTCAE v5 grade in the window."""
        found = self.organ_grades.get(analyte, ())
        return any_of(True if one.low >= grade else False if one.high < grade else None for one in found)


def answered(found: Findings, item: str, label: str) -> Criterion:
    """Return the criterion that an item of the assessment answers by itself."""
    return Criterion(name=item, label=label, is_met=found.says(item), missing=(item,))


def verdict_on(
    found: Findings,
    criteria: tuple[Criterion, ...],
    is_met: bool | None,
    because: str,
    *,
    beside: tuple[Criterion, ...] = (),
    **details: str,
) -> Verdict:
    """Return met, not met or undetermined; each criterion, and those ``beside`` that do not decide, in the details."""
    told = {one.name: one.state for one in (*criteria, *beside)} | details
    if is_met is not None:
        return Verdict(value=MET if is_met else NOT_MET, because=because, details=told)
    open_items = dict.fromkeys(item for one in criteria if one.is_met is None for item in one.missing)
    return Verdict(
        value=UNDETERMINED,
        certainty=NOT_ASSESSABLE,
        because=because,
        why="criteria_undetermined",
        missing=tuple(item for item in open_items if found.lacks(item)),
        details=told,
    )


def in_words(criteria: Iterable[Criterion], empty: str = "none") -> str:
    """Return the criteria that are met, in words."""
    return ", ".join(one.label for one in criteria if one.is_met) or empty


def is_about_hlh(row: Row) -> bool:
    """Tell whether an assessment is about HLH-like toxicity: suspected, or diagnosed."""
    return row.get("carhlh_suspected") is True or row.get("carhlh_present") is True


def _may_be_met(row: Row, window: tuple[Sample, ...], so_far: tuple[Sample, ...]) -> bool:
    """Tell whether a definition can be met although nobody thought of HLH.

    HLH-2004 then needs the receptor or a sign that is asked on suspicion only, CARTOX a ferritin above 10,000.
    """
    if any(row.get(item) is True for item in ("splenomegaly", "haemophagocytosis", "nk_activity_low")):
        return True
    if any("sil2r" in sample.values for sample in window):
        return True
    ferritins = (sample.values["ferritin"] for sample in so_far if "ferritin" in sample.values)
    return any(one.is_above(CARTOX_FERRITIN_NG_ML) is not False for one in ferritins)


def findings_of(context: Context) -> Mapping[str, Findings]:
    """Return assessment -> its findings, where HLH was thought of or a definition can be met anyway.

    They are worked out once per context.
    """
    return context.once("hlh findings", lambda known: dict(_findings(known)))


def _findings(context: Context) -> Iterator[tuple[str, Findings]]:
    child, infusions = child_of(context), infusion_days(context)
    samples = samples_of(context.rows["laboratory"], ANALYTES)
    sampled = [sample.at.date() for sample in samples]
    fasting = {str(row.get("key")): yes_or_no(row, "fasting") for row in context.rows["laboratory"]}
    assessments = in_order(context.rows["assessment"], "assessed_at")
    assessed = [at.date() for at, _ in assessments]
    phases, before, measured_before = crs_phases(context), _exact_ferritin(context), _ferritin(context)
    for at, row in assessments:
        day = at.date()
        since = date.fromordinal(max(day.toordinal() - WINDOW_DAYS, date.min.toordinal()))
        window = samples[bisect_left(sampled, since) : bisect_right(sampled, day)]
        nearby = assessments[bisect_left(assessed, since) : bisect_right(assessed, day)]
        infusion = infusion_key(row, infusions, day)
        infused_on = infusions.get(infusion)
        so_far = samples[bisect_left(sampled, infused_on) if infused_on else 0 : bisect_right(sampled, day)]
        if not (is_about_hlh(row) or _may_be_met(row, window, so_far)):
            continue
        graded = grades_of_samples(context, "5")
        in_crs, timing = peak_in_crs(so_far, phases.get(infusion))
        yield (
            str(row.get("key")),
            Findings(
                day=day,
                row=row,
                temperatures=tuple(_temperatures(near for _, near in nearby)),
                infusion=infusion,
                samples=window,
                so_far=so_far,
                fasting=fasting,
                organ_grades=by_analyte(graded, window),
                baseline_ferritin=before.get(infusion),
                ferritin_before=measured_before.get(infusion),
                ferritin_in_crs=in_crs,
                ferritin_timing=timing,
                is_newborn=_is_newborn(child.age_on(day)),
            ),
        )


def _is_newborn(age: Age | None) -> bool | None:
    """Tell whether a child is under four weeks old."""
    if age is None or age.days[0] < NEWBORN_DAYS <= age.days[1]:
        return None
    return age.days[1] < NEWBORN_DAYS


def _temperatures(rows: Iterable[Row]) -> Iterator[Decimal]:
    for row in rows:
        temperature = row.get("temperature_c")
        if isinstance(temperature, Decimal):
            yield temperature


def by_analyte(
    graded: Mapping[str, Mapping[str, AnalyteGrade]], window: tuple[Sample, ...]
) -> dict[str, tuple[AnalyteGrade, ...]]:
    found: dict[str, tuple[AnalyteGrade, ...]] = {}
    for sample in window:
        for analyte, grade in graded.get(sample.record, {}).items():
            found[analyte] = (*found.get(analyte, ()), grade)
    return found


def _exact_ferritin(context: Context) -> dict[object, Decimal]:
    """Return infusion key -> the last exact ferritin before it; the first infusion's may stand on the baseline page."""
    values = values_before_infusions(context, ("ferritin",)).items()
    found = {key: one["ferritin"] for key, one in values if "ferritin" in one}
    recorded = _ferritin_of_the_page(context)
    return found | {key: one.value for key, one in recorded.items() if not one.sign}


def _ferritin(context: Context) -> dict[object, Measurement]:
    """Return infusion key -> the last ferritin before it, beyond a limit or exact."""
    values = measured_before_infusions(context, ("ferritin",)).items()
    return {key: one["ferritin"] for key, one in values if "ferritin" in one} | _ferritin_of_the_page(context)


def _ferritin_of_the_page(context: Context) -> dict[object, Measurement]:
    """Return the first infusion's key -> ferritin of the baseline page; nothing where there is none."""
    infusions = infusion_days(context)
    recorded = answer(context.single("baseline"), "baseline_ferritin")
    return (
        {min(infusions, key=lambda key: infusions[key]): recorded}
        if infusions and isinstance(recorded, Measurement)
        else {}
    )


def peak_in_crs(samples: tuple[Sample, ...], phase: Phase | None) -> tuple[bool | None, str]:
    """Tell whether ferritin rose above 10,000 in the CRS phase so far, and when it did."""
    high = [
        (sample.at.date(), sample.values["ferritin"].is_above(CARTOX_FERRITIN_NG_ML))
        for sample in samples
        if "ferritin" in sample.values
    ]
    if not high:
        return None, "unknown"
    if all(state is False for _, state in high):
        return False, "never"
    if phase is None:
        return None, "unknown"
    within = any_of(_both(state, phase.covers(day)) for day, state in high)
    return within, {True: "in_crs_phase", False: "outside_crs_phase", None: "unknown"}[within]


def _both(first: bool | None, second: bool | None) -> bool | None:
    if first is False or second is False:
        return False
    return None if first is None or second is None else True
