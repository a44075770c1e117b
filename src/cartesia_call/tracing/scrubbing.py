"""Replacing whatever is somebody's in a message by its pseudonym, and keeping its form."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote_plus
from xml.etree import ElementTree

from cartesia_call.tracing.pseudonyms import Pseudonyms
from cartesia_call.tracing.vocabulary import (
    CODES,
    COUNTERS,
    ENUMERATED,
    ENUMERATIONS,
    FIELD_NAME,
    HEADER_NAME,
    KEPT_HEADERS,
    NUMBER,
    PATH_WORDS,
    PRIVATE,
    QUANTITIES,
    UNLIKE_A_WORD,
    WORDS,
)

_SID = re.compile(r"([A-Z]{2})[0-9a-f]{32}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_URL = re.compile(r"(?P<scheme>https?|wss?)://(?P<host>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_NUMBER = re.compile(r"\+\d{5,15}|sips?:.+")
_DATE = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} [\d:]{8} (?:[+-]\d{4}|GMT)")
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_FORMS = ((_NUMBER, "number"), (_UUID, "uuid"), (_DATE, "date:rfc2822"), (_ISO, "date:iso8601"))
_PORT = re.compile(r":(80|443)$")
_TEXT = re.compile(r"<text:\d+/\d+>")
_LARGEST_NUMBER = 10_000_000
_DEEPEST = 20

Scrubbed = object
"""What JSON can hold."""


class Scrubber:
    """For one trace. `keeps_audio`: beside its length and hash."""

    def __init__(self, pseudonyms: Pseudonyms, *, keeps_audio: bool = False) -> None:
        self._names = pseudonyms
        self._keeps_audio = keeps_audio

    def json(self, text: str) -> Scrubbed:
        """A body or a websocket's text, its fields in their order; what is no JSON is a text."""
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return self.text(text)
        return self._value("", found, 0)

    def pairs(self, form: str) -> list[list[Scrubbed]]:
        """A form or a query: names and values in their order. Without a `=` it may be any text."""
        found: list[list[Scrubbed]] = []
        for part in filter(None, form.split("&")):
            name, equals, value = map(unquote_plus, part.partition("="))
            found.append([self._field(name), self.string(name, value)] if equals else [self.text(name), ""])
        return found

    def url(self, url: str) -> Mapping[str, Scrubbed]:
        """Its parts: `scheme` and `host` where it has them, `path`, `query`."""
        found = _URL.fullmatch(url)
        parts: dict[str, Scrubbed] = {}
        rest = url
        if found is not None:
            parts |= {"scheme": found["scheme"], "host": self._host(found["host"])}
            rest = found["rest"]
        path, question_mark, query = rest.partition("?")
        parts["path"] = self._path(path)
        if question_mark:
            parts["query"] = self.pairs(query)
        return parts

    def headers(self, headers: Sequence[tuple[str, str]]) -> list[list[Scrubbed]]:
        """Names in their order, and the few values that are nobody's."""
        return [
            [name if HEADER_NAME.fullmatch(name) else "(other)", self._header(name.lower(), value)]
            for name, value in headers
        ]

    def text(self, text: str) -> str:
        """Words of somebody's, and the codes that were among them."""
        return " ".join([self._names.of("text", text, with_length=True), *CODES.findall(text)])

    def _speech(self, text: str) -> str:
        """Words that are spoken: of them not even what looks like a code is kept."""
        return self._names.of("text", text, with_length=True)

    def string(self, field: str, value: str) -> Scrubbed:
        """The value of one field, by the field's name and its own form."""
        name = field.lower()
        if not value:
            return value
        if name == "twiml":
            return self._twiml(value)
        if kind := PRIVATE.get(name):
            told = {"text": self.text, "speech": self._speech}.get(kind)
            return told(value) if told is not None else self._names.of(kind, value)
        if shaped := self._shaped(value):
            return shaped
        is_enumerated = ENUMERATED.fullmatch(value) and not UNLIKE_A_WORD.search(value)
        is_word = value in WORDS or (name in ENUMERATIONS and is_enumerated)
        if NUMBER.fullmatch(value):
            return value if name in COUNTERS else self._names.of("digits", value)
        return value if is_word else self.text(value)

    def _shaped(self, value: str) -> str | None:
        """What is known by its form alone."""
        if sid := _SID.fullmatch(value):
            return self._names.of(sid[1], value)
        for form, kind in _FORMS:
            if form.fullmatch(value):
                return f"<{kind}>" if kind.startswith("date:") else self._names.of(kind, value)
        if _URL.fullmatch(value) or (value.startswith("/") and " " not in value):
            parts = self.url(value)
            place = f"{parts['scheme']}://{parts['host']}" if "scheme" in parts else ""
            return f"{place}{parts['path']}{'?<query>' if 'query' in parts else ''}"
        return None

    def _value(self, field: str, value: Scrubbed, depth: int, *, listed: bool = False) -> Scrubbed:
        """`listed`: it stands in a list, where lengths in a row would give a sentence away."""
        if depth > _DEEPEST:
            return "(deep)"
        if isinstance(value, dict):
            return {
                self._field(str(name)): self._value(_inner(field, str(name)), item, depth + 1, listed=listed)
                for name, item in value.items()
            }
        if isinstance(value, list):
            if field in {"words", "phonemes"}:  # a word of the protocol may be one of somebody's, too
                return ["<word>"] * len(value)
            return [self._value(field, item, depth + 1, listed=True) for item in value]
        if isinstance(value, str):
            scrubbed = self._audio(value) if field in {"payload", "data"} else self.string(field, value)
            return "<word>" if listed and _TEXT.fullmatch(str(scrubbed)) else scrubbed
        return value if value is None or isinstance(value, bool) else self._number(field, value, listed)

    def _number(self, field: str, value: Scrubbed, listed: bool) -> Scrubbed:
        is_small = isinstance(value, int | float) and abs(value) < _LARGEST_NUMBER
        is_kept = is_small and not listed and field.lower() in QUANTITIES
        return value if is_kept else self._names.of("figure", str(value))

    def _audio(self, payload: str) -> Scrubbed:
        try:
            audio = base64.b64decode(payload, validate=True)
        except (binascii.Error, ValueError):
            return self.text(payload)
        kept = {"base64": payload} if self._keeps_audio else {}
        return {"audio_bytes": len(audio), "hash": self._names.of_audio(audio), **kept}

    def _field(self, name: str) -> str:
        is_name = FIELD_NAME.fullmatch(name) and not UNLIKE_A_WORD.search(name)
        return name if is_name else self._names.of("field", name)

    def _host(self, host: str) -> str:
        port = _PORT.search(host)
        return self._names.of("host", host[: port.start()] if port else host) + (port[0] if port else "")

    def _path(self, path: str) -> str:
        return "/".join(self._segment(segment) for segment in path.split("/"))

    def _segment(self, segment: str) -> str:
        if not segment or segment in PATH_WORDS:
            return segment
        name, dot, ending = segment.partition(".json")
        kept = dot if dot and not ending else ""
        word = name if kept else segment
        sid = _SID.fullmatch(word)
        return self._names.of(sid[1] if sid else "word", word) + kept

    def _header(self, name: str, value: str) -> str | None:
        if name in KEPT_HEADERS and len(value) < 80:
            return value
        if name == "ngrok-error-code":
            return " ".join(CODES.findall(value))
        is_known_agent = name == "user-agent" and re.fullmatch(r"(Twilio|cartesia-call)[\w./-]{0,40}", value)
        return value if is_known_agent else None

    def _twiml(self, document: str) -> Scrubbed:
        """Its verbs in their order, each with what it stands in and has."""
        try:
            root = ElementTree.fromstring(document)  # noqa: S314  # our own document
        except ElementTree.ParseError:
            return self.text(document)
        verbs: list[Scrubbed] = []

        def walk(element: ElementTree.Element, depth: int) -> None:
            attributes = {
                self._field(name): self.string(name, value) for name, value in element.attrib.items()
            }
            spoken = (element.text or "").strip()
            text = {"text": self._speech(spoken)} if spoken else {}
            verbs.append({"verb": self._field(element.tag), "depth": depth, **attributes, **text})
            for child in element:
                walk(child, depth + 1)

        walk(root, 0)
        return verbs


def _inner(outer: str, name: str) -> str:
    """By which name a field's value is judged: a user's own parameters are all the user's."""
    return "custom" if outer in {"customParameters", "custom"} else name
