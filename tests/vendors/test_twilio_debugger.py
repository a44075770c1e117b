"""What the debugger notes about a call: each known code in our words, unknown ones in Twilio's."""

from __future__ import annotations

from urllib.parse import quote_plus, urlencode

import pytest

from cartesia_call.vendors.twilio_catalogue import CATALOGUE
from cartesia_call.vendors.twilio_debugger import (
    BLOCKING_CODES,
    DEBUGGER,
    STREAM_ENDING_CODES,
    Notification,
    translate,
)
from tests.vendors.hints import unknown_names

TOKEN = "not-a-real-auth-token"
STREAM_SECRET = "a-secret-of-one-call-0123456789"


def notification(code: int, text: str = "", *, is_error: bool = True, more_info: str = "") -> Notification:
    return Notification(code=code, is_error=is_error, text=text, more_info=more_info)


def test_every_code_has_a_sentence_and_a_hint_that_names_what_there_is() -> None:
    """One line of our own that can end a sentence, and a whole sentence that says what to do. Codes of
    the API may be noted, too."""
    text = f"Oh no: wss://calls.example.com/media/{STREAM_SECRET} {TOKEN}\x1b[31m\nred"
    for code, entry in {**CATALOGUE, **DEBUGGER}.items():
        note = translate(notification(code, text), secrets=(TOKEN,))
        assert note.code == code
        assert note.sentence.startswith(entry.sentence)
        assert not entry.sentence.endswith("."), code
        assert note.sentence.isprintable()
        assert STREAM_SECRET not in note.sentence
        assert TOKEN not in note.sentence
        assert note.hint is None or (note.hint[0].isupper() and note.hint.endswith((".", ").")))
        assert not unknown_names(note.hint), code


def test_what_ends_the_stream_says_so() -> None:
    """And what says that none was opened ends it. A warning does not, and an unknown code proves nothing."""
    assert all("media stream" in DEBUGGER[code].sentence for code in STREAM_ENDING_CODES)
    for code in {*DEBUGGER, 31932, 99999, 0}:
        note = translate(notification(code), secrets=())
        assert note.ended_stream or "could not open the media stream" not in note.sentence
        assert note.ended_stream is (code in STREAM_ENDING_CODES)


def test_what_blocked_the_call_says_so_and_what_to_do() -> None:
    """Those of an analytics provider and of Twilio itself. A refused caller ID or country blocks nothing."""
    for code in {*DEBUGGER, *CATALOGUE, 32205, 99999, 0}:
        note = translate(notification(code), secrets=())
        assert note.blocked_call is (code in BLOCKING_CODES)
        assert note.hint or not note.blocked_call
        assert not (note.blocked_call and note.ended_stream)
    assert "freecallerregistry.com" in str(translate(notification(32017), secrets=()).hint)


@pytest.mark.parametrize("code", [21216, 13225, 32203])
def test_a_number_that_twilio_blocks_may_want_a_customer_profile(code: int) -> None:
    """The cause that its owner can mend comes first."""
    hint = str(translate(notification(code), secrets=()).hint)
    assert "Primary Customer Profile" in hint
    assert hint.index("Primary Customer Profile") < hint.index("support")


@pytest.mark.parametrize("is_error", [True, False])
def test_the_level_is_twilios(is_error: bool) -> None:
    assert translate(notification(31930, is_error=is_error), secrets=()).is_error is is_error


def test_an_unknown_code_is_passed_on_whole() -> None:
    more_info = "https://www.twilio.com/docs/errors/31999"
    note = translate(notification(31999, "Stream - Something New", more_info=more_info), secrets=())
    assert (note.code, note.sentence, note.hint) == (31999, "Stream - Something New", f"See {more_info}")


def test_an_unknown_code_without_a_text() -> None:
    note = translate(notification(0, more_info="javascript:alert(1)"), secrets=())
    assert (note.sentence, note.hint) == ("something that Twilio does not explain", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Plain words", "Plain words"),
        ("a = b, and nothing else", "a = b, and nothing else"),
        (urlencode({"Msg": "Handshake Error", "ErrorCode": "31920", "LogLevel": "ERROR"}), "Handshake Error"),
        ("sourceComponent=14100&msg=Bad+Gateway&httpResponse=502", "Bad Gateway (HTTP 502)"),
        ("Msg=Got+HTTP+404&httpResponse=404&url=https%3A%2F%2Fcalls.example.com", "Got HTTP 404"),
        ("LogLevel=ERROR&httpResponse=502", "HTTP 502"),
        ("parserMessage=Content+is+not+allowed&line=1", "Content is not allowed"),
        ("LogLevel=ERROR&Code=1", "LogLevel=ERROR&Code=1"),
        ("Msg=%FF%00bad", "\ufffd bad"),
        ("Msg=", "Msg="),
    ],
)
def test_the_readable_part_of_a_text(text: str, said: str) -> None:
    """Twilio's texts are words or forms."""
    assert translate(notification(99999, text), secrets=()).sentence == said


@pytest.mark.parametrize("code", [31920, 15003, 99999])
@pytest.mark.parametrize(
    "address",
    [
        f"wss://calls.example.com/media/{STREAM_SECRET}",
        f"https://calls.example.com/status/{STREAM_SECRET}?CallSid=CA1",
        rf"wss:\/\/calls.example.com\/media\/{STREAM_SECRET}",
    ],
)
def test_no_secret_of_a_call_is_quoted(code: int, address: str) -> None:
    """Not in words, not in a form, however often it was encoded."""
    encoded = quote_plus(address)
    for text in (
        f"Cannot connect to {address}.",
        f"Msg=Cannot+connect+to+{encoded}&ErrorCode={code}",
        f"ErrorCode={code}&url={encoded}",
        f"Msg=Cannot+connect+to+{quote_plus(encoded)}",
        f"url {quote_plus(quote_plus(encoded))}",
    ):
        note = translate(notification(code, text), secrets=(TOKEN,))
        assert STREAM_SECRET not in f"{note}"
