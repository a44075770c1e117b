"""Click options made from the table of settings, and help that groups them.

The options themselves read no environment and have no default: `settings.resolve` looks everything up, so
that all problems are told together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from cartesia_call.settings.setting import Setting, Shape
from cartesia_call.settings.table import BY_KEY, TABLE

Function = TypeVar("Function", bound=Callable[..., Any])

COMMON_KEYS = ("env_file", "json", "quiet", "verbose", "show_numbers")
REQUEST_KEYS = ("region", "connect_timeout", "hangup_timeout")


class SettingOption(click.Option):
    """An option that belongs under a heading of its own in the help."""

    def __init__(self, names: Sequence[str], *, heading: str, **attributes: Any) -> None:
        super().__init__(names, **attributes)
        self.heading = heading


class SettingsCommand(click.Command):
    """A command whose help shows its settings under their headings, and other options after them."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        others: list[tuple[str, str]] = []
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx)
            if record is None or not isinstance(option, click.Option):
                continue
            if isinstance(option, SettingOption):
                sections.setdefault(option.heading, []).append(record)
            else:
                others.append(record)
        for heading, records in (*sections.items(), ("Other options", others)):
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


def setting_options(keys: Iterable[str]) -> Callable[[Function], Function]:
    """A decorator that adds the options of these settings, in this order, as `resolve` expects them."""
    settings = [BY_KEY[key] for key in keys]

    def decorate(function: Function) -> Function:
        for setting in reversed(settings):
            function = _option(setting)(function)
        return function

    return decorate


dial_options = setting_options(
    setting.key for setting in TABLE if setting.options and setting.key not in COMMON_KEYS
)
"""Everything that says how to call; `common_options` come in addition."""

request_options = setting_options(REQUEST_KEYS)
"""For a command that asks Twilio's API something without calling anybody."""

SPEECH_KEYS = (
    *("message_file", "read_as", "spells", "print_only", "voice_id", "model_id", "language"),
    *("speed", "volume", "emotion", "pronunciation_dict_id", "cache", "cache_size", "max_contexts"),
    *("fallback", "connect_timeout", "speech_timeout", "input_timeout", "rehearse", "faults"),
)

speech_options = setting_options(SPEECH_KEYS)
"""For a command that makes speech without calling anybody."""

common_options = setting_options(COMMON_KEYS)
"""Env file and output, for every command that reads settings."""


def _option(setting: Setting) -> Callable[[Function], Function]:
    shapes: dict[Shape, dict[str, Any]] = {
        Shape.VALUE: {"type": str, "metavar": setting.metavar},
        Shape.LIST: {"type": str, "metavar": setting.metavar, "multiple": True},
        Shape.FLAG: {"is_flag": True},
        Shape.COUNT: {"count": True},
    }
    return click.option(
        *setting.options,
        setting.key,
        cls=SettingOption,
        heading=setting.heading.value,
        default=None,
        help=_help(setting),
        **shapes[setting.shape],
    )


def _help(setting: Setting) -> str:
    notes = [f"env: {', '.join(setting.names)}"]
    if setting.default_shown is not None and setting.shape not in {Shape.FLAG, Shape.COUNT}:
        notes.insert(0, f"default: {setting.default_shown}")
    return f"{setting.help}  [{'; '.join(notes)}]"
