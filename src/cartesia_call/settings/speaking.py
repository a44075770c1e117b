"""How the message is read and spoken, and what is kept of it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cartesia_call.declarations.setting import CALL, SPEECH, Command, Section, settings_in
from cartesia_call.declarations.trust import Trust
from cartesia_call.records import dataclass
from cartesia_call.settings import parsers, people_parsers, speech_parsers
from cartesia_call.settings.call import FALLBACK, FROM_ALERT, READ_AS, RESOLVED, SPELLS, TAGS
from cartesia_call.settings.reader import Reader
from cartesia_call.speech.choices import base_language, check_model, parse_language, parse_voice
from cartesia_call.speech.delivery import EMOTION, Delivery
from cartesia_call.speech.tags import check_emotion
from cartesia_call.telephony.say_voices import SayVoice, default_say_voice, find_say_voices, say_voice_for

if TYPE_CHECKING:
    from cartesia_call.alerts.formats import AlertFormat

SECTION = Section("The voice")

CARTESIA_API_KEY = SECTION.optional(
    vendor_names=("CARTESIA_API_KEY",),
    secret=True,
    least_trust=Trust.FOUND,
    parse=parsers.secret,
    help="Cartesia's API key. Sent as a header, never in a URL.",
    remedy="make one at play.cartesia.ai under API Keys",
)
VOICE_ID = SECTION.setting(
    "--voice",
    vendor_names=("CARTESIA_VOICE_ID",),
    least_trust=Trust.FOUND,
    metavar="ID|NAME",
    default="f786b574-daa5-4673-aa0c-cbe3e8534c02",
    default_note="Katie, f786b574-daa5-4673-aa0c-cbe3e8534c02",
    parse=parse_voice,
    help="Cartesia voice, by the UUID that play.cartesia.ai shows, or by its name.",
    commands=CALL | SPEECH,
)
# Cartesia's newest specification defaults to sonic-3.6. The one that calls were heard with stays, until both
# are compared on a telephone line: a message must not sound different because a vendor changed its mind.
MODEL_ID = SECTION.setting(
    "--model",
    vendor_names=("CARTESIA_MODEL_ID",),
    least_trust=Trust.FOUND,
    metavar="ID",
    default="sonic-3.5",
    parse=parsers.model_id,
    help="Cartesia model: sonic-3.5, sonic-3.6, or a dated snapshot of one (sonic-3.6-2026-08-27).",
    commands=CALL | SPEECH,
)
LANGUAGE = SECTION.setting(
    "--language",
    least_trust=Trust.FOUND,
    metavar="CODE",
    default="en",
    parse=parse_language,
    help="Language of the message: en, de, fr, es ..., or with a region for the carrier's voice: en-GB.",
    commands=CALL | SPEECH | {Command.VOICES},
)
SAY_VOICE = SECTION.optional(
    "--say-voice",
    metavar="NAME",
    least_trust=Trust.FOUND,
    default_note="a neural voice of the language, where Twilio has one",
    parse=speech_parsers.say_voice,
    help="The carrier's own voice, which speaks if nothing else can: Polly.Joanna-Neural, "
    "Google.de-DE-Wavenet-G, man, woman ... Twilio bills its characters.",
    commands=CALL,
)

SECTION.include(Delivery)
CACHE = SECTION.switch(
    "--cache/--no-cache",
    default="1",
    help="Keep audio on this machine and use what is kept; --no-cache for private texts.",
    commands=SPEECH | {Command.WORKER},
)

_LANGUAGE_CODES = """
en fr de es pt zh ja hi it ko nl pl ru sv tr tl bg ro ar cs el fi
hr ms sk da ta uk hu no vi bn th he ka id te gu kn ml mr pa or ur
"""
LANGUAGES = frozenset(_LANGUAGE_CODES.split())
"""Cartesia's `language` values (SDK 4.2.0)."""


@dataclass(frozen=True, kw_only=True)
class SpeechSettings:
    """How the message is read and spoken, and what is kept of it.

    `cache_limit_bytes` is how much audio may be kept, also by earlier commands that kept any, and
    `cache_max_age_s` how long it may have been unused, None: for ever; `max_contexts` how many syntheses
    this user runs at once. `read_as` is `plain` or `alert`, `spells` is never True with `plain`.
    `obeys_tags`: Cartesia's tags in a text do what they say.
    `from_alert`: how a monitor wrote the message, None: it is words. `tells_resolved`: what is over is told.
    """

    delivery: Delivery
    uses_cache: bool = CACHE.field
    cache_limit_bytes: int = SECTION.setting(
        "--cache-size",
        metavar="SIZE",
        default="256MB",
        parse=speech_parsers.size_bytes,
        help="How much audio is kept; what was unused for the longest time goes first. "
        "A minute of speech is half a megabyte.",
        commands=SPEECH | {Command.WORKER},
    ).field
    cache_max_age_s: float | None = SECTION.optional(
        "--cache-max-age",
        metavar="AGE",
        default_note="as long as there is room",
        parse=speech_parsers.age,
        help="Audio that was unused for longer is removed and made anew, such as 30d or 12w.",
        commands=SPEECH | {Command.WORKER},
    ).field
    max_contexts: int = SECTION.setting(
        "--max-contexts",
        metavar="N",
        default="2",
        parse=people_parsers.whole_number(1, 1000),
        help="How much speech this user has Cartesia make at the same time, 1 to 1000; more waits. "
        "Cartesia's plans allow 2 (Free), 3 (Pro), 5 (Startup) or 15 (Scale).",
        commands=SPEECH | {Command.WORKER},
    ).field
    read_as: str = "plain"
    spells: bool = False
    obeys_tags: bool = TAGS.field
    from_alert: AlertFormat | None = FROM_ALERT.field
    tells_resolved: bool = RESOLVED.field


@dataclass(frozen=True, kw_only=True)
class CartesiaSettings:
    """The speech service. `base_url` is an origin (https://) without a trailing slash."""

    api_key: str = field(repr=False)
    version: str = SECTION.setting(
        vendor_names=("CARTESIA_VERSION",),
        default="2026-03-01",
        parse=parsers.api_version,
        help="Version of Cartesia's API.",
    ).field
    base_url: str = SECTION.setting(
        vendor_names=("CARTESIA_BASE_URL",),
        leads_keys=True,
        default="https://api.cartesia.ai",
        parse=parsers.origin,
        help="Another host for Cartesia's API, such as the simulator. http:// for loopback only.",
    ).field


def read_cartesia(reader: Reader) -> CartesiaSettings | None:
    """The speech service. None after a problem."""
    problems_before = len(reader.problems)
    api_key = reader.required(CARTESIA_API_KEY)
    found = reader.read(CartesiaSettings, api_key=api_key or "")
    return None if api_key is None or len(reader.problems) > problems_before else found


def read_say_voice(reader: Reader) -> SayVoice | None:
    """The carrier's voice for the language; None if it has none, a warning where it may have to speak.

    One that speaks another language is a problem if this command names it; one that is configured may be
    meant for other messages. Where the carrier has none, any that is named is what the user decided on.
    """
    language, name = reader.value(LANGUAGE), reader.value(SAY_VOICE)
    default = default_say_voice(language)
    named = find_say_voices(name) if name is not None else ()
    voice = say_voice_for(name, language) if name is not None else default
    if voice is None and named and default is None:
        voice = named[0]
    if voice is None and named and default is not None:
        spoken = " and ".join(one.locale for one in named)
        remark = f"{name} speaks {spoken}, and --language is {language}"
        if option := reader.given_on_command_line(SAY_VOICE):
            reader.problems.append(f"{option}: {remark}; write one that speaks it, such as {default.name}")
        elif found := reader.find(SAY_VOICE):
            reader.warnings.append(f"{found.where}: {remark}; {default.name} is taken in its place")
        voice = default
    if voice is not None and not voice.is_listed:
        reader.warnings.append(
            f"{voice.name} is not among the voices that Twilio lists; if it has none of that name, nothing "
            "is heard where the carrier's voice should speak"
        )
    if voice is None and reader.offers(SAY_VOICE) and "say" in reader.value(FALLBACK):
        reader.warnings.append(
            f"the carrier has no voice that speaks {language}: where it has to speak, the message is read by "
            "its account's default voice, as a rule an English one, and does not count as delivered; "
            "--fallback local speaks for Cartesia on this machine, and --say-voice names a voice of a "
            "language that is near"
        )
    return voice


def read_speech(reader: Reader) -> SpeechSettings:
    """How it is spoken, kept and read. What does not go together becomes a problem.

    What Cartesia does not document is a warning: it may be new, and a fallback may speak.
    """
    _check_model(reader)
    _check_emotion(reader)
    _check_language(reader)
    read_as, spells = reader.value(READ_AS), reader.value(SPELLS)
    form = reader.value(FROM_ALERT)
    if form is None and not reader.is_malformed(FROM_ALERT):
        if option := reader.given_on_command_line(RESOLVED):
            reader.problems.append(f"{option} is about what a monitor sent: add --from-alert FORMAT")
    elif reader.find(READ_AS) is None:
        read_as = "alert"  # machines write so
    is_plain = read_as == "plain" and not reader.is_malformed(READ_AS)
    if is_plain and (option := reader.given_on_command_line(SPELLS)):
        reader.problems.append(f"{option} spells what --read-as alert recognises: add it")
    return reader.read(
        SpeechSettings,
        delivery=reader.read(Delivery),
        read_as=read_as,
        spells=spells and read_as == "alert",
        from_alert=form,
    )


def _check_model(reader: Reader) -> None:
    """Generation settings are sonic-3's and newer models' (Cartesia's API reference)."""
    model_id, found = reader.value(MODEL_ID), reader.find(MODEL_ID)
    if found is None or (remark := check_model(model_id)) is None:
        return
    reader.warnings.append(f"{found.where}: {remark}")
    if model_id.startswith("sonic-3"):
        return
    for setting in settings_in(Delivery).values():
        if delivery := reader.find(setting):
            reader.problems.append(
                f"{delivery.where}: model {model_id} cannot do that; leave it out, or name a model "
                "from sonic-3 on with --model"
            )


def _check_emotion(reader: Reader) -> None:
    emotion, found = reader.value(EMOTION), reader.find(EMOTION)
    if found is not None and emotion is not None and (remark := check_emotion(emotion)):
        reader.warnings.append(f"{found.where}: {remark}")


def _check_language(reader: Reader) -> None:
    language, found = base_language(reader.value(LANGUAGE)), reader.find(LANGUAGE)
    if found is not None and language not in LANGUAGES:
        reader.warnings.append(
            f"{found.where}: {language!r} is not among the languages that Cartesia documents "
            f"({' '.join(sorted(LANGUAGES))})"
        )
