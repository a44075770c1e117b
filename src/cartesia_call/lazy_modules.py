"""Modules that others import at their top and next to never use: loaded when somebody does.

`importlib.util.LazyLoader` would load them as soon as they are imported once more, and before Python 3.12
show half a module to a second thread.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SELDOM_USED = (
    # click has it for help texts, see `cli/plain_help.py`, asyncio for functions that are no coroutines. From
    # Python 3.12 on every dataclass of a library asks it for its annotations: a call loads it there.
    "inspect",
    "ipaddress",  # urllib.parse: hosts in brackets
    "shutil",  # tempfile: whole directories
    "importlib.metadata",  # websockets: the version of what is no release
    "urllib.request",  # websockets: a proxy of the environment, which is told to it
    "wave",  # this program: --save-audio
    "textwrap",  # traceback: exceptions in groups
    "tokenize",  # linecache: source text
    "difflib",  # this program: names that are misspelt
    "sentencex",  # this program: texts of several sentences
)
"""An eighth of what a command loads, and who has them for what. Nobody else imports a module that lies inside
one of them: what loads the package would wait for that, and that for the package."""

_OF_IMPORT = frozenset({"__class__", "__name__", "__spec__"})
"""What one more `import` of a module looks at."""


def load_lazily(*names: str) -> None:
    """Have the modules of these names loaded when something of theirs is first used, except those that are
    loaded already. Where there is none of a name, whoever imports it is told so, as ever."""
    for name in names:
        if name not in sys.modules and (spec := importlib.util.find_spec(name)) is not None:
            module = importlib.util.module_from_spec(spec)
            module.__dict__["__lazy_lock__"] = threading.RLock()
            module.__class__ = _LazyModule
            sys.modules[name] = module
            package, _, last = name.rpartition(".")
            if package:
                setattr(sys.modules[package], last, module)


class _LazyModule(types.ModuleType):
    """Of a module until it is loaded; afterwards it is a module as any other."""

    def __getattribute__(self, name: str) -> Any:
        if name not in _OF_IMPORT:
            _load(self)
        return types.ModuleType.__getattribute__(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _OF_IMPORT:
            _load(self)
        types.ModuleType.__setattr__(self, name, value)


def _load(module: types.ModuleType) -> None:
    """By whichever thread comes first; the others wait. Its own code meets it as it is so far."""
    names: dict[str, Any] = object.__getattribute__(module, "__dict__")
    with names["__lazy_lock__"]:
        if type(module) is not _LazyModule or "__lazy_loading__" in names:
            return
        try:
            names["__lazy_loading__"] = True
            names["__spec__"].loader.exec_module(module)
            module.__class__ = types.ModuleType  # type: ignore[assignment]  # taken for a constant
        finally:
            names.pop("__lazy_loading__", None)
