"""Which voices a call may use, and what is said when one of them is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cartesia_call.errors import InputError
from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.settings.speaking import CartesiaSettings
from cartesia_call.telephony.outcomes import Voice
from cartesia_call.wiring.voices import check_fallback, open_voices
from tests.settings.machine import command_line

CARTESIA = CartesiaSettings(
    api_key="sk_car_fake",
    version="2026-03-01",
    base_url="https://api.cartesia.ai",
)


def settings(fallback: str) -> Settings:
    return resolve(
        command_line(rehearse=True, fallback=fallback), {}, working_directory=Path.cwd(), needs=frozenset()
    )


async def voices(fallback: str) -> list[Voice]:
    async with open_voices(settings(fallback), CARTESIA) as services:
        return [service.voice for service in services]


@pytest.mark.parametrize(
    ("fallback", "expected"),
    [
        ("say", [Voice.CARTESIA]),
        ("none", [Voice.CARTESIA]),
        ("local", [Voice.CARTESIA, Voice.LOCAL]),
        ("say,local", [Voice.CARTESIA, Voice.LOCAL]),
    ],
)
async def test_the_local_voice_is_asked_for(fallback: str, expected: list[Voice]) -> None:
    """Installed alone is not enough; the carrier's voice is none that we synthesise with."""
    assert await voices(fallback) == expected
    assert check_fallback(settings(fallback)) == ()


async def test_without_the_extra_there_is_no_local_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only fallback: refused. With another one: a warning. Not asked for: nothing to say."""
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(InputError, match=r"--fallback local: .*not installed") as refused:
        check_fallback(settings("local"))
    assert refused.value.hint == "pip install 'cartesia-call[offline]'"
    (warning,) = check_fallback(settings("local,say"))
    assert "pip install 'cartesia-call[offline]'" in warning
    assert await voices("local,say") == [Voice.CARTESIA]
    assert check_fallback(settings("say")) == check_fallback(settings("none")) == ()
