"""The first objects of a class are made without an `__init__` of its own, and cannot be told from others."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import Any

from cartesia_call import records
from tests.test_records import made_by

WRITTEN = ("_self", "x", "y", "notes")


def variables_of_init(made: type[Any]) -> tuple[str, ...]:
    """Of the code that makes its objects."""
    names: tuple[str, ...] = vars(made)["__init__"].__code__.co_varnames
    return names


def test_nothing_is_written_for_a_few_objects() -> None:
    made = made_by(records.dataclass)
    few = [made(1, number) for number in range(records.FEW)]
    assert not isinstance(vars(made)["__dataclass_fields__"], dict)
    assert variables_of_init(made) != WRITTEN
    many = made(1, 0)
    assert variables_of_init(made) == WRITTEN
    assert many == few[0]


def test_what_has_no_object_is_written_when_all_is() -> None:
    made = made_by(records.dataclass)
    records.write_all()
    assert variables_of_init(made) == WRITTEN
    assert (made(1).y, made(1).notes) == (2, [])


def test_few_are_made_alike_before_and_behind_a_look_at_the_fields() -> None:
    made = made_by(records.dataclass)
    before = made(1, notes=["a"])
    assert len(dataclasses.fields(made)) == 3
    assert variables_of_init(made) != WRITTEN
    assert (made(1, 2, ["a"]), made(1).notes) == (before, [])


def test_a_subclass_is_made_alike_whether_its_base_is_written_or_not() -> None:
    base = made_by(records.dataclass)

    def derived() -> type[Any]:
        of_its_own = {"__annotations__": {"z": "int"}, "z": 4}
        return records.dataclass(frozen=True)(type("Derived", (base,), of_its_own))

    one = derived()(1, 2, [], 3)
    records.write_all()
    two = derived()(1, z=3)
    assert vars(one) == vars(two) == {"x": 1, "y": 2, "notes": [], "z": 3}


PARAMETERS = """
import dataclasses, importlib, pkgutil
import cartesia_call
from cartesia_call import records
for module in pkgutil.walk_packages(cartesia_call.__path__, "cartesia_call."):
    if not module.name.startswith(("cartesia_call.fleet", "cartesia_call.__main__")):
        importlib.import_module(module.name)
seen = 0
for kind, unwritten in list(records._PENDING.items()):
    quick = dict(unwritten.parameters().of_all)
    whole = {
        field.name: (field.default, field.default_factory, field.kw_only)
        for field in dataclasses.fields(kind)
    }
    assert list(quick.items()) == list(whole.items()), kind
    seen += 1
print(seen)
"""


def test_every_record_of_the_program_takes_what_the_library_says() -> None:
    """Whichever way its first objects are made."""
    done = subprocess.run(
        [sys.executable, "-c", PARAMETERS], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100
