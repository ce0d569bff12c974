"""Child by child: every treated child as one row, sorted by center and by how long anakinra was given."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.endpoints.swimmers import Swimmer, days_of_anakinra, swimmer_of
from analysis.plan.swimmer import DRAWN_AT_MOST, FIRST_DAY, LAST_DAY, ROWS_PER_FIGURE, SWIMMER_ESTIMAND
from analysis.printing.parts import Cell, Chapter, FigureOnPage, Section, Table
from analysis.printing.swimmer_figure import swimmer_figure
from analysis.study import Study
from analysis.wording import counted


def chapter(study: Study) -> Chapter:
    """Return the courses of the treated children, so many rows to a figure."""
    treated = [(child, child.first_dose) for child in study.children if child.first_dose is not None]
    ordered = sorted(treated, key=lambda one: (one[0].site, days_of_anakinra(study.cut, *one), one[0].subject))
    drawn = [swimmer_of(study.cut, *one) for one in ordered[:: max(-(-len(ordered) // DRAWN_AT_MOST), 1)]]
    pages = [drawn[start : start + ROWS_PER_FIGURE] for start in range(0, len(drawn), ROWS_PER_FIGURE)]
    section = Section(
        id="children_drawn",
        title="The courses",
        paragraphs=_paragraphs(len(treated), drawn),
        notices=("Rows differ by center; not a drug comparison. Nothing is estimated here.",) if drawn else (),
        figures=tuple(
            _figure(study, page, 1 + ROWS_PER_FIGURE * number, len(treated)) for number, page in enumerate(pages)
        ),
        estimand=SWIMMER_ESTIMAND if drawn else None,
    )
    return Chapter(
        id="children",
        title="Child by child",
        sections=(section,),
        results={"child_by_child": {"treated": len(treated), "drawn": len(drawn)}},
    )


def _paragraphs(treated: int, drawn: Sequence[Swimmer]) -> tuple[str, ...]:
    if not treated:
        return ("No child of this cut has a first anakinra dose with a day and time yet.",)
    told = [
        f"{counted(treated, 'child', 'children')} given anakinra, one row each, sorted by center and then by the"
        " days of the first course. A day's color is the worse of its CRS and its attributable ICANS grade;"
        " carHLH has no daily grade, its onset is a mark.",
    ]
    if len(drawn) < treated:
        told.append(f"Of these, {len(drawn)} are drawn, evenly along that order; {treated - len(drawn)} are not drawn.")
    ends = sum(swimmer.ends_not_told for swimmer in drawn)
    if ends:
        told.append(f"{counted(ends, 'steroid', 'steroids')} without a recorded end: only the first day is drawn.")
    lost = sum(len(swimmer.lost_ends) for swimmer in drawn)
    if lost:
        told.append(
            f"{counted(lost, 'course', 'courses')} of anakinra ended on a day that is not known: drawn to the last day"
            " of which the course page or an order tells a dose, with a question mark behind it."
        )
    told.append(
        "The rows are numbered. The numbers of the figure (CSV) name the child of each row; only roles that see the"
        " whole study can open them."
    )
    return tuple(told)


def _figure(study: Study, swimmers: Sequence[Swimmer], first_number: int, treated: int) -> FigureOnPage:
    last_number = first_number + len(swimmers) - 1
    id_ = f"child_by_child_{first_number}_to_{last_number}"
    figure = swimmer_figure(
        swimmers,
        first_number=first_number,
        first_day=FIRST_DAY,
        last_day=LAST_DAY,
        title=f"Child by child, rows {first_number} to {last_number}"
        f"\nn = {len(swimmers)} of {counted(treated, 'child', 'children')} given anakinra",
        footnote=f"{study.cut_line} · {id_}",
    )
    return FigureOnPage(
        id=id_,
        figure=figure,
        alt=_read_aloud(swimmers, first_number, last_number),
        caption=f"From {-FIRST_DAY} days before to {LAST_DAY} days after the first anakinra dose (dashed line)."
        " Above the grades, steroid against toxicity; below them, anakinra from its first to its last dose, with"
        " changes of the ordered mg/kg per day. A bar that ends without a mark was still given on the last day in view,"
        " or goes on beyond the picture; a question mark means that the last dose is not known: the bar ends on the"
        " last day on which anakinra is known to have been given. Tocilizumab stands on its first day, and on its last"
        " where there were more doses.",
        numbers=_numbers(id_, swimmers, first_number),
    )


def _read_aloud(swimmers: Sequence[Swimmer], first_number: int, last_number: int) -> str:
    centers = sorted({swimmer.site for swimmer in swimmers})
    by_center = ", ".join(f"{site} {sum(swimmer.site == site for swimmer in swimmers)}" for site in centers)
    died = sum(swimmer.died is not None and swimmer.died <= LAST_DAY for swimmer in swimmers)
    worst = [max((grade for _, grade in swimmer.grades if grade is not None), default=0) for swimmer in swimmers]
    by_grade = ", ".join(f"grade {grade} {worst.count(grade)}" for grade in range(6) if grade in worst)
    return (
        f"Courses of children {first_number} to {last_number} from {-FIRST_DAY} days before to {LAST_DAY} days"
        f" after the first anakinra dose. By center: {by_center}. Worst grade of CRS and ICANS: {by_grade}."
        f" Given tocilizumab {sum(bool(swimmer.tocilizumab) for swimmer in swimmers)}, steroid"
        f" {sum(bool(swimmer.steroid) for swimmer in swimmers)}; died by day {LAST_DAY} {died};"
        f" last dose of anakinra not known {sum(bool(swimmer.lost_ends) for swimmer in swimmers)};"
        f" still followed after it {sum(swimmer.goes_on for swimmer in swimmers)}."
    )


def _numbers(id_: str, swimmers: Sequence[Swimmer], first_number: int) -> Table:
    """Return everything that was drawn, a line each; `subject` names the child of a row."""
    rows: list[tuple[Cell, ...]] = []
    for row, swimmer in enumerate(swimmers, first_number):
        rows.extend((row, swimmer.subject, swimmer.site, *line) for line in _lines(swimmer))
    return Table(
        id=id_,
        title="Numbers of the figure",
        header=(),
        rows=(),
        csv_header=("row", "subject", "site", "what", "first_day", "last_day", "value"),
        csv_rows=tuple(rows),
    )


def _lines(swimmer: Swimmer) -> list[tuple[Cell, ...]]:
    lines: list[tuple[Cell, ...]] = [("in view", min(swimmer.infusions, default=0), swimmer.seen_to, None)]
    lines += [("anakinra", first, last, None) for first, last in swimmer.anakinra]
    lines += [("last dose", day, day, None) for day in swimmer.stops]
    lines += [("last dose not known", day, day, None) for day in swimmer.lost_ends]
    lines += [("dose change", day, day, "higher" if higher else "lower") for day, higher in swimmer.changes]
    lines += [("steroid", first, last, None) for first, last in swimmer.steroid]
    lines += [("tocilizumab", day, day, None) for day in swimmer.tocilizumab]
    lines += [("carHLH begins", day, day, None) for day in swimmer.carhlh]
    lines += [("infusion", day, day, None) for day in swimmer.infusions]
    lines += [("died", swimmer.died, swimmer.died, None)] if swimmer.died is not None else []
    lines += [("grade", day, day, "sedated" if grade is None else grade) for day, grade in swimmer.grades]
    lines += [("still followed", LAST_DAY, None, None)] if swimmer.goes_on else []
    return lines
