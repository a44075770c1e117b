"""A dataclass of `records` is the library's in all that is seen, and costs nothing until it is used."""

from __future__ import annotations

import copy
import dataclasses
import functools
import pickle
import threading
from collections.abc import Callable
from dataclasses import field
from typing import Any, ClassVar

import pytest

from cartesia_call import records
from cartesia_call.records import dataclass


@dataclass(frozen=True)
class Point:
    """By place."""

    kinds: ClassVar[int] = 1
    x: int
    y: int = 2
    notes: list[str] = field(default_factory=list, repr=False, compare=False)

    @functools.cached_property
    def sum(self) -> int:
        """Kept in the object, and no part of it."""
        return self.x + self.y


@dataclass(frozen=True, kw_only=True)
class Named:
    """By name; what need not be given may stand before what must."""

    name: str = "nobody"
    point: Point

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("no name")


@dataclass(frozen=True, kw_only=True)
class Titled(Named):
    """One more than its base has."""

    title: str


@dataclass(frozen=True)
class Told:
    """With a text of its own, and equal to whatever begins alike."""

    word: str

    def __repr__(self) -> str:
        return self.word

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Told) and self.word[0] == other.word[0]

    def __hash__(self) -> int:
        return hash(self.word[0])


@dataclass(frozen=True, eq=False)
class Token:
    """Equal to itself alone."""

    value: int


@dataclass(frozen=True)
class Nothing:
    """Without fields."""


@dataclass(frozen=True)
class Ring:
    """It may hold itself."""

    inner: list[Any]


def made_by(decorator: Callable[..., Any], *, frozen: bool = True) -> type[Any]:
    """A class of the same fields as `Point`, made by `decorator`."""

    class Made:
        """By place."""

        x: int
        y: int = 2
        notes: list[str] = field(default_factory=list, repr=False, compare=False)

    made: type[Any] = decorator(frozen=frozen)(Made)
    return made


WRONG_CALLS: tuple[tuple[tuple[int, ...], dict[str, int]], ...] = (
    ((), {}),
    ((1, 2, 3, 4), {}),
    ((1,), {"z": 3}),
    ((1,), {"x": 1}),
)


@pytest.mark.parametrize(("arguments", "by_name"), WRONG_CALLS)
def test_a_wrong_call_is_refused_in_the_librarys_words(
    arguments: tuple[int, ...], by_name: dict[str, int]
) -> None:
    told = []
    for decorator in (records.dataclass, dataclasses.dataclass):
        with pytest.raises(TypeError) as refused:
            made_by(decorator)(*arguments, **by_name)
        told.append(str(refused.value))
    assert told[0] == told[1]


def test_arguments_come_by_place_or_by_name_with_their_defaults() -> None:
    assert (Point(1).x, Point(1).y, Point(1, 3).y, Point(y=5, x=4).y) == (1, 2, 3, 5)
    named: Any = Named
    assert named(point=Point(1)).name == "nobody"
    with pytest.raises(TypeError, match="positional"):
        named("nobody", Point(1))


def test_each_object_has_a_default_of_its_own_from_a_factory() -> None:
    first, second = Point(1), Point(1)
    first.notes.append("seen")
    assert (first.notes, second.notes, Point(1, 2, ["given"]).notes) == (["seen"], [], ["given"])


@pytest.mark.parametrize("name", ["x", "z"])
def test_nothing_can_be_assigned_or_deleted(name: str) -> None:
    point = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
        setattr_of(point, name)
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete field '{name}'"):
        delattr(point, name)
    assert point == Point(1)


def setattr_of(point: Point, name: str) -> None:
    """As a statement would."""
    type(point).__setattr__(point, name, 3)


def test_equality_and_hash_are_those_of_the_compared_fields() -> None:
    assert Point(1, 2, ["a"]) == Point(1, 2, ["b"])
    assert hash(Point(1, 2, ["a"])) == hash(Point(1, 2, ["b"]))
    assert Point(1) != Point(2)
    other: object = (1, 2)
    assert Point(1) != other
    assert {Point(1), Point(1), Point(2)} == {Point(1), Point(2)}
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    summed = Point(1)
    assert summed.sum == 3
    assert summed == Point(1)


def test_an_object_of_another_class_is_another_one() -> None:
    base, derived = Named(point=Point(1)), Titled(point=Point(1), title="")
    assert base != derived
    assert derived != base


def test_what_a_class_says_itself_holds() -> None:
    assert repr(Told("word")) == "word"
    assert Told("word") == Told("wire")
    assert hash(Told("word")) == hash(Told("wire"))
    token = Token(1)
    assert token == token  # it is what is claimed
    assert token != Token(1)
    assert repr(token) == "Token(value=1)"


def test_it_is_shown_as_the_library_shows_it() -> None:
    assert repr(Named(point=Point(1))) == "Named(name='nobody', point=Point(x=1, y=2))"
    ring = Ring([])
    ring.inner.append(ring)
    assert repr(ring) == "Ring(inner=[...])"
    shown = {repr(made_by(decorator)(1)) for decorator in (records.dataclass, dataclasses.dataclass)}
    assert len(shown) == 1


def test_what_is_to_be_done_behind_init_is_done() -> None:
    with pytest.raises(ValueError, match="no name"):
        Named(name="", point=Point(1))
    with pytest.raises(ValueError, match="no name"):
        Titled(name="", point=Point(1), title="")


def test_the_librarys_functions_take_it() -> None:
    titled = Titled(name="Ada", point=Point(1), title="Dr")
    assert dataclasses.replace(titled, title="Ms") == Titled(name="Ada", point=Point(1), title="Ms")
    assert dataclasses.asdict(titled.point) == {"x": 1, "y": 2, "notes": []}
    assert [f.name for f in dataclasses.fields(titled)] == ["name", "point", "title"]
    assert copy.deepcopy(titled) == titled
    assert pickle.loads(pickle.dumps(titled)) == titled
    match titled.point:
        case Point(x=x, y=y):
            assert (x, y) == (1, 2)


def test_fields_are_known_before_there_is_an_object() -> None:
    made = made_by(records.dataclass)
    found = [(f.name, f.repr) for f in dataclasses.fields(made)]
    assert found == [
        ("x", True),
        ("y", True),
        ("notes", False),
    ]
    assert made(1, 3).y == 3


def test_what_the_library_refuses_is_refused_at_the_first_object() -> None:
    class Shared:
        """All objects would have one list."""

        x: list[int] = []  # noqa: RUF012  # it is what is refused

    made: type[Any] = records.dataclass(frozen=True)(Shared)
    for _ in range(2):
        with pytest.raises(ValueError, match="mutable default"):
            made()
    del records._PENDING[made]  # as it is in no program


def test_a_field_that_is_taken_by_name_alone_is() -> None:
    class Mixed:
        """One of each."""

        x: int
        y: int = field(kw_only=True)

    made: type[Any] = records.dataclass(frozen=True)(Mixed)
    assert (made(1, y=2).x, made(1, y=2).y) == (1, 2)
    with pytest.raises(TypeError, match="positional"):
        made(1, 2)


def test_a_subclass_without_fields_of_its_own_is_made_as_its_base() -> None:
    base = made_by(records.dataclass)
    derived = type("Derived", (base,), {})
    assert repr(derived(1)).endswith("Derived(x=1, y=2)")
    assert base(1) == base(1)


def test_threads_that_make_the_first_objects_at_once_all_get_theirs() -> None:
    for _ in range(20):
        made, ready = made_by(records.dataclass), threading.Barrier(4)
        points: list[int] = []

        def make(
            made: type[Any] = made, ready: threading.Barrier = ready, points: list[int] = points
        ) -> None:
            ready.wait(10)
            points.append(made(1).y)

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert points == [2, 2, 2, 2]


def test_what_is_not_frozen_changes_and_has_no_hash() -> None:
    made, by_library = made_by(records.dataclass, frozen=False), made_by(dataclasses.dataclass, frozen=False)
    one = made(1)
    one.x = 2
    assert (one, repr(one), one.x) == (made(2), repr(by_library(2)), 2)
    assert made.__hash__ is by_library.__hash__ is None
    del one.y
    assert one.y == 2  # the class's


def test_what_has_slots_is_the_librarys() -> None:
    @dataclass(frozen=True, slots=True)
    class Slotted:
        """It has no dictionary."""

        x: int

    assert not hasattr(Slotted(1), "__dict__")
