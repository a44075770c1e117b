"""The carrier's own voices: which there are, what they speak, and which one speaks a language by default.

Names and locales are those of two lists of Twilio's: its page on text-to-speech, "Available voices and
languages" (twilio.com/docs/voice/twiml/say/text-speech, a copy read in November 2026), and `SayVoice` of its
library twilio-node 6.0.2 (2026-07-30). The page leaves out what Google is about to retire, the library names
it still; a name of either list is known here.
"""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata

from cartesia_call.patterns import regex
from cartesia_call.records import dataclass

_GOOGLE = """
af-ZA Standard:A
am-ET Wavenet:AB Standard:AB
ar-XA Chirp3-HD Wavenet:ABCD Standard:ABCD
bg-BG Standard:AB
bn-IN Chirp3-HD Wavenet:ABCD Standard:ABCD
ca-ES Standard:AB
cmn-CN Chirp3-HD Wavenet:ABCD Standard:ABCD
cmn-TW Wavenet:ABC Standard:ABC
cs-CZ Wavenet:AB Standard:AB
da-DK Neural2:DF Wavenet:ACDEFG Standard:ACDEFG
de-DE Chirp3-HD Neural2:ABCDFGH Wavenet:ABCDEFGH Standard:ABCDEFGH
el-GR Wavenet:AB Standard:AB
en-AU Chirp3-HD Neural2:ABCD Wavenet:ABCD Standard:ABCD
en-GB Chirp3-HD Neural2:ABCDFNO Wavenet:ABCDFNO Standard:ABCDFNO
en-IN Chirp3-HD Neural2:ABCD Wavenet:ABCDEF Standard:ABCDEF
en-US Chirp3-HD Neural2:ACDEFGHIJ Wavenet:ABCDEFGHIJ Standard:ABCDEFGHIJ
es-ES Chirp3-HD Neural2:ABCDEFGH Wavenet:BCDEFGH Standard:ABCDEFGH
es-US Chirp3-HD Neural2:ABC Wavenet:ABC Standard:ABC
eu-ES Standard:AB
fi-FI Wavenet:AB Standard:AB
fil-PH Wavenet:ABCD Standard:ABCD
fr-CA Chirp3-HD Neural2:ABCD Wavenet:ABCD Standard:ABCD
fr-FR Chirp3-HD Neural2:ABCDEFG Wavenet:ABCDEFG Standard:ABCDEFG
gl-ES Standard:AB
gu-IN Chirp3-HD Wavenet:ABCD Standard:ABCD
he-IL Wavenet:ABCD Standard:ABCD
hi-IN Chirp3-HD Neural2:ABCD Wavenet:ABCDEF Standard:ABCDEF
hu-HU Wavenet:AB Standard:AB
id-ID Chirp3-HD Wavenet:ABCD Standard:ABCD
is-IS Standard:AB
it-IT Chirp3-HD Neural2:ACF Wavenet:ABCDEF Standard:ABCDEF
ja-JP Chirp3-HD Neural2:BCD Wavenet:ABCD Standard:ABCD
kn-IN Chirp3-HD Wavenet:ABCD Standard:ABCD
ko-KR Chirp3-HD Neural2:ABC Wavenet:ABCD Standard:ABCD
lt-LT Standard:AB
lv-LV Standard:AB
ml-IN Chirp3-HD Wavenet:ABCD Standard:ABCD
mr-IN Chirp3-HD Wavenet:ABC Standard:ABC
ms-MY Wavenet:ABCD Standard:ABCD
nb-NO Wavenet:ABCDEFG Standard:ABCDEFG
nl-BE Wavenet:ABCD Standard:ABCD
nl-NL Chirp3-HD Wavenet:ABCDEFG Standard:ABCDEFG
pa-IN Wavenet:ABCD Standard:ABCD
pl-PL Chirp3-HD Wavenet:ABCDEFG Standard:ABCDEFG
pt-BR Chirp3-HD Neural2:ABC Wavenet:ABCDE Standard:ABCDE
pt-PT Wavenet:ABCDEF Standard:ABCDEF
ro-RO Wavenet:AB Standard:AB
ru-RU Chirp3-HD Wavenet:ABCDE Standard:ABCDE
sk-SK Wavenet:AB Standard:AB
sr-RS Standard:A
sv-SE Wavenet:ABCDEFG Standard:ABCDEFG
ta-IN Chirp3-HD Wavenet:ABCD Standard:ABCD
te-IN Chirp3-HD Standard:ABCD
th-TH Chirp3-HD Neural2:C Standard:A
tr-TR Chirp3-HD Wavenet:ABCDE Standard:ABCDE
uk-UA Wavenet:A Standard:A
vi-VN Chirp3-HD Neural2:AD Wavenet:ABCD Standard:ABCD
yue-HK Standard:ABCD
"""
"""Locale, and the letters of each kind: `Google.de-DE-Wavenet-A`. Neural2 of `fil-ph`, whose name alone is
written so, is left out."""

_CHIRP = "Aoede Charon Fenrir Kore Leda Orus Puck Zephyr"
"""The names of `Chirp3-HD`, the same in every locale that has it."""

_POLLY = """
arb Zeina:s
ar-AE Hala:n Zayd:n
ca-ES Arlet:n
cmn-CN Zhiyu:sn
cy-GB Gwyneth:s
da-DK Naja:s Mads:s Sofie:n
de-AT Hannah:n
de-DE Vicki:sng Daniel:ng Marlene:s Hans:s
en-AU Olivia:ng Nicole:s Russell:s
en-GB Amy:sng Emma:sn Brian:sn Arthur:n
en-GB-WLS Geraint:s
en-IE Niamh:n
en-IN Kajal:ng Aditi:s Raveena:s
en-NZ Aria:n
en-US Joanna:sng Matthew:sng Danielle:ng Ruth:ng Stephen:ng Gregory:n Ivy:sn Kendra:sn Kimberly:sn Salli:sn
en-US Joey:sn Justin:sn Kevin:sn
en-ZA Ayanda:ng
es-ES Lucia:sng Sergio:ng Conchita:s Enrique:s
es-MX Mia:sn Mía:g Andres:ng
es-US Lupe:sng Pedro:ng Penelope:s Miguel:s
fi-FI Suvi:n
fr-BE Isabelle:n
fr-CA Gabrielle:n Liam:n Chantal:s
fr-FR Lea:sng Remi:n Rémi:g Celine:s Mathieu:s
hi-IN Kajal:n Aditi:s
is-IS Dora:s Karl:s
it-IT Bianca:sng Adriano:n Carla:s Giorgio:s
ja-JP Kazuha:n Tomoko:n Takumi:sn Mizuki:s
ko-KR Seoyeon:sn
nb-NO Ida:n Liv:s
nl-BE Lisa:n
nl-NL Laura:n Lotte:s Ruben:s
pl-PL Ola:n Ewa:s Maja:s Jacek:s Jan:s
pt-BR Camila:sn Vitoria:sn Thiago:n Ricardo:s
pt-PT Ines:sn Cristiano:s
ro-RO Carmen:s
ru-RU Tatyana:s Maxim:s
sv-SE Elin:n Astrid:s
tr-TR Burcu:n Filiz:s
yue-CN Hiujin:n
"""
"""Locale, and Amazon's names with their kinds: `Polly.Vicki`, `Polly.Vicki-Neural`,
`Polly.Vicki-Generative`."""

_POLLY_KINDS = {"s": "", "n": "-Neural", "g": "-Generative"}

_BASIC = ("man", "woman")
_BASIC_LOCALES = "en-US en-GB de-DE es-ES es-MX es-US fr-FR it-IT"

_DEFAULTS = """
ar=Google.ar-XA-Wavenet-A ar-AE=Polly.Hala-Neural bg=Google.bg-BG-Standard-B bn=Google.bn-IN-Wavenet-A
cs=Google.cs-CZ-Wavenet-B da=Google.da-DK-Wavenet-F de=Google.de-DE-Neural2-G de-AT=Polly.Hannah-Neural
el=Google.el-GR-Wavenet-B en=Google.en-US-Neural2-F en-AU=Google.en-AU-Neural2-A en-GB=Google.en-GB-Neural2-N
en-IE=Polly.Niamh-Neural en-IN=Google.en-IN-Neural2-A en-NZ=Polly.Aria-Neural en-ZA=Polly.Ayanda-Neural
es=Google.es-US-Neural2-A es-ES=Google.es-ES-Neural2-H es-MX=Polly.Mia-Neural fi=Google.fi-FI-Wavenet-B
fr=Google.fr-FR-Neural2-F fr-BE=Polly.Isabelle-Neural fr-CA=Google.fr-CA-Neural2-A gu=Google.gu-IN-Wavenet-A
he=Google.he-IL-Wavenet-A hi=Google.hi-IN-Neural2-A hu=Google.hu-HU-Standard-B id=Google.id-ID-Wavenet-A
it=Google.it-IT-Wavenet-E ja=Google.ja-JP-Wavenet-B kn=Google.kn-IN-Wavenet-A ko=Google.ko-KR-Neural2-A
ml=Google.ml-IN-Wavenet-A mr=Google.mr-IN-Wavenet-A ms=Google.ms-MY-Wavenet-A nl=Google.nl-NL-Wavenet-F
nl-BE=Google.nl-BE-Wavenet-C no=Google.nb-NO-Wavenet-F pa=Google.pa-IN-Wavenet-A pl=Google.pl-PL-Wavenet-F
pt=Google.pt-PT-Wavenet-E pt-BR=Google.pt-BR-Neural2-A ro=Google.ro-RO-Wavenet-B ru=Google.ru-RU-Wavenet-A
sk=Google.sk-SK-Wavenet-B sv=Google.sv-SE-Wavenet-F ta=Google.ta-IN-Wavenet-C te=Google.te-IN-Standard-A
th=Google.th-TH-Standard-A tl=Google.fil-PH-Wavenet-A tr=Google.tr-TR-Wavenet-A uk=Google.uk-UA-Wavenet-A
vi=Google.vi-VN-Wavenet-A zh=Google.cmn-CN-Wavenet-A zh-HK=Google.yue-HK-Standard-A
zh-MO=Google.yue-HK-Standard-A zh-TW=Google.cmn-TW-Wavenet-A
"""
"""Language, or language and region, and the voice that speaks it unless another one is named.

A neural voice wherever there is one: Twilio's page calls the basic ones (`man`, `woman`), which cost nothing,
no voices for production, and the neural ones cost $0.0032 per 100 characters, a cent for 300, where the
standard ones cost $0.0008; a fallback is rare, and speaks when something matters. The generative ones cost
$0.013 and are a beta. Google's before Amazon's, for it takes 5000 characters where Amazon takes 3000, so that
a long message is not cut. Each stands in both lists, but for Ukrainian, which the library's alone has.
"""

_PLAIN = {"es": "es-ES", "pt": "pt-BR"}
"""What a language without a region has meant in telling Twilio; any other region of it is nearer to the other
voice: `es-AR` to `es-US`, `pt-AO` to `pt-PT`."""

_OUR_LANGUAGE = {"cmn": "zh", "yue": "zh", "nb": "no", "fil": "tl", "arb": "ar"}
"""Twilio's language codes where Cartesia has another one."""

_FORMED_AS_GOOGLES = regex(
    r"Google\.(?P<locale>[a-z]{2,3}-[A-Z]{2})-(?:Standard|Wavenet|Neural2|Chirp3-HD)-\w{1,30}", re.ASCII
)

POLLY_BYTES = 3000
GOOGLE_BYTES = 5000
BASIC_BYTES = 4096
"""What one `<Say>` takes of each provider's voices, as UTF-8 (twilio.com/docs/api/errors/13521)."""


@dataclass(frozen=True, kw_only=True)
class SayVoice:
    """A voice of the carrier's by its name in `<Say voice>`, and a locale that it speaks, for `<Say
    language>`.

    `is_listed`: Twilio's lists have it.
    """

    name: str
    locale: str
    is_listed: bool = True

    @property
    def language(self) -> str:
        """The locale's language, as Cartesia writes it: `zh` of `cmn-TW`."""
        return _language(self.locale)

    @property
    def most_bytes(self) -> int:
        """How much one `<Say>` may hold for it, as UTF-8."""
        if self.name.startswith("Polly."):
            return POLLY_BYTES
        return GOOGLE_BYTES if self.name.startswith("Google.") else BASIC_BYTES


def find_say_voices(name: str) -> tuple[SayVoice, ...]:
    """The voice with this name, once for each locale that it speaks; empty if nobody knows it.

    Case and accents do not matter. A Google voice of a locale from which Twilio lists none is believed in:
    such ones are added from time to time.
    """
    if found := _listed().get(_folded(name.strip()), ()):
        return found
    formed = _FORMED_AS_GOOGLES.fullmatch(name.strip())
    if formed is None or formed["locale"] in listed_locales():
        return ()
    return (SayVoice(name=formed[0], locale=formed["locale"], is_listed=False),)


def say_voice_for(name: str, language: str) -> SayVoice | None:
    """The voice with this name where it speaks `language`, a BCP 47 tag, best in its region; None: it does
    not."""
    asked = _locale(language)
    speaks = [voice for voice in find_say_voices(name) if voice.language == _language(language)]
    return next((voice for voice in speaks if voice.locale == asked), speaks[0] if speaks else None)


def default_say_voice(language: str) -> SayVoice | None:
    """The voice that speaks `language`, a BCP 47 tag such as `en-GB`, by default; None: the carrier has
    none."""
    base, locale = _language(language), _locale(language)
    plain = _PLAIN.get(base, base) if locale == base else locale
    name = _defaults().get(plain) or _defaults().get(base)
    if name is not None:
        formed = _FORMED_AS_GOOGLES.fullmatch(name)  # the locale is in the name: most calls read no list
        return SayVoice(name=name, locale=formed["locale"]) if formed else say_voice_for(name, language)
    speaks = (voice for voices in _listed().values() for voice in voices if voice.language == base)
    return next(speaks, None)


def similar_say_voices(name: str, language: str) -> tuple[str, ...]:
    """Up to three names that may have been meant, else those of `language`; its default one among them."""
    names = {folded: voices[0].name for folded, voices in _listed().items()}
    close = [names[one] for one in difflib.get_close_matches(_folded(name), names, n=3, cutoff=0.75)]
    default = default_say_voice(language)
    return tuple(close) or ((default.name,) if default else ())


@functools.cache
def listed_locales() -> frozenset[str]:
    """All locales that a listed voice speaks."""
    return frozenset(voice.locale for voices in _listed().values() for voice in voices)


@functools.cache
def _listed() -> dict[str, tuple[SayVoice, ...]]:
    """By folded name."""
    found: dict[str, tuple[SayVoice, ...]] = {}

    def add(name: str, locale: str) -> None:
        folded = _folded(name)
        found[folded] = (*found.get(folded, ()), SayVoice(name=name, locale=locale))

    for line in _GOOGLE.strip().splitlines():
        locale, *kinds = line.split()
        for kind, _, letters in (kind.partition(":") for kind in kinds):
            for letter in letters or _CHIRP.split():
                add(f"Google.{locale}-{kind}-{letter}", locale)
    for line in _POLLY.strip().splitlines():
        locale, *people = line.split()
        for person, _, kinds_of in (person.partition(":") for person in people):
            for kind in kinds_of:
                add(f"Polly.{person}{_POLLY_KINDS[kind]}", locale)
    for name in _BASIC:
        for locale in _BASIC_LOCALES.split():
            add(name, locale)
    return found


@functools.cache
def _defaults() -> dict[str, str]:
    return dict(entry.split("=") for entry in _DEFAULTS.split())


def _language(tag: str) -> str:
    primary = tag.partition("-")[0].lower()
    return _OUR_LANGUAGE.get(primary, primary)


def _locale(tag: str) -> str:
    """`en-gb` as `en-GB`, `nb-NO` as `no-NO`; without a region the language alone."""
    region = tag.partition("-")[2].upper()
    return f"{_language(tag)}-{region}" if region else _language(tag)


def _folded(name: str) -> str:
    if name.isascii():
        return name.casefold()
    apart = unicodedata.normalize("NFKD", name)
    return "".join(character for character in apart if not unicodedata.combining(character)).casefold()
