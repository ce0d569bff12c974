"""A pytest plugin for the runs of `make mutate`: no database, the same examples each time, import-time code included.

mutmut imports everything once and forks for each mutant. What a function did at import would then never be seen broken;
with MUTATE_IMPORTS=1 the forked process forgets forms and tests and imports them again with its mutant.
"""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from mutmut.state import state

settings.register_profile("mutation", max_examples=20, derandomize=True, deadline=None, database=None)
settings.load_profile("mutation")

DATABASE = {"app", "own_app", "client", "session", "study", "own_study", "database_url", "own_database_url"}
LEFT_OUT = (
    "test_what_no_check_can_judge_stands_where_it_is_said_to_stand",  # reads files that are not copied
    "few_immunosuppressants1",  # one row of partial dates that takes longer than all the others together
)
AT_IMPORT: set[str] = set()


def pytest_configure(config: pytest.Config) -> None:
    """Forget what was imported before the mutant was chosen."""
    config.addinivalue_line("markers", "xdist_group: read by the workers of the whole suite only")
    if os.environ.get("MUTATE_IMPORTS") and "__mutmut_" in os.environ.get("MUTANT_UNDER_TEST", ""):
        here = os.path.join(os.getcwd(), "")
        for name, module in list(sys.modules.items()):
            if name != __name__ and (getattr(module, "__file__", None) or "").startswith(here):
                del sys.modules[name]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that need a database, and note which functions ran while the tests were imported."""
    left_out = [item for item in items if any(name in item.name for name in LEFT_OUT)]
    left_out += [item for item in items if DATABASE & set(getattr(item, "fixturenames", ()))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    if os.environ.get("MUTATE_IMPORTS"):
        AT_IMPORT.update(state()._stats)
        state()._stats.clear()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of this run alone: what one mutant works out must not serve the next."""
    return tmp_path_factory.mktemp("shared")


def pytest_sessionfinish() -> None:
    """Count every test as one of those that a function run at import concerns."""
    for function in AT_IMPORT:
        state().tests_by_mangled_function_name[function].update(state().duration_by_test)
    AT_IMPORT.clear()
