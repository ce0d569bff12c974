"""What `make mutate` found, as it stands in tests/mutation/: how it is read, kept and told.

`results.json` is written by the tool; `reasons.toml` is edited by a person: for each module a table of survivor (or a
pattern such as "_explained__mutmut_*") = why no test needs to notice it.
"""

import ast
import fnmatch
import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tools.mutation_plan import ROOT, group_of, plan

RESULTS = ROOT / "tests/mutation/results.json"
REASONS = ROOT / "tests/mutation/reasons.toml"
PAGE = ROOT / "docs/mutation.md"
BAR = 90

Results = dict[str, dict[str, Any]]
"""Module -> hashes of source and tests, day measured, commit, mutants, killed, timeout, survivors: name -> change."""


def read_results() -> Results:
    """Return what is stored, empty before the first run."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}


def write_results(results: Results) -> None:
    """Store results in the order of the plan, and write the page anew."""
    ordered = {module: results[module] for module in plan() if module in results}
    RESULTS.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(ordered, read_reasons()), encoding="utf-8")


def read_reasons() -> dict[str, dict[str, str]]:
    """Return module -> survivor or pattern of survivors -> reason."""
    return tomllib.loads(REASONS.read_text(encoding="utf-8")) if REASONS.exists() else {}


def hash_of(files: Iterable[str]) -> str:
    """Return one short hash of the code of files; comments and line breaks do not count."""
    trees = (ast.dump(ast.parse((ROOT / file).read_text(encoding="utf-8"))) for file in files)
    return hashlib.sha256("\n".join(trees).encode()).hexdigest()[:12]


def changed_since(results: Results) -> list[str]:
    """Return the measured modules whose code is no longer what was measured, or that are gone."""
    return [module for module, found in results.items() if not _is_current(module, found)]


def _is_current(module: str, found: Mapping[str, Any]) -> bool:
    return module in plan() and (ROOT / module).is_file() and hash_of([module]) == found["source"]


def share(found: Iterable[Mapping[str, Any]]) -> float:
    """Return which percentage of the mutants was noticed; one that no longer ended in time was."""
    rows = list(found)
    mutants = sum(row["mutants"] for row in rows)
    return 100 * sum(row["killed"] + row["timeout"] for row in rows) / mutants if mutants else 0.0


def reason_for(survivor: str, reasons: Mapping[str, str]) -> str:
    """Return the reason that a survivor or a pattern of survivors has been given, empty when there is none."""
    exact = reasons.get(survivor)
    patterns = (reason for pattern, reason in reasons.items() if fnmatch.fnmatchcase(survivor, pattern))
    return exact if exact is not None else next(patterns, "")


def one_line(results: Results, today: date) -> str:
    """Return what `make test` says of the stored result: its share, its age, what was changed or never run."""
    if not results:
        return "mutation: never measured (make mutate)"
    days = (today - min(date.fromisoformat(found["measured"]) for found in results.values())).days
    changed, missing = changed_since(results), sorted(set(plan()) - set(results))
    mutants = sum(found["mutants"] for found in results.values())
    changes = ", ".join(changed) or "none"
    return (
        f"mutation: {share(results.values()):.1f} % of {mutants} mutants killed in {len(results)} modules, "
        f"oldest result {days} days old; changed since: {changes}; not measured: {len(missing)} modules"
    )


def page(results: Results, reasons: Mapping[str, Mapping[str, str]]) -> str:
    """Return docs/mutation.md."""
    lines = [
        "# What the tests would notice",
        "",
        "Written by `make mutate`; do not edit. mutmut breaks one line of a function at a time and runs the tables of",
        "tests that concern it; a mutant that no test notices survives. Only functions are broken: tables of a module",
        "and decorated functions (properties) are left alone; caches are taken off first. A mutant that never",
        "ends counts as killed.",
        f"The bar is {BAR} % in each group. Reasons for survivors stand in tests/mutation/reasons.toml.",
        "",
        "| group | modules | mutants | killed | survived | % |",
        "|---|---|---|---|---|---|",
    ]
    groups = {group: [found for module, found in results.items() if group_of(module) == group] for group in GROUPS}
    lines += [_counts(f"{group} | {len(found)}", found) for group, found in groups.items()]
    lines.append(_counts(f"**all** | {len(results)}", results.values()))
    missing = [module for module in plan() if module not in results]
    lines += ["", f"Not measured: {', '.join(missing) or 'none'}.", ""]
    lines += ["| module | measured | mutants | killed | survived | % |", "|---|---|---|---|---|---|"]
    lines += [
        _counts(f"{module} | {found['measured']} ({found['commit']})", [found]) for module, found in results.items()
    ]
    for module, found in results.items():
        lines += _survivors(module, found["survivors"], reasons.get(module, {}))
    return "\n".join([*lines, ""])


GROUPS = ("grading", "dosing", "checks")


def _counts(name: str, found: Iterable[Mapping[str, Any]]) -> str:
    rows = list(found)
    mutants, survived = sum(row["mutants"] for row in rows), sum(len(row["survivors"]) for row in rows)
    return f"| {name} | {mutants} | {mutants - survived} | {survived} | {share(rows):.1f} |"


def _survivors(module: str, survivors: Mapping[str, str], reasons: Mapping[str, str]) -> list[str]:
    """Return the survivors of a module, those with the same reason together."""
    together: dict[str, list[str]] = {}
    for name in survivors:
        together.setdefault(reason_for(name, reasons) or "no reason given", []).append(name)
    told = [f"- {reason}: {', '.join(f'`{name}`' for name in names)}" for reason, names in together.items()]
    return ["", f"## {module}", "", *told] if told else []
