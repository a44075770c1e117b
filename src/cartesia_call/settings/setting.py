"""What a setting is: declared once, with its type, and what every place that tells of it follows from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypedDict, TypeVar, Unpack

from cartesia_call.settings.parsers import flag
from cartesia_call.settings.strange_names import OWN_PREFIX
from cartesia_call.settings.trust import Trust

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Command(StrEnum):
    """The commands that take settings as options."""

    DIAL = "dial"
    BATCH = "batch"
    WORKER = "worker"
    QUEUE = "queue, history"
    CHECK = "check"
    VERIFY_LIVE = "verify-live"
    SAY = "say"
    VOICES = "voices"
    HANGUP = "hangup"
    CONTACT = "contact"
    RECORD = "regions, providers, numbers"
    CACHE_LIST = "cache list"
    CACHE_WARM = "cache warm"
    CACHE_CLEAR = "cache clear"
    LINE_UP = "line up"
    LINE_STATUS = "line status"
    LINE_DOWN = "line down"


ONE_CALL = frozenset({Command.DIAL})
LIST = frozenset({Command.BATCH})
DIAL = ONE_CALL | LIST
"""Whatever places calls."""
CALL = DIAL | {Command.CHECK, Command.VERIFY_LIVE}
"""A call, and what proves that it works."""
PLACE = CALL | {Command.WORKER}
"""Whatever has a way to the carrier, and from it."""
SPEECH = DIAL | {Command.SAY, Command.CACHE_WARM}
"""Whatever has a text spoken."""
LINE = frozenset({Command.LINE_UP, Command.LINE_STATUS, Command.LINE_DOWN})
REACHED = PLACE | LINE
"""Whatever the internet reaches, or looks after what it reaches."""
CACHE = frozenset({Command.CACHE_LIST, Command.CACHE_WARM, Command.CACHE_CLEAR})
EVERY = frozenset(Command)


class Need(StrEnum):
    """What a command cannot do without."""

    TWILIO = "twilio"
    CARTESIA = "cartesia"
    CALLER_ID = "caller_id"
    PATH = "path"
    REGIONS = "regions"
    QUEUE = "queue"


OF_A_CALL = frozenset({Need.TWILIO, Need.CARTESIA, Need.CALLER_ID, Need.PATH})


class Shape(StrEnum):
    """How an option is written: with a value, alone, alone and repeated, or with a value and repeated."""

    VALUE = "value"
    FLAG = "flag"
    COUNT = "count"
    LIST = "list"


class Details(TypedDict, total=False):
    """What a declaration may say besides, as `Setting` has it."""

    vendor_names: tuple[str, ...]
    default_note: str
    metavar: str
    shape: Shape
    commands: frozenset[Command]
    secret: bool
    leads_keys: bool
    least_trust: Trust
    may_be_empty: bool
    remedy: str
    file_note: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting(Generic[T_co]):
    """One setting: its names in every source, its default, how its text becomes a value of its type.

    `options` are its names on the command line, the long one first (`--rehearse/--no-rehearse` for a
    switch with two sides); empty for what must not stand there. `commands` take them. `vendor_names` are
    environment names besides the own one that an option brings. `default` is text that `parse` reads;
    `unset` is the value without any text. `least_trust` is the least trusted place that may set it.
    `leads_keys`: it decides where keys go, or through whose hands. `may_be_empty`: an empty text on the
    command line is a value. `remedy` says what to do when a required value is missing, `file_note` what
    counts in an env file alone.
    """

    heading: str
    options: tuple[str, ...]
    help: str
    parse: Callable[[str], T_co]
    unset: Callable[[], T_co]
    default: str | None = None
    vendor_names: tuple[str, ...] = ()
    default_note: str | None = None
    metavar: str | None = None
    shape: Shape = Shape.VALUE
    commands: frozenset[Command] = DIAL
    secret: bool = False
    leads_keys: bool = False
    least_trust: Trust = Trust.NAMED
    may_be_empty: bool = False
    remedy: str = ""
    file_note: str = ""

    @property
    def option(self) -> str | None:
        """The long option, `--rehearse`."""
        return self.options[0].partition("/")[0] if self.options else None

    @property
    def names(self) -> tuple[str, ...]:
        """Environment names, the one that wins inside a source first: our own is the more specific."""
        if self.option is None:
            return self.vendor_names
        own = OWN_PREFIX + self.option.removeprefix("--").replace("-", "_").upper()
        return (own, *self.vendor_names)

    @property
    def title(self) -> str:
        """The environment name that documents the setting: the vendor's where there is one."""
        return (self.vendor_names or self.names)[0]

    @property
    def default_shown(self) -> str | None:
        """The default as help shows it, with its unit."""
        return self.default_note or self.default


class Section:
    """The settings below one heading of `--help` and `.env.example`, in the order of their declarations."""

    def __init__(self, heading: str) -> None:
        self.heading = heading
        self.settings: list[Setting[object]] = []

    def setting(
        self, *options: str, parse: Callable[[str], T], default: str, help: str, **details: Unpack[Details]
    ) -> Setting[T]:
        """One that always has a value."""
        declared = Setting(
            heading=self.heading,
            options=options,
            help=help,
            parse=parse,
            unset=lambda: parse(default),
            default=default,
            **details,
        )
        self.settings.append(declared)
        return declared

    def optional(
        self, *options: str, parse: Callable[[str], T], help: str, **details: Unpack[Details]
    ) -> Setting[T | None]:
        """One that is None where nobody sets it."""
        declared: Setting[T | None] = Setting(
            heading=self.heading, options=options, help=help, parse=parse, unset=lambda: None, **details
        )
        self.settings.append(declared)
        return declared

    def switch(
        self, *options: str, help: str, default: str = "0", **details: Unpack[Details]
    ) -> Setting[bool]:
        """One that is on or off."""
        details["shape"] = Shape.FLAG
        return self.setting(*options, parse=flag, default=default, help=help, **details)
