"""The arrows of the house, read from the imports; what must never stand in a file; what the lock promises."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("forms", "registry", "analysis")
SCIENCE = {"numpy", "pandas", "scipy", "lazy_loader", "lifelines", "matplotlib", "pyarrow", "pyreadstat", "openpyxl"}
STANDARD = set(sys.stdlib_module_names)
DATABASE = {"sqlite3", "dbm"}

NAMED_AS_A_WHOLE = {"casebook", "chapters", "commands", "demo", "estimators", "plan"}
"""Rooms within a room of which the page of the house says what each module holds, without its name."""

ADDRESS_OR_MACHINE_PATH = re.compile(
    r"pypi[.]org|pythonhosted[.]org|--(?:extra-)?index-url|--find-link[s]|"
    r"file:[/]{3}|(?<![\w.>}])/(?:root|work|Users)/\w|(?<![\w.>}])/home/\w+/"
)


def repository_files() -> list[Path]:
    """Return every file that git tracks or would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


@cache
def modules() -> dict[str, ast.Module]:
    """Return the syntax tree of each module of the rooms, by dotted name."""
    trees = {}
    for path in repository_files():
        parts = path.relative_to(ROOT).with_suffix("").parts
        if path.suffix == ".py" and parts[0] in ROOMS:
            name = ".".join(parts).removesuffix(".__init__")
            trees[name] = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    return trees


@cache
def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Return everything in a module, walked once for all who ask."""
    return tuple(ast.walk(tree))


def modules_of(room: str) -> dict[str, ast.Module]:
    return {name: tree for name, tree in modules().items() if name.split(".")[0] == room}


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted name of each thing a module imports: `from a import b` gives a.b."""
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written from the room on: no leading dot"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages(tree: ast.Module) -> set[str]:
    return {name.split(".")[0] for name in imports(tree)}


def imported_besides(room: str, allowed: set[str]) -> dict[str, set[str]]:
    """Return what each module of a room imports that is not allowed there."""
    found = {name: packages(tree) - allowed for name, tree in modules_of(room).items()}
    return {name: others for name, others in found.items() if others}


def calls(tree: ast.Module) -> Iterator[str]:
    """Yield the source of what each call calls, without its arguments, where it gives no argument."""
    for node in nodes(tree):
        if isinstance(node, ast.Call) and not node.args and not node.keywords:
            yield ast.unparse(node.func)


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_has_modules_to_read(room: str) -> None:
    assert room in modules_of(room)


def test_forms_import_the_standard_library_only() -> None:
    allowed = (STANDARD - DATABASE) | {"forms"}
    assert {
        name: packages(tree) - allowed for name, tree in modules_of("forms").items() if packages(tree) - allowed
    } == {}


def test_analysis_imports_forms_and_the_scientific_stack_only() -> None:
    assert imported_besides("analysis", (STANDARD - DATABASE) | SCIENCE | {"analysis", "forms"}) == {}


def test_the_registry_imports_neither_the_analysis_nor_its_stack() -> None:
    imported = set().union(*map(packages, modules_of("registry").values()))
    assert imported & (SCIENCE | {"analysis"}) == set()
    assert {"flask", "sqlalchemy"} <= imported


def test_importing_the_registry_loads_neither_the_analysis_nor_its_stack() -> None:
    program = "import sys, registry; print(*sorted(name for name in sys.modules if '.' not in name))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert set(loaded.split()) & ((SCIENCE | {"analysis"}) - {"numpy"}) == set()
    assert "flask" in loaded.split()


def test_a_migration_does_what_it_did_whatever_the_registry_has_become() -> None:
    versions = [path for path in repository_files() if path.parent == ROOT / "migrations" / "versions"]
    used = {path.name: packages(ast.parse(path.read_text(encoding="utf-8"))) & set(ROOMS) for path in versions}
    assert {name: rooms for name, rooms in used.items() if rooms} == {}
    assert len(used) >= 8


def test_no_import_stands_inside_a_function() -> None:
    found = [
        f"{name}:{inner.lineno}"
        for name, tree in modules().items()
        for node in nodes(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = modules()
    graph = {name: {m for found in imports(tree) if (m := _module(found, set(known)))} for name, tree in known.items()}
    assert _circle(graph) == []


def test_a_circle_would_be_found() -> None:
    assert _circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert _circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_module_names_it_names_once(room: str) -> None:
    assert {name: twice for name, tree in modules_of(room).items() if (twice := _named_twice(tree))} == {}


def _named_twice(tree: ast.Module) -> list[str]:
    named = _named(tree)
    return sorted({name for name in named if named.count(name) > 1})


def _named(tree: ast.Module) -> list[str]:
    named = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    return named + [
        ast.unparse(target) for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
    ]


def test_what_the_architecture_says_a_module_offers_is_there() -> None:
    offered: dict[str, set[str]] = {}
    for name, tree in modules().items():
        offered.setdefault(name.rpartition(".")[2], set()).update(_named(tree))
    told = re.findall(r"`(\w+)[.](\w+)`", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))
    files = {"py", "js", "css", "csv", "log"}
    told = [(module, name) for module, name in told if module in offered and name not in files]
    assert len(told) >= 10
    assert [f"{module}.{name}" for module, name in told if name not in offered[module]] == []


@pytest.mark.parametrize("room", ["forms", "analysis"])
def test_no_clock_is_read(room: str) -> None:
    for name, tree in modules_of(room).items():
        assert "time" not in {found for found in imports(tree) if "." not in found}, name
        assert [c for c in calls(tree) if c.split(".")[-1] in ("now", "today", "utcnow")] == [], name


def test_the_analysis_draws_no_random_number_without_a_seed() -> None:
    for name, tree in modules_of("analysis").items():
        assert packages(tree) & {"random", "secrets", "uuid"} == set(), name
        assert [c for c in calls(tree) if c.split(".")[-1] == "default_rng"] == [], name
        attributes = {ast.unparse(node) for node in nodes(tree) if isinstance(node, ast.Attribute)}
        unseeded = {a for a in attributes if re.match(r"(np|numpy)[.]random[.][a-z]", a)} - {"np.random.default_rng"}
        assert unseeded == set(), name


def test_forms_touch_files_in_one_module_only() -> None:
    found = {
        name
        for name, tree in modules_of("forms").items()
        if packages(tree) & {"os", "pathlib", "io", "shutil", "tempfile", "socket", "urllib", "subprocess"}
        or any(isinstance(node, ast.Name) and node.id == "open" for node in nodes(tree))
    }
    assert found == {"forms.files"}


def test_no_file_names_a_package_index_or_a_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match.group()}"
        for path in repository_files()
        for number, line in enumerate(path.read_bytes().decode("utf-8", errors="ignore").splitlines(), start=1)
        if (match := ADDRESS_OR_MACHINE_PATH.search(line))
    ]
    assert found == []


@pytest.mark.parametrize(("lock", "at_least"), [("pip", 1), ("run", 15), ("test", 15), ("mutate", 5)])
def test_every_locked_package_has_a_version_and_a_hash(lock: str, at_least: int) -> None:
    pinned = re.compile(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}")
    entries = _lock_entries(lock)
    assert [entry for entry in entries if not pinned.match(entry)] == []
    assert len(entries) >= at_least


@pytest.mark.parametrize("lock", ["pip", "run", "test", "mutate"])
def test_every_package_that_is_asked_for_stands_in_the_lock(lock: str) -> None:
    asked = re.findall(r"^[\w.-]+", (ROOT / f"requirements/{lock}.in").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(asked) - _locked_versions(lock).keys() == set()


@pytest.mark.parametrize(("one", "other"), [("run", "test"), ("run", "mutate"), ("test", "mutate")])
def test_no_package_stands_in_two_locks_which_are_installed_side_by_side(one: str, other: str) -> None:
    assert _locked_versions(one).keys() & _locked_versions(other).keys() == set()


def _lock_entries(lock: str) -> list[str]:
    text = (ROOT / f"requirements/{lock}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("room", [*ROOMS, "tools"])
def test_the_page_of_the_house_has_a_place_for_every_module(room: str) -> None:
    told = _modules_on_the_page()
    found = [path.relative_to(ROOT) for path in repository_files() if path.suffix == ".py"]
    wanted = [path for path in found if path.parts[0] == room and path.stem[0] != "_"]
    wanted = [path for path in wanted if path.parts[1] not in NAMED_AS_A_WHOLE]
    menu = set(
        re.findall(r"^    (\w+),$", (ROOT / "registry/views/__init__.py").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = [path for path in wanted if path.name in told or (path.parts[1] == "views" and path.stem in menu)]
    assert sorted(map(str, set(wanted) - set(named))) == []


def test_every_module_on_the_page_of_the_house_exists() -> None:
    known = {path.name for path in repository_files()}
    assert sorted(name for name in _modules_on_the_page() if name not in known) == []


def _modules_on_the_page() -> set[str]:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    return set(re.findall(r"`(?:[\w/]+/)?(\w+[.](?:py|js|css))`", text))


def test_one_place_says_how_a_process_of_the_registry_starts() -> None:
    starting = {
        name
        for name, tree in modules_of("registry").items()
        if any(isinstance(node, ast.Constant) and node.value == "-m" for node in nodes(tree))
    }
    assert starting == {"registry.child_processes"}, "child_processes.python keeps the current folder off the path"


def _locked_versions(lock: str) -> dict[str, str]:
    return dict(entry.split()[0].split("==") for entry in _lock_entries(lock))


def _module(name: str, known: set[str]) -> str | None:
    """Return the module that importing a dotted name runs: a.b.c itself, or a.b when c is a name in it."""
    return next((found for found in (name, name.rpartition(".")[0]) if found in known), None)


def _circle(graph: dict[str, set[str]]) -> list[str]:
    """Return the first circle found, beginning and ending with the same module; empty if there is none."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        found = next((circle for m in sorted(graph[name]) if (circle := walk(m, [*path, name]))), [])
        done.add(name)
        return found

    return next((circle for name in sorted(graph) if (circle := walk(name, []))), [])


def test_each_width_that_a_page_gives_a_field_has_a_style() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "registry/templates").rglob("*.html"))
    styles = (ROOT / "registry/static/registry.css").read_text(encoding="utf-8")
    widths = set(re.findall(r'(?:width=|set width = )"([a-z]+)"', pages))  # written field-{{ width }} by one macro
    assert {"short"} <= widths and [name for name in widths if f".field-{name} " not in styles] == []
