"""Remembering names of voices: a week long, for one account's catalogue, and never in anybody's way."""

from __future__ import annotations

import json
import os
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.store.voice_names import KEPT_FOR, VoiceNames

ANN = "11111111-2222-4333-8444-555555555555"


class LaterClock(SystemClock):
    """Some time after now, or before."""

    def __init__(self, later: timedelta) -> None:
        super().__init__()
        self._later = later

    def utc_now(self) -> datetime:
        return super().utc_now() + self._later


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "voice_names.json"


def names(path: Path, *, source: str = "us", later: timedelta = timedelta(0)) -> VoiceNames:
    return VoiceNames(path, source=source, clock=LaterClock(later))


async def test_names(path: Path) -> None:
    """Another command knows what one remembered, whatever the case; looking alone creates nothing."""
    assert await names(path).find("Ann") is None
    assert not path.parent.exists()
    await names(path).remember("Ann", ANN)
    await names(path).remember("Bob", "b")
    assert await names(path).find("aNN") == ANN
    assert await names(path).find("Bob") == "b"
    assert await names(path).find("Carol") is None


async def test_another_account_has_other_names(path: Path) -> None:
    await names(path).remember("Ann", ANN)
    assert await names(path, source="eu").find("Ann") is None


async def test_the_newest_meaning_counts(path: Path) -> None:
    await names(path).remember("Ann", "old")
    await names(path).remember("ann", ANN)
    assert await names(path).find("Ann") == ANN


@pytest.mark.parametrize(
    ("later", "known"),
    [
        (timedelta(0), True),
        (KEPT_FOR - timedelta(minutes=1), True),
        (KEPT_FOR, False),
        (-timedelta(days=1), False),
    ],
)
async def test_a_week(path: Path, later: timedelta, known: bool) -> None:
    """Neither for longer, nor from the future, where a clock was wrong."""
    await names(path).remember("Ann", ANN)
    assert (await names(path, later=later).find("Ann") == ANN) is known


async def test_the_file_is_private_and_tells_little(path: Path) -> None:
    """Mode 0600, in a directory of 0700, without the key that is a part of the source; nothing else."""
    await names(path, source="https://api.example.com sk_car_fake").remember("Ann", ANN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]
    assert "sk_car_fake" not in path.read_text()
    assert "ann" not in path.read_text().lower()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "7",
        '{"voices": []}',
        '{"voices": {"x": 1}}',
        '{"voices": {"x": {"id": "a"}}}',
        '{"voices": {"x": {"id": "a", "at_s": "soon"}}}',
        '{"voices": {"x": {"id": "a", "at_s": 1e300}}}',
        '{"voices": {"x": {"id": "a", "at_s": NaN}}}',
        "[" * 100_000,
        "\x00\xff",
    ],
)
async def test_a_corrupt_file_counts_as_none(path: Path, content: str) -> None:
    """It is replaced by the next name."""
    path.parent.mkdir()
    path.write_bytes(content.encode("latin-1"))
    assert await names(path).find("Ann") is None
    await names(path).remember("Ann", ANN)
    assert await names(path).find("Ann") == ANN


async def test_what_cannot_be_written_is_forgotten(tmp_path: Path) -> None:
    """Nobody hears of it, whether the place is a file or the file a directory."""
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    directory = tmp_path / "directory"
    (directory / "voice_names.json").mkdir(parents=True)
    for path in (in_the_way / "voice_names.json", directory / "voice_names.json"):
        await names(path).remember("Ann", ANN)
        assert await names(path).find("Ann") is None
    assert [found.name for found in directory.iterdir()] == ["voice_names.json"]


async def test_the_file_does_not_grow_for_ever(path: Path) -> None:
    """The oldest names go first."""
    for number in range(205):
        await names(path).remember(f"Voice {number}", str(number))
    assert len(json.loads(path.read_text())["voices"]) == 200
    assert await names(path).find("Voice 4") is None
    assert await names(path).find("Voice 5") == "5"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
async def test_another_users_file_says_nothing(path: Path) -> None:
    """Its owner could give a name any voice."""
    await names(path).remember("Ann", ANN)
    os.chown(path.parent, 12345, 12345)
    assert await names(path).find("Ann") is None
