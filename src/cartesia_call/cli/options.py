"""Click options made from the table of settings, and help that groups them.

The options themselves read no environment and have no default: `settings.resolve` looks everything up, so
that all problems are told together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cartesia_call.cli.plain_help import PlainHelp, PlainOption
from cartesia_call.declarations.setting import Command, Setting, Shape
from cartesia_call.settings.table import SECTIONS, TABLE

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Function = TypeVar("Function", bound=Callable[..., Any])

_GIVEN = f"{__name__}.given"


def files(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Have the shell complete the name of a file."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


class SettingOption(PlainOption):
    """A setting's option. It is no argument of the command's: `given_options` has what it was given."""

    def __init__(self, names: Sequence[str], *, setting: Setting[object], **attributes: Any) -> None:
        super().__init__(names, expose_value=False, callback=_keep, **attributes)
        self.setting = setting

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Files where the value is one, else the words that the help lists."""
        from click.shell_completion import CompletionItem

        metavar = self.setting.metavar or ""
        if metavar in {"PATH", "FILE"}:
            return files(ctx, self, incomplete)
        words = [word for word in metavar.split("|") if word.islower()]
        return [CompletionItem(word) for word in words if word.startswith(incomplete)]


class SettingsCommand(PlainHelp):
    """A command whose help shows its settings under their headings, and other options after them."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        headings = {setting: section.heading for section in SECTIONS for setting in section.settings}
        sections: dict[str, list[tuple[str, str]]] = {}
        others: list[tuple[str, str]] = []
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx)
            if record is None or not isinstance(option, click.Option):
                continue
            if isinstance(option, SettingOption):
                sections.setdefault(headings[option.setting], []).append(record)
            else:
                others.append(record)
        for heading, records in (*sections.items(), ("Other options", others)):
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


class MessageCommand(SettingsCommand):
    """One whose last argument is a message, which a shell takes apart without its quotes."""

    ends_with = "say"
    """What stands before the message, as a hint shows it."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.allow_extra_args = True  # to tell of them ourselves

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        if ctx.args and not ctx.resilient_parsing:
            message = " ".join([str(ctx.params.get("message") or ""), *ctx.args]).strip()
            ctx.fail(f'The message is several words: put it in quotes: {self.ends_with} "{message}"')
        return rest


class ListCommand(SettingsCommand):
    """One that takes a file, and no message behind it as its neighbours do."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.allow_extra_args = True  # to tell of them ourselves

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        if ctx.args and not ctx.resilient_parsing:
            given = ctx.meta.get(_GIVEN, {}).items()
            begun = [value for setting, value in given if "--message" in setting.options and value]
            message = " ".join([*begun, *ctx.args])
            file = ctx.params.get("path")
            ctx.fail(f'One list is called; its message is --message, in quotes: {file} --message "{message}"')
        return rest


def settings_of(command: Command) -> Callable[[Function], Function]:
    """A decorator that adds the options of the settings that `command` takes, in the table's order."""
    taken = [setting for setting in TABLE if setting.options and command in setting.commands]

    def decorate(function: Function) -> Function:
        for setting in reversed(taken):
            function = _option(setting)(function)
        return function

    return decorate


def given_options() -> dict[Setting[object], str | None]:
    """The settings whose options the running command has, and what each was given; None: nothing."""
    given: dict[Setting[object], str | None] = click.get_current_context().meta.get(_GIVEN, {})
    return given


def as_text(given: object) -> str | None:
    """A value as click gives it, in the text form that every source shares. None: not given."""
    if given is None or given == ():
        return None
    if isinstance(given, bool):
        return "1" if given else "0"
    if isinstance(given, tuple | list):
        return ",".join(map(str, given))
    return str(given).strip()


def _keep(ctx: click.Context, option: click.Parameter, value: object) -> None:
    if isinstance(option, SettingOption):
        ctx.meta.setdefault(_GIVEN, {})[option.setting] = as_text(value)


def _option(setting: Setting[object]) -> Callable[[Function], Function]:
    shapes: dict[Shape, dict[str, Any]] = {
        Shape.VALUE: {"type": str, "metavar": setting.metavar},
        Shape.LIST: {"type": str, "metavar": setting.metavar, "multiple": True},
        Shape.FLAG: {"is_flag": True},
        Shape.COUNT: {"count": True},
    }
    return click.option(
        *setting.options,
        cls=SettingOption,
        setting=setting,
        default=None,
        help=_help(setting),
        **shapes[setting.shape],
    )


def _help(setting: Setting[object]) -> str:
    notes = [f"env: {', '.join(setting.names)}"]
    if setting.default_shown is not None and setting.shape not in {Shape.FLAG, Shape.COUNT}:
        notes.insert(0, f"default: {setting.default_shown}")
    return f"{setting.help}  [{'; '.join(notes)}]"
