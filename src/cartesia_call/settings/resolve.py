"""Command line, environment, env file and defaults become frozen Settings, or one list of problems."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

from cartesia_call.addresses import NetworkRules
from cartesia_call.declarations.setting import Need, Setting
from cartesia_call.errors import SettingsError
from cartesia_call.records import dataclass
from cartesia_call.settings import call, output, rehearsal
from cartesia_call.settings.answering import read_answering
from cartesia_call.settings.credentials import DEFAULT_REGION, REGION, read_regions, read_twilio
from cartesia_call.settings.dial_list import read_list
from cartesia_call.settings.fences import read_fences
from cartesia_call.settings.fleet import read_fleet
from cartesia_call.settings.model import Settings
from cartesia_call.settings.network import read_network
from cartesia_call.settings.public_path import AGENTS, read_path
from cartesia_call.settings.reader import CommandLine, Reader
from cartesia_call.settings.sources import (
    EnvFiles,
    default_env_files,
    find_env_file,
    read_named_env_file,
    user_config_directory,
)
from cartesia_call.settings.speaking import read_cartesia, read_say_voice, read_speech
from cartesia_call.settings.strange_names import REHEARSAL, strange_names
from cartesia_call.settings.table import known_names
from cartesia_call.settings.turns import read_guard, read_people
from cartesia_call.telephony.limits import CallLimits


@dataclass(frozen=True, kw_only=True)
class OutputMode:
    """What decides how even a refusal is printed."""

    json: bool
    rehearse: bool
    show_numbers: bool


def resolve(
    command_line: CommandLine,
    environ: Mapping[str, str],
    *,
    working_directory: Path,
    needs: frozenset[Need],
    config_directory: Path | None = None,
) -> Settings:
    """Look every setting up in the command line, the environment and the env file, in this order.

    `command_line` maps each option that the command offers to its text, None where it was not given; what
    is not offered keeps its default, whatever the environment says, and so cannot fail this command.
    `needs` names what must be there. What is only printed needs none of it, nor does a rehearsal, but for
    the queue: no configured key, address or caller ID enters its settings; only with `tunnel` `ngrok` does it
    keep what the agent needs.
    `config_directory` holds the user's `.env`; platformdirs knows it.

    SettingsError with every missing and malformed setting.
    """
    reader, places = _reader(command_line, environ, working_directory, config_directory)
    files = _read_env_file(reader, working_directory, places)
    _look_for_strange_names(reader, environ, may_rehearse=rehearsal.REHEARSE in command_line)
    rehearse, faults = reader.value(rehearsal.REHEARSE), reader.value(rehearsal.FAULTS)
    print_only = reader.value(call.PRINT_ONLY)
    needed = frozenset[Need]() if rehearse or print_only else needs - {Need.QUEUE}
    path = read_path(reader, rehearse=rehearse, required=Need.PATH in needed)
    limits = reader.read(CallLimits)
    settings = reader.read(
        Settings,
        twilio=read_twilio(reader) if Need.TWILIO in needed else None,
        cartesia=read_cartesia(reader) if Need.CARTESIA in needed else None,
        caller_id=call.read_caller_id(reader, rehearse=rehearse, required=Need.CALLER_ID in needed),
        path=path,
        network=read_network(reader) if needed or path.tunnel in AGENTS else NetworkRules(),
        limits=limits,
        answering=read_answering(reader),
        people=read_people(reader, ring_timeout_s=limits.ring_timeout_s),
        dial_list=read_list(reader),
        fleet=read_fleet(reader, required=Need.QUEUE in needs),
        guard=read_guard(reader),
        fences=read_fences(reader, rehearse=rehearse),
        speech=read_speech(reader),
        region=_region(reader, required=Need.TWILIO in needed),
        regions=read_regions(reader) if Need.REGIONS in needed else None,
        say_voice=read_say_voice(reader),
        trace=output.read_trace(reader),
        sources=reader.sources,
        env_file=files.env_file.path if files.env_file else None,
        faults=faults or (),
    )
    _refuse_problems(reader, settings, may_rehearse=rehearsal.REHEARSE in command_line)
    return dataclasses.replace(
        settings,
        names_from_file=tuple(sorted(reader.names_from_file)),
        warnings=(*files.warnings, *reader.warnings),
    )


def _refuse_problems(reader: Reader, settings: Settings, *, may_rehearse: bool) -> None:
    _refuse_what_leads_nowhere(reader, settings)
    if not settings.rehearse:
        rehearsal.refuse_outside(reader)
    if reader.problems:
        hint = reader.missing_hint(may_rehearse=may_rehearse)
        raise SettingsError(reader.problems_in_order(), hint=hint)


def _look_for_strange_names(reader: Reader, environ: Mapping[str, str], *, may_rehearse: bool) -> None:
    named = [name for name, value in environ.items() if value.strip()]
    strange = strange_names(sorted(named), "the environment", known_names().least_trust.keys(), in_file=False)
    reader.problems.extend(strange.problems)
    if REHEARSAL in named and may_rehearse and reader.find(rehearsal.REHEARSE) is None:
        reader.problems.append(
            f"the environment sets {REHEARSAL}, which is for `history` alone; did you mean "
            "CARTESIA_CALL_REHEARSE? Add --no-rehearse if not"
        )
    reader.warnings.extend(strange.warnings)


def _refuse_what_leads_nowhere(reader: Reader, settings: Settings) -> None:
    reader.refuse_strange_addresses()
    if settings.record_callee and settings.save_audio is None:
        reader.problems.append(
            "--record-callee adds to a file that nothing names: give --save-audio PATH too"
        )


def output_mode(
    command_line: CommandLine, environ: Mapping[str, str], *, working_directory: Path
) -> OutputMode:
    """How a command is to answer, known even when its settings are wrong: False where it cannot be known.

    Never raises SettingsError.
    """
    reader, places = _reader(command_line, environ, working_directory, None)
    with contextlib.suppress(SettingsError):
        _read_env_file(reader, working_directory, places)
    return OutputMode(
        json=reader.value(output.JSON),
        rehearse=reader.value(rehearsal.REHEARSE),
        show_numbers=reader.value(output.SHOW_NUMBERS),
    )


def given_texts(
    command_line: CommandLine,
    environ: Mapping[str, str],
    *,
    working_directory: Path,
    wanted: Callable[[Setting[object]], bool],
) -> dict[str, str]:
    """The texts of the `wanted` settings that `resolve` finds, wherever they stand, by their titles.

    SettingsError for an env file that cannot be read.
    """
    reader, places = _reader(command_line, environ, working_directory, None)
    _read_env_file(reader, working_directory, places)
    found = {setting.title: reader.find(setting) for setting in command_line if wanted(setting)}
    return {title: one.text for title, one in found.items() if one is not None}


def _reader(
    command_line: CommandLine, environ: Mapping[str, str], here: Path, config_directory: Path | None
) -> tuple[Reader, tuple[Path, Path]]:
    places = default_env_files(here, config_directory or user_config_directory())
    return Reader(command_line, environ, places), places


def _read_env_file(reader: Reader, working_directory: Path, places: tuple[Path, Path]) -> EnvFiles:
    """Let the reader have the file that holds, and what is wrong with it."""
    named = reader.value(output.ENV_FILE)
    if named is not None:
        credentials = reader.environment("CREDENTIALS_DIRECTORY")
        read = read_named_env_file(working_directory / named, known_names(), credentials=credentials)
        files = EnvFiles(env_file=read, warnings=read.warnings)
    else:
        files = find_env_file(*places, known_names())
    reader.env_file, reader.file_remarks = files.env_file, files.remarks
    if files.env_file is not None:
        reader.problems.extend(files.env_file.problems)
    return files


def _region(reader: Reader, *, required: bool) -> str:
    """What only Twilio needs stops no other command; a rehearsal has the command line's."""
    if not required and reader.given_on_command_line(REGION) is None:
        return DEFAULT_REGION
    return reader.value(REGION)
