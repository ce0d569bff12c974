"""What a package says about itself: the manifest for machines and the anonymization report for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import current_app

from forms import files
from forms.casebook import CASEBOOK
from registry.release.actions import VERBS, Action, Verb
from registry.release.columns import Table
from registry.release.gate import MOST_MASKED, Passed
from registry.release.gate_words import sentences, told_finer, warnings
from registry.release.order import Order
from registry.release.profiles import LEAST, TERMS, Profile
from registry.release.quasi_identifiers import ladder
from registry.release.row_rules import LeavingRows, rows_of

FORMAT = 2
MANIFEST, README = "manifest.json", "README.html"

RECORD_COLUMNS: Mapping[str, tuple[str, str, str]] = {
    "subject": ("Child", "a code of this project, made with a secret key", "RECODE"),
    "site": ("Center", "tells the center", "DROP"),
    "record": ("Record", "a code of this project, made with a secret key", "RECODE"),
    "instance": ("Number of the record", "follows the calendar", "DROP"),
    "form_version": ("Version of the form", "follows the calendar", "DROP"),
    "entered_at": ("Time of entry", "a date", "DROP"),
    "completed": (
        "Marked complete",
        "a page that is not belongs to one of few children, most of them infused lately",
        "DROP",
    ),
}
"""What the de-identified profile does to the columns that every form has."""

TABLES_LEFT_OUT: Mapping[str, str] = {
    "subjects.csv": "names the center of each child",
    "sites.csv": "names the centers",
    "protocols.csv": "tells the center",
    "reference_ranges.csv": "tells the center",
    "derivations.csv": "explains itself in words, and may follow a center's own definition",
    "derivation_details.csv": "may follow a center's own definition",
    "rule_sets.csv": "belongs to what is left out",
    "data_queries.csv": "holds dates and words",
    "infusion_log.csv": "counts by center",
    "adjudications.csv": "holds dates, and who judged",
}

NOT_REBUILT = (
    "Curves of groups (dose, route, timing, agents): their censoring differs from that of all children.",
    "Days between the marks 3, 7, 14 and 28, medians of days, person-days and hours.",
    "Anything by center, and anything about what happened after day 28 except what children.csv says.",
)
"""What of the report cannot be rebuilt from a de-identified package."""
NO_CURVES = "The resolution curves: who was given anakinra does not leave, and their rows would tell it."


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a package says about itself beside its rows; ``sharing`` counts the children who may go further."""

    cut_id: str
    change_seq: int
    key_id: str
    children: int
    sharing: int
    excluded: Mapping[str, int]


def told_excluded(facts: Facts, order: Order) -> dict[str, int | str]:
    """Return why children are left out -> how many, as a package may tell it: of very few only that they are few."""
    few = _few(order)
    return {why: f"fewer than {few}" if 0 < count < few else count for why, count in facts.excluded.items()}


def told_sharing(facts: Facts, order: Order) -> int | str:
    """Return how many children may go further, as a package may tell it: neither they nor the others are very few."""
    few, others = _few(order), facts.children - facts.sharing
    if 0 < others < few:
        return f"all but fewer than {few}"
    return f"fewer than {few}" if 0 < facts.sharing < few else facts.sharing


def _few(order: Order) -> int:
    """Return of how many children on a number is told exactly; 0 where children stand in the package as recorded."""
    return {Profile.DEIDENTIFIED: order.target, Profile.PUBLIC: LEAST}.get(order.profile, 0)


def manifest(
    facts: Facts,
    order: Order,
    actions: Mapping[str, Sequence[Action]],
    passed: Passed | None,
    rows: Sequence[LeavingRows],
    folder: Path,
) -> dict[str, Any]:
    """Return the manifest: what the package is, what was done to each item and why, and the hash of each file."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "profile": order.profile,
        "project": order.project,
        "stamp": order.stamp,
        "cut": facts.cut_id,
        "cut_log_entry": facts.change_seq,
        "software": f"anakinra-registry {version('anakinra-registry')}",
        "form_versions": {name: form.version for name, form in CASEBOOK.items()},
        "codes_made_with_key": facts.key_id,
        "under_agreement": order.agreement is not None,
        **told_children(facts, order),
        "verbs": {str(verb): words for verb, words in VERBS.items()},
        "items": [_listed(action) for own in actions.values() for action in own],
        "rows_of_forms": [asdict(one) for one in rows],
        "forms_left_out": [name for name in CASEBOOK if name not in order.forms],
    }
    if order.profile is Profile.DEIDENTIFIED:
        content |= {
            "record_columns": [
                {"item": name, "action": verb, "why": why} for name, (_, why, verb) in RECORD_COLUMNS.items()
            ],
            "tables_left_out": dict(TABLES_LEFT_OUT),
            "rows": {name: {"rows": rows_of(name).rule, "why": rows_of(name).why} for name in CASEBOOK},
        }
    if passed is not None:
        content["cannot_be_rebuilt"] = not_rebuilt(passed)
        content["gate"] = _gate(passed, order)
    content["files"] = {
        path.relative_to(folder).as_posix(): {"sha256": files.sha256(path), "bytes": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return content


def told_children(facts: Facts, order: Order) -> dict[str, Any]:
    """Return how many children are in a package and are not; a public one says it in its tables alone.

    There a number that may not be renewed is held back: beside it, or beside that of the release before, the number of
    all children would tell of few, such as those not infused yet.
    """
    if order.profile is Profile.PUBLIC:
        return {}
    return {
        "children": facts.children,
        "children_who_agreed_to_sharing": told_sharing(facts, order),
        "excluded_children": told_excluded(facts, order),
    }


def not_rebuilt(passed: Passed) -> list[str]:
    """Return what of the report cannot be rebuilt from a package that passed the gate, in words."""
    of_few = (
        f"An endpoint or day 28 outcome that fewer than {passed.target} children have, or fewer of those who were in "
        "the same earlier releases: it has no rows."
    )
    return [*NOT_REBUILT, of_few, *([NO_CURVES] if passed.levels["anakinra_dose"] is None else [])]


def _gate(passed: Passed, order: Order) -> dict[str, Any]:
    return {
        "children_who_must_look_alike": passed.target,
        "cells_that_may_be_masked": MOST_MASKED,
        "reason_for_fewer": order.least_reason if order.least is not None else "",
        "quasi_identifiers": [
            {
                "column": quasi.name,
                "label": quasi.label,
                "items": list(quasi.items),
                "level": _level_words(passed, quasi.name),
                "masked_cells": passed.masked.get(quasi.name, 0),
                "children_in_small_groups_with_more_detail": told_finer(passed, quasi.name),
            }
            for quasi in ladder(order.keep)
        ],
        "risk_before": _rounded(asdict(passed.before)),
        "risk_after": _rounded(asdict(passed.after)),
        "in_words": [*sentences(passed, ladder(order.keep), in_package=True), *warnings(passed.after)],
    }


def _level_words(passed: Passed, name: str) -> str:
    level = passed.levels[name]
    quasi = next(quasi for quasi in ladder() if quasi.name == name)
    return "left out" if level is None else quasi.levels[level].words


def _rounded(risk: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in risk.items()}


def _listed(action: Action) -> dict[str, Any]:
    listed = {
        "form": action.form,
        "item": action.item,
        "label": action.label,
        "class": str(action.privacy),
        "action": str(action.verb),
        "why": str(action.why),
        "detail": action.detail,
        "column": action.column,
    }
    return {name: value for name, value in listed.items() if value}


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest of a package."""
    (folder / MANIFEST).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_readme(
    folder: Path,
    facts: Facts,
    order: Order,
    actions: Mapping[str, Sequence[Action]],
    passed: Passed | None,
    rows: Sequence[LeavingRows],
    tables: Sequence[Table],
) -> None:
    """Write the page that tells a recipient what is in the package, how to read it and what was done to it."""
    asked = [(name, own) for name, own in actions.items() if name in order.forms]
    counts = {verb: sum(action.verb is verb for _, own in asked for action in own) for verb in Verb}
    page = current_app.jinja_env.get_template("exports/readme.html").render(
        facts=facts,
        sharing=told_sharing(facts, order),
        excluded=told_excluded(facts, order),
        terms=TERMS[order.profile],
        order=order,
        counts={verb: count for verb, count in counts.items() if count},
        verbs=VERBS,
        forms=[(CASEBOOK[name].title, own) for name, own in asked],
        rows_of_forms=rows,
        rows={name: rows_of(name) for name in CASEBOOK},
        gate=_gate(passed, order) if passed else None,
        not_rebuilt=not_rebuilt(passed) if passed else (),
        own_tables=[table.name for table in tables],
        explained=[(table, column) for table in tables for column in table.columns if column.meanings],
    )
    (folder / README).write_text(page, encoding="utf-8")
