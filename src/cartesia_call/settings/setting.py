"""What one row of the table of settings says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from cartesia_call.settings.sources import OWN_PREFIX


class Heading(StrEnum):
    """Groups of settings, in the order of `--help` and `.env.example`."""

    CALL = "The call"
    KEYS = "Asking for a key"
    ANSWER = "Who answers"
    PEOPLE = "People in turn"
    GUARD = "Guard rails"
    VOICE = "The voice"
    TWILIO = "Twilio"
    PATH = "The public path"
    LIMITS = "Time limits"
    REHEARSAL = "Rehearsal"
    NETWORK = "The network"
    OUTPUT = "Output"


class Shape(StrEnum):
    """How an option is written: with a value, alone, alone and repeated, or with a value and repeated."""

    VALUE = "value"
    FLAG = "flag"
    COUNT = "count"
    LIST = "list"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting: its names in every source, its default, how its text becomes a value.

    `options` are its names on the command line, the long one first (`--rehearse/--no-rehearse` for a
    switch with two sides); empty for what must not stand there. `vendor_names` are environment names
    besides the own one that an option brings. `default` is text that `parse` reads. `may_be_empty`: an
    empty text on the command line is a value. `remedy` says what to do when a required value is missing.
    """

    key: str
    heading: Heading
    help: str
    parse: Callable[[str], object]
    options: tuple[str, ...] = ()
    vendor_names: tuple[str, ...] = ()
    default: str | None = None
    default_note: str | None = None
    metavar: str | None = None
    shape: Shape = Shape.VALUE
    secret: bool = False
    process_only: bool = False
    may_be_empty: bool = False
    remedy: str = ""

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
