"""One cell of the daily grid: an answer as short text, and what is typed as an answer."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from forms.casebook.assessment import ASSESSMENT
from forms.items import Choice, CodeList, Item, Measured, Moment, MultiChoice, Number, Numeric, YesNo
from forms.values import Answer, Measurement, NullFlavour, ParseError, Value

FLAVOUR_WORDS = {
    NullFlavour.NOT_DONE: "nd",
    NullFlavour.UNKNOWN: "unk",
    NullFlavour.NOT_APPLICABLE: "n/a",
    NullFlavour.REFUSED: "ref",
    NullFlavour.NOT_AVAILABLE: "nav",
}
"""How a reason for a missing answer is typed and shown in a cell."""

SYSTOLIC = ASSESSMENT.items["systolic_mmhg"]
_PRESSURES = re.compile(r"(\d{2,3}) ?/ ?(\d{2,3})\Z", re.ASCII)
"""A blood pressure as a flow sheet has it: systolic over diastolic, in mmHg."""

GRADES = tuple(ASSESSMENT.items[name] for name in ("crs_grade", "icans_grade", "carhlh_grade"))
_GRADE = re.compile(r"(?:grade|gr\.?|g) ?([0-5])\Z", re.ASCII | re.IGNORECASE)
"""A grade as flow sheets have it: G3, grade 3."""

PLACES_OF_AMOUNTS = (
    (ASSESSMENT.items["oxygen_mode"], "the flow in L/min under Oxygen flow"),
    (ASSESSMENT.items["vasoactives"], "the dose on the page of the assessment"),
)
"""What flow sheets answer with a number beside the word, and where that number goes."""

_OXYGEN, _FLOW = ASSESSMENT.items["oxygen_mode"], ASSESSMENT.items["oxygen_flow_l_min"]
_LITRES = re.compile(r"(?<![\d.,/-])(\d{1,2}(?:[.,]\d{1,2})?) ?(?:l/min|lpm|l)(?![\w/])", re.ASCII | re.IGNORECASE)
"""A flow of oxygen with its unit, such as 2L or 0.5 L/min."""

_DECIMAL_COMMA = re.compile(r"([<>]? ?\d+),(\d{1,2})(?![\d.,])", re.ASCII)
"""A number with one or two digits behind its comma: thousands have three."""

_AMOUNT = re.compile(r"[0-9][0-9.,]*")
_UNITS = frozenset({"%", "l", "lpm", "l/min", "mcg/kg/min", "ug/kg/min", "µg/kg/min", "μg/kg/min", "units/kg/min"})

_TIME = re.compile(r"(\d{1,2})(?:[:.h]?(\d\d))\Z")
_FLAVOURS_BY_WORD = {
    **{word: flavour for flavour, word in FLAVOUR_WORDS.items()},
    **{flavour.value.casefold(): flavour for flavour in NullFlavour},
    **{flavour.label.casefold(): flavour for flavour in NullFlavour},
    "na": NullFlavour.NOT_APPLICABLE,
    "not available": NullFlavour.NOT_AVAILABLE,
    "asleep": NullFlavour.NOT_AVAILABLE,
}

WARD_WORDS = {
    "ra": "room_air",
    "nc": "nasal_cannula",
    "hfnc": "high_flow",
    "nrb": "non_rebreather",
    "noradrenaline": "norepinephrine",
    "norad": "norepinephrine",
    "adrenaline": "epinephrine",
    "alert": "awake",
    "spontaneous": "awake",
    "spontaneously": "awake",
    "wakes to voice": "voice",
    "wakes to touch": "tactile",
}
"""What flow sheets say for an answer, where it is neither its code nor the beginning of one."""

IN_A_CELL = {
    "nasal_cannula": "NC",
    "high_flow": "HFNC",
    "venturi": "Venturi",
    "non_rebreather": "NRB",
    "invasive": "Invasive",
}
"""What the ward says of oxygen, where the label would be cut off at the edge of a cell."""

FITS_A_CELL = 11
"""Letters that are read in a cell while fourteen days stand side by side."""

ON_THE_WARD = {"bipap": "BiPAP", "capd": "CAPD", "cpap": "CPAP", "ecmo": "ECMO", "ice": "ICE"}
"""How the ward writes a word of a code; any case is read."""


def show_cell(item: Item, value: Value) -> str:
    """Return a value as the text of a cell; ``read_cell`` reads it back as the same value."""
    if value is None:
        return ""
    if isinstance(value, NullFlavour):
        return FLAVOUR_WORDS[value]
    if isinstance(value, datetime):
        return value.strftime("%H:%M")
    if isinstance(item, MultiChoice) and isinstance(value, tuple):
        return "; ".join(_in_a_cell(item.codes, code) for code in value)
    if isinstance(item, Choice):
        return _in_a_cell(item.codes, str(value))
    return item.show(value) if isinstance(item, Numeric) else item.format(value)


def read_cell(item: Item, text: str, *, day: date) -> Value:
    """Return the answer that the text of a cell says on a day; raise ParseError with words for a person."""
    words = " ".join(text.split())
    if not words:
        return None
    flavour = _FLAVOURS_BY_WORD.get(words.casefold())
    if flavour is not None and not _is_answer(item, words):
        if not item.missing:
            raise ParseError(f"“{words}”: a time cannot be missing. Give it, or leave the whole day empty.")
        return flavour
    if isinstance(item, Moment):
        return _read_time(item, words, day)
    if isinstance(item, Choice):
        return _read_answer(item, words)
    if isinstance(item, MultiChoice):
        parts = [part for part in re.split(r"[;,+]", words) if part.strip()]
        return item.collect([_read_answer(item, part) for part in parts])
    if item in GRADES:
        return item.parse(_GRADE.sub(r"\1", words))
    if isinstance(item, (Number, Measured)):
        words = _DECIMAL_COMMA.sub(r"\1.\2", words, count=1) if _DECIMAL_COMMA.match(words) else words
    return item.parse(_systolic(words) if item is SYSTOLIC else words)


def device_and_flow(text: str) -> tuple[str, str] | None:
    """Return the device and the flow in L/min of such as “2L NC”, each as a cell takes it; None for anything else.

    One flow with its unit, beside one device of which a flow is asked, and nothing more.
    """
    flows = _LITRES.findall(text)
    if len(flows) != 1 or not isinstance(_OXYGEN, Choice) or _FLOW.ask_if is None:
        return None
    try:
        device = _read_code(_OXYGEN.codes, _LITRES.sub(" ", text))
    except ParseError:
        return None
    is_asked = _FLOW.ask_if.holds({"oxygen_mode": device})
    return (_in_a_cell(_OXYGEN.codes, device), flows[0].replace(",", ".")) if is_asked else None


def same_answer(first: Value, second: Value) -> bool:
    """Tell whether two values mean the same, whatever was typed for a measurement."""
    if isinstance(first, Measurement) and isinstance(second, Measurement):
        return (first.sign, first.value) == (second.sign, second.value)
    return first == second and type(first) is type(second)


def answers_offered(item: Item) -> tuple[tuple[str, str, str], ...]:
    """Return the answers that a cell takes from a list: the button, the text it puts in, and a short word for it.

    Empty for numbers and times.
    """
    if isinstance(item, YesNo):
        return (("Yes", "yes", "y"), ("No", "no", "n"))
    if isinstance(item, (Choice, MultiChoice)):
        return tuple((label, _in_a_cell(item.codes, code), _short(code)) for code, label in item.codes.labels.items())
    return ()


def _in_a_cell(codes: CodeList, code: str) -> str:
    """Return the label of a code as it fits a cell: without a first word that several answers begin with.

    Cut off at the edge of the cell, “Awakens to voice” and “Awakens only to touch” would look the same. In place of a
    single word that is cut off as well, “Spontaneously”, what the ward says: “Awake”.
    """
    if code in IN_A_CELL:
        return IN_A_CELL[code]
    label = codes.labels.get(code, code)
    first, _, rest = label.partition(" ")
    if not rest or sum(other.partition(" ")[0] == first for other in codes.labels.values()) == 1:
        return label
    shown = rest if " " in rest or len(rest) <= FITS_A_CELL else _short(code)
    return f"{shown[0].upper()}{shown[1:]}"


def _short(code: str) -> str:
    """Return a code as the ward writes it."""
    return " ".join(ON_THE_WARD.get(word, word) for word in code.split("_"))


def _is_answer(item: Item, words: str) -> bool:
    codes = getattr(item, "codes", None)
    return isinstance(codes, CodeList) and words.casefold() in {_short(code).casefold() for code in codes.labels}


def _systolic(words: str) -> str:
    """Return the first number of a pair such as 85/40, whose second, the lower one, the registry does not ask for."""
    pair = _PRESSURES.match(words)
    return pair[1] if pair and int(pair[1]) > int(pair[2]) else words


def _read_time(item: Item, words: str, day: date) -> Answer | None:
    match = _TIME.match(words.removeprefix(day.isoformat()).lstrip("T "))
    if not match:
        raise ParseError(f"“{words}” is not a time of day. Write it as 06:00.")
    if match[1] == "24" and match[2] == "00" and day < date.max:
        raise ParseError(f"“{words}” is midnight at the end of its day: write 00:00 on {day + timedelta(days=1)}.")
    return item.parse(f"{day.isoformat()} {int(match[1]):02}:{match[2]}")


def _read_answer(item: Choice | MultiChoice, words: str) -> str:
    """Return the code that a word names; raise ParseError, also where an amount is written beside it."""
    try:
        return _read_code(item.codes, words)
    except ParseError:
        without = " ".join(word for word in _AMOUNT.sub(" ", words).split() if word.casefold() not in _UNITS)
        place = next((place for other, place in PLACES_OF_AMOUNTS if other is item), "")
        if not place or without in ("", " ".join(words.split())):
            raise
    code = _read_code(item.codes, without)
    raise ParseError(f"“{words.strip()}”: write {_short(code)} here, and {place}.")


def _read_code(codes: CodeList, words: str) -> str:
    """Return the code that a word names: the code, its label, or a beginning that only one of them has.

    "No" is the answer "None" where there is one, though others may begin with it.
    """
    wanted = " ".join(words.casefold().replace("_", " ").split())
    if wanted == "no" and codes.labels.get("none") == "None":
        return "none"
    begins = []
    for code, label in codes.labels.items():
        said = (_short(code), label, _in_a_cell(codes, code))
        if wanted in {way.casefold() for way in said} or WARD_WORDS.get(wanted) == code:
            return code
        if any(way.casefold().startswith(wanted) for way in said):
            begins.append(code)
    if len(begins) == 1:
        return begins[0]
    if begins:
        several = " or ".join(_short(code) for code in begins)
        raise ParseError(f"“{words.strip()}” can mean {several}. Write one letter more.")
    offered = ", ".join(_short(code) for code in codes.labels)
    raise ParseError(f"“{words.strip()}” is not one of the answers. Choose from: {offered}.")
