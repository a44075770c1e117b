"""A connection's addressee is read off its first bytes, and only off a name where a name belongs."""

from __future__ import annotations

import pytest

from cartesia_call.sharing.routes import addressee, is_name, prefix_of

NAME = "0123456789abcdef"
REQUEST = f"GET /media/{prefix_of(NAME)}secret-word?a=b HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@pytest.mark.parametrize("door", ["media", "status", "probe"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_name_is_found_behind_every_door(door: str, method: str) -> None:
    assert addressee(f"{method} /{door}/{prefix_of(NAME)}s HTTP/1.1\r\n".encode()) == NAME


def test_it_is_open_until_the_name_is_whole() -> None:
    """However the bytes are cut, the answer comes with the point behind the name, and stays."""
    whole = REQUEST.index(b".") + 1
    for length in range(1, len(REQUEST)):
        assert addressee(REQUEST[:length]) == (NAME if length >= whole else None)


@pytest.mark.parametrize(
    "request_line",
    [
        "GET / HTTP/1.1\r\n",
        "GET /media/short HTTP/1.1\r\n",
        "GET /media/secret-word-without-a-name-of-any-process HTTP/1.1\r\n",
        f"GET /media/x{NAME}.secret HTTP/1.1\r\nHost: example.com",
        f"GET /media/{NAME.upper()}.secret HTTP/1.1\r\nHost: example.com",
        f"GET /other/place/{NAME}.secret HTTP/1.1\r\nHost: example.com",
        f"GET /media/../{NAME}. HTTP/1.1\r\nHost: example.com",
        "\x16\x03\x01" + "\0" * 100,
    ],
)
def test_whatever_has_no_name_is_nobodys(request_line: str) -> None:
    assert addressee(request_line.encode("latin-1")) == ""


def test_a_line_end_decides() -> None:
    assert addressee(b"GET /x\r\n") == ""
    assert addressee(b"GET /x") is None


@pytest.mark.parametrize("word", ["", NAME[:-1], NAME + "0", NAME.upper(), "line.lock", f"../{NAME[:13]}"])
def test_a_file_that_is_no_name(word: str) -> None:
    assert not is_name(word)
    assert is_name(NAME)
