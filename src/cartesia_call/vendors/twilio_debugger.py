"""What Twilio notes in its debugger about a call, translated: codes that no API answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from cartesia_call.patterns import regex
from cartesia_call.quoting import quotable
from cartesia_call.records import dataclass
from cartesia_call.telephony.instructions import CarrierNote
from cartesia_call.vendors.twilio_catalogue import (
    BLOCKED_NUMBER,
    CATALOGUE,
    CHECK_NUMBER,
    E164,
    GEO_PERMISSIONS,
    OUR_BUG,
    OWN_NUMBER,
    PUBLIC_URL,
    UPGRADE,
    CatalogueEntry,
    bug,
)

STREAM_ENDING_CODES = frozenset(
    {31900, 31901, 31902, 31903, 31904, 31910, 31920, 31921, 31922, 31923, 31924, 31940, 31941, 31942, 31952}
)
"""Errors after which Twilio goes on behind `<Connect>`: the media stream was never opened, or is over."""

BLOCKING_CODES = frozenset({13225, 21216, 32017, 32203, 32224})
"""Errors that say why a call reached nobody: a terminating network's analytics (32017), or Twilio itself, for
fraud, by regulation or for want of a customer profile, blocked it."""

_CHECK_PATH = "Is the tunnel up? `cartesia-call check` proves the way from the internet to this machine."
_CERTIFICATE = "The public URL needs a valid certificate of a public authority, on a port that speaks HTTPS."
_CALLBACK = (
    "It happens when the tunnel is down or this program has left before the call ended; the call went on. "
    "Otherwise `cartesia-call check` proves the way to this machine."
)
_TRY_LATER = "Try again later."


def _callback(sentence: str, hint: str = _CALLBACK) -> CatalogueEntry:
    return CatalogueEntry(sentence=sentence, hint=hint, quotes=True)


DEBUGGER: Mapping[int, CatalogueEntry] = {
    11100: CatalogueEntry(sentence="an address given to Twilio is malformed", hint=PUBLIC_URL, quotes=True),
    11200: _callback("Twilio could not deliver a status callback"),
    11202: _callback("the public address refused Twilio's status callback"),
    11205: _callback("Twilio got no connection for a status callback"),
    11206: _callback("the public address answered a status callback with something that is not HTTP"),
    11210: _callback("the name in the public address cannot be resolved for a status callback", PUBLIC_URL),
    11220: _callback("TLS failed between Twilio and the public address at a status callback", _CERTIFICATE),
    **dict.fromkeys(
        range(11230, 11240), _callback("Twilio does not trust the public address's certificate", _CERTIFICATE)
    ),
    11750: bug("the TwiML is longer than 64 kB"),
    12100: bug("Twilio cannot read the TwiML"),
    12200: bug("Twilio does not understand a part of the TwiML and left it out"),
    12300: bug("Twilio does not accept the content type of an answer"),
    13223: CatalogueEntry(sentence="the number to call is not well formed", hint=E164),
    13224: CatalogueEntry(sentence="the number to call is not valid or not supported", hint=CHECK_NUMBER),
    13225: CatalogueEntry(sentence="Twilio blocks this number", hint=BLOCKED_NUMBER),
    13226: CatalogueEntry(sentence="the number to call has no valid country code", hint=E164),
    13227: CatalogueEntry(sentence="the account may not call this country", hint=GEO_PERMISSIONS),
    13247: CatalogueEntry(sentence="the caller ID is not valid", hint=OWN_NUMBER),
    13510: bug("Twilio does not accept how often the carrier's voice shall speak"),
    13511: bug("Twilio does not know the voice asked for the carrier's voice"),
    13520: CatalogueEntry(
        sentence="the carrier's voice cannot speak this text", hint="Write it without symbols.", quotes=True
    ),
    13521: CatalogueEntry(
        sentence="the text is too long for the carrier's voice, which stays silent", hint=OUR_BUG
    ),
    13805: CatalogueEntry(
        sentence="Twilio ended the call: those of a trial account last ten minutes at most", hint=UPGRADE
    ),
    15003: _callback("the public address answered a status callback with an HTTP error"),
    15004: bug("an address in the TwiML of a live call is not absolute"),
    21262: CatalogueEntry(
        sentence="the machine detection has no callback; its verdict is read from the call in its place"
    ),
    31900: CatalogueEntry(
        sentence="the media stream failed, and Twilio does not know why", hint=_TRY_LATER, quotes=True
    ),
    31901: CatalogueEntry(
        sentence="Twilio could not open the media stream: no connection to the public address in time",
        hint=_CHECK_PATH,
    ),
    31902: CatalogueEntry(
        sentence="Twilio could not open the media stream: the public address refused the connection",
        hint=_CHECK_PATH,
    ),
    31903: CatalogueEntry(
        sentence="the connection of the media stream broke",
        hint="It happens when the tunnel, this machine's network or this program breaks off during a call.",
    ),
    31904: CatalogueEntry(
        sentence="Twilio could not open the media stream: the public address's host cannot be reached",
        hint="The name in the public URL must lead to a public address, everywhere on the internet.",
    ),
    31910: CatalogueEntry(
        sentence="Twilio could not open the media stream: TLS failed at the public address",
        hint=f"{_CERTIFICATE} A TCP tunnel does not do.",
        quotes=True,
    ),
    31920: CatalogueEntry(
        sentence="Twilio could not open the media stream: no websocket was opened at the public address",
        hint="A tunnel's error page, a proxy or another server may answer there: see `cartesia-call check`.",
        quotes=True,
    ),
    31921: CatalogueEntry(sentence="the media stream was closed from this side, or by the tunnel"),
    31922: bug("Twilio could not open the media stream: its address is not wss://"),
    31923: CatalogueEntry(
        sentence="Twilio could not open the media stream: its address is malformed", hint=PUBLIC_URL
    ),
    31924: CatalogueEntry(
        sentence="Twilio ended the media stream: the websocket traffic was malformed",
        hint="A proxy on the way may break websockets; otherwise this is a bug in cartesia-call.",
        quotes=True,
    ),
    31930: CatalogueEntry(
        sentence="the callee's audio came in faster than it was read, and a part is lost; "
        "the message is not affected",
        hint="It happens on a busy machine or a slow tunnel.",
    ),
    31931: bug("more than ten minutes of the message were queued, and Twilio dropped a part"),
    31940: bug("Twilio could not open the media stream: its connector is unknown"),
    31941: bug("Twilio could not open the media stream: its track is not valid"),
    31942: bug("Twilio could not open the media stream: its connector is misconfigured"),
    31950: bug("Twilio could not read a message of the media stream and ignored it"),
    31951: bug("Twilio does not accept a message of the media stream and ignored it"),
    31952: bug("Twilio could not open the media stream: its extension is unknown"),
    31960: CatalogueEntry(
        sentence="a quota of the media stream is used up",
        hint="Look at the account in the Twilio console (console.twilio.com).",
        quotes=True,
    ),
    32014: CatalogueEntry(
        sentence="Twilio ended the call: no audio came from the callee's network", hint=_TRY_LATER
    ),
    32015: CatalogueEntry(
        sentence="Twilio ended the call at its time limit, which is this program's seat belt"
    ),
    32016: CatalogueEntry(
        sentence="the callee's network took too long to put the call through", hint=_TRY_LATER
    ),
    32017: CatalogueEntry(
        sentence="a network on the way blocked the call for the reputation of the caller ID",
        hint="Register the number at freecallerregistry.com and, in the Twilio console, in the Trust Hub "
        "(Voice Integrity, branded calling), or call from another one. `cartesia-call contact` makes a card "
        "for callees to save.",
    ),
    32203: CatalogueEntry(sentence="Twilio blocked the call", hint=BLOCKED_NUMBER),
    32224: CatalogueEntry(
        sentence="Twilio blocked the call: rules of the country keep it from being put through",
        hint="Call from a number of the callee's own country, or ask Twilio's support (help.twilio.com).",
    ),
}
"""By Twilio's code (twilio.com/docs/api/errors), as far as calls of this program can meet them."""


@dataclass(frozen=True, kw_only=True)
class Notification:
    """An entry of a call's Notifications as it came; `code` 0 where it has none."""

    code: int
    is_error: bool
    text: str
    more_info: str


def translate(notification: Notification, *, secrets: tuple[str, ...]) -> CarrierNote:
    """The note. A code that no catalogue holds is passed on with Twilio's own text and address."""
    entry = DEBUGGER.get(notification.code) or CATALOGUE.get(notification.code)
    said = quotable(_readable(notification.text), secrets=secrets)
    if entry is None:
        more_info = quotable(notification.more_info, secrets=secrets)
        sentence = said or "something that Twilio does not explain"
        hint = f"See {more_info}" if more_info.startswith("https://") else None
    else:
        sentence = f"{entry.sentence}: {said}" if entry.quotes and said else entry.sentence
        hint = entry.hint
    return CarrierNote(
        code=notification.code,
        sentence=sentence,
        hint=hint,
        is_error=notification.is_error,
        ended_stream=notification.code in STREAM_ENDING_CODES,
        blocked_call=notification.code in BLOCKING_CODES,
    )


_FORM = regex(r"[A-Za-z]\w*=")
_TEXT_FIELDS = ("msg", "message", "parsermessage", "description")


def _readable(text: str) -> str:
    """What a person can read of a text that may be a form (`Msg=...&ErrorCode=31920&LogLevel=ERROR`)."""
    if not _FORM.match(text):
        return text
    fields = {name.lower(): value for name, value in parse_qsl(text.partition("\n")[0], errors="replace")}
    said = next((fields[name] for name in _TEXT_FIELDS if name in fields), "")
    http_status = fields.get("httpresponse", "")
    if http_status.isdecimal() and http_status not in said:
        said = f"{said} (HTTP {http_status})" if said else f"HTTP {http_status}"
    return said or text
