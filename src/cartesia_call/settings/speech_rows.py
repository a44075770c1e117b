"""Rows of the table about how the message is read and spoken, and what is kept of it."""

from __future__ import annotations

from cartesia_call.settings import parsers, people_parsers, speech_parsers
from cartesia_call.settings.setting import Heading, Setting, Shape
from cartesia_call.speech.tags import SPEED_RATIOS, VOLUME_RATIOS

READING = (
    Setting(
        key="read_as",
        heading=Heading.CALL,
        options=("--read-as",),
        metavar="plain|alert",
        default="plain",
        parse=parsers.one_of("plain", "alert"),
        help="alert: make machine text speakable, such as paths, addresses, times and units; "
        "docs/reading.md shows the rules. plain: say what is written.",
    ),
    Setting(
        key="spells",
        heading=Heading.CALL,
        options=("--spell",),
        shape=Shape.FLAG,
        default="0",
        parse=parsers.flag,
        help="With --read-as alert, spell identifiers letter by letter.",
    ),
    Setting(
        key="print_only",
        heading=Heading.CALL,
        options=("--print",),
        shape=Shape.FLAG,
        default="0",
        parse=parsers.flag,
        help="Show what will be said; dial nothing.",
    ),
)

VOICE = (
    Setting(
        key="cartesia_api_key",
        heading=Heading.VOICE,
        vendor_names=("CARTESIA_API_KEY",),
        secret=True,
        parse=parsers.secret,
        help="Cartesia's API key. Sent as a header, never in a URL.",
        remedy="make one at play.cartesia.ai under API Keys",
    ),
    Setting(
        key="voice_id",
        heading=Heading.VOICE,
        options=("--voice",),
        vendor_names=("CARTESIA_VOICE_ID",),
        metavar="ID|NAME",
        default="f786b574-daa5-4673-aa0c-cbe3e8534c02",
        default_note="Katie, f786b574-daa5-4673-aa0c-cbe3e8534c02",
        parse=speech_parsers.voice,
        help="Cartesia voice, by the UUID that play.cartesia.ai shows, or by its name.",
    ),
    Setting(
        key="model_id",
        heading=Heading.VOICE,
        options=("--model",),
        vendor_names=("CARTESIA_MODEL_ID",),
        metavar="ID",
        default="sonic-3.5",
        parse=parsers.model_id,
        help="Cartesia model.",
    ),
    Setting(
        key="language",
        heading=Heading.VOICE,
        options=("--language",),
        metavar="CODE",
        default="en",
        parse=speech_parsers.language,
        help="Language of the message, for Cartesia and for the carrier's voice: en, de, fr, es ...",
    ),
    Setting(
        key="speed",
        heading=Heading.VOICE,
        options=("--speed",),
        metavar="FACTOR",
        parse=speech_parsers.ratio(*SPEED_RATIOS),
        help="How fast Cartesia speaks, 0.6 to 1.5; 1 is the voice's own.",
    ),
    Setting(
        key="volume",
        heading=Heading.VOICE,
        options=("--volume",),
        metavar="FACTOR",
        parse=speech_parsers.ratio(*VOLUME_RATIOS),
        help="How loud Cartesia speaks, 0.5 to 2.0; 1 is the voice's own.",
    ),
    Setting(
        key="emotion",
        heading=Heading.VOICE,
        options=("--emotion",),
        metavar="NAME",
        parse=speech_parsers.emotion,
        help="In which mood Cartesia speaks: neutral, calm, angry, content, sad, scared ...",
    ),
    Setting(
        key="pronunciation_dict_id",
        heading=Heading.VOICE,
        options=("--pronunciation",),
        metavar="ID",
        parse=speech_parsers.pronunciation_dict_id,
        help="A pronunciation dictionary of your Cartesia account.",
    ),
    Setting(
        key="cache",
        heading=Heading.VOICE,
        options=("--cache/--no-cache",),
        shape=Shape.FLAG,
        default="1",
        parse=parsers.flag,
        help="Keep audio on this machine and use what is kept; --no-cache for private texts.",
    ),
    Setting(
        key="cache_size",
        heading=Heading.VOICE,
        options=("--cache-size",),
        metavar="SIZE",
        default="256MB",
        parse=speech_parsers.size_bytes,
        help="How much audio is kept; what was unused for the longest time goes first. "
        "A minute of speech is half a megabyte.",
    ),
    Setting(
        key="max_contexts",
        heading=Heading.VOICE,
        options=("--max-contexts",),
        metavar="N",
        default="2",
        parse=people_parsers.whole_number(1, 1000),
        help="How much speech this user has Cartesia make at the same time, 1 to 1000; more waits. "
        "Cartesia's plans allow 2 (Free), 3 (Pro), 5 (Startup) or 15 (Scale).",
    ),
    Setting(
        key="cartesia_version",
        heading=Heading.VOICE,
        vendor_names=("CARTESIA_VERSION",),
        default="2026-03-01",
        parse=parsers.api_version,
        help="Version of Cartesia's API.",
    ),
    Setting(
        key="cartesia_base_url",
        heading=Heading.VOICE,
        vendor_names=("CARTESIA_BASE_URL",),
        default="https://api.cartesia.ai",
        parse=parsers.origin,
        help="Another host for Cartesia's API, such as the simulator. http:// for loopback only.",
    ),
)
