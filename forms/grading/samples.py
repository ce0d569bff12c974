"""Blood samples in order of time, each with its measured values, and the site's normal ranges for the child."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from forms.context import Context, ReferenceRange
from forms.grading.child import child_of, in_order, infusion_days, infusion_key, yes_or_no
from forms.values import Measurement, Row, answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """The measured values of one blood sample, by analyte.

    ``laboratory`` is the name of the laboratory that measured it, empty for the site's own and where none is named:
    then ``laboratory_is_known`` is False.
    """

    at: datetime
    values: Mapping[str, Measurement]
    record: str
    laboratory: str = ""
    laboratory_is_known: bool = True


def samples_of(rows: Iterable[Row], analytes: Iterable[str], *, key: str = "key") -> tuple[Sample, ...]:
    """Return the samples that have one of the analytes, in the order of time; ``key`` names the record's own name."""
    wanted = tuple(analytes)
    found = []
    for row in rows:
        at = row.get("sampled_at")
        measured = ((name, row.get(name)) for name in wanted)
        values = {name: value for name, value in measured if isinstance(value, Measurement)}
        if isinstance(at, datetime) and values:
            known = laboratory_of(row)
            sample = Sample(
                at=at,
                values=values,
                record=str(row[key]),
                laboratory=known or "",
                laboratory_is_known=known is not None,
            )
            found.append(sample)
    return tuple(sorted(found, key=lambda sample: (sample.at, sample.record)))


def any_of(states: Iterable[bool | None]) -> bool | None:
    """Tell whether one of the states holds; None where one that is not known could, or there is none at all."""
    found = list(states)
    if True in found:
        return True
    return None if None in found or not found else False


def laboratory_named(name: str) -> str:
    """Return the name of a laboratory so that two spellings of it compare equal; empty for the site's own."""
    return " ".join(name.casefold().split())


def laboratory_of(row: Row) -> str | None:
    """Return whose normal ranges hold for a sample, empty for the site's own; None where another one is not named."""
    if yes_or_no(row, "other_laboratory") is not True:
        return ""
    return laboratory_named(str(answer(row, "which_laboratory") or "")) or None


def range_on(context: Context, analyte: str, day: date, laboratory: str = "") -> ReferenceRange | None:
    """Return the normal range of an analyte for the child on a day, at the site's own or a named laboratory.

    None where the laboratory stated none, or where a partial birth date leaves open which one holds.
    """
    known: dict[tuple[str, str, tuple[int, int] | None, int], ReferenceRange | None] = context.memory.setdefault(
        "ranges", {}
    )
    ages = _ages_on(context, day)
    # Which range is in force changes only on the days from which one is valid.
    place = (laboratory, analyte, ages, bisect_right(context.once("days of change", _days_of_change), day))
    if place not in known:
        sex, months = child_of(context).sex, range(ages[0], ages[1] + 1) if ages else ()
        found = {
            context.reference_range(analyte, sex=sex, age_months=one, day=day, laboratory=laboratory) for one in months
        }
        known[place] = found.pop() if len(found) == 1 else None
    return known[place]


def _ages_on(context: Context, day: date) -> tuple[int, int] | None:
    """Return the youngest and the oldest the child can be on a day, in completed months."""
    ages: dict[date, tuple[int, int] | None] = context.memory.setdefault("ages", {})
    if day not in ages:
        age = child_of(context).age_on(day)
        ages[day] = age.months if age else None
    return ages[day]


def _days_of_change(context: Context) -> list[date]:
    return sorted({known.valid_from for known in context.reference_ranges})


def values_before_infusions(context: Context, analytes: Iterable[str]) -> dict[object, dict[str, Decimal]]:
    """Return infusion key -> the last exact value of each analyte in its samples from before it."""
    found: dict[object, dict[str, Decimal]] = {key: {} for key in infusion_days(context)}
    for key, name, measured, _ in _before_infusions(context, analytes):
        if not measured.sign:
            found[key][name] = measured.value
    return found


def measured_before_infusions(context: Context, analytes: Iterable[str]) -> dict[object, dict[str, Measurement]]:
    """Return infusion key -> the last value of each analyte in its samples from before it, beyond a limit or exact."""
    found: dict[object, dict[str, Measurement]] = {key: {} for key in infusion_days(context)}
    for key, name, measured, _ in _before_infusions(context, analytes):
        found[key][name] = measured
    return found


def laboratories_before_infusions(
    context: Context, analytes: Iterable[str], *, beyond_limits: bool = False
) -> dict[object, dict[str, str | None]]:
    """Return infusion key -> whose normal ranges hold for those values, analyte by analyte; see ``laboratory_of``.

    With ``beyond_limits`` of the last value whether it is exact or not, else of the last exact one.
    """
    found: dict[object, dict[str, str | None]] = {key: {} for key in infusion_days(context)}
    for key, name, measured, laboratory in _before_infusions(context, analytes):
        if beyond_limits or not measured.sign:
            found[key][name] = laboratory
    return found


def _before_infusions(
    context: Context, analytes: Iterable[str]
) -> Iterator[tuple[object, str, Measurement, str | None]]:
    """Yield infusion key, analyte, value and laboratory of the samples before each infusion, in order of time."""
    infusions, wanted = infusion_days(context), tuple(analytes)
    for at, row in in_order(context.rows["laboratory"], "sampled_at"):
        key = infusion_key(row, infusions, at.date())
        if key is None or not (yes_or_no(row, "before_infusion") or at.date() < infusions[key]):
            continue
        for name in wanted:
            value = row.get(name)
            if isinstance(value, Measurement):
                yield key, name, value, laboratory_of(row)
