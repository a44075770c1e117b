"""A lazily loaded module is loaded once, whole, by whoever first uses it, and not by an import."""

from __future__ import annotations

import importlib
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartesia_call.lazy_modules import load_lazily

NAME = "a_module_that_is_seldom_used"


@pytest.fixture
def module_file(tmp_path: Path) -> Iterator[Path]:
    """Where the module of that name is looked for. Its code may count in `sys.loads`."""
    loads: list[int] = []
    sys.path.insert(0, str(tmp_path))
    sys.modules["loads_of_it"] = types.ModuleType("loads_of_it")
    vars(sys.modules["loads_of_it"])["loads"] = loads
    importlib.invalidate_caches()
    yield tmp_path / f"{NAME}.py"
    sys.path.remove(str(tmp_path))
    for name in (NAME, "loads_of_it"):
        sys.modules.pop(name, None)


def loads() -> list[int]:
    """How often its code ran, so far."""
    found: list[int] = vars(sys.modules["loads_of_it"])["loads"]
    return found


COUNTED = "from loads_of_it import loads\nloads.append(1)\n"


def test_an_import_alone_loads_nothing(module_file: Path) -> None:
    module_file.write_text(f"{COUNTED}value = 3\n")
    load_lazily(NAME)
    module = importlib.import_module(NAME)
    exec(f"import {NAME}")  # as a statement of another module
    assert loads() == []
    assert (module.value, module.value) == (3, 3)
    assert loads() == [1]
    assert type(module) is types.ModuleType
    assert (module.__name__, module.__file__) == (NAME, str(module_file))


def test_what_is_assigned_before_it_is_loaded_stays(module_file: Path) -> None:
    module_file.write_text(f"{COUNTED}value, other = 3, 4\n")
    load_lazily(NAME)
    module = sys.modules[NAME]
    setattr(module, "value", 5)  # noqa: B010  # type checkers know no such name
    assert (module.value, module.other) == (5, 4)


def test_a_name_that_is_not_there_is_told_as_ever(module_file: Path) -> None:
    module_file.write_text(COUNTED)
    load_lazily(NAME)
    with pytest.raises(AttributeError, match=f"module '{NAME}' has no attribute 'value'"):
        _ = sys.modules[NAME].value


def test_a_module_that_fails_fails_for_whoever_uses_it(module_file: Path) -> None:
    """Each time: it is not half a module then."""
    module_file.write_text(f"{COUNTED}raise OSError('no disk')\n")
    load_lazily(NAME)
    for _ in range(2):
        with pytest.raises(OSError, match="no disk"):
            _ = sys.modules[NAME].value
    assert loads() == [1, 1]


def test_its_own_code_may_import_it(module_file: Path) -> None:
    module_file.write_text(f"{COUNTED}value = 3\nimport {NAME}\nagain = {NAME}.value\n")
    load_lazily(NAME)
    assert sys.modules[NAME].again == 3
    assert loads() == [1]


def test_threads_that_use_it_first_at_once_all_see_the_whole(module_file: Path) -> None:
    module_file.write_text(f"{COUNTED}import threading\nthreading.Event().wait(0.02)\nvalue = 3\n")
    load_lazily(NAME)
    ready, seen = threading.Barrier(4), list[int]()

    def use() -> None:
        ready.wait(10)
        seen.append(sys.modules[NAME].value)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert seen == [3, 3, 3, 3]
    assert loads() == [1]


def test_a_module_of_a_package_is_its_attribute_as_ever(tmp_path: Path, module_file: Path) -> None:
    package = tmp_path / NAME
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "part.py").write_text(f"{COUNTED}value = 3\n")
    load_lazily(f"{NAME}.part")
    names: dict[str, object] = {}
    exec(f"import {NAME}.part", names)
    assert loads() == []
    exec(f"found = {NAME}.part.value", names)
    sys.modules.pop(f"{NAME}.part")
    assert (names["found"], loads()) == (3, [1])


def test_what_is_loaded_stays_as_it_is() -> None:
    load_lazily("sys", "types")
    assert sys.modules["types"] is types


def test_where_there_is_no_module_its_import_fails() -> None:
    """And nothing before it: a command that does without the module goes on."""
    load_lazily("no_module_of_that_name")
    with pytest.raises(ModuleNotFoundError, match="no_module_of_that_name"):
        importlib.import_module("no_module_of_that_name")
