"""The hands of an option: what its value passes by name, from its declaration to where it is used.

`python -m benchmarks.hands` prints the ways of five options through the source, `python -m benchmarks.hands
cps` those of others, `--source ../before/src` those of another checkout. A hand is a constant or field that
declares the setting, a field that holds its value, a class or function that hands it on under a name, or does
something with it. What is the same for every setting (making options, looking them up) does not count, nor
does whoever hands on the whole object that holds it. Names are followed, not types: a way may be told that no
value goes, above all of an option whose name is everybody's.
"""

from __future__ import annotations

import argparse
import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

OPTIONS = ("ring-timeout", "speed", "ack-timeout", "no-probe", "max-contexts")
OF_EVERY_SETTING = frozenset({"setting.py", "reader.py", "options.py"})
MOST_WAYS = 1000
CONVERSIONS = frozenset({"value", "required", "ceil", "max", "min", "round", "int", "float", "str"})
"""Calls whose result is the value still."""


@dataclass(frozen=True, eq=False)
class Place:
    """A class or function at the top of a file, or another statement there."""

    name: str
    node: ast.stmt
    fields: frozenset[str]


@dataclass(frozen=True)
class Name:
    """A name of the value: a constant or a field, or what `place` alone knows; empty: the place itself."""

    text: str
    place: Place
    is_local: bool = False

    @property
    def hand(self) -> str:
        return f"{self.place.name}.{self.text}" if self.text in self.place.fields else self.place.name


class Source:
    """Every top definition below a folder, what it takes by name, and where each name is read."""

    def __init__(self, folder: Path) -> None:
        self._places: list[Place] = []
        self._parents: dict[ast.AST, ast.AST] = {}
        self._aliases: dict[str, str] = {}
        self._holders: dict[str, set[str]] = defaultdict(set)
        self._takers: dict[tuple[str, str], list[Place]] = defaultdict(list)
        self._reads: dict[str, list[tuple[Place, ast.expr]]] = defaultdict(list)
        for path in sorted(folder.rglob("*.py")):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if path.name not in OF_EVERY_SETTING:
                    self._add(node, path.stem)

    def _add(self, top: ast.stmt, file: str) -> None:
        own = top.body if isinstance(top, ast.ClassDef) else []
        declared = {ast.unparse(one.target) for one in own if isinstance(one, ast.AnnAssign)}
        named = ast.unparse(top.targets[0]) if isinstance(top, ast.Assign) else getattr(top, "name", file)
        place = Place(named, top, frozenset(declared))
        self._places.append(place)
        for name in declared:
            self._holders[name].add(named)
            self._takers[named, name].append(place)
        for node in ast.walk(top):
            self._parents |= dict.fromkeys(ast.iter_child_nodes(node), node)
            match node:
                case ast.FunctionDef(name=name, args=given) | ast.AsyncFunctionDef(name=name, args=given):
                    for one in (*given.args, *given.kwonlyargs):
                        self._takers[named if name == "__init__" else name, one.arg].append(place)
                case ast.alias(name=name, asname=str(short)):
                    self._aliases[short] = name
                case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
                    self._reads[name].append((place, node))

    def ways(self, option: str) -> list[tuple[str, ...]]:
        """The longest first. ValueError if no setting declares it."""
        for place in self._places:
            for node in ast.walk(place.node):
                if isinstance(node, ast.Call) and node.args and _option(node.args[0]) == f"--{option}":
                    found = [
                        way
                        for name in self._onward(node, place)
                        for way in islice(self._from((name,)), MOST_WAYS)
                    ]
                    if found:
                        return sorted(set(found), key=lambda way: (-len(way), way))
        raise ValueError(f"no setting declares --{option}")

    def _from(self, way: tuple[Name, ...]) -> Iterator[tuple[str, ...]]:
        for place, node in self._reads[way[-1].text]:
            if self._is_meant(way[-1], node, place):
                onward = list(self._onward(node, place))
                for one in onward:
                    here = () if one.place is place else (Name("", place),)
                    if one not in way:
                        yield from self._from((*way, *here, one))
                if not onward:
                    yield tuple(dict.fromkeys(one.hand for one in (*way, Name("", place))))

    def _is_meant(self, name: Name, node: ast.expr, place: Place) -> bool:
        receiver = _last_word(node.value) if isinstance(node, ast.Attribute) else ""
        if name.is_local or name.text not in name.place.fields:
            return not name.is_local or (place is name.place and receiver in {"", "self"})
        holders = self._holders[name.text]
        meant = {one for one in holders if receiver.strip("_") in one.lower()} or holders
        return bool(receiver) and name.place.name in meant

    def _onward(self, node: ast.AST, place: Place) -> Iterator[Name]:
        """By what it is known next, if it is handed on here."""
        while node in self._parents:
            node, child = self._parents[node], node
            match node:
                case ast.Call(func=func, args=given) if child is not func:
                    names = [_last_word(one) for one in (func, *given[:1])]
                    word = str(child.arg) if isinstance(child, ast.keyword) else ""
                    for name in names:
                        for taker in self._takers[self._aliases.get(name, name), word]:
                            yield Name(word, taker, is_local=word not in taker.fields)
                    if names[0] not in CONVERSIONS:
                        return
                case ast.Assign(targets=[ast.Name(id=text) | ast.Attribute(attr=text)]):
                    yield Name(text, place, is_local=node is not place.node)
                case ast.AnnAssign(target=ast.Name(id=text)) if text in place.fields:
                    yield Name(text, place)
                case ast.BinOp() | ast.Compare() | ast.Tuple() | ast.List() | ast.Dict() | ast.stmt():
                    return


def _option(node: ast.expr) -> str:
    return str(node.value).split("/")[0] if isinstance(node, ast.Constant) else ""


def _last_word(node: ast.expr) -> str:
    return ast.unparse(node).split(".")[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--source", type=Path, default=Path(__file__).parents[1] / "src")
    parser.add_argument("options", nargs="*", default=OPTIONS, help="without their dashes")
    given = parser.parse_args()
    source, longest = Source(given.source), []
    for option in given.options:
        ways = source.ways(option)
        longest.append(len(ways[0]))
        print(f"--{option}: {len(ways[0])} hands", *(f"    {' > '.join(way)}" for way in ways), sep="\n")
    print(f"the longest ways have a median of {median(longest):g} hands")


if __name__ == "__main__":
    main()
