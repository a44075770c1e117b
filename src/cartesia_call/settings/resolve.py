"""Command line, environment, env file and defaults become frozen Settings, or one list of problems."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cartesia_call.errors import SettingsError
from cartesia_call.settings.answering import read_ack, read_answer, read_voicemail
from cartesia_call.settings.credentials import DEFAULT_REGION, read_cartesia, read_regions, read_twilio
from cartesia_call.settings.model import Limits, NetworkSettings, Settings
from cartesia_call.settings.public_path import NGROK, read_path
from cartesia_call.settings.reader import COMMAND_LINE, Reader
from cartesia_call.settings.sources import (
    EnvFile,
    default_env_files,
    first_env_file,
    read_named_env_file,
    user_config_directory,
)
from cartesia_call.settings.speaking import read_speech
from cartesia_call.settings.table import known_names
from cartesia_call.settings.turns import read_guard, read_people

TWILIO, CARTESIA, CALLER_ID, PATH = "twilio", "cartesia", "caller_id", "path"
REGIONS = "regions"
"""What a command can need, see `resolve`."""


def resolve(
    command_line: Mapping[str, object],
    environ: Mapping[str, str],
    *,
    working_directory: Path,
    needs: frozenset[str],
    config_directory: Path | None = None,
) -> Settings:
    """Look every setting up in the command line, the environment and the env file, in this order.

    `command_line` maps each option that the command offers to its value, None where it was not given; what
    is not offered keeps its default, whatever the environment says, and so cannot fail this command.
    `needs` names what must be there: `twilio`, `cartesia`, `caller_id`, `path`, `regions`. A rehearsal needs
    none of them, and no configured key, address or caller ID enters its settings; only with `tunnel` `ngrok`
    does it keep what the agent needs. `config_directory` holds the user's `.env`; platformdirs knows it.

    SettingsError with every missing and malformed setting.
    """
    places = default_env_files(working_directory, config_directory or user_config_directory())
    reader = Reader(command_line, environ, places)
    env_file = reader.env_file = _env_file(reader, working_directory, places)
    rehearse = reader.value("rehearse") is True
    needed = frozenset[str]() if rehearse else needs
    path = read_path(reader, rehearse=rehearse, required=PATH in needed)
    answer = read_answer(reader)
    settings = Settings(
        rehearse=rehearse,
        twilio=read_twilio(reader) if TWILIO in needed else None,
        cartesia=read_cartesia(reader) if CARTESIA in needed else None,
        caller_id=_caller_id(reader, rehearse=rehearse, required=CALLER_ID in needed),
        path=path,
        network=_network(reader) if needed or path.tunnel == NGROK else NetworkSettings(),
        limits=_limits(reader),
        ack=read_ack(reader),
        voicemail=read_voicemail(reader, answer),
        answer=answer,
        people=read_people(reader),
        guard=read_guard(reader),
        speech=read_speech(reader),
        region=_region(reader, required=TWILIO in needed),
        regions=read_regions(reader) if REGIONS in needed else None,
        country=reader.value("country"),
        voice_id=reader.value("voice_id"),
        model_id=reader.value("model_id"),
        language=reader.value("language"),
        fallback=reader.value("fallback"),
        message_file=reader.value("message_file"),
        save_audio=reader.value("save_audio"),
        record_callee=reader.value("record_callee"),
        dry_run=reader.value("dry_run"),
        print_only=reader.value("print_only"),
        callee=reader.value("callee"),
        faults=reader.value("faults") or (),
        real_time=reader.value("real_time"),
        json=reader.value("json"),
        quiet=reader.value("quiet"),
        verbose=reader.value("verbose"),
        show_numbers=reader.value("show_numbers"),
        sources=reader.sources,
        env_file=env_file.path if env_file else None,
        warnings=(*(env_file.warnings if env_file else ()), *reader.warnings),
    )
    _check_combinations(reader, settings)
    if reader.problems:
        raise SettingsError(reader.problems)
    return settings


def _env_file(reader: Reader, working_directory: Path, places: tuple[Path, Path]) -> EnvFile | None:
    named = reader.value("env_file")
    if isinstance(named, Path):
        return read_named_env_file(working_directory / named, known_names())
    return first_env_file(places, known_names())


def _caller_id(reader: Reader, *, rehearse: bool, required: bool) -> str | None:
    from cartesia_call.telephony.numbers import parse_number

    found = reader.find("caller_id")
    if found is None:
        if required:
            reader.miss("caller_id")
        return None
    if rehearse and found.source != COMMAND_LINE:
        return None

    def parse(text: str) -> str:
        number = parse_number(text, country=country)
        if number.warning is not None:
            reader.warnings.append(f"{found.where}: {number.warning}")
        return number.e164

    country = reader.value("country")
    caller_id: str | None = reader.value("caller_id", parse=parse)
    return caller_id


def _region(reader: Reader, *, required: bool) -> str:
    """What only Twilio needs stops no other command; a rehearsal has the command line's."""
    if not required and reader.given_on_command_line("region") is None:
        return DEFAULT_REGION
    region: str = reader.value("region")
    return region


def _network(reader: Reader) -> NetworkSettings:
    return NetworkSettings(
        https_proxy=reader.value("https_proxy"),
        no_proxy=reader.value("no_proxy"),
        ca_file=reader.value("ca_file"),
    )


def _limits(reader: Reader) -> Limits:
    return Limits(
        connect_timeout_s=reader.value("connect_timeout"),
        tunnel_timeout_s=reader.value("tunnel_timeout"),
        speech_timeout_s=reader.value("speech_timeout"),
        ring_timeout_s=reader.value("ring_timeout"),
        stream_timeout_s=reader.value("stream_timeout"),
        hangup_timeout_s=reader.value("hangup_timeout"),
        input_timeout_s=reader.value("input_timeout"),
        max_duration_s=reader.value("max_duration"),
    )


def _check_combinations(reader: Reader, settings: Settings) -> None:
    """What is well-formed alone and wrong together."""
    if settings.record_callee and settings.save_audio is None:
        reader.problems.append(
            "--record-callee adds to a file that nothing names: give --save-audio PATH too"
        )
    if settings.rehearse:
        return
    for key in ("callee", "faults", "real_time"):
        found = reader.find(key)
        # On the command line of a live call it would mean that somebody forgot --rehearse.
        if found is not None and found.source == COMMAND_LINE:
            reader.problems.append(f"{found.where} means something in a rehearsal only: add --rehearse")
