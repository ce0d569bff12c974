"""Write the parts of docs/sap.md that come from `analysis/plan/`: endpoints, comparisons, and every declared number.

The words between the parts are written by hand; `make docs` calls this, and a test keeps page and plan equal.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from analysis.plan.day_states import occupancy_estimand
from analysis.plan.estimand import Estimand
from analysis.plan.resolution import PRIMARY_ENDPOINTS

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/sap.md"
MODULES = {
    path: import_module(f"analysis.plan.{path.stem}") for path in sorted((ROOT / "analysis/plan").glob("[a-z]*.py"))
}
"""Each file of the plan, and what it declares."""
PART = re.compile(r"(?<=<!-- from the plan: )(\w+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)


def main() -> None:
    """Fill the page's parts anew."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def filled(text: str) -> str:
    """Return the page with each part written from the plan."""
    return PART.sub(lambda found: f"{found[1]}{found[2]}\n{PARTS[found[1]]()}\n", text)


def estimands() -> str:
    """Return each planned analysis that has an estimand, its attributes below each other."""
    return "\n".join(
        "\n".join(
            [f"### {title}", "", f"`{id_}`", "", *(f"- {name}: {text}" for name, text in estimand.sentences()), ""]
        )
        for id_, title, estimand in _planned()
    )


def numbers() -> str:
    """Return every number and list of numbers or codes that the plan declares, with its meaning."""
    rows = [f"| {meaning} | {_words(value)} | `{name}` |" for name, value, meaning in declared_numbers()]
    return "\n".join(["| what | value | name |", "|---|---|---|", *rows])


def declared_numbers() -> Iterator[tuple[str, Any, str]]:
    """Yield name, value and meaning of each constant of the plan; the meaning is the text that stands below it."""
    for path, module in MODULES.items():
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for statement, below in zip(body, [*body[1:], None], strict=True):
            for name in _assigned(statement):
                value = getattr(module, name)
                meaning = _text(below)
                if _is_number(value) or (meaning and _is_plain(value)):
                    yield name, value, meaning


def _planned() -> Iterator[tuple[str, str, Estimand]]:
    """Yield id, title and estimand of everything in the plan that has one, the primary endpoints first."""
    declared = {name: value for module in MODULES.values() for name, value in vars(module).items() if name.isupper()}
    seen = set()
    for name, value in sorted(declared.items(), key=lambda one: (not one[0].startswith("PRIMARY"), one[0])):
        if isinstance(value, Estimand):
            yield name, name.removesuffix("_ESTIMAND").replace("_", " ").capitalize(), value
        for one in _each(value):
            if isinstance(getattr(one, "estimand", None), Estimand) and one.id not in seen:
                seen.add(one.id)
                toxicity = getattr(one, "toxicity", "")
                yield one.id, one.title if toxicity in one.title else f"{toxicity}: {one.title}", one.estimand
    for endpoint in PRIMARY_ENDPOINTS:
        if endpoint.grade_item:
            yield f"{endpoint.id}_by_day", f"{endpoint.toxicity}: Day by day", occupancy_estimand(endpoint)


def _each(value: Any) -> Iterator[Any]:
    """Yield what a declared value holds: itself, or the members of a tuple or of a mapping's tuples."""
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple):
        for one in value:
            yield from _each(one)
    else:
        yield value


def _assigned(statement: ast.stmt) -> Iterator[str]:
    targets: Sequence[ast.expr] = statement.targets if isinstance(statement, ast.Assign) else ()
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and node.id.isupper():
                yield node.id


def _is_number(value: Any) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(_is_number(one) for one in value)
    return isinstance(value, int | float | Decimal)


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(_is_plain(one) for one in value)
    return _is_number(value) or isinstance(value, str)


def _words(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(_words(one) for one in value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _text(below: ast.stmt | None) -> str:
    if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str):
        return " ".join(below.value.value.split())
    return ""


PARTS = {"estimands": estimands, "numbers": numbers}

if __name__ == "__main__":
    main()
