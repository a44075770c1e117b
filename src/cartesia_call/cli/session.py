"""What every command that reads settings begins with, and how it ends where it fails."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cartesia_call.cli import exit_status, terminal
from cartesia_call.cli.options import given_options
from cartesia_call.cli.signals import Stopped
from cartesia_call.declarations.setting import Need, Setting
from cartesia_call.errors import CartesiaCallError
from cartesia_call.loggers import logger_of
from cartesia_call.records import dataclass
from cartesia_call.settings.reader import CommandLine
from cartesia_call.settings.sources import process_environment

if TYPE_CHECKING:
    from cartesia_call.settings.model import Settings
    from cartesia_call.settings.resolve import OutputMode
    from cartesia_call.telephony.attempt import ErrorReport

JSON_SCHEMA = 1

logger = logger_of(__name__)


@dataclass(frozen=True)
class Failure:
    """How a command ended that came to no result: refused or stopped, or a fault of ours."""

    error: Exception | Stopped

    @property
    def status(self) -> int:
        """The exit status, as it will be."""
        if isinstance(self.error, CartesiaCallError):
            return exit_status.of_error(self.error)
        if isinstance(self.error, Stopped):
            return exit_status.SIGNAL_BASE + self.error.number
        return exit_status.BUG

    @property
    def report(self) -> ErrorReport:
        """The error's facts."""
        from cartesia_call.leg.result import bug_report, error_report

        if isinstance(self.error, CartesiaCallError):
            return error_report(self.error)
        return bug_report(self.error)

    def fields(self, **known: object) -> dict[str, object]:
        """The object that `--json` prints: what is `known` of the matter, exit status and error."""
        from cartesia_call.cli.render import error_fields

        return {
            "schema": JSON_SCHEMA,
            **known,
            "exit_code": self.status,
            "error": error_fields(self.report),
        }


class CommandSession:
    """One command: what it was given, how it is to answer, and its settings once they are read.

    `mode` holds even where settings are wrong. `also_read` are settings that the command has no option for.
    """

    def __init__(self, *, also_read: tuple[Setting[object], ...] = ()) -> None:
        from cartesia_call.settings.resolve import output_mode

        self.command_line: CommandLine = {**dict.fromkeys(also_read), **given_options()}
        self.environment: Mapping[str, str] = process_environment()
        self.mode: OutputMode = output_mode(
            self.command_line, self.environment, working_directory=working_directory()
        )
        terminal.show_numbers(self.mode.show_numbers)

    def read(self, needs: frozenset[Need] = frozenset()) -> Settings:
        """The settings, in force, their warnings told. SettingsError with everything that is wrong."""
        from cartesia_call.settings.resolve import resolve

        settings = resolve(
            self.command_line, self.environment, working_directory=working_directory(), needs=needs
        )
        self.begin(settings)
        for warning in settings.warnings:
            terminal.print_note(f"warning: {warning}")
        return settings

    def without_keys(self) -> Settings:
        """The settings that need no account, whatever keys are missing. SettingsError if they are wrong."""
        from cartesia_call.settings.resolve import resolve

        return resolve(
            self.command_line, self.environment, working_directory=working_directory(), needs=frozenset()
        )

    def begin(self, settings: Settings) -> None:
        """Have log lines as they are wanted, and no secret in any of them. A dry run that is to tell nothing
        logs nothing, unless something goes wrong."""
        if settings.verbose or not settings.dry_run:
            from cartesia_call.cli.logs import configure_logging

            configure_logging(settings.verbose)
        terminal.hide(settings.secrets)
        if settings.verbose and settings.env_file is not None:
            names = ", ".join(settings.names_from_file) or "nothing that this command needs"
            logger.info("the env file %s sets %s", settings.env_file, names)

    @contextlib.contextmanager
    def telling_failures(
        self, fields: Callable[[Failure], Mapping[str, object]] = Failure.fields
    ) -> Iterator[None]:
        """With --json, a failure inside the block is printed as an object, too; whoever catches it tells
        it to people."""
        try:
            yield
        except (Exception, Stopped) as error:
            if self.mode.json:
                import json

                terminal.print_result(json.dumps(fields(Failure(error))))
            raise


def working_directory() -> Path:
    """Where an env file is looked for. One that was deleted under our feet holds none: an alert goes on."""
    try:
        return Path.cwd()
    except OSError:
        return Path("(deleted working directory)")
