"""REDCap's data dictionary: a row per field in its eighteen columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.formats.branching import Asked, branching_logic
from analysis.formats.package import Field
from analysis.formats.redcap_fields import RECORD, Instrument

HEADER = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
IDENTIFIERS = frozenset({"direct identifier", "date", "free text"})
"""The classes of items that identify by themselves: names and numbers, dates, text as typed (45 CFR 164.514(b)(2))."""
_MOST_RADIOS = 6
_VALIDATION = {"integer": "integer", "decimal": "number", "date": "date_ymd", "moment": "datetime_seconds_ymd"}


def dictionary(instruments: Sequence[Instrument]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the dictionary; the first is the record, in the first instrument, as REDCap demands."""
    if instruments:
        yield _row(RECORD, instruments[0].name, "text", "Code of the child")
    for instrument in instruments:
        asked = {
            own.name: Asked(name=instrument.names[own.name], field=_as_coded(instrument, own))
            for own in instrument.fields
        }
        for own in instrument.fields:
            logic = branching_logic(own.asked_if, asked)
            notes = [f"Asked if: {own.asked_if}"] if own.asked_if and not logic else []
            if own.explains:
                notes.append(f"Why {instrument.names.get(own.explains, own.explains)} has no answer")
            kind, choices = _kind(instrument, own)
            yield _row(
                instrument.names[own.name],
                instrument.name,
                kind,
                own.label,
                choices=choices,
                note=own.unit,
                validation=_VALIDATION.get(own.kind, ""),
                identifier="y" if own.privacy in IDENTIFIERS else "",
                logic=logic,
                annotation=". ".join(notes),
            )


def _row(
    name: str,
    form: str,
    kind: str,
    label: str,
    *,
    choices: str = "",
    note: str = "",
    validation: str = "",
    identifier: str = "",
    logic: str = "",
    annotation: str = "",
) -> tuple[str, ...]:
    unset = ("", "", "", "", "")
    return (name, form, "", kind, label, choices, note, validation, "", "", identifier, logic, *unset, annotation)


def _kind(instrument: Instrument, own: Field) -> tuple[str, str]:
    """Return the type of a field and its choices."""
    if own.kind == "boolean":
        return "yesno", ""
    if own.kind in ("code", "codes") and own.codes:
        kind = "checkbox" if own.kind == "codes" else "radio" if len(own.codes) <= _MOST_RADIOS else "dropdown"
        return kind, " | ".join(_choice(instrument.codes[own.name][code], code, own.codes[code]) for code in own.codes)
    has_lines = own.kind == "text" and any("\n" in text for text in instrument.typed.frame[own.name].dropna())
    return ("notes" if has_lines else "text"), ""


def _choice(stored: str, code: str, label: str) -> str:
    """Return a choice as REDCap reads it: a bar would end it; a code it does not accept stands in the label."""
    shown = label if stored == code or label == code else f"{code} {label}"
    return f"{stored}, {' '.join(shown.replace('|', '/').split())}"


def _as_coded(instrument: Instrument, own: Field) -> Field:
    """Return the field if its codes are REDCap's as well, else without codes: no condition can name one."""
    stored = instrument.codes[own.name]
    if all(code == value for code, value in stored.items()):
        return own
    return Field(name=own.name, label=own.label, kind=own.kind, codes={})
