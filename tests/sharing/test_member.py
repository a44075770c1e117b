"""A process on the line is asked, given connections and found by its name; one that is gone is forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cartesia_call.sharing.channel import Folder, close_all, connected, send
from cartesia_call.sharing.member import (
    NamedSocket,
    ask,
    ask_for_line,
    hand_over,
    is_alive,
    others,
    process_named,
    stopped,
)
from cartesia_call.sharing.messages import Answer, Failure, Nothing, Offer, Question, State, question_line
from tests.sharing.stopped import stopped_process

OWN, OTHER, THIRD = "0" * 16, "1" * 16, "2" * 16
OFFER = Offer(line_id="one", public_url="https://calls.example.com", opened_at="now")
FINAL = Failure(message="no", hint=None, code=None, is_unauthorized=True, is_final=True)
PASSING = Failure(message="late", hint=None, code=None, is_unauthorized=False, is_final=False)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with contextlib.closing(Folder(tmp_path)) as opened:
        yield opened


class Member:
    """Answers what it was told to, with its standard input beside an offer."""

    def __init__(self, folder: Folder, name: str, answer: Answer) -> None:
        self.brought: list[socket.socket] = []
        self._answer = answer
        self._given = os.open(os.devnull, os.O_RDONLY)
        self.socket = NamedSocket(folder, name, asked=self.asked, brought=self.brought.append)

    async def asked(self, question: Question) -> tuple[Answer, Sequence[int]]:
        return self._answer, [self._given] if isinstance(self._answer, Offer) else []

    async def close(self) -> None:
        os.close(self._given)
        for connection in self.brought:
            connection.close()
        await self.socket.close()


@contextlib.asynccontextmanager
async def members(folder: Folder, **answers: Answer):  # type: ignore[no-untyped-def]
    there = [Member(folder, name.removeprefix("m"), answer) for name, answer in answers.items()]
    try:
        yield there
    finally:
        for member in there:
            await member.close()


async def test_a_question_is_answered(folder: Folder) -> None:
    state = State(pid=1, does="calls", line=None)
    async with members(folder, **{f"m{OTHER}": state}):
        assert await ask(folder, OTHER, Question.STATE, within_s=5) == (state, [])
        assert await ask(folder, THIRD, Question.STATE, within_s=5) is None


async def test_a_socket_is_the_users_alone(folder: Folder) -> None:
    async with members(folder, **{f"m{OTHER}": Nothing()}):
        assert stat.S_IMODE((folder.path / OTHER).stat().st_mode) == 0o600
    assert os.listdir(folder.path) == []


async def test_nonsense_disturbs_nobody(folder: Folder) -> None:
    """Whatever comes, the next question is answered."""
    async with members(folder, **{f"m{OTHER}": Nothing()}) as (member,):
        for said in (b"", b"x\n", b"\xff\xfe", b'{"question": "connection"}\n'):
            with connected(folder.address(OTHER)) as channel:
                channel.sendall(said)
            assert await ask(folder, OTHER, Question.STATE, within_s=5) == (Nothing(), [])
        assert not member.brought


async def test_a_connection_is_handed_over(folder: Folder) -> None:
    """As it is, with whatever has come on it and was not read."""
    async with members(folder, **{f"m{OTHER}": Nothing()}) as (member,):
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as caller:
            caller.connect(server.getsockname())
            caller.sendall(b"GET /")
            accepted, _ = server.accept()
            assert hand_over(folder, OTHER, accepted)
            accepted.close()
        assert await ask(folder, OTHER, Question.STATE, within_s=5)
        (brought,) = member.brought
        assert brought.recv(100) == b"GET /"
        assert not hand_over(folder, THIRD, brought)


async def test_what_is_no_connection_is_not_taken(folder: Folder) -> None:
    before = len(os.listdir("/dev/fd"))
    async with members(folder, **{f"m{OTHER}": Nothing()}) as (member,):
        with connected(folder.address(OTHER)) as channel:
            file = os.open(os.devnull, os.O_RDONLY)
            send(channel, question_line(Question.CONNECTION), [file])
            os.close(file)
        assert await ask(folder, OTHER, Question.STATE, within_s=5) == (Nothing(), [])
        assert not member.brought
    assert len(os.listdir("/dev/fd")) == before


async def test_who_is_there(folder: Folder) -> None:
    """Not ourselves, and not whoever is gone; other files stay."""
    (folder.path / "line.lock").touch()
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(folder.address(THIRD))
        gone.listen()
        assert others(folder) == [THIRD]
    async with members(folder, **{f"m{OWN}": Nothing(), f"m{OTHER}": Nothing()}):
        assert others(folder, OWN) == [OTHER]
        assert not is_alive(folder, THIRD)
        assert sorted(os.listdir(folder.path)) == [OWN, OTHER, "line.lock"]


async def test_whoever_can_accept_nothing_does_not_spin(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    """With no file left to open, what waits to be accepted would wake it again and again."""
    async with members(folder, **{f"m{OTHER}": Nothing()}):
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        with connected(folder.address(OTHER)):
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
            try:
                for _ in range(5):
                    await asyncio.sleep(0)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    (warning,) = (record for record in caplog.records if record.levelname == "WARNING")
    assert warning.getMessage().startswith("a process on the line is not heard for 1 s: ")


async def test_who_is_stopped(folder: Folder) -> None:
    """It answers nothing, and is told by its number all the same."""
    silent: list[str] = []
    with stopped_process(folder.path, THIRD) as process:
        async with members(folder, **{f"m{OTHER}": Nothing()}):
            assert await ask_for_line(folder, [OTHER, THIRD], within_s=0.1, silent=silent.append) is None
            assert silent == [THIRD]
            assert process_named(folder, THIRD) == process.pid
            assert process_named(folder, OTHER) == os.getpid()
            assert stopped(folder, [OTHER, THIRD]) == ([process.pid] if sys.platform == "linux" else [])
    assert process_named(folder, THIRD) is None
    assert stopped(folder, [THIRD]) == []


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ((Nothing(), Nothing()), None),
        ((Nothing(), OFFER), OFFER),
        ((OFFER, OFFER), OFFER),
        ((Nothing(), FINAL), FINAL),
        ((PASSING, Nothing()), PASSING),
    ],
)
async def test_whoever_has_the_line_gives_it(
    folder: Folder, answers: tuple[Answer, Answer], found: Answer | None
) -> None:
    """And what others sent beside is closed."""
    before = len(os.listdir("/dev/fd"))
    async with members(folder, **{f"m{OTHER}": answers[0], f"m{THIRD}": answers[1]}):
        given = await ask_for_line(folder, [OTHER, THIRD], within_s=5)
        assert (None if given is None else given[0]) == found
        if given is not None:
            close_all(given[1])
    assert len(os.listdir("/dev/fd")) == before


async def test_a_line_that_is_known_to_be_dead_is_the_last_choice(folder: Folder) -> None:
    newer = Offer(line_id="two", public_url="https://calls.example.com", opened_at="later")
    async with members(folder, **{f"m{OTHER}": OFFER, f"m{THIRD}": newer}):
        for rather_not, expected in (("one", newer), ("two", OFFER)):
            given = await ask_for_line(folder, [OTHER, THIRD], within_s=5, rather_not=rather_not)
            assert given is not None
            assert given[0] == expected
            close_all(given[1])
        given = await ask_for_line(folder, [OTHER], within_s=5, rather_not="one")
        assert given is not None
        assert given[0] == OFFER
        close_all(given[1])
