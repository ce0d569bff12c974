"""The report as one HTML page: no script, no outside address, prints well."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape

from analysis.plan.estimand import Estimand
from analysis.printing.parts import INDENT, Chapter, FigureOnPage, Section, Table
from analysis.wording import NOT_DEFINED, printed

SHORT_CELL = 24
NUMBER = re.compile(rf"[-<]?\d|under \d|(no test|no model|NR|{NOT_DEFINED})?$")
STYLE = """
:root { color: #1a1a1a; background: #fff; }
body { font: 16px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.45rem; margin: 2.8rem 0 .6rem; border-top: 2px solid #888; padding-top: 1.2rem; }
h3 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.lead, .meta { color: #444; margin: .2rem 0; }
nav ol { columns: 2; padding-left: 1.2rem; }
a { color: #005a9c; }
p, dd { overflow-wrap: anywhere; }
figure { margin: 1rem 0; break-inside: avoid; }
figure img { width: 100%; min-width: 42rem; max-width: 48rem; height: auto; display: block; }
figcaption, .notes { font-size: .86rem; color: #333; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
table { min-width: min(24rem, 100%); break-inside: avoid; }
caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { text-align: left; padding: .3rem .55rem .3rem 0; border-bottom: 1px solid #ddd; vertical-align: top; }
thead th, thead td { border-bottom: 2px solid #555; } tr > :last-child { padding-right: 0; }
td.number, th.number { text-align: right; } td.under { padding-left: 1.1rem; }
.wide { width: min(100vw - 3rem, 78rem); margin-left: calc(50% - min(50vw - 1.5rem, 39rem)); }
.wide table { width: 100%; min-width: 72rem; table-layout: fixed; font-size: .8rem; line-height: 1.4; }
.wide td:first-child { font-weight: 600; } .wide th, .wide td { padding-right: .7rem; }
.short { white-space: nowrap; }
dl.estimand { font-size: .86rem; color: #333; margin: .6rem 0; }
dl.estimand { display: grid; grid-template-columns: 10rem 1fr; gap: .15rem .8rem; }
dl.estimand dt { font-weight: 600; } dl.estimand dd { margin: 0; }
.notice { border-left: 4px solid #b25e00; background: #fdf6ec; padding: .5rem .9rem; margin: .8rem 0; }
.cut { color: #555; font-size: .8rem; }
@media print {
  body { font-size: 10.5pt; margin: 0; max-width: none; padding: 0; } nav { display: none; }
  h2, h3 { break-after: avoid; } section.chapter { break-before: page; } a { color: inherit; text-decoration: none; }
  .scroll { overflow: visible; } table { min-width: 0; max-width: 100%; font-size: 8pt; }
  .short { white-space: normal; } th, td { padding-right: .5rem; }
  figcaption, .notes { font-size: 8.5pt; }
  figure img { min-width: 0; width: auto; max-width: 100%; max-height: 21cm; }
  @page landscape { size: landscape; } .wide { page: landscape; width: auto; margin: 0; }
  .wide table { min-width: 0; font-size: 7pt; break-inside: auto; } .wide tr { break-inside: avoid; }
}
@media (max-width: 62rem) { .wide { width: auto; margin-left: 0; } }
@media (max-width: 40rem) {
  nav ol { columns: 1; } dl.estimand { grid-template-columns: 1fr; }
  tbody td:first-child:not(.short, .number) { min-width: 5.7rem; }
}
""".strip()


def render_page(
    *,
    title: str,
    lead: Sequence[str],
    brief: Table | None = None,
    chapters: Sequence[Chapter],
    pictures: Mapping[str, bytes],
    cut_line: str,
) -> str:
    """Return the whole page with its pictures inside it; `cut_line` stands under every figure and table.

    `brief` stands before the contents, in a section of its own.

    `pictures` are SVG files by their name in the report's folder, such as `figures/crs_r1_24h.svg`.
    """
    contents = "\n".join(_contents(chapter) for chapter in chapters)
    first = f'<section id="section-{brief.id}">\n{_table(brief, cut_line)}</section>\n' if brief else ""
    body = "".join(_chapter(number, chapter, pictures, cut_line) for number, chapter in enumerate(chapters, 1))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{STYLE}
</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{_paragraphs(lead, "lead")}
{first}<nav aria-label="Contents"><ol>
{contents}
</ol></nav>
{body}</main>
</body>
</html>
"""


def _contents(chapter: Chapter) -> str:
    return f'<li><a href="#chapter-{chapter.id}">{_written(chapter.title)}</a></li>'


def _chapter(number: int, chapter: Chapter, pictures: Mapping[str, bytes], cut_line: str) -> str:
    sections = "".join(_section(section, pictures, cut_line) for section in chapter.sections)
    return (
        f'<section class="chapter" id="chapter-{chapter.id}">\n<h2>{number} {_written(chapter.title)}</h2>\n'
        f"{sections}</section>\n"
    )


def _section(part: Section, pictures: Mapping[str, bytes], cut_line: str) -> str:
    notices = "".join(f'<p class="notice">{_written(text)}</p>\n' for text in part.notices)
    figures = "".join(_figure(figure, pictures[f"figures/{figure.id}.svg"], cut_line) for figure in part.figures)
    below = [_table(table, cut_line) for table in part.tables]
    if part.estimand:
        below.insert(0 if part.figures else 1, _estimand(part.estimand))
    return (
        f'<section id="section-{part.id}">\n<h3>{_written(part.title)}</h3>\n{_paragraphs(part.paragraphs)}\n'
        f"{notices}{figures}{''.join(below)}</section>\n"
    )


def _figure(figure: FigureOnPage, svg: bytes, cut_line: str) -> str:
    """Return the figure with its picture inside the page; `data-file` says which file of the report it is."""
    inside = f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
    return (
        f'<figure>\n<div class="scroll picture"><img src="{inside}" data-file="figures/{figure.id}.svg"'
        f' alt="{_written(figure.alt)}"></div>\n'
        f'<figcaption>{_written(figure.caption)} <span class="cut">{escape(cut_line)} '
        f'<a href="tables/{figure.numbers.id}.csv">Numbers as CSV</a></span></figcaption>\n</figure>\n'
    )


def _table(table: Table, cut_line: str) -> str:
    """Return a table with its notes."""
    down = list(zip(*table.rows, strict=True)) or [()] * len(table.header)
    # The first column names its row, also where it begins with a number, such as 24 h.
    numeric = [place > 0 and _is_numeric(column) for place, column in enumerate(down)]
    short = 0 if table.widths else SHORT_CELL
    head = "".join(
        f'<th scope="col"{_classes(name, is_number, 0)}>{_lines(name)}</th>' if name else "<td></td>"
        for name, is_number in zip(table.header, numeric, strict=True)
    )
    body = "\n".join(
        "<tr>"
        + "".join(
            f"<td{_classes(cell, is_number, short)}>{words}</td>"
            for cell, words, is_number in zip(row, _cells(table, number), numeric, strict=True)
        )
        + "</tr>"
        for number, row in enumerate(table.rows)
    )
    notes = " ".join(_written(note) for note in table.notes)
    columns = "".join(f'<col width="{width}%">' for width in table.widths)
    shape = "scroll wide" if table.widths else "scroll"
    return (
        f'<div class="{shape}"><table id="{table.id}">\n<caption>{_written(table.title)}</caption>\n{columns}'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>\n"
        f'<p class="notes">{notes} <span class="cut">{escape(cut_line)} '
        f'<a href="tables/{table.id}.csv">Numbers as CSV</a></span></p>\n'
    )


def _estimand(estimand: Estimand) -> str:
    pairs = "".join(f"<dt>{_written(name)}</dt><dd>{_written(text)}</dd>\n" for name, text in estimand.sentences())
    return f'<dl class="estimand">\n{pairs}</dl>\n'


def _paragraphs(texts: Sequence[str], style: str = "") -> str:
    attribute = f' class="{style}"' if style else ""
    return "\n".join(f"<p{attribute}>{_written(text)}</p>" for text in texts)


def _is_numeric(column: Sequence[str]) -> bool:
    """Tell whether a column holds numbers, or words that stand where a number is not known or not given."""
    return all(NUMBER.match(cell) for cell in column) and any(column)


def _cells(table: Table, number: int) -> list[str]:
    """Return the cells of a row as they are written, the last one as the way to a section where the table has ways."""
    *words, last = map(_lines, table.rows[number])
    return [*words, f'<a href="#section-{table.leads_to[number]}">{last}</a>' if table.leads_to else last]


def _lines(text: str) -> str:
    return "<br>".join(map(_written, text.removeprefix(INDENT).split("\n")))


def _classes(text: str, is_number: bool, short: int) -> str:
    """Return the class attribute of a cell; lines of fewer than `short` characters do not break on a screen."""
    is_short = " " in text and all(len(line) < short for line in text.split("\n"))
    found = ["number"] * is_number + ["short"] * is_short + ["under"] * text.startswith(INDENT)
    return f' class="{" ".join(found)}"' if found else ""


def _written(text: str) -> str:
    """Return text as it is printed, safe inside the page."""
    return escape(printed(text))
