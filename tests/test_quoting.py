"""What services say, in our sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.quoting import LONGEST_QUOTE_CHARACTERS, quotable, without_secrets

SECRET = "not-a-real-auth-token"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("It is broken.", "It is broken."),
        (" two\r\n lines\t", "two lines"),
        ("\x1b[31mBad\x1b[0m \x07bell\x9b1m", "Bad bell"),
        ("and\u202e backwards\ud800", "and backwards"),
        (f"token {SECRET}.", "token ***."),
        ("token not-a-real\x1b[1m-auth-token.", "token ***."),
        (f"\x1b[{SECRET}", ""),
        ("\x1b]8;;http://x.example/\x1b\\a link\x1b]8;;\x07 and\x1b(B more", "a link and more"),
        ("Invalid API key sk_car_somebody_elses.", "Invalid API key ***"),
        ("https://calls.example.com/media/Sec-ret_1?x", "https://calls.example.com/media/***?x"),
        ("wss://calls.example.com/media/0123456789abcdef.Sec-ret_1.", "wss://calls.example.com/media/***."),
        ("Url=https%3A%2F%2Fcalls.example.com%2Fstatus%2FSec-ret_1", None),
        ("Url=https%253A%252F%252Fcalls.example.com%252Fstatus%252FSec-ret_1", None),
        (r'{"url": "wss:\/\/calls.example.com\/media\/Sec-ret_1"}', None),
        ("wss%3A%5C%2F%5C%2Fcalls.example.com%5C%2Fmedia%5C%2FSec-ret_1", None),
        ("wss://calls.example.com/probe/Sec-ret_1/", "wss://calls.example.com/probe/***/"),
        ("{'Authorization': 'Basic QUMxOnRva2Vu'}", "{'Authorization': 'Basic ***'}"),
        ("sent Bearer abcdefgh.ij-k", "sent Bearer ***"),
    ],
)
def test_a_quote_is_one_line_without_secrets(text: str, quoted: str | None) -> None:
    """No control characters, escape sequences, bidirectional controls, keys, or ends of our addresses."""
    shown = quotable(text, secrets=(SECRET,))
    assert "Sec-ret" not in shown
    assert quoted is None or shown == quoted


def test_only_what_may_be_a_key_is_hidden() -> None:
    """A key of one letter would damage every word that has it, and `password` not only itself."""
    assert without_secrets("it would exit 2", ("x", "", "would")) == "it would exit 2"
    assert without_secrets("passwords: password", ("password",)) == "passwords: ***"
    assert without_secrets(f"token{SECRET}s", (SECRET,)) == "token***s"


@given(st.integers(min_value=0, max_value=2 * LONGEST_QUOTE_CHARACTERS))
def test_a_cut_shows_no_part_of_a_secret(place: int) -> None:
    """Secrets are hidden before anything is cut, wherever the cut falls."""
    shown = quotable("x" * place + SECRET + " more" * 100, secrets=(SECRET,))
    assert SECRET[:3] not in shown
    assert len(shown) <= LONGEST_QUOTE_CHARACTERS


@given(st.text())
def test_any_text_can_be_printed(text: str) -> None:
    shown = quotable(text, secrets=("",))
    assert shown.isprintable()
    assert len(shown) <= LONGEST_QUOTE_CHARACTERS
