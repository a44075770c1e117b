"""What is somebody's is replaced by a stable name that says its kind; what is the protocol's is kept."""

from __future__ import annotations

import base64
import json
import re

import pytest

from cartesia_call.tracing.pseudonyms import Pseudonyms
from cartesia_call.tracing.scrubbing import Scrubber

CALL_SID = "CA" + "0123456789abcdef" * 2
NUMBER = "+12025550143"
TOKEN = "Xy7_very-unguessable-secret-of-a-call"  # opens nothing
TWIML = (
    f'<Response><Connect><Stream url="wss://calls.example.com/media/{TOKEN}"/></Connect>'
    '<Say language="en-US">The vault is open.</Say><Hangup/></Response>'
)


def scrubber(*, keeps_audio: bool = False) -> Scrubber:
    return Scrubber(Pseudonyms(b"k" * 32), keeps_audio=keeps_audio)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("CallSid", CALL_SID, "<CA:1>"),
        ("To", NUMBER, "<number:1>"),
        ("To", "112", "<number:1>"),
        ("anything", NUMBER, "<number:1>"),
        ("CallStatus", "in-progress", "in-progress"),
        ("CallStatus", "some-new-state", "some-new-state"),
        ("CalledCity", "SPRINGFIELD", "<text:1/11>"),
        ("CalledZip", "62704-1234", "<text:1/10>"),
        ("SequenceNumber", "3", "3"),
        ("timestamp", "14400020", "14400020"),
        ("CallDuration", "17", "17"),
        ("CalledZip", "62704", "<digits:1>"),
        ("Anything", "2025550143", "<digits:1>"),
        ("price", "-0.01400", "-0.01400"),
        ("Digits", "4711", "<key:1>"),
        ("CallerName", "busy", "<text:1/4>"),
        ("Timestamp", "Fri, 20 Nov 2026 10:05:00 +0000", "<date:rfc2822>"),
        ("Timestamp", "2026-11-20T10:05:00.123Z", "<date:iso8601>"),
        ("more_info", "https://www.twilio.com/docs/errors/21211", "https://<host:1>/<word:1>/<word:2>/<word:3>"),
        ("uri", f"/2010-04-01/Calls/{CALL_SID}.json?Page=0", "/2010-04-01/Calls/<CA:1>.json?<query>"),
        ("auth_token", "true", "<secret:1>"),
        ("message_text", "Msg=no&ErrorCode=31921", "<text:1/22> 31921"),
        ("empty", "", ""),
    ],
)  # fmt: skip
def test_the_value_of_a_field(field: str, value: str, expected: str) -> None:
    assert scrubber().string(field, value) == expected


def test_the_same_value_has_the_same_name_wherever_it_stands() -> None:
    scrub = scrubber()
    assert scrub.string("To", NUMBER) == scrub.string("Called", NUMBER) == "<number:1>"
    assert scrub.string("To", "+12025550144") == "<number:2>"
    in_path = scrub.url(f"https://api.example.com/2010-04-01/Accounts/AC{'0' * 32}/Calls/{CALL_SID}.json")
    assert in_path["path"] == "/2010-04-01/Accounts/<AC:1>/Calls/<CA:1>.json"
    assert scrub.string("sid", CALL_SID) == "<CA:1>"


def test_a_document_keeps_its_verbs_and_nothing_that_is_said() -> None:
    verbs = scrubber().string("Twiml", TWIML)
    assert verbs == [
        {"verb": "Response", "depth": 0},
        {"verb": "Connect", "depth": 1},
        {"verb": "Stream", "depth": 2, "url": "wss://<host:1>/media/<word:1>"},
        {"verb": "Say", "depth": 1, "language": "en-US", "text": "<text:1/18>"},
        {"verb": "Hangup", "depth": 1},
    ]


def test_audio_is_its_length_and_a_hash_unless_it_is_asked_for() -> None:
    payload = base64.b64encode(b"\xff" * 160).decode()
    text = json.dumps({"event": "media", "media": {"payload": payload}})
    found = scrubber().json(text)
    assert isinstance(found, dict)
    audio = found["media"]["payload"]
    assert audio["audio_bytes"] == 160
    assert re.fullmatch(r"h[0-9a-f]{16}", audio["hash"])
    assert "base64" not in audio
    kept = scrubber(keeps_audio=True).json(text)
    assert isinstance(kept, dict)
    assert kept["media"]["payload"]["base64"] == payload


def test_hashes_of_two_traces_tell_nothing_of_each_other() -> None:
    """Or whoever synthesises a guessed text could prove that it was said."""
    assert Pseudonyms(b"1" * 32).of_audio(b"hello") != Pseudonyms(b"2" * 32).of_audio(b"hello")


def test_headers_keep_their_names_and_few_values() -> None:
    headers = [
        ("Authorization", "Basic c2VjcmV0"),
        ("Content-Type", "application/json"),
        ("User-Agent", "TwilioProxy/1.1"),
        ("Bad Name", "x"),
    ]
    assert scrubber().headers(headers) == [
        ["Authorization", None],
        ["Content-Type", "application/json"],
        ["User-Agent", "TwilioProxy/1.1"],
        ["(other)", None],
    ]


def test_a_users_own_parameters_are_all_theirs() -> None:
    text = json.dumps({"customParameters": {"status": "true", "Alice Smith": "C"}})
    assert scrubber().json(text) == {"customParameters": {"status": "<name:1>", "<field:1>": "<name:2>"}}


@pytest.mark.parametrize("text", ["no JSON", "[" * 5000, '"\\ud800"', "1e999", "-99999999999"])
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(json.dumps(scrubber().json(text)), str)


SECRETS = ("CA0123", "94107", "4711", "1600", "edge7", "Quetzal", "38.8", "QUMwMDA", "ErrorCode", "5550143")


@pytest.mark.parametrize(
    "added",
    [
        {"by_call": {CALL_SID: 1}},
        {"edge7.customer.example.net": True, "k_2025550143": ""},
        {"zip": 94107, "pin": 4711, "lat": 38.8977, "digit": 4711, "to": 2025550143},
        {"type": "edge7.customer.example.net", "status": "QUMwMDAwMDAwOmZha2U"},
        {"transcript": "the disk of Quetzal says ErrorCode=94107 and HTTP 471"},
    ],
    ids=lambda added: next(iter(added)),
)
def test_a_new_field_gives_nothing_away(added: dict[str, object]) -> None:
    """Neither by its value, of whatever type, nor by its name."""
    scrub = scrubber()
    shown = json.dumps([scrub.json(json.dumps({"owner": added})), scrub.json(json.dumps(added))])
    assert not [secret for secret in (*SECRETS, "HTTP") if secret in shown]


def test_of_texts_in_a_list_no_length_is_told() -> None:
    """Nor which of them are the same: lengths in a row would give the sentence away."""
    text = json.dumps({"tokens": ["the", "vault", "the"], "spoken": [{"word": "vault", "at": 1.5}]})
    shown = {"tokens": ["<word>"] * 3, "spoken": [{"word": "<word>", "at": "<figure:1>"}]}
    assert scrubber().json(text) == shown
    timed = json.dumps({"word_timestamps": {"words": ["a"], "start": [0.25], "end": [0.5]}})
    assert "0.25" not in json.dumps(scrubber().json(timed))


def test_numbers_of_the_protocol_are_kept() -> None:
    text = '{"status_code":206,"step_time":1.5,"mediaFormat":{"sampleRate":8000,"channels":1},"done":true}'
    assert json.dumps(scrubber().json(text), separators=(",", ":")) == text


def test_a_body_that_is_no_form_is_a_text() -> None:
    assert scrubber().pairs("Quetzal&a=1&b=") == [["<text:1/7>", ""], ["a", "<digits:1>"], ["b", ""]]
