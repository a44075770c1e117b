"""Whose voice speaks, and how, with the options that say so."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field

from cartesia_call.declarations.setting import SPEECH, optional
from cartesia_call.records import dataclass
from cartesia_call.speech.choices import base_language
from cartesia_call.speech.tags import SPEED_RATIOS, VOLUME_RATIOS


def ratio(least: float, most: float) -> Callable[[str], float]:
    """A parser of factors in this range; 1 is the voice's own."""

    def parse(value: str) -> float:
        if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", value) and least <= float(value) <= most:
            return float(value)
        raise ValueError(f"{value!r} is not a factor from {least} to {most}; 1 is the voice's own")

    return parse


def parse_emotion(value: str) -> str:
    """One word, in lower case; two with a stroke between them are one of Cartesia's names."""
    if re.fullmatch(r"(?=.{1,40}$)[A-Za-z]+(/[A-Za-z]+)?", value):
        return value.lower()
    raise ValueError(f"{value!r} is not an emotion; write one word, such as calm")


def pronunciation_dict_id(value: str) -> str:
    """The ID of a dictionary of the account, as Cartesia shows it."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", value):
        return value
    raise ValueError(f"{value!r} is not the ID of a pronunciation dictionary; write it as Cartesia shows it")


EMOTION = optional(
    "--emotion",
    metavar="NAME",
    parse=parse_emotion,
    help="In which mood Cartesia speaks: neutral, calm, angry, content, sad, scared ...",
    commands=SPEECH,
)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """How a voice speaks; None leaves the service's default. `speed` and `volume` are relative to the voice's
    own."""

    speed: float | None = optional(
        "--speed",
        metavar="FACTOR",
        parse=ratio(*SPEED_RATIOS),
        help="How fast Cartesia speaks, 0.6 to 1.5; 1 is the voice's own.",
        commands=SPEECH,
    ).field
    volume: float | None = optional(
        "--volume",
        metavar="FACTOR",
        parse=ratio(*VOLUME_RATIOS),
        help="How loud Cartesia speaks, 0.5 to 2.0; 1 is the voice's own.",
        commands=SPEECH,
    ).field
    emotion: str | None = EMOTION.field
    pronunciation_dict_id: str | None = optional(
        "--pronunciation",
        metavar="ID",
        parse=pronunciation_dict_id,
        help="A pronunciation dictionary of your Cartesia account.",
        commands=SPEECH,
    ).field


@dataclass(frozen=True, kw_only=True)
class Voicing:
    """Which voice of which model speaks which language, and how.

    `language` is a BCP 47 tag: `de`, or `de-AT`, of which Cartesia is told `base_language`.
    """

    model_id: str
    voice_id: str
    language: str
    delivery: Delivery = field(default_factory=Delivery)

    @property
    def base_language(self) -> str:
        """The language without its region, in two letters."""
        return base_language(self.language)
