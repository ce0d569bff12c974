"""Break the grading, the dosing and the checks line by line and store which tests notice. `make mutate` calls it.

    python -m tools.mutate [module ...]      those given; otherwise all that changed since their stored result
    python -m tools.mutate --page            write docs/mutation.md anew from what is stored

An interrupted run goes on where it stopped. While the code of a module is what was measured, only its survivors are
tried again: tests are added, not taken away. --fresh tries all.
"""

import argparse
import ast
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from tools.mutation_plan import ROOT, RUN_AT_IMPORT, plan
from tools.mutation_record import hash_of, read_results, share, write_results

KILLED, TIMEOUT = (1, 3), (24, -24, 36, 152, 255)
WORK = ROOT / "mutants"
CACHED = re.compile(r"^@(?:cache|lru_cache\(.*\))\n", re.MULTILINE)
"""Caches are taken off: mutmut leaves decorated functions alone, and a cache remembers what whole code returned."""
# A mutant that never ends counts as killed: the limit is wide, or a busy machine would kill mutants that survive.
PYPROJECT = """\
[tool.mutmut]
source_paths = ["forms"]
only_mutate = ["{module}"]
also_copy = ["tools"]
pytest_add_cli_args = ["-p", "tools.mutation_plugin", "-p", "no:cacheprovider", "-p", "no:xdist"]
pytest_add_cli_args_test_selection = {tests}
track_dependencies = false
timeout_multiplier = 30.0

[tool.pytest.ini_options]
pythonpath = [".", "tests"]
filterwarnings = ["error"]
"""


def main(arguments: list[str]) -> int:
    """Measure the modules asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="module", help="such as forms/grading/crs.py")
    parser.add_argument("--fresh", action="store_true", help="try again what was killed too")
    parser.add_argument("--page", action="store_true", help="write docs/mutation.md only")
    parser.add_argument("--children", default="1", help="how many mutants are tried at a time")
    asked = parser.parse_args(arguments)
    if strange := set(asked.modules) - set(plan()):
        parser.error(f"not in tools/mutation_plan.py: {', '.join(sorted(strange))}")
    if asked.page:
        write_results(read_results())
        return 0
    failed = [module for module in asked.modules or outdated() if not measure(module, asked.children, asked.fresh)]
    for module in failed:
        print(f"FAILED {module}: see {folder_of(module).relative_to(ROOT)}/mutmut.log")
    return int(bool(failed))


def outdated() -> list[str]:
    """Return the modules that have no stored result for their code and their tests as they are."""
    stored = read_results()
    return [module for module in plan() if {**stored.get(module, {}), **fingerprint(module)} != stored.get(module)]


def fingerprint(module: str) -> dict[str, str]:
    """Return the hashes of a module and of its test files."""
    return {"source": hash_of([module]), "tests": hash_of(plan()[module])}


def folder_of(module: str) -> Path:
    """Return where a module is worked on."""
    return WORK / module.removesuffix(".py").replace("/", ".")


def measure(module: str, children: str, fresh: bool) -> bool:
    """Run mutmut on a module and store what it found; False when it did not come to an end."""
    began, stored = fingerprint(module), read_results().get(module)
    again = list(stored["survivors"]) if stored and stored["source"] == began["source"] and not fresh else None
    if again == []:
        return store(module, {**stored, **began} if stored else {})
    folder = prepared(module, began, fresh)
    dotted = module.removesuffix(".py").replace("/", ".")
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", children]
    command += [f"{dotted}.{name}" for name in again or ()]
    environment = {**os.environ, "MUTATE_IMPORTS": "1" if module in RUN_AT_IMPORT else ""}
    with (folder / "mutmut.log").open("w", encoding="utf-8") as log:
        code = subprocess.run(command, cwd=folder, env=environment, stdout=log, stderr=log, check=False).returncode
    meta = folder / "mutants" / f"{module}.meta"
    exits = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"] if meta.exists() else {}
    if again is not None and stored:
        exits = {key: exits.get(key) for key in (f"{dotted}.{name}" for name in again)}
    if code or None in exits.values():
        return False
    found = counted(module, folder, exits, stored if again else None)
    return store(module, {**began, "measured": date.today().isoformat(), "commit": commit(), **found})


def prepared(module: str, began: Mapping[str, str], fresh: bool) -> Path:
    """Return the folder of a module, with forms and its tests as they are; what an equal run had done is kept."""
    folder, mark = folder_of(module), json.dumps(began)
    stamp = folder / "fingerprint.json"
    if folder.exists() and (fresh or not stamp.exists() or stamp.read_text(encoding="utf-8") != mark):
        shutil.rmtree(folder)
    if folder.exists():
        return folder
    (folder / "tests").mkdir(parents=True)
    shutil.copytree(ROOT / "forms", folder / "forms", ignore=shutil.ignore_patterns("__pycache__"))
    for file in (folder / "forms").rglob("*.py"):
        file.write_text(CACHED.sub("", file.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copytree(ROOT / "tests/golden", folder / "tests/golden")
    shutil.copytree(ROOT / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    helpers = [file for file in (ROOT / "tests").glob("*.py") if not file.name.startswith(("test_", "conftest"))]
    for file in [*helpers, *(ROOT / test for test in plan()[module])]:
        shutil.copy(file, folder / "tests")
    settings = PYPROJECT.format(module=module, tests=json.dumps(plan()[module]))
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    stamp.write_text(mark, encoding="utf-8")
    return folder


def counted(
    module: str, folder: Path, exits: Mapping[str, int | None], stored: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the counts of a run and its survivors; with a stored result, this run tried only that one's survivors."""
    changes = changes_in(folder / "mutants" / module)
    names = {key.rpartition(".")[2]: code for key, code in exits.items()}
    survivors = {name: changes[name] for name, code in names.items() if code not in (*KILLED, *TIMEOUT)}
    mutants = stored["mutants"] if stored else len(names)
    timeout = (stored["timeout"] if stored else 0) + sum(code in TIMEOUT for code in names.values())
    killed = mutants - timeout - len(survivors)
    return {"mutants": mutants, "killed": killed, "timeout": timeout, "survivors": survivors}


def changes_in(file: Path) -> dict[str, str]:
    """Return mutant -> the lines it changed, was and now, from mutmut's file of all mutants of a module."""
    source = file.read_text(encoding="utf-8")
    lines = source.splitlines()
    bodies = {
        node.name: [line.replace(node.name, "") for line in lines[node.lineno - 1 : node.end_lineno]]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and "__mutmut_" in node.name
    }
    original = {name.partition("__mutmut_")[0]: body for name, body in bodies.items() if name.endswith("_orig")}
    return {name: _change(original[name.partition("__mutmut_")[0]], body) for name, body in bodies.items()}


def _change(was: list[str], now: list[str]) -> str:
    differing = [line for line in difflib.ndiff(was, now) if line[:2] in ("- ", "+ ")]
    before = " ".join(line[2:].strip() for line in differing if line[0] == "-")
    after = " ".join(line[2:].strip() for line in differing if line[0] == "+")
    return f"{before} => {after}"


def store(module: str, found: dict[str, Any]) -> bool:
    """Store what was found about a module beside the rest, and say it."""
    write_results({**read_results(), module: found})
    survived = len(found["survivors"])
    print(f"{module}: {share([found]):.1f} % of {found['mutants']} killed, {survived} survived", flush=True)
    return True


def commit() -> str:
    """Return the short name of the commit that is checked out."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
