"""`init`: ask for the keys and write an env file that only its owner can read."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from cartesia_call.cli import terminal
from cartesia_call.cli.agent_download import install_agent, offer_agent
from cartesia_call.cli.git_ignore import offer_to_ignore
from cartesia_call.errors import CartesiaCallError, InputError
from cartesia_call.quoting import one_line
from cartesia_call.settings import parsers, people_parsers
from cartesia_call.settings.fences import COUNTRIES
from cartesia_call.settings.public_path import BIND, PUBLIC_URL
from cartesia_call.settings.sources import process_environment, user_config_directory

_FILE_MODE = 0o600
_DIRECTORY_MODE = 0o700
_LEAST_KEY_CHARACTERS = 8
_EXAMPLE_URL, _EXAMPLE_BIND = "https://calls.example.com", "127.0.0.1:8080"


@click.command()
@click.option(
    "--env-file",
    "named_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="The file to write.  [default: .env in the working directory; env: CARTESIA_CALL_ENV_FILE]",
)
@click.option(
    "--global", "for_user", is_flag=True, help="Write cartesia-call/.env in the user's configuration."
)
@click.option(
    "--countries",
    metavar="CC,...",
    help="Write that these countries are called besides the caller ID's own, such as CA,MX.",
)
@click.option("--install-agent", "only_agent", is_flag=True, help="Install the ngrok agent; ask nothing.")
def init(named_file: Path | None, for_user: bool, countries: str | None, only_agent: bool) -> None:
    """Ask for the keys and write a .env with mode 0600.

    \b
    Example:
      cartesia-call init --global
    """
    if only_agent:
        terminal.print_result(f"Installed {install_agent()}.")
        return
    path = _chosen_path(named_file, for_user=for_user)
    is_found_by_itself = for_user or path == Path.cwd() / ".env"
    is_trusted = for_user or not is_found_by_itself
    more = _more_countries(countries, is_trusted=is_trusted)
    if not sys.stdin.isatty():
        raise InputError(
            "init asks questions, and standard input is not a terminal",
            hint="run it in a terminal, or copy .env.example to .env and fill it in",
        )
    from cartesia_call.settings.env_text import with_values

    link = f", a link to {path.resolve()}," if path.is_symlink() else ""
    if path.exists() and not click.confirm(
        one_line(f"{path}{link} exists. Set the keys in it and keep its other lines?"),
        default=False,
        err=True,
    ):
        terminal.print_aside("Nothing was written.")
        return
    existing = _existing_text(path)
    answers = _ask_for_keys() | more
    address = {} if "NGROK_AUTHTOKEN" in answers else _ask_for_address()
    answers |= address if is_trusted else {}
    try:
        _write_private(path, with_values(existing, answers))
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}", hint="name another file with --env-file"
        ) from error
    terminal.print_result(f"Wrote {path} (mode 0600).")
    offer_to_ignore(path.resolve())
    if "NGROK_AUTHTOKEN" in answers:
        offer_agent()
    if address and not is_trusted:
        terminal.print_aside(
            "Whoever fills a directory may not say where calls lead: put these into your shell,"
        )
        terminal.print_aside("or run init --global.")
        for name, value in address.items():
            terminal.print_aside(f"  export {name}={value}")
    options = [] if is_found_by_itself else ["--env-file", str(path)]
    _say_what_is_next(options)
    _offer_check(options)


def _chosen_path(named_file: Path | None, *, for_user: bool) -> Path:
    if named_file is not None and for_user:
        raise InputError("--env-file and --global both say where to write", hint="give one of them")
    if for_user:
        return user_config_directory() / ".env"
    if named_file is None and (from_environment := process_environment().get("CARTESIA_CALL_ENV_FILE")):
        named_file = Path(from_environment)
    return Path.cwd() / (named_file or ".env")


def _more_countries(named: str | None, *, is_trusted: bool) -> dict[str, str]:
    """What `--countries` adds to the file."""
    if named is None:
        return {}
    if not is_trusted:
        raise InputError(
            "a .env of the working directory may not say which countries are called",
            hint="write another file: --global, or --env-file with another name",
        )
    try:
        countries = people_parsers.countries(named)
    except ValueError as error:
        raise InputError(f"--countries: {error}") from None
    return {COUNTRIES.title: ",".join(sorted(countries))}


def _ask_for_keys() -> dict[str, str]:
    """The answers by variable. Questions go to standard error, what is secret is not echoed."""
    terminal.print_aside("Twilio: console.twilio.com shows SID and token under Account Info.")
    answers = {
        "TWILIO_ACCOUNT_SID": _ask("Account SID", parsers.sid("AC")),
        "TWILIO_AUTH_TOKEN": _ask("Auth token (hidden)", _auth_token, hidden=True),
        "TWILIO_FROM_NUMBER": _ask("Caller ID, a number of the account", _caller_id),
    }
    terminal.print_aside("Cartesia: make a key at play.cartesia.ai under API Keys.")
    answers["CARTESIA_API_KEY"] = _ask("API key (hidden)", _key, hidden=True)
    terminal.print_aside("ngrok: dashboard.ngrok.com shows the authtoken. Leave it empty if you have")
    terminal.print_aside("a public address of your own (CARTESIA_CALL_PUBLIC_URL).")
    answers["NGROK_AUTHTOKEN"] = _ask("Authtoken (hidden)", _key, hidden=True, may_be_empty=True)
    return {name: answer for name, answer in answers.items() if answer}


def _ask_for_address() -> dict[str, str]:
    """Where the carrier reaches this machine without ngrok, and where we listen; empty if nobody knows."""
    url = _ask(f"Public address of yours, such as {_EXAMPLE_URL}", parsers.origin, may_be_empty=True)
    if not url:
        terminal.print_aside("  Without either, calls have no way back to this machine, and none is placed.")
        return {}
    bind = _ask(f"Where its proxy leads to here, such as {_EXAMPLE_BIND}", _bind)
    return {PUBLIC_URL.title: url, BIND.title: bind}


def _bind(text: str) -> str:
    parsers.bind_address(text)
    return text


def _ask(
    question: str, parse: Callable[[str], str], *, hidden: bool = False, may_be_empty: bool = False
) -> str:
    """Ask until the answer is well-formed. Empty means skipped, where that is allowed."""
    while True:
        typed = click.prompt(f"  {question}", default="", show_default=False, hide_input=hidden, err=True)
        text = str(typed).strip()
        if not text and may_be_empty:
            return ""
        try:
            if not text:
                raise ValueError("is needed")  # noqa: TRY301 - told like every other mistake
            return parse(text)
        except ValueError as error:
            terminal.print_aside(f"  That {error}.")
        except CartesiaCallError as error:
            terminal.print_aside(f"  {error} {error.hint or ''}".rstrip())


def _auth_token(text: str) -> str:
    if re.fullmatch("[0-9a-fA-F]{32}", parsers.secret(text)):
        return text
    raise ValueError(f"is not 32 hexadecimal digits (it has {len(text)} characters); copy it again")


def _key(text: str) -> str:
    """Of a vendor who does not say what a key looks like."""
    if len(parsers.secret(text)) >= _LEAST_KEY_CHARACTERS:
        return text
    raise ValueError("is too short to be a key; copy it again")


def _caller_id(text: str) -> str:
    from cartesia_call.telephony.numbers import parse_number

    number = parse_number(text, country=None)
    if number.warning is not None:
        terminal.print_aside(f"  {number.warning}")
    return number.e164


def _existing_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(
            f"{path} cannot be read: {reason}", hint="name another file with --env-file"
        ) from error


def _write_private(path: Path, text: str) -> None:
    """Replace `path` (what it links to, if it is a link) at once, by a file that only the owner can read."""
    target = path.resolve()
    for folder in reversed(target.parents):
        folder.mkdir(mode=_DIRECTORY_MODE, exist_ok=True)
    with _new_file_beside(target) as new:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            if os.geteuid() == 0 and target.exists():  # root may replace a user's file, and not take it
                replaced = target.stat()
                os.fchown(descriptor, replaced.st_uid, replaced.st_gid)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)


@contextlib.contextmanager
def _new_file_beside(target: Path) -> Iterator[Path]:
    new = target.with_name(f"{target.name}.{secrets.token_hex(4)}.new")
    try:
        yield new
    finally:
        new.unlink(missing_ok=True)


def _say_what_is_next(options: list[str]) -> None:
    option = "".join(f" {shlex.quote(word)}" for word in options)
    terminal.print_aside("A call costs Twilio's price a minute to that country, and a credit of Cartesia's a")
    terminal.print_aside("character; check costs three credits, a rehearsal nothing.")
    terminal.print_aside("Next, a rehearsal without a telephone, then a real call:")
    terminal.print_aside('  cartesia-call dial --rehearse +12025550143 "Hello"')
    terminal.print_aside(f'  cartesia-call dial{option} YOUR_NUMBER "Hello"')


def _offer_check(options: list[str]) -> None:
    """The keys are tried where they were asked for; what fails there is told, and is no failure of `init`."""
    if not click.confirm("Check them now? Nobody is called", default=True, err=True):
        return
    from cartesia_call.cli.check import check

    # Not what this command was given, but what `check` itself would be.
    check.main(options, prog_name=f"{terminal.PROGRAM} check", standalone_mode=False)
