"""An expression of `patterns` is the library's in all that is seen, and is compiled when it is first used."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import Any

import pytest

import cartesia_call
from cartesia_call import patterns
from cartesia_call.patterns import regex

_OF_EXTRAS = ("cartesia_call.fleet", "cartesia_call.__main__")
"""They need what not everybody has installed, or run the program."""


def test_it_does_what_the_librarys_does() -> None:
    ours, library = (
        regex(r"(\d)(?P<unit>ms|s)", re.IGNORECASE),
        re.compile(r"(\d)(?P<unit>ms|s)", re.IGNORECASE),
    )
    match = ours.search("in 5MS")
    assert match is not None
    assert (match["unit"], match.re) == ("MS", library)
    assert ours.sub("x", "5s 6s") == library.sub("x", "5s 6s") == "x x"
    assert (ours.pattern, ours.flags, ours.groups) == (library.pattern, library.flags, library.groups)


def test_it_is_compiled_when_it_is_used() -> None:
    malformed = regex("(")
    with pytest.raises(re.error):
        malformed.search("")


def _expressions(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list):
        return [found for one in value for found in _expressions(one)]
    return [value] if type(value).__module__ == patterns.__name__ else []


def test_all_that_the_program_holds_are_sound() -> None:
    found = 0
    for module in pkgutil.walk_packages(cartesia_call.__path__, "cartesia_call."):
        if not module.name.startswith(_OF_EXTRAS):
            for name, value in vars(importlib.import_module(module.name)).items():
                for one in _expressions(value):
                    assert one.pattern is not None, (module.name, name)
                    found += 1
    assert found > 80
