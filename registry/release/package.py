"""The files of a de-identified package: data, dictionary, manifest and a page in plain words."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from forms.casebook import CASEBOOK
from forms.form import Form
from registry.release.deidentify import OutColumn, code_lists
from registry.release.rules import PROFILE, RECORD_ACTIONS, TABLES_LEFT_OUT, VERBS, Action

FORMAT = 1
DICTIONARY = "dictionary.csv"
MANIFEST = "manifest.json"
README = "README.txt"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a package says about itself beside its rows; ``sharing`` counts the children who may go further."""

    project: str
    cut_id: str
    key_id: str
    children: int
    sharing: int
    excluded: Mapping[str, int]


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a CSV file: UTF-8, LF line ends, quotes only where needed."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8")


def dictionary(columns: Mapping[str, Sequence[OutColumn]]) -> bytes:
    """Return the data dictionary: one row per column that is in the files."""
    header = ("file", "column", "meaning", "kind", "unit", "codes", "action", "ranges", "asked_if")
    rows = [row for form in CASEBOOK.values() for row in _dictionary_rows(form, columns[form.name])]
    return csv_bytes(header, rows)


def _dictionary_rows(form: Form, columns: Sequence[OutColumn]) -> Iterable[Sequence[str]]:
    codes = code_lists(form)
    for column in columns:
        action = column.action
        if action is None:
            yield (f"forms/{form.name}.csv", column.name, column.meaning, *[""] * 6)
            continue
        item = form.items[action.item]
        is_answer = column.name == action.item
        listed = codes.get(action.item) if is_answer else None
        yield (
            f"forms/{form.name}.csv",
            column.name,
            column.meaning,
            ("range" if action.coarser else item.kind) if is_answer else "",
            item.unit if is_answer else "",
            " | ".join(f"{code}={label}" for code, label in listed.labels.items()) if listed else "",
            action.verb,
            action.detail,
            str(item.ask_if) if item.ask_if else "",
        )


def manifest(facts: Facts, actions: Mapping[str, Sequence[Action]], files: Mapping[str, tuple[bytes, int]]) -> bytes:
    """Return the manifest: what the package is, what was done to each item and why, and the hash of each file."""
    content = {
        "format": FORMAT,
        "profile": PROFILE,
        "project": facts.project,
        "cut": facts.cut_id,
        "software": f"anakinra-registry {version('anakinra-registry')}",
        "codes_made_with_key": facts.key_id,
        "children": facts.children,
        "children_who_agreed_to_sharing": facts.sharing,
        "excluded_children": dict(facts.excluded),
        "verbs": {str(verb): words for verb, words in VERBS.items()},
        "record_columns": [_listed(action) for action in RECORD_ACTIONS],
        "items": [_listed(action) for own in actions.values() for action in own],
        "tables_left_out": dict(TABLES_LEFT_OUT),
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "rows": rows}
            for name, (content, rows) in sorted(files.items())
        },
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def _listed(action: Action) -> dict[str, Any]:
    own = {"form": action.form, "item": action.item, "class": str(action.privacy)}
    listed = {**own, "action": str(action.verb), "why": str(action.why), "ranges": action.detail}
    return {name: value for name, value in listed.items() if value}


def readme(facts: Facts) -> bytes:
    """Return the page that tells a recipient how to read the files."""
    left_out = "".join(f"  {count} children: {why}\n" for why, count in facts.excluded.items())
    return f"""De-identified data of the Pediatric Anakinra Registry

Project   {facts.project}
Data cut  {facts.cut_id}
Children  {facts.children}

Left out
{left_out}
What is in it
  forms/*.csv     one file per form, one row per record; UTF-8, comma, point as decimal sign
  dictionary.csv  what each column means, its unit and codes
  manifest.json   what was done to each item of the registry and why, and a SHA-256 of each file

How to read it
  child, record   codes made for this project only. They do not come from anything about the child, and the same child
                  has another code in another project. Rows are in the order of the codes, which means nothing.
  ..._day         whole days from the infusion named in day_0: 0 is the day of infusion, -3 is three days before.
                  infused_on_day counts from the child's first infusion; other days on the infusion form count from
                  that infusion itself. Empty: no answer, no infusion recorded yet, or the day was not known.
  ..._prec        how exactly a date was known: D day, M month, Y year. Only D has a number of days.
  ..._sign        < or > when the laboratory reported only a limit; the number beside it is that limit.
  ..._nf          why there is no answer: NASK not done, UNK unknown, NAP not applicable, ASKU asked but not answered,
                  NAV not available at the time. An empty cell without a reason was not asked or not filled in.
  a;b             several answers to one question.

  A question that was not asked is not a 0 and not a no.

What you may not do
  These data are de-identified, not anonymous. Do not try to find out who a child is, do not join them with other data
  about single children, and do not pass them on. Tell the registry at once if you recognise somebody.
  {facts.sharing} of the {facts.children} children agreed to sharing with other researchers: consent_scopes in
  forms/enrolment.csv names sharing. The others may be used for the registry's own questions only.
""".encode()
