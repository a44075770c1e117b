"""TwiML as this carrier reads it: a document becomes a list of verbs to perform one after the other.

What Twilio would warn about becomes a problem and is left out; a document that is not TwiML at all becomes
the sentence that Twilio then speaks. Sources:

- Not XML, no `<Response>`, or something before the XML declaration: 12100 (errors/12100).
- Unknown verbs, attributes and nested elements: 12200 (errors/12200). So are a `<Stream>` without `url` and a
  `statusCallbackMethod` other than GET and POST (docs, TwiML `<Stream>`): the first is not connected, the
  second counts as POST.
- `<Parameter>`: under 500 characters together (docs, TwiML `<Stream>`).
- `<Say>`: see `say`. What is wrong with a stream's address is found when it is connected: see `handshake`.

Lenient, for lack of a document: a `<Response>` without a verb (the call just ends), methods in lower case, a
`<Pause length>` or `<Say loop>` that is none (the default counts, with its note), stream names given twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

from cartesia_simulator.carrier import say
from cartesia_simulator.carrier.notifications import Problem

APPLICATION_ERROR = "We are sorry. An application error has occurred. Goodbye."
_SSML = frozenset({"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"})
_MOST_DIGITS = 9
_MAX_PARAMETER_CHARACTERS = 500


@dataclass(frozen=True, kw_only=True)
class Say:
    """Speak `text` with the carrier's own voice, `loop` times. `language` is a BCP 47 tag."""

    text: str
    language: str = "en-US"
    voice: str = ""
    loop: int = 1


@dataclass(frozen=True, kw_only=True)
class Pause:
    length_s: int = 1


@dataclass(frozen=True, kw_only=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, kw_only=True)
class ConnectStream:
    """Connect the call's audio to a websocket, in both directions, until that closes."""

    url: str
    name: str | None = None
    track: str | None = None
    status_callback: str | None = None
    status_callback_method: str = "POST"
    parameters: tuple[tuple[str, str], ...] = ()


Verb = Say | Pause | Hangup | ConnectStream


@dataclass(frozen=True, kw_only=True)
class Document:
    """What to do, in order, and what was wrong with the way it was written."""

    verbs: tuple[Verb, ...]
    problems: tuple[Problem, ...] = ()


def application_error(problem: Problem) -> Document:
    """What the callee hears in place of a document that cannot be had."""
    return Document(verbs=(Say(text=APPLICATION_ERROR), Hangup()), problems=(problem,))


def parse_twiml(text: str) -> Document:
    """The verbs of a document. Never raises: see `Document.problems`."""
    try:
        # Not the parser to meet strangers with, says S314; expat bounds the amplification of entities, and
        # a document comes from somebody who holds the account's credentials.
        root = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError as error:
        return application_error(Problem(12100, f"Error on line {error.position[0]} of document: {error}"))
    if root.tag != "Response":
        return application_error(Problem(12100, f"The root element is {root.tag}, not Response"))
    reader = _Reader()
    reader.read(root)
    return Document(verbs=tuple(reader.verbs), problems=tuple(reader.problems))


class _Reader:
    """Collects verbs and problems while walking the elements of one document."""

    def __init__(self) -> None:
        self.verbs: list[Verb] = []
        self.problems: list[Problem] = []

    def read(self, response: ElementTree.Element) -> None:
        self._attributes(response, set())
        for element in response:
            match element.tag:
                case "Say":
                    self._say(element)
                case "Pause":
                    self._pause(element)
                case "Hangup":
                    self._attributes(element, set())
                    self.verbs.append(Hangup())
                case "Connect":
                    self._connect(element)
                case _:
                    self._warn(f"{element.tag} is not a verb that this carrier performs")
        self._refuse_text(response)

    def _say(self, element: ElementTree.Element) -> None:
        attributes = self._attributes(element, {"language", "voice", "loop"})
        for child in element.iter():
            if child is not element and child.tag not in _SSML:
                self._warn(f"{child.tag} is not allowed inside Say")
        text = " ".join("".join(element.itertext()).split())
        voice, language = attributes.get("voice", ""), attributes.get("language", "")
        failure = say.failure_of(voice, language) if text else Problem(13520, "Say: Invalid text")
        if failure is not None:
            self.problems.append(failure)
            return
        excess = say.excess_of(text, voice)
        if excess is not None:
            self.problems.append(excess)
        loop = self._whole(element, "loop", 1, code=13510)
        self.verbs.append(Say(text=text, language=language or "en-US", voice=voice, loop=loop))

    def _pause(self, element: ElementTree.Element) -> None:
        self._attributes(element, {"length"})
        self.verbs.append(Pause(length_s=self._whole(element, "length", 1)))

    def _connect(self, element: ElementTree.Element) -> None:
        self._attributes(element, {"action", "method"})
        streams = [child for child in element if child.tag == "Stream"]
        for child in element:
            if child.tag != "Stream":
                self._warn(f"{child.tag} is not a noun that this carrier connects")
        self._refuse_text(element)
        if len(streams) != 1:
            self._warn(f"Connect needs exactly one Stream and has {len(streams)}")
        if streams:
            self._stream(streams[0])

    def _stream(self, element: ElementTree.Element) -> None:
        attributes = self._attributes(
            element, {"url", "name", "track", "statusCallback", "statusCallbackMethod"}
        )
        parameters: list[tuple[str, str]] = []
        for child in element:
            if child.tag != "Parameter":
                self._warn(f"{child.tag} is not allowed inside Stream")
                continue
            given = self._attributes(child, {"name", "value"})
            name, value = given.get("name", ""), given.get("value", "")
            if not name or len(name) + len(value) >= _MAX_PARAMETER_CHARACTERS:
                self._warn(
                    f"Parameter {name!r} needs a name and under 500 characters together with its value"
                )
                continue
            parameters.append((name, value))
        method = attributes.get("statusCallbackMethod", "POST").upper()
        if method not in {"GET", "POST"}:
            self._warn(
                f"Value {method!r} of attribute 'statusCallbackMethod' is not valid in element 'Stream'"
            )
            method = "POST"
        if not attributes.get("url"):
            self._warn("Attribute 'url' must appear on element 'Stream'")
            return
        self.verbs.append(
            ConnectStream(
                url=attributes["url"],
                name=attributes.get("name"),
                track=attributes.get("track"),
                status_callback=attributes.get("statusCallback"),
                status_callback_method=method,
                parameters=tuple(parameters),
            )
        )

    def _attributes(self, element: ElementTree.Element, known: set[str]) -> dict[str, str]:
        for name in element.attrib:
            if name not in known:
                self._warn(f"Attribute {name!r} is not allowed to appear in element {element.tag!r}")
        return {name: value for name, value in element.attrib.items() if name in known}

    def _whole(self, element: ElementTree.Element, name: str, default: int, *, code: int = 12200) -> int:
        text = element.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
            self.problems.append(Problem(code, f"{name}={text!r} of {element.tag} is not a whole number"))
            return default
        return int(text)

    def _refuse_text(self, element: ElementTree.Element) -> None:
        pieces = [element.text, *(child.tail for child in element)]
        if any(piece and piece.strip() for piece in pieces):
            self._warn(f"{element.tag} cannot have character content")

    def _warn(self, message: str) -> None:
        self.problems.append(Problem(12200, message))
