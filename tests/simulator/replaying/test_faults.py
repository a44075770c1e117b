"""What broke in a recorded call breaks at the same place when it is played, as the fault nearest to it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cartesia_call.tracing.lines import read_trace
from cartesia_simulator.faults import parse_faults
from cartesia_simulator.replaying.faults import faults_of
from tests.recorded.scenes import SCENES, Scene

Line = dict[str, Any]
CONTEXT = "<uuid:1>"


def cartesia(at_ms: float, kind: str, *, sent: bool = False, link: int = 1, **fields: object) -> Line:
    direction = "out" if sent else "in"
    return {"ms": at_ms, "dir": direction, "peer": "cartesia", "kind": kind, "link": link, **fields}


def asked(at_ms: float, *, link: int = 1) -> Line:
    return cartesia(at_ms, "text", sent=True, link=link, content={"transcript": "a", "context_id": CONTEXT})


def told(at_ms: float, kind: str, *, link: int = 1, **fields: object) -> Line:
    return cartesia(at_ms, "text", link=link, content={"type": kind, "context_id": CONTEXT, **fields})


def chunk(at_ms: float, audio_bytes: object = 4000) -> Line:
    return told(at_ms, "chunk", data={"audio_bytes": audio_bytes})


def ngrok(at_ms: float, **content: str) -> Line:
    return {"ms": at_ms, "dir": "in", "peer": "ngrok", "kind": "answer", "content": content}


def probe(at_ms: float, *, status: int | None = None) -> Line:
    line = {"ms": at_ms, "peer": "ourselves", "kind": "handshake", "dir": "out"}
    return line if status is None else line | {"kind": "answer", "dir": "in", "status": status}


def played(*lines: Line, tunnel: str = "tunnel") -> tuple[str, ...]:
    header = json.dumps({"trace": 1, "tunnel": tunnel})
    found = faults_of(read_trace([header, *map(json.dumps, lines)]))
    parse_faults(found)
    return found


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([asked(0), chunk(1), told(2, "error", status_code=429)], "speech-429-partial@0.500s"),
        ([asked(0), told(2, "error", status_code=500)], "speech-429-partial@0.000s"),
        ([asked(0), told(2, "error", status_code=404)], "speech-refused"),
        ([asked(0), chunk(1), chunk(2), cartesia(3, "close", status=1012)], "speech-close@1.000s"),
        ([asked(0), chunk(1), cartesia(9000, "close", sent=True)], "speech-silent@0.500s"),
        ([asked(0), cartesia(10000, "close", sent=True)], "speech-silent@0.000s"),
        ([cartesia(0, "answer", status=401)], "speech-401"),
        ([cartesia(0, "answer", status=503)], "speech-refused"),
        ([asked(0), chunk(1, "many"), cartesia(3, "close")], "speech-close@0.000s"),
    ],
)
def test_speech_that_broke(lines: list[Line], fault: str) -> None:
    assert played(*lines) == (fault,)


def test_speech_that_came_to_its_end_at_last_or_was_not_awaited_is_whole() -> None:
    broken = [asked(0), told(1, "error", status_code=429)]
    assert played(*broken, asked(2, link=2), told(3, "done", link=2)) == ()
    assert played(asked(0), chunk(1), cartesia(500, "close", sent=True)) == ()
    assert played(asked(0), chunk(1)) == ()


@pytest.mark.parametrize(
    ("lines", "faults"),
    [
        ([ngrok(0, error="<text:1/9> ERR_NGROK_334")], ("tunnel-334",)),
        ([ngrok(0, error="<text:1/9> ERR_NGROK_334"), ngrok(2500, public_url="u")], ("tunnel-334@2.500s",)),
        ([ngrok(0, error="<text:1/9> ERR_NGROK_108")], ("tunnel-refused",)),
        ([probe(0), probe(10, status=404), probe(4000), probe(4001, status=101)], ("tunnel-late@4.001s",)),
        ([probe(0), probe(20_000)], ("tunnel-late@3600s",)),
        ([probe(0), probe(40, status=101)], ()),
    ],
)
def test_a_tunnel_that_broke(lines: list[Line], faults: tuple[str, ...]) -> None:
    assert played(*lines) == faults
    assert played(*lines, tunnel="own address") == ()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_of_a_rehearsal_they_are_those_that_were_asked_for(scene: Scene) -> None:
    names = {fault.partition("@")[0] for fault in faults_of(read_trace(scene.path.read_text().splitlines()))}
    asked_for = {fault.partition("@")[0] for fault in scene.faults}
    assert names == {name for name in asked_for if name.startswith(("speech-", "tunnel-"))}
