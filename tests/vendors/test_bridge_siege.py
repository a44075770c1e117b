"""Two thousand forgeries beside a live call: none is let in, and the callee notices nothing."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import os
import random
import re
import resource
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode

from cartesia_call.ports import CallSecrets
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import SpeechRequest, SpeechService
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from cartesia_call.vendors.bridge_connections import BridgeConnection
from cartesia_call.vendors.bridge_house import MOST_STRANGERS
from cartesia_simulator.carrier import wire
from cartesia_simulator.network import ACCOUNT_SID, AUTH_TOKEN
from tests.calls.rehearsed import Rehearsed, message_of, rehearsed
from tests.vendors.bridge_callers import (
    MEDIA,
    STATUS,
    UPGRADE,
    RecordingReception,
    bridge,
    close_quietly,
    dial_in,
    get,
    occupy,
    send_raw,
    sign,
    upgrade_request,
)
from tests.vendors.siege import ATTACKERS, Answers, Attack, besiege

LIMIT_S = 90
IDLE_PEERS = 1_000
SPARE_FILES = 300
"""For both ends of the other peers, and for the tests' own."""
SOME_ON_THEIR_WAY_OUT = 16
HANDSHAKE_LIMIT_S = 3.0
"""Of the bridge."""


class Lasting:
    """A voice that is not done before the siege is: the call lasts as long as its attackers need."""

    def __init__(self, voice: SpeechService) -> None:
        self._service = voice
        self.is_over = asyncio.Event()

    @property
    def voice(self) -> Voice:
        return self._service.voice

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        await self._service.synthesise(request, utterance, first_audio_by_s=first_audio_by_s)
        await self.is_over.wait()


class Scene:
    """What the attackers know: both secrets and genuine signatures, but not the auth token."""

    def __init__(self, rehearsal: Rehearsed) -> None:
        (placed,) = (r for r in rehearsal.network.carrier.requests if "Twiml" in r.parameters)
        found = re.search(r'url="([^"]+)"', placed.parameters["Twiml"])
        assert found is not None
        self.stream_url, self.status_url = found[1], placed.parameters["StatusCallback"]
        self.port = urlsplit(self.stream_url).port or 0
        self.media, self.status = urlsplit(self.stream_url).path, urlsplit(self.status_url).path

    def get(
        self, kind: str, target: str, times: int, *, signed_url: str = "", token: str = AUTH_TOKEN
    ) -> Attack:
        signature = f"X-Twilio-Signature: {sign(signed_url, token)}\r\n" if signed_url else ""
        upgrade = f"{UPGRADE}\r\n" if "/status/" not in target else ""
        head = f"GET {target} HTTP/1.1\r\nHost: calls.example.com\r\n{upgrade}{signature}\r\n"
        return Attack(kind=kind, request=head, times=times)

    def start(self, kind: str, times: int, *, account_sid: str, call_sid: str) -> Attack:
        """A stream with the right secret and signature that names somebody else."""
        sid = "MZ" + "0" * 32
        texts = [
            wire.connected(),
            wire.start(1, sid, account_sid=account_sid, call_sid=call_sid, parameters={}),
            wire.media(2, sid, chunk=1, timestamp_ms=0, audio=b"\xff" * 160),
        ]
        frames = b"".join(Frame(Opcode.TEXT, text.encode()).serialize(mask=True) for text in texts)
        request = self.get(kind, self.media, times, signed_url=self.stream_url).request
        return Attack(kind=kind, request=request, times=times, frames=frames.decode("latin-1"))

    def while_it_rings(self, call_sid: str) -> list[Attack]:
        """The stream's secret is not used up yet."""
        get, media = self.get, self.media
        return [
            get("stream, no signature", media, 80),
            get("stream, bad signature", media, 80, signed_url=self.stream_url, token="a-guess"),
            get("stream, signature of the callback", media, 80, signed_url=self.status_url),
            self.start("start, wrong account", 30, account_sid="AC" + "9" * 32, call_sid=call_sid),
            self.start("start, wrong call", 30, account_sid=ACCOUNT_SID, call_sid="CA" + "9" * 32),
        ]

    def while_it_speaks(self) -> list[Attack]:
        get, media, status = self.get, self.media, self.status
        streams_word, callbacks_word = media.removeprefix("/media/"), status.removeprefix("/status/")
        ended = f"{status}?CallStatus=completed"
        guess = "x" * len(streams_word)
        return [
            get("unknown path", "/admin", 100),
            get("stream, wrong token", f"/media/{guess}", 200),
            get("stream, nearly right token", media[:-1] + "~", 100),
            get("stream, replayed token", media, 300, signed_url=self.stream_url),
            get("stream, replayed token, no signature", media, 100),
            get("stream, the callbacks' secret", f"/media/{callbacks_word}", 100, signed_url=self.stream_url),
            get("probe, wrong token", f"/probe/{guess}", 100),
            get("callback, wrong token", f"/status/{guess}?CallStatus=completed", 100),
            get("callback, the stream's secret", f"/status/{streams_word}", 100, signed_url=self.status_url),
            get("callback, no signature", ended, 100),
            get("callback, bad signature", ended, 100, signed_url=self.status_url, token="a-guess"),
            get("callback, signature of another query", ended, 100, signed_url=self.status_url),
            get("callback, signature of the stream", ended, 200, signed_url=self.stream_url),
        ]


def expected(attacks: Sequence[Attack]) -> Answers:
    """404 for whoever lacks the door's own secret or comes too late, 403 for whoever lacks the signature."""
    return {
        attack.kind: {
            "101 closed"
            if attack.kind.startswith("start")
            else "403"
            if re.search(r"signature$|signature of", attack.kind) and "replayed" not in attack.kind
            else "404": attack.times
        }
        for attack in attacks
    }


@pytest.mark.long
async def test_two_thousand_forgeries_beside_a_live_call() -> None:
    """Every one gets 404 or 403 or is closed; every byte is heard once, in order, and its mark comes back."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:5s", message=message_of(80), speech_timeout="2m") as rehearsal,
        asyncio.TaskGroup() as group,
    ):
        lasting = Lasting(rehearsal.line.ports.voices[0])
        running = group.create_task(rehearsal.run(voices=(lasting,)))
        while not rehearsal.network.carrier.calls:
            await asyncio.sleep(0.01)
        call, scene = rehearsal.simulated, Scene(rehearsal)

        ringing = scene.while_it_rings(call.sid)
        answers = await besiege(scene.port, ringing)
        assert call.answered_at_s is None, "the machine is too slow: the siege outlasted the ringing"
        assert answers == expected(ringing)

        while call.stream_sid is None:
            await asyncio.sleep(0.01)
        speaking = scene.while_it_speaks()
        assert sum(attack.times for attack in (*ringing, *speaking)) == 2_000
        assert await besiege(scene.port, speaking) == expected(speaking)
        assert len(open_connections()) <= min(MOST_STRANGERS, ATTACKERS)

        assert not running.done()
        lasting.is_over.set()
        result = await running
        assert (result.outcome, result.evidence) == (Outcome.DELIVERED, Evidence.MARK), result
        assert result.voice is Voice.CARTESIA
        assert rehearsal.synthesised in call.heard  # in one piece, without a gap
        assert call.stream_audio.startswith(rehearsal.synthesised)
        assert call.stream_audio.count(rehearsal.synthesised) == 1
        assert [note.code for note in call.warnings] == []
        assert rehearsal.requests("POST") == 1


@pytest.fixture
def idle_peers() -> Iterator[int]:
    """A thousand, or as many as the system lets this process have open files for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE_PEERS + SPARE_FILES
    allowed = wanted if resource.RLIM_INFINITY in {soft, hard} else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    yield allowed - SPARE_FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_idle_slow_and_broken_peers_beside_a_live_stream(idle_peers: int) -> None:
    """Silence, single bytes, garbage: the stream's echo stays quick and in order, and nothing piles up."""
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: problems.append(context))
    mine = RecordingReception()
    others = RecordingReception(secrets=CallSecrets(stream="another-stream", callbacks="another-callbacks"))
    async with bridge(mine, others, patience_s=LIMIT_S) as (_, port), dial_in(port, MEDIA) as carrier:
        open_before = open_files()
        async with asyncio.TaskGroup() as group, contextlib.AsyncExitStack() as stack:
            is_over = asyncio.Event()
            talk = group.create_task(keep_talking(carrier, is_over))
            await occupy(stack, port, idle_peers)
            assert len(open_connections()) <= MOST_STRANGERS + SOME_ON_THEIR_WAY_OUT
            assert await get(port, f"{STATUS}?CallSid=CA1") == (204, b"")
            async with dial_in(port, "/media/another-stream") as second:
                await second.send("hello")
                assert await second.recv() == "hello"
            slow = [group.create_task(drop_in_slowly(port)) for _ in range(20)]
            garbage = random.Random(3)
            for _ in range(300):
                await send_raw(port, garbage.randbytes(garbage.randrange(400)) + b"\r\n\r\n")
            whole = upgrade_request(MEDIA)
            for length in range(0, len(whole), 2):
                await send_and_leave(port, whole[:length])
            for _ in range(200):
                await send_broken_frames(port, "/media/another-stream", garbage)
            took_s = [await task for task in slow]
            is_over.set()
        longest_wait_s, echoes = await talk
        assert max(took_s) < 2 * HANDSHAKE_LIMIT_S
        assert longest_wait_s < 1
        assert echoes > 100
        await until(lambda: open_files() <= open_before)
        await until(lambda: len(open_connections()) <= 2)
    assert (mine.streams_served, mine.statuses, problems) == (1, [{"CallSid": "CA1"}], [])


async def keep_talking(carrier: ClientConnection, is_over: asyncio.Event) -> tuple[float, int]:
    """Numbered messages there and back, and the longest wait for an echo; which are how many."""
    longest_s, number, now_s = 0.0, 0, asyncio.get_running_loop().time
    while not is_over.is_set():
        number += 1
        sent_at_s = now_s()
        await carrier.send(str(number))
        assert await carrier.recv() == str(number)
        longest_s = max(longest_s, now_s() - sent_at_s)
        await asyncio.sleep(0.005)
    return longest_s, number


async def drop_in_slowly(port: int) -> float:
    """A request of one byte every tenth of a second; after how long the bridge had enough."""
    now_s = asyncio.get_running_loop().time
    began_s = now_s()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = itertools.cycle(b"GET / HTTP/1.1\r\nHost: x\r\nX: y")
    with contextlib.suppress(ConnectionError):  # reset: that byte came too late
        while not reader.at_eof():
            writer.write(bytes([next(request)]))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await reader.read()
    writer.close()
    await close_quietly(writer)
    return now_s() - began_s


async def send_and_leave(port: int, request: bytes) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    writer.close()
    await close_quietly(writer)


async def send_broken_frames(port: int, path: str, garbage: random.Random) -> None:
    """Let in, and then random bytes, or a frame that ends too early."""
    frame = Frame(Opcode.TEXT, garbage.randbytes(50)).serialize(mask=True)
    frames = garbage.choice([garbage.randbytes(60), frame, frame[:-5], frame[:3]])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError):
        writer.write(upgrade_request(path))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        writer.write(frames)
        writer.write_eof()
        await reader.read()
    writer.close()
    await close_quietly(writer)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.05)


def open_files() -> int:
    return len(os.listdir("/dev/fd"))


def open_connections() -> list[BridgeConnection]:
    """What the bridge keeps in memory, with or without a socket."""
    gc.collect()
    return [kept for kept in gc.get_objects() if type(kept) is BridgeConnection]
