"""Tables of infections: rates by anakinra, time, neutrophils and concurrent agents, and what the infections were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from analysis.endpoints.infections import COUNTED, KINDS, InfectionPage, Infections
from analysis.endpoints.person_days import AFTER, BEFORE, EXPOSURES, NEVER, ON, STRATA, UNKNOWN
from analysis.estimators import IncidenceRate, RateComparison, compare_rates
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.infections import CLASSES_AND_MORE, EVENTS_TO_COMPARE
from analysis.printing.parts import Cell, Table
from analysis.wording import decimal, headed, p_value, ratio, ratio_limits
from forms.grading.infection import SEVERITIES

PER = 1000
RATE_HEADER = ("Patient-days", "Infections", f"Per {PER:,} patient-days", "95 % limits")
RATE_CSV = ("person_days", "events", "estimate", "lower", "upper")
WORDS = {
    BEFORE: "before anakinra",
    ON: "on anakinra",
    AFTER: "after anakinra",
    NEVER: "never anakinra",
    UNKNOWN: "not known",
}
STATES = {True: "below 0.5", False: "0.5 or more", None: "not known"}
HOW = "Infections per 1,000 patient-days, exact Poisson limits (Garwood)."
LIMIT_NOTE = (
    "Limits take infections as independent; a child can have several, so the truth is less certain than they say."
)


def exposure_table(found: Infections) -> Table:
    """Return the rates before, on and after anakinra; children never treated apart."""
    children = {name: sum(bool(child.days.get(name)) for child in found.children) for name in EXPOSURES}
    rows: list[tuple[str, int, IncidenceRate]] = [
        (WORDS[name], children[name], found.rate(exposure=(name,))) for name in _shown(found)
    ]
    everybody = sum(any(child.days.values()) for child in found.children)
    rows.append(("all", everybody, found.rate()))
    return Table(
        id="infections_by_anakinra",
        title="Infections before, on and after anakinra",
        header=("Days", "Children", *RATE_HEADER),
        rows=tuple((headed(name), str(n), *rate_cells(rate)) for name, n, rate in rows),
        csv_header=("days", "children", *RATE_CSV),
        csv_rows=tuple((name, n, *rate_values(rate)) for name, n, rate in rows),
        notes=(HOW, "A child stands in each row in which it has days.", LIMIT_NOTE),
    )


def stratum_table(found: Infections) -> Table:
    """Return the rates by time after infusion, and on anakinra against unexposed days within each stratum."""
    rows, csv_rows = [], []
    for stratum in STRATA:
        compared = _compared(found, stratum)
        for position, name in enumerate(_shown(found)):
            rate = found.rate(stratum=(stratum,), exposure=(name,))
            own = compared if name == ON else None
            why = "too few" if name == ON and compared is None else ""
            rows.append(
                (
                    headed(stratum) if position == 0 else "",
                    headed(WORDS[name]),
                    *rate_cells(rate),
                    *_ratio_cells(own, why),
                )
            )
            csv_rows.append((stratum, WORDS[name], *rate_values(rate), *_ratio_values(own)))
    return Table(
        id="infections_by_time",
        title="Infections by days after infusion",
        header=("After infusion", "Days", *RATE_HEADER, "Rate ratio (95 % limits)", "P"),
        rows=tuple(rows),
        csv_header=("stratum", "days", *RATE_CSV, "rate_ratio", "rate_ratio_lower", "rate_ratio_upper", "p_value"),
        csv_rows=tuple(csv_rows),
        notes=(
            HOW,
            "Rate ratio: on anakinra over the days before it and of children never treated, in the same days after"
            " infusion; exact conditional limits and P (two-sided, two Poisson rates). Too few: fewer than"
            f" {EVENTS_TO_COMPARE} infections in both together, or fewer than {LEAST_FOR_A_SHARE} children on a side.",
            "P and limits are computed apart and can disagree near 5 %: P counts every split of the infections that is"
            " no more likely than the observed one, the limits leave out at most 2.5 % on either side.",
        ),
    )


def neutrophil_table(found: Infections) -> Table:
    """Return the rates by neutrophils and anakinra."""
    return _split_table(
        found,
        table_id="infections_by_neutrophils",
        title="Infections by neutrophils of the day",
        first="ANC, 10⁹/L",
        field="neutropenic",
        groups=[(words, (state,)) for state, words in STATES.items()],
        notes=(
            HOW,
            "Neutrophils: laboratory pages, the lowest of a day, holding to the next count and for at most 7 days;"
            " other days are not known.",
        ),
    )


def class_table(found: Infections) -> Table:
    """Return the rates by the number of immunosuppressant classes given on the day."""
    most = max((cell.classes for cell in found.days if cell.classes is not None), default=0)
    groups: list[tuple[str, tuple[object, ...]]] = [(str(number), (number,)) for number in range(CLASSES_AND_MORE)]
    groups.append((f"{CLASSES_AND_MORE} or more", tuple(range(CLASSES_AND_MORE, max(most, CLASSES_AND_MORE) + 1))))
    groups.append(("not known", (None,)))
    rates = [(name, found.rate(classes=values)) for name, values in groups]
    return Table(
        id="infections_by_classes",
        title="Infections by concurrent immunosuppressant classes",
        header=("Classes on the day", *RATE_HEADER),
        rows=tuple((headed(name), *rate_cells(rate)) for name, rate in rates),
        csv_header=("classes", *RATE_CSV),
        csv_rows=tuple((name, *rate_values(rate)) for name, rate in rates),
        notes=(
            HOW,
            "Classes: anakinra, tocilizumab, steroid and others on the pages of courses and concomitant agents, on the"
            " days of their doses without a lag. Not known: dates leave open whether one was given.",
        ),
    )


def kind_table(pages: Sequence[InfectionPage]) -> Table:
    """Return the counted infections by kind of organism and severity."""
    counts = Counter((page.kind, page.severity) for page in pages if page.fate == COUNTED)
    severities, kinds = (*SEVERITIES, "not known"), (*dict.fromkeys(KINDS.values()), "not told")
    rows = [(kind, [counts[kind, severity] for severity in severities]) for kind in kinds]
    rows.append(("all", [sum(column) for column in zip(*(numbers for _, numbers in rows), strict=True)]))
    words = tuple(severity.replace("_", "-") for severity in severities)
    return Table(
        id="infections_by_kind",
        title="What the infections were",
        header=("Kind", *words, "all"),
        rows=tuple((kind, *map(str, numbers), str(sum(numbers))) for kind, numbers in rows),
        csv_header=("kind", *severities, "all"),
        csv_rows=tuple((kind, *numbers, sum(numbers)) for kind, numbers in rows),
        notes=(
            "Severity is derived from treatment, admission, organ support and death, as the BMT CTN scheme (recalled,"
            " not verified). Where facts are missing it is the least it can have been.",
        ),
    )


def rate_cells(rate: IncidenceRate) -> tuple[str, str, str, str]:
    """Return patient-days, infections, rate and limits in words; nothing where there is no patient-day."""
    if not rate.person_days:
        return "0", "0", "", ""
    estimate, lower, upper = rate.per(PER)
    return (
        f"{rate.person_days:,.0f}",
        str(rate.events),
        decimal(estimate, 1),
        f"{decimal(lower, 1)} to {decimal(upper, 1)}",
    )


def rate_values(rate: IncidenceRate) -> tuple[Cell, ...]:
    """Return the unrounded values of a rate, as `RATE_CSV` names them, per 1,000 patient-days."""
    if not rate.person_days:
        return 0, 0, None, None, None
    return (int(rate.person_days), rate.events, *rate.per(PER))


def _shown(found: Infections) -> tuple[str, ...]:
    """Return the exposures of a table: without the unknown one where there is no such day."""
    has_unknown = any(cell.exposure == UNKNOWN for cell in found.days)
    return tuple(name for name in EXPOSURES if name != UNKNOWN or has_unknown)


def _split_table(
    found: Infections,
    *,
    table_id: str,
    title: str,
    first: str,
    field: str,
    groups: Sequence[tuple[str, tuple[object, ...]]],
    notes: tuple[str, ...],
) -> Table:
    rows, csv_rows = [], []
    for name, values in groups:
        for position, exposure in enumerate(_shown(found)):
            rate = found.rate(**{field: values}, exposure=(exposure,))
            rows.append((headed(name) if position == 0 else "", headed(WORDS[exposure]), *rate_cells(rate)))
            csv_rows.append((name, WORDS[exposure], *rate_values(rate)))
    return Table(
        id=table_id,
        title=title,
        header=(first, "Days", *RATE_HEADER),
        rows=tuple(rows),
        csv_header=(field, "days", *RATE_CSV),
        csv_rows=tuple(csv_rows),
        notes=notes,
    )


def _compared(found: Infections, stratum: str) -> RateComparison | None:
    """Return anakinra against unexposed days of a stratum; None where there is too little to compare."""
    on, off = (
        found.rate(stratum=(stratum,), exposure=(ON,)),
        found.rate(stratum=(stratum,), exposure=(BEFORE, NEVER)),
    )
    children = [
        sum(any(child.strata.get((stratum, name)) for name in names) for child in found.children)
        for names in ((ON,), (BEFORE, NEVER))
    ]
    if min(children) < LEAST_FOR_A_SHARE or on.events + off.events < EVENTS_TO_COMPARE:
        return None
    return compare_rates(on.events, on.person_days, off.events, off.person_days)


def _ratio_cells(compared: RateComparison | None, why: str) -> tuple[str, str]:
    if compared is None:
        return why, ""
    limits = ratio_limits(compared.rate_ratio_lower, compared.rate_ratio_upper)
    return f"{ratio(compared.rate_ratio)} ({limits})", p_value(compared.p_value)


def _ratio_values(compared: RateComparison | None) -> tuple[Cell, ...]:
    if compared is None:
        return (None,) * 4
    return compared.rate_ratio, compared.rate_ratio_lower, compared.rate_ratio_upper, compared.p_value
