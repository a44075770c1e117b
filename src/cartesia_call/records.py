"""Dataclasses that cost a start little: a command makes a few of the program's hundreds, a call half of them.

The standard library writes three to six methods for each class, compiled when it is imported: with those of
all classes that was a third of what a call took to begin. Here a class gets methods that all share, and an
`__init__` of its own is written where it has many objects, or while nobody waits. All else is the library's:
`fields`, `replace`, `asdict`; only `match` has to go by the names of fields. To type checkers it is the
library's decorator.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
import reprlib
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

__all__ = ["dataclass", "write_all"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(kind=None, /, *, frozen=False, kw_only=False, eq=True, **others):
        """As `dataclasses.dataclass`. What has slots or an order is the library's from the start."""
        if kind is None:
            return functools.partial(dataclass, frozen=frozen, kw_only=kw_only, eq=eq, **others)
        if others:
            return dataclasses.dataclass(kind, frozen=frozen, kw_only=kw_only, eq=eq, **others)
        shared = {"__repr__": _shown}
        if frozen:
            shared |= {"__setattr__": _refuse, "__delattr__": _refuse_to_delete}
        if eq:
            shared |= {"__eq__": _equals, "__hash__": _hashed if frozen else None}
        for name, method in shared.items():
            if vars(kind).get(name) is None:
                setattr(kind, name, method)
        kind.__doc__ = kind.__doc__ or kind.__qualname__  # else the library writes one, of a signature
        unwritten = _Unwritten(kind, kw_only)
        kind.__dataclass_fields__, kind.__init__ = unwritten, unwritten.first_init()
        return kind


FEW = 16
"""Objects of a class that are made without an `__init__` of its own: to write one takes as long as to make
a hundred."""

_WRITING = threading.RLock()
_UNSET = object()
_VALUES: dict[type, Callable[[object], object]] = {}
_PENDING: dict[type, _Unwritten] = {}
"""The classes whose `__init__` is not written, in the order in which they were imported."""


def write_all() -> None:
    """Write what is not written yet, some tenths of a millisecond for each class: in a moment that nobody
    waits for, ahead of one that counts."""
    for unwritten in list(_PENDING.values()):
        unwritten.write_init()


class _Unwritten:
    """In the place of a class's fields, until somebody asks for them, and behind its first `__init__`."""

    def __init__(self, kind: Any, kw_only: bool) -> None:
        self._kind = kind
        self._kw_only = kw_only
        self._made = 0
        self._parameters: _Parameters | None = None
        _PENDING[kind] = self

    def __get__(self, _: object, __: type) -> dict[str, dataclasses.Field[Any]]:
        with _WRITING:  # the library's decorator takes the defaults away, so twice is once too often
            if vars(self._kind)["__dataclass_fields__"] is self:
                dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=self._kw_only)(self._kind)
            fields: dict[str, dataclasses.Field[Any]] = vars(self._kind)["__dataclass_fields__"]
        return fields

    def write_init(self) -> None:
        """Once."""
        with _WRITING:
            if self._kind in _PENDING:
                self._kind.__init__ = _written_init(self._kind)
                del _PENDING[self._kind]

    def first_init(self) -> Callable[..., None]:
        """The `__init__` of the first objects."""

        def __init__(this: Any, /, *arguments: Any, **by_name: Any) -> None:  # noqa: N807
            self._made += 1
            parameters = self._parameters or self.parameters()
            values = parameters.bound(arguments, by_name) if self._made <= FEW else None
            if values is None:  # they are many, or the call is wrong, which the library tells best
                self.write_init()
                self._kind.__init__(this, *arguments, **by_name)
                return
            for name in parameters.of_all:
                object.__setattr__(this, name, values[name])
            if hasattr(this, "__post_init__"):
                this.__post_init__()

        return __init__

    def parameters(self) -> _Parameters:
        """What `__init__` takes."""
        with _WRITING:
            if self._parameters is None:
                found: dict[str, _Parameter] = {}
                for base in reversed(self._kind.__mro__):
                    fields = vars(base).get("__dataclass_fields__", {})
                    found |= fields.annotated() if isinstance(fields, _Unwritten) else _of_fields(fields)
                self._parameters = _Parameters(found)
            return self._parameters

    def annotated(self) -> dict[str, _Parameter]:
        """The parameters that this class adds, read from its annotations; where one of them is not plain, all
        of them, as the library has them."""
        found = {}
        for name, annotation in self._kind.__annotations__.items():
            default = vars(self._kind).get(name, dataclasses.MISSING)
            if not _is_plain(annotation, default):
                return _of_fields(self.__get__(None, self._kind))
            if isinstance(default, dataclasses.Field):
                found[name] = _Parameter(default.default, default.default_factory, self._kw_only)
            else:
                found[name] = _Parameter(default, dataclasses.MISSING, self._kw_only)
        return found


class _Parameter(NamedTuple):
    default: Any
    factory: Any
    is_by_name: bool


def _is_plain(annotation: str, default: Any) -> bool:
    """Whether it is that of a field which `__init__` takes as it takes the class's others."""
    if any(word in annotation for word in ("ClassVar", "InitVar", "KW_ONLY")):
        return False
    if isinstance(default, dataclasses.Field):
        return default.init and default.kw_only is dataclasses.MISSING
    return type(default).__hash__ is not None  # else the library refuses it


def _of_fields(fields: dict[str, dataclasses.Field[Any]]) -> dict[str, _Parameter]:
    return {
        name: _Parameter(field.default, field.default_factory, bool(field.kw_only))
        for name, field in fields.items()
    }


class _Parameters:
    """Of an `__init__`, in their order."""

    def __init__(self, of_all: dict[str, _Parameter]) -> None:
        self.of_all = of_all
        self._by_place = [name for name, one in of_all.items() if not one.is_by_name]

    def bound(self, arguments: Sequence[Any], by_name: dict[str, Any]) -> dict[str, Any] | None:
        """Each parameter's value; None if they cannot be called so."""
        values = dict(zip(self._by_place, arguments, strict=False)) | by_name
        if len(values) != len(arguments) + len(by_name) or not values.keys() <= self.of_all.keys():
            return None  # too many, one twice, or one that there is not
        for name, (default, factory, _) in self.of_all.items():
            if name not in values:
                if factory is not dataclasses.MISSING:
                    values[name] = factory()
                elif default is not dataclasses.MISSING:
                    values[name] = default
        return values if values.keys() == self.of_all.keys() else None


def _written_init(kind: type) -> Callable[..., None]:
    names: dict[str, Any] = {"_set": object.__setattr__, "_UNSET": _UNSET}
    by_place, body = ["_self"], ["pass"]
    by_name: list[str] = []
    for field in dataclasses.fields(kind):
        name, value, default = field.name, field.name, ""
        if field.default_factory is not dataclasses.MISSING:
            names[f"_make_{name}"], default = field.default_factory, "=_UNSET"
            value = f"_make_{name}() if {name} is _UNSET else {name}"
        elif field.default is not dataclasses.MISSING:
            names[f"_default_{name}"], default = field.default, f"=_default_{name}"
        (by_name if field.kw_only else by_place).append(name + default)
        body.append(f"_set(_self, {name!r}, {value})")
    if hasattr(kind, "__post_init__"):
        body.append("_self.__post_init__()")
    star = ["*"] if by_name else []
    exec(f"def __init__({', '.join(by_place + star + by_name)}):\n " + "\n ".join(body), names)  # noqa: S102
    written: Callable[..., None] = names["__init__"]
    written.__qualname__ = f"{kind.__qualname__}.__init__"
    return written


def _refuse(self: object, name: str, _: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


@reprlib.recursive_repr()
def _shown(self: Any) -> str:
    shown = (
        f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr
    )
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _values(kind: Any) -> Callable[[object], object]:
    """What two objects of a kind are compared by."""
    if (found := _VALUES.get(kind)) is None:
        names = [field.name for field in dataclasses.fields(kind) if field.compare]
        found = _VALUES[kind] = operator.attrgetter(*names) if names else lambda _: ()
    return found


def _equals(self: object, other: object) -> bool:
    values = _values(type(self))
    return bool(values(self) == values(other)) if type(other) is type(self) else NotImplemented


def _hashed(self: object) -> int:
    return hash(_values(type(self))(self))
