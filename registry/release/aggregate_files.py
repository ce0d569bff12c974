"""The files of a public release: its content for the next one, a CSV per table, and a page for people."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from registry.release.aggregate_tables import Cell, Shown, percent
from registry.release.aggregates import Public

CONTENT, README = "aggregates.json", "README.html"
TOTAL = "All"
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
    "div{overflow-x:auto}table{border-collapse:collapse;margin:.5rem 0}caption{text-align:left;font-weight:600}"
    "th,td{padding:.2rem .8rem .2rem 0;text-align:right;border-bottom:1px solid #ccc;"
    "font-variant-numeric:tabular-nums;white-space:nowrap}"
    "th[scope=row],thead th:first-child{text-align:left;font-weight:400;white-space:normal;min-width:9rem}"
)


def write_public(folder: Path, public: Public) -> list[str]:
    """Write a release into an existing folder; return the names of the files. The same release, the same bytes."""
    content = json.dumps(public.content(), indent=1, ensure_ascii=False) + "\n"
    (folder / CONTENT).write_text(content, encoding="utf-8")
    (folder / README).write_text(_page(public), encoding="utf-8")
    names = [CONTENT, README]
    for table in public.tables:
        names.append(f"{table.id}.csv")
        header = (table.row_title, table.column_title, "children", "percent_of_column")
        _write(folder / names[-1], header, _cells(table))
    points = ((curve.endpoint, day, share) for curve in public.curves for day, share in curve.points)
    _write(folder / "curves.csv", ("endpoint", "day", "percent_resolved"), points)
    medians = ((one.id, one.median) for one in public.medians)
    _write(folder / "medians.csv", ("quantity", "median"), medians)
    return [*names, "curves.csv", "medians.csv"]


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _cells(table: Shown) -> Iterator[tuple[Cell, ...]]:
    for row, cells, row_total in _lines(table):
        for column, cell, total in zip(table.columns, cells, table.column_totals, strict=True):
            yield row, _name(column), cell, percent(cell, total)
        if len(table.columns) > 1:
            yield row, TOTAL, row_total, percent(row_total, table.total)


def _lines(table: Shown) -> Iterator[tuple[str, Sequence[Cell], int]]:
    yield from zip(map(_name, table.rows), table.cells, table.row_totals, strict=True)
    yield TOTAL, table.column_totals, table.total


def _name(levels: Sequence[str]) -> str:
    return " or ".join(levels)


def _page(public: Public) -> str:
    few = f"fewer than {public.least} children"
    told = (
        f"No number here tells of {few}, alone or together with others of this or an earlier release. Levels of which "
        "there were too few, or too few more than before, are counted together. A cell that would tell is "
        "“suppressed”, and with it other cells from which it could be worked out; so is, rarely, a 0. What was hidden "
        "in one release mostly stays so in the next.",
        "Percentages are whole numbers of the column. Curves are read where the table of the endpoint ends a row and "
        f"at least {public.least} children are still followed without an event. There are no smallest or largest "
        "values.",
        "A table that could not be renewed without telling is repeated as it stood; the data cut stands under it.",
    )
    parts = [f"<p>{escape(text)}</p>" for text in told]
    parts += map(_table, public.tables)
    for curve in public.curves:
        read = "; ".join(f"day {day}: {share} %" for day, share in curve.points) or f"{few} on each day it is read"
        parts.append(
            f"<p>{escape(curve.title)}, share resolved: {escape(read)}. Data cut {escape(curve.cut[:12])}.</p>"
        )
    for one in public.medians:
        parts.append(f"<p>{escape(one.title)}: median {one.median}. Data cut {escape(one.cut[:12])}.</p>")
    if public.withheld:
        left_out = "".join(f"<li>{escape(one.title)}: {escape(one.reason)}</li>" for one in public.withheld)
        parts.append(f"<h2>Not shown</h2><ul>{left_out}</ul>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Public aggregates</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>Pediatric Anakinra Registry: public aggregates</h1>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _table(table: Shown) -> str:
    several = len(table.columns) > 1
    names = [_name(column) for column in table.columns] if several else []
    title = f"{table.title}; columns: {table.column_title}" if several else table.title
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in (table.row_title, *names, TOTAL))
    body = []
    for name, cells, total in _lines(table):
        own = list(zip(cells, table.column_totals, strict=True)) if several else []
        shown = "".join(f"<td>{_words(cell, of)}</td>" for cell, of in (*own, (total, table.total)))
        body.append(f'<tr><th scope="row">{escape(name)}</th>{shown}</tr>')
    note = " Only the margins are shown." if table.has_margins_only else ""
    return (
        f'<div tabindex="0" role="region" aria-label="{escape(title)}"><table>'
        f"<caption>{escape(title)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div><p>Data cut {escape(table.cut[:12])}.{note}</p>"
    )


def _words(cell: Cell, total: int) -> str:
    share = percent(cell, total)
    return f"{cell} ({share} %)" if isinstance(share, int) else str(cell)
