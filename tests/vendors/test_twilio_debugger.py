"""What the debugger notes about a call: each known code in our words, unknown ones in Twilio's."""

from __future__ import annotations

from urllib.parse import quote_plus, urlencode

import pytest

from cartesia_call.vendors.twilio_catalogue import CATALOGUE
from cartesia_call.vendors.twilio_debugger import DEBUGGER, STREAM_ENDING_CODES, Notification, translate

TOKEN = "not-a-real-auth-token"
STREAM_SECRET = "a-secret-of-one-call-0123456789"

ENDS_STREAM = (
    *(31900, 31901, 31902, 31903, 31904, 31910, 31920, 31921, 31922, 31923, 31924),
    *(31940, 31941, 31942, 31952),
)
GOES_ON = (
    *(11100, 11200, 11202, 11205, 11206, 11210, 11220, 11235, 11237, 11750, 12100, 12200, 12300),
    *(13223, 13224, 13225, 13226, 13227, 13247, 13510, 13511, 13520, 13521, 13805, 15003, 15004, 21262),
    *(31930, 31931, 31950, 31951, 31960, 32014, 32015, 32016, 32017),
)
IN_THE_API_TOO = (20001, 21210, 21215, 32018, 32019)
NOTHING_TO_DO = (21262, 31921, 32015)


def notification(code: int, text: str = "", *, is_error: bool = True, more_info: str = "") -> Notification:
    return Notification(code=code, is_error=is_error, text=text, more_info=more_info)


@pytest.mark.parametrize("code", [*ENDS_STREAM, *GOES_ON, *IN_THE_API_TOO])
def test_each_code_has_a_sentence_and_a_hint(code: int) -> None:
    """One line of our own that can end a sentence, and a whole sentence that says what to do."""
    text = f"Oh no: wss://calls.example.com/media/{STREAM_SECRET} {TOKEN}\x1b[31m\nred"
    note = translate(notification(code, text), secrets=(TOKEN,))
    entry = DEBUGGER.get(code) or CATALOGUE[code]
    assert note.code == code
    assert note.sentence.startswith(entry.sentence)
    assert not entry.sentence.endswith(".")
    assert note.sentence.isprintable()
    assert STREAM_SECRET not in note.sentence
    assert TOKEN not in note.sentence
    assert (note.hint is None) == (code in NOTHING_TO_DO)
    assert note.hint is None or (note.hint[0].isupper() and note.hint.endswith((".", ").")))


def test_the_table_and_the_catalogue_hold_the_same_codes() -> None:
    families = set(range(11230, 11240))
    assert set(DEBUGGER) - families == {*ENDS_STREAM, *GOES_ON} - families


@pytest.mark.parametrize("code", [*ENDS_STREAM, *GOES_ON, *IN_THE_API_TOO, 31932, 99999, 0])
def test_only_some_errors_end_the_stream(code: int) -> None:
    """A warning does not, and an unknown code proves nothing."""
    assert translate(notification(code), secrets=()).ended_stream == (code in ENDS_STREAM)
    assert set(ENDS_STREAM) == STREAM_ENDING_CODES


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
