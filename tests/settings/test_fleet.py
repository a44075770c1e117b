"""Where a queue is, what travels with a list, and that no password stands where others read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.declarations.setting import OF_A_CALL, Need
from cartesia_call.errors import SettingsError
from cartesia_call.settings import fleet, public_path, speaking, turns
from cartesia_call.settings.fleet import password_in, travelling, travels
from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import given_texts, resolve
from cartesia_call.settings.table import TABLE
from tests.settings.machine import BY_NAME, OFFERED, command_line

PASSWORD = "correct-horse-battery"  # an evident fake
URL = f"postgresql://calls:{PASSWORD}@db.example.com/calls"


def resolved(environ: dict[str, str], **options: object) -> Settings:
    given = OFFERED | command_line(rehearse=True, **options)
    return resolve(given, environ, working_directory=Path("/"), needs=frozenset())


def test_a_password_is_refused_on_the_command_line_only() -> None:
    """Where it is not quoted either; in the environment it is a secret."""
    with pytest.raises(SettingsError, match="--queue has a password in it") as caught:
        resolved({}, queue=URL)
    assert PASSWORD not in str(caught.value)
    settings = resolved({"CARTESIA_CALL_QUEUE": URL})
    assert settings.fleet.queue == URL
    assert {PASSWORD, URL} <= {*settings.secrets}
    assert resolved({}, queue="postgresql://calls@db.example.com/calls").secrets == ()


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("postgresql://db/calls", None),
        ("postgresql://a:b%40c@db/calls", "b%40c"),
        ("postgresql://db/calls?password=b&sslmode=require", "b"),
        ("postgresql:///calls?host=/run/postgresql", None),
    ],
)
def test_a_password_is_found(url: str, password: str | None) -> None:
    assert password_in(url) == password


def test_a_worker_is_told_all_that_is_missing() -> None:
    """Keys and queue at once; a rehearsal needs the queue alone, which `init` does not ask for."""
    needs = OF_A_CALL | {Need.QUEUE}
    with pytest.raises(SettingsError) as caught:
        resolve(OFFERED | command_line(), {}, working_directory=Path("/"), needs=needs)
    for name in ("TWILIO_ACCOUNT_SID", "CARTESIA_API_KEY", "CARTESIA_CALL_QUEUE is missing (or --queue)"):
        assert name in str(caught.value)
    assert "init" in str(caught.value.hint)
    with pytest.raises(SettingsError) as caught:
        resolve(OFFERED | command_line(rehearse=True), {}, working_directory=Path("/"), needs=needs)
    assert "CARTESIA_API_KEY" not in str(caught.value)
    assert "postgresql://USER@HOST/DATABASE" in str(caught.value)
    assert "init" not in str(caught.value.hint)


def test_a_queue_is_a_place_for_opt_outs() -> None:
    """A worker needs no file for a list that offers them."""
    settings = resolved({"CARTESIA_CALL_QUEUE": "postgresql://db/calls"}, key=("9=opt-out",))
    assert settings.guard.opt_out_file is None


def test_another_address_is_refused_without_a_quote() -> None:
    with pytest.raises(SettingsError, match="write the address of a PostgreSQL database") as caught:
        resolved({"CARTESIA_CALL_QUEUE": f"mysql://calls:{PASSWORD}@db/calls"})
    assert PASSWORD not in str(caught.value)


def test_who_waits_for_nothing_needs_a_queue() -> None:
    with pytest.raises(SettingsError, match="--queue does not say"):
        resolved({}, no_wait=True)
    assert resolved({"CARTESIA_CALL_QUEUE": URL}, no_wait=True).fleet.no_wait


def test_a_list_takes_along_how_it_is_called() -> None:
    """And neither keys nor files nor the way out, which are each machine's own."""
    assert all(
        map(travels, (BY_NAME["voicemail"], BY_NAME["ring_timeout"], turns.ATTEMPTS, speaking.VOICE_ID))
    )
    stay = (
        public_path.PUBLIC_URL,
        turns.DO_NOT_CALL,
        BY_NAME["cps"],
        fleet.QUEUE,
        BY_NAME["connect_timeout"],
    )
    assert not any(map(travels, stay))
    assert not any(travels(setting) for setting in TABLE if setting.secret)


def test_a_worker_calls_a_list_as_it_was_told(tmp_path: Path) -> None:
    """Whatever its own environment says of such things: what did not travel has its default."""
    told = given_texts(
        OFFERED | command_line(attempts="3"),
        {"CARTESIA_CALL_RING_TIMEOUT": "20s"},
        working_directory=tmp_path,
        wanted=travels,
    )
    assert told == {"CARTESIA_CALL_ATTEMPTS": "3", "CARTESIA_CALL_RING_TIMEOUT": "20s"}
    settings = resolve(
        travelling(OFFERED | command_line(rehearse=True, max_contexts="7"), told, TABLE),
        {"CARTESIA_CALL_RING_TIMEOUT": "50s", "CARTESIA_CALL_VOICEMAIL": "leave"},
        working_directory=tmp_path,
        needs=frozenset(),
    )
    assert settings.limits.ring_timeout_s == 20
    assert settings.people.attempts == 3
    assert settings.speech.max_contexts == 7
    assert settings.answering.conversation.voicemail.value == "ignore"
