"""What a report is made of: tables, figures, sections and chapters, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matplotlib.figure import Figure

from analysis.plan.estimand import Estimand

Cell = str | int | float | None

INDENT = "\u2003"
"""What the name of a row begins with that stands under another: the page sets all its lines in."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: `rows` are words for the page, `csv_rows` the unrounded values under `csv_header`.

    A line break in a cell starts a new line on the page. A table with `widths` (% of its columns) is wider than the
    text and prints in landscape. With `leads_to` the last cell of each row is a link to the section named.
    """

    id: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    csv_header: tuple[str, ...]
    csv_rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    leads_to: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FigureOnPage:
    """A figure; its alternative text holds what it shows in words, `numbers` is the CSV twin of what was drawn."""

    id: str
    figure: Figure = field(repr=False, compare=False)
    alt: str
    caption: str
    numbers: Table


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of a chapter; the estimand is printed under its figures, or under its first table without one."""

    id: str
    title: str
    paragraphs: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    figures: tuple[FigureOnPage, ...] = ()
    tables: tuple[Table, ...] = ()
    estimand: Estimand | None = None


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """One numbered chapter: what is printed, the tables that are files only, and plain values for results.json."""

    id: str
    title: str
    sections: tuple[Section, ...]
    files: tuple[Table, ...] = ()
    results: Mapping[str, Any] = field(default_factory=dict)
