"""What a setting is: declared once, with its type, as the field of the plan that is read where it is used.

Whatever tells of it follows from there: option, environment names, help, `.env.example`, every refusal.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from enum import StrEnum
from typing import Generic, TypedDict, TypeVar, Unpack

from cartesia_call.declarations.flags import flag
from cartesia_call.declarations.trust import Trust
from cartesia_call.records import dataclass

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

OWN_PREFIX = "CARTESIA_CALL_"

_DECLARED = "setting"
"""Where the metadata of a field has its declaration."""


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
    def field(self) -> T_co:
        """The field of a frozen dataclass that holds the value, declared by this: `Reader.read` fills it in,
        and without a reader it is unset."""
        return dataclasses.field(default_factory=self.unset, metadata={_DECLARED: self})

    @functools.cached_property
    def option(self) -> str | None:
        """The long option, `--rehearse`."""
        return self.options[0].partition("/")[0] if self.options else None

    @functools.cached_property
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


def setting(
    *options: str, parse: Callable[[str], T], default: str, help: str, **details: Unpack[Details]
) -> Setting[T]:
    """One that always has a value."""
    return Setting(
        options=options, help=help, parse=parse, unset=lambda: parse(default), default=default, **details
    )


def optional(
    *options: str, parse: Callable[[str], T], help: str, **details: Unpack[Details]
) -> Setting[T | None]:
    """One that is None where nobody sets it."""
    return Setting(options=options, help=help, parse=parse, unset=lambda: None, **details)


def switch(*options: str, help: str, default: str = "0", **details: Unpack[Details]) -> Setting[bool]:
    """One that is on or off."""
    details["shape"] = Shape.FLAG
    return setting(*options, parse=flag, default=default, help=help, **details)


def one_of(*choices: str) -> Callable[[str], str]:
    """A parser of these words, in lower case."""

    def parse(value: str) -> str:
        if value.lower() in choices:
            return value.lower()
        raise ValueError(f"{value!r} is not known; write {' or '.join(choices)}")

    return parse


def settings_in(plan: object) -> dict[str, Setting[object]]:
    """The settings that a dataclass declares, by the names of its fields."""
    fields: dict[str, dataclasses.Field[object]] = getattr(plan, "__dataclass_fields__", {})
    return {name: field.metadata[_DECLARED] for name, field in fields.items() if _DECLARED in field.metadata}


class Section:
    """The settings below one heading of `--help` and `.env.example`, in their order."""

    def __init__(self, heading: str, plan: object = None) -> None:
        self.heading = heading
        self.settings: list[Setting[object]] = []
        self.include(plan)

    def include(self, declared: object) -> None:
        """One that was declared elsewhere, or those that a dataclass declares, stand here."""
        self.settings += [declared] if isinstance(declared, Setting) else settings_in(declared).values()

    def setting(
        self, *options: str, parse: Callable[[str], T], default: str, help: str, **details: Unpack[Details]
    ) -> Setting[T]:
        """As `setting`, and it stands here."""
        return self._listed(setting(*options, parse=parse, default=default, help=help, **details))

    def optional(
        self, *options: str, parse: Callable[[str], T], help: str, **details: Unpack[Details]
    ) -> Setting[T | None]:
        """As `optional`, and it stands here."""
        return self._listed(optional(*options, parse=parse, help=help, **details))

    def switch(
        self, *options: str, help: str, default: str = "0", **details: Unpack[Details]
    ) -> Setting[bool]:
        """As `switch`, and it stands here."""
        return self._listed(switch(*options, help=help, default=default, **details))

    def _listed(self, declared: Setting[T]) -> Setting[T]:
        self.settings.append(declared)
        return declared
