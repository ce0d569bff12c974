"""How many rows of each form leave, and why the others stay: told before one decides, and what is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from forms.casebook import CASEBOOK
from registry.release.leaving_tables import leaving_tables, records_instead
from registry.release.preparing import Prepared
from registry.release.profiles import Profile
from registry.release.quasi_identifiers import LADDER
from registry.release.row_rules import LeavingRows, RowRule, rows_of
from registry.release.rows import FormRows, Names, pseudonymous, recognisable

OF_FEW = "of children who would stand out by the pages they lack, such as those infused days before the data cut"
_LABELS: Mapping[str, str] = {quasi.name: quasi.label for quasi in LADDER}


def names_of(prepared: Prepared) -> Names:
    """Return what children and records are called in a package."""
    if prepared.order.profile is Profile.IDENTIFIED:
        return recognisable(prepared.selected.codes)
    return pseudonymous(prepared.selected.children, prepared.selected.pseudonyms)


def tables_of(prepared: Prepared, names: Names) -> Iterator[FormRows]:
    """Return the table of each form that leaves, with what its rows are made of."""
    cut, passed = prepared.selected.files, prepared.passed
    return leaving_tables(
        cut,
        names,
        {name: prepared.actions[name] for name in prepared.forms},
        prepared.order.profile,
        windows=passed.levels["course"] if passed else None,
        instead=records_instead(cut, names) if passed else {},
        stamp=prepared.order.stamp,
    )


def leaving_rows(prepared: Prepared) -> tuple[LeavingRows, ...]:
    """Return the rows of each form that was asked for, in the order of the casebook; none of a public release.

    An export of one site counts the rows of that site alone.
    """
    if prepared.order.profile is Profile.PUBLIC:
        return ()
    tables = {table.table.name: table for table in tables_of(prepared, names_of(prepared))}
    # Who asks for one site's data learns nothing of the rows of others.
    site = prepared.order.site
    in_reach = [child for child, its_site in prepared.selected.files.children().items() if site in (None, its_site)]
    return tuple(
        _of_form(prepared, name, tables.get(name), in_reach) for name in CASEBOOK if name in prepared.order.forms
    )


def as_told_in_package(profile: Profile, rows: Iterable[LeavingRows]) -> tuple[LeavingRows, ...]:
    """Return what a package says of rows: a de-identified one not how many stay, which it withholds otherwise."""
    is_told = profile is not Profile.DEIDENTIFIED
    return tuple(one if is_told else one.without_what_stays() for one in rows)


def _of_form(prepared: Prepared, name: str, table: FormRows | None, in_reach: list[str]) -> LeavingRows:
    children, file = sorted(prepared.selected.children), prepared.selected.files.form(name)
    in_cut, of_all = sum(map(file.count, in_reach)), sum(map(file.count, children))
    there, leave = table.count(prepared.with_pages(name, children)) if table else (of_all, 0)
    stay = {
        "of children who are left out": in_cut - of_all,
        OF_FEW: of_all - there,
        _why_rows_stay(prepared, name): there - leave,
    }
    return LeavingRows(
        form=name,
        title=CASEBOOK[name].title,
        in_cut=in_cut,
        leave=leave,
        stay={why: count for why, count in stay.items() if count},
        has_file=table is not None,
    )


def _why_rows_stay(prepared: Prepared, name: str) -> str:
    rule = rows_of(name)
    if rule.needs and not prepared.shows(rule.needs):
        return f"no file: too few children would look alike (left out: {_LABELS[rule.needs]})"
    if name in prepared.telling_few:
        return "no file: fewer children than must look alike lack such a row, or have one, and would stand out"
    if rule.rule is RowRule.LEFT_OUT:
        return f"no file: {rule.why}"
    if rule.rule is RowRule.ONE_PER_WINDOW:
        each = "window of days" if prepared.shows("course") else "child"
        return f"only one page for each {each} leaves: {rule.why}"
    return f"only {rule.rule} leaves: {rule.why}"
