"""CTCAE grades of a blood sample, in version 5 and in version 6: each analyte by itself, and the highest of them.

The first versions of both rule sets stand here; the second, for which a value beyond a limit proves no more and no less
than it does, in ``ctcae_open.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from forms import analytes
from forms.context import Context, ReferenceRange
from forms.grading.child import in_order, infusion_days, infusion_key
from forms.grading.ctcae_rules import V5, V6, Bound, Known, Rule, grades_within
from forms.grading.parts import in_details
from forms.grading.samples import laboratories_before_infusions, laboratory_of, range_on, values_before_infusions
from forms.rule_set import AT_LEAST, EXACT, GRADES, NOT_ASSESSABLE, RuleSet, Verdict
from forms.values import Measurement, Row, answer, earliest, latest

LABELS = {
    "alt": analytes.ALT.label,
    "ast": analytes.AST.label,
    "bilirubin_total": analytes.BILIRUBIN_TOTAL.label,
    "creatinine": analytes.CREATININE.label,
    "fibrinogen": analytes.FIBRINOGEN.label,
    "haemoglobin": analytes.HAEMOGLOBIN.label,
    "platelets": analytes.PLATELETS.label,
    "anc": analytes.ANC.label,
    "aptt_s": analytes.APTT.label,
}
NO_RANGE, NO_BASELINE, LIMITED = "no_reference_range", "no_baseline", "value_limited"
BASELINE_LIMITED, DAY_OPEN = "baseline_limited", "transfusion_day_open"
_WORDS = {
    NO_RANGE: "the laboratory's normal range is not recorded",
    NO_BASELINE: "the value before infusion is not recorded",
    LIMITED: "the value is only known to lie beyond a limit",
    BASELINE_LIMITED: "the value before infusion is only known to lie beyond a limit",
    DAY_OPEN: "platelets may have been given that day",
}
_WOULD_TELL = {
    ("creatinine", NO_BASELINE): "baseline.baseline_creatinine",
    ("platelets", DAY_OPEN): "support.started_at",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class AnalyteGrade:
    """The lowest and the highest grade one analyte can have, and the code of why they differ."""

    low: int
    high: int
    why: str = ""

    @property
    def state(self) -> str:
        """Return the grade as the details of a verdict show it."""
        return in_details(self.low, self.high)


_CERTAIN = tuple(AnalyteGrade(low=grade, high=grade) for grade in range(6))


def _within(measured: Measurement, known: Known, bounds: tuple[Bound, ...]) -> AnalyteGrade:
    """Return what the bounds of a version's rule say about one value."""
    low, high = grades_within(measured, bounds)
    if low == high:
        return _CERTAIN[low]
    if known.low is None and known.high is None:
        return AnalyteGrade(low=low, high=high, why=NO_RANGE)
    return AnalyteGrade(low=low, high=high, why=LIMITED if measured.sign else NO_BASELINE)


def grade_sample(grades: Mapping[str, AnalyteGrade]) -> Verdict | None:
    """Return the highest grade of a sample; None where it has no analyte that the version grades."""
    if not grades:
        return None
    details = {name: one.state for name, one in grades.items()}
    worst = max(one.low for one in grades.values())
    higher = [(name, one) for name, one in grades.items() if one.high > worst]
    missing = tuple(item for (name, why), item in _WOULD_TELL.items() if (name, why) in _whys(higher))
    why = higher[0][1].why if higher else ""
    if worst == 0 and len(higher) == len(grades):
        because = f"not gradable: {_WORDS[why]}"
        return Verdict(value=None, certainty=NOT_ASSESSABLE, because=because, why=why, missing=missing, details=details)
    if not higher:
        because = f"grade {worst}: {_deciding(grades, worst)}"
        return Verdict(value=str(worst), certainty=EXACT, because=because, details=details)
    left_open = ", ".join(LABELS[name] for name, _ in higher)
    because = f"at least grade {worst}: {_deciding(grades, worst)}; {left_open} left open, since {_WORDS[why]}"
    return Verdict(value=str(worst), certainty=AT_LEAST, because=because, why=why, missing=missing, details=details)


def _deciding(grades: Mapping[str, AnalyteGrade], worst: int) -> str:
    """Return the analytes with the highest grade in words."""
    return ", ".join(LABELS[name] for name, one in grades.items() if worst and one.low == worst) or "nothing abnormal"


def _whys(grades: Iterable[tuple[str, AnalyteGrade]]) -> list[tuple[str, str]]:
    return [(name, one.why) for name, one in grades]


def analyte_grades(
    context: Context,
    row: Row,
    rules: Mapping[str, Rule],
    *,
    day: date,
    baseline: Mapping[str, Decimal],
    baseline_from: Mapping[str, str | None],
    transfused: bool,
) -> dict[str, AnalyteGrade]:
    """Return analyte -> its grade, for the values of a sample that the rules cover.

    ``baseline_from`` names the laboratory of each value in ``baseline``, empty for the site's own.
    """
    found = {}
    laboratory = laboratory_of(row)
    # The same limits hold for many samples of a child: they are multiplied out once.
    bounds = context.memory.setdefault("CTCAE bounds", {})
    for name, rule in rules.items():
        measured = row.get(name)
        if isinstance(measured, Measurement):
            before = baseline.get(name)
            normal, normal_before = ranges_beside(context, name, day, laboratory, baseline_from.get(name))
            place = (rule, id(normal), id(before), id(normal_before), transfused)
            if place not in bounds:
                low, high = (normal.low, normal.high) if normal else (None, None)
                before_high = normal_before.high if normal_before else None
                known = Known(low=low, high=high, baseline=before, baseline_high=before_high, transfused=transfused)
                bounds[place] = (known, rule(known))
            found[name] = _within(measured, *bounds[place])
    return found


def ranges_beside(
    context: Context, analyte: str, day: date, laboratory: str | None, measured_before_by: str | None
) -> tuple[ReferenceRange | None, ReferenceRange | None]:
    """Return the normal range of a sample, and that of the laboratory that measured the value before infusion."""
    normal = None if laboratory is None else range_on(context, analyte, day, laboratory)
    # Where one of the two laboratories is not named, the range of the sample has to do for both.
    if laboratory is None or measured_before_by is None or measured_before_by == laboratory:
        return normal, normal
    return normal, range_on(context, analyte, day, measured_before_by)


def grades_of_samples(context: Context, version: str) -> Mapping[str, Mapping[str, AnalyteGrade]]:
    """Return sample -> analyte -> grade in a version of CTCAE; worked out once per context."""
    return context.once(f"CTCAE {version} by analyte", lambda known: _grades_of_samples(known, RULES[version]))


def _grades_of_samples(context: Context, rules: Mapping[str, Rule]) -> dict[str, dict[str, AnalyteGrade]]:
    infusions, before = infusion_days(context), baselines(context)
    is_elsewhere = any(laboratory_of(row) for row in context.rows["laboratory"])
    measured_by = laboratories_before_infusions(context, LABELS) if is_elsewhere else {}
    transfusions = platelet_transfusion_days(context)
    found = {}
    for at, row in in_order(context.rows["laboratory"], "sampled_at"):
        day = at.date()
        infusion = infusion_key(row, infusions, day)
        found[str(row.get("key"))] = analyte_grades(
            context,
            row,
            rules,
            day=day,
            baseline=before.get(infusion, {}),
            baseline_from=measured_by.get(infusion, {}),
            transfused=day in transfusions,
        )
    return found


def baselines(context: Context) -> dict[object, dict[str, Decimal]]:
    """Return infusion key -> the values before it; the first infusion's creatinine may stand on the baseline page."""
    found = values_before_infusions(context, LABELS)
    infusions = infusion_days(context)
    first = min(infusions, key=lambda key: infusions[key], default=None)
    recorded = answer(context.single("baseline"), "baseline_creatinine")
    if first is not None and isinstance(recorded, Measurement) and not recorded.sign:
        found[first]["creatinine"] = recorded.value
    return found


def platelet_transfusion_days(context: Context) -> frozenset[date]:
    """Return the days on which platelets were given for certain."""
    given = (answer(row, "started_at") for row in context.rows["support"] if answer(row, "kind") == "platelets")
    spans = ((earliest(at), latest(at)) for at in given)
    return frozenset(first.date() for first, last in spans if first and last and first.date() == last.date())


def _judge(version: str, context: Context) -> dict[str, Verdict]:
    judged = ((key, grade_sample(grades)) for key, grades in grades_of_samples(context, version).items())
    return {key: verdict for key, verdict in judged if verdict is not None}


RULES: Mapping[str, Mapping[str, Rule]] = {"5": V5, "6": V6}
_DECISIONS = (
    "Normal ranges are the site's own for sex, age and day, in a sample measured elsewhere those recorded for the "
    "laboratory it names. Without one only fixed limits decide.",
    "Multiples are of the value before infusion where that was above the normal range, that of the laboratory that "
    "measured it; one that is not known counts as normal.",
    "Grades that rest on symptoms or treatment are not derived.",
)
CTCAE_V5_1 = RuleSet(
    id="ctcae_v5_laboratory",
    version="1",
    title="CTCAE version 5, laboratory",
    source="NCI CTCAE v5.0, investigations and anemia; multiples as in the admiral package's tests",
    verified=True,
    form="laboratory",
    uses=("support",),
    values=GRADES[:5],
    decisions=(
        *_DECISIONS,
        "The fall of fibrinogen since before infusion counts once fibrinogen is below the normal range.",
    ),
    judge_child=partial(_judge, "5"),
)
CTCAE_V6_1 = RuleSet(
    id="ctcae_v6_laboratory",
    version="1",
    title="CTCAE version 6, laboratory",
    source="NCI CTCAE v6.0 (July 2025), known second-hand",
    verified=False,
    form="laboratory",
    uses=("support",),
    values=GRADES[:5],
    decisions=(
        *_DECISIONS,
        "Creatinine is not graded: its rows in version 6 were not read.",
        "Fibrinogen, hemoglobin and aPTT are graded as in version 5.",
        "Platelets given on the day of the sample make grade 3: a transfusion was indicated.",
    ),
    judge_child=partial(_judge, "6"),
)
