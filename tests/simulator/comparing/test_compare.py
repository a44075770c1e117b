"""A trace of the built-in network is like it; whatever is changed in one is told, and what it is about."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from cartesia_call.tracing.lines import read_trace
from cartesia_simulator.comparing.compare import compare
from cartesia_simulator.replaying.script import script_of
from tests.recorded.scenes import SCENES, Scene
from tests.simulator.comparing.mutations import Line, Mutation
from tests.simulator.comparing.table import mutations

MUTATIONS = list(mutations())


def lines_of(name: str) -> list[Line]:
    scene = next(scene for scene in SCENES if scene.name == name)
    return [json.loads(line) for line in scene.path.read_text().splitlines()]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_trace_is_like_the_network_that_made_it(scene: Scene) -> None:
    assert compare(read_trace(scene.path.read_text().splitlines())).differences == ()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_what_is_changed_is_told(mutation: Mutation) -> None:
    changed = mutation.of(lines_of(mutation.scene))
    found = compare(read_trace(json.dumps(line) for line in changed)).differences
    assert mutation.assumption in {finding.assumption for finding in found}


def test_there_are_enough_of_them() -> None:
    assert len(MUTATIONS) >= 40
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)


ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    1.5,
    "",
    "<CA:1>",
    [],
    {},
    [["a"]],
    {"event": "media"},
    {"media": 7},
    "9" * 30,
)


def spoiled(value: Any, choose: random.Random) -> Any:
    """The same with a few parts of it lost or replaced."""
    if choose.random() < 0.02:
        return choose.choice(ODD)
    if isinstance(value, dict):
        return {name: spoiled(inner, choose) for name, inner in value.items() if choose.random() > 0.02}
    if isinstance(value, list):
        return [spoiled(inner, choose) for inner in value if choose.random() > 0.01]
    return value


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_spoiled_trace_is_no_trouble(scene: Scene) -> None:
    """Nor for whoever plays it."""
    header, *lines = lines_of(scene.name)[:150]
    for seed in range(5):
        choose = random.Random(seed)
        header |= {"faults": choose.choice(ODD), "asks": choose.choice(ODD), "region": choose.choice(ODD)}
        trace = read_trace(json.dumps(line) for line in [header, *(spoiled(each, choose) for each in lines)])
        compare(trace)
        script_of(trace)


def test_what_others_write_is_no_trouble() -> None:
    """Lines in any order, with fields and peers that are not known, and without those that are."""
    lines = lines_of("acknowledged")
    strange = [
        {"ms": 5, "dir": "in", "peer": "moon", "kind": "text", "content": [[1]]},
        {"ms": 6, "dir": "out"},
    ]
    bare = [{"ms": line.get("ms", 0), "dir": line.get("dir", "in"), "content": 7} for line in lines[1:]]
    for written in ([lines[0], *reversed(lines[1:]), *strange], [lines[0], *bare], [lines[0]]):
        compare(read_trace(json.dumps(line) for line in written))
