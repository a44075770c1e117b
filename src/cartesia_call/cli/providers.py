"""`providers`: the Twilio credentials that Cartesia holds, one for each account and region."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from cartesia_call.cli import terminal
from cartesia_call.cli.options import SettingsCommand
from cartesia_call.cli.record_session import (
    BOTH_SIDES,
    RecordSession,
    answered,
    is_wanted,
    record_options,
    record_session,
    yes_option,
)
from cartesia_call.cli.tables import one_line, print_table
from cartesia_call.errors import InputError, SettingsError

if TYPE_CHECKING:
    from cartesia_call.region_ports import ApiKey, PhoneRecord, Provider
    from cartesia_call.settings.credentials import RegionsSettings

_HEADINGS = ("ID", "REGION", "ACCOUNT", "KEY", "LABEL")


@click.group()
def providers() -> None:
    """Link Twilio credentials of each region with Cartesia.

    ID is a provider's id, label or region.

    \b
    cartesia-call providers add --region ie1 --label Ireland
    """


@providers.command("list", cls=SettingsCommand)
@record_options
def list_providers() -> None:
    """List the credentials that Cartesia holds."""
    with record_session() as session:
        found = session.run(lambda record: record.providers())
        if session.settings.json:
            session.print_objects(*map(provider_fields, found))
        elif found:
            rows = [(p.id, p.region or p.type, p.account_sid, p.api_key_sid, p.label) for p in found]
            print_table(_HEADINGS, rows)
        else:
            terminal.print_note(
                "Cartesia's record holds no provider; `cartesia-call providers add` makes one"
            )


@providers.command(cls=SettingsCommand)
@click.option(
    "--region", metavar="us1|ie1|au1", help="Where its key was made.  [default: TWILIO_REGION, else us1]"
)
@click.option(
    "--label", metavar="TEXT", envvar="CARTESIA_CALL_LABEL", show_envvar=True, help="A name of your own."
)
@record_options
def add(*, region: str | None, label: str | None) -> None:
    """Link the credentials of a region.

    They come from the settings of the region (TWILIO_API_KEY_SID_IE1 and TWILIO_API_KEY_SECRET_IE1 for ie1),
    or are asked for on a terminal. Cartesia tries them with Twilio first.
    """
    from cartesia_call.regions.changes import add_provider

    with record_session(BOTH_SIDES) as session:
        regions = _regions(session)
        where = _known_region(region) or regions.used_region
        key = _key(regions, where, account_sid=None)
        made = session.run(lambda record: add_provider(record, key, region=where, label=label))
        session.say(f"added {_described(made)}", provider_fields(made))


@providers.command(cls=SettingsCommand)
@click.argument("name", metavar="ID")
@record_options
def show(*, name: str) -> None:
    """Show one of them, and the numbers that live there."""
    with record_session() as session:

        async def look(record: PhoneRecord) -> tuple[Provider, list[str]]:
            from cartesia_call.regions.changes import find_provider

            found = await record.provider((await find_provider(record, name)).id)
            return found, [held.number for held in await record.numbers() if held.provider.id == found.id]

        found, numbers = session.run(look)
        fields = {**provider_fields(found), "numbers": numbers}
        if session.settings.json:
            session.print_objects(fields)
            return
        width = max(map(len, fields))
        for field, value in fields.items():
            text = ", ".join(value) if isinstance(value, list) else value
            terminal.print_result(f"{field:<{width}}  {one_line(text)}")


@providers.command(cls=SettingsCommand)
@click.argument("name", metavar="ID")
@click.option("--region", metavar="us1|ie1|au1", help="Where the new key was made, if in another region.")
@record_options
def update(*, name: str, region: str | None) -> None:
    """Give a provider the key that the settings hold for its region.

    Without one in the settings it is asked for on a terminal. Cartesia keeps the old key if the new one does
    not reach all of the provider's numbers; which ones is told.
    """
    from cartesia_call.regions.changes import find_provider, update_provider

    with record_session(BOTH_SIDES) as session:
        new_region = _known_region(region)
        found = session.run(lambda record: find_provider(record, name))
        where = new_region or found.region or _regions(session).used_region
        key = _key(_regions(session), where, account_sid=found.account_sid)
        changed = session.run(lambda record: update_provider(record, found, key, region=new_region))
        session.say(f"updated {_described(changed)}: its key is {key.sid}", provider_fields(changed))


@providers.command(cls=SettingsCommand)
@click.argument("name", metavar="ID")
@yes_option
@record_options
def remove(*, name: str, yes: bool) -> None:
    """Remove a provider from Cartesia.

    It must have no numbers. Twilio's key stays as it is.
    """
    from cartesia_call.regions.changes import find_provider, remove_provider

    with record_session() as session:
        found = session.run(lambda record: find_provider(record, name))
        question = f"Remove {_described(found)} from Cartesia's record?"
        if not is_wanted(question, yes=yes, done_by="providers remove"):
            session.say_nothing_removed()
            return
        session.run(lambda record: remove_provider(record, found))
        session.say(f"removed {_described(found)}", {"removed": found.id})


def provider_fields(provider: Provider) -> dict[str, object]:
    """A provider as `--json` prints it."""
    return {
        "id": provider.id,
        "type": provider.type,
        "account_sid": provider.account_sid,
        "api_key_sid": provider.api_key_sid,
        "region": provider.region,
        "label": provider.label,
    }


def _described(provider: Provider) -> str:
    from cartesia_call.regions.naming import described

    return f"provider {described(provider)}"


def _regions(session: RecordSession) -> RegionsSettings:
    assert session.settings.regions is not None  # noqa: S101  # resolve() was told that they are needed
    return session.settings.regions


def _known_region(text: str | None) -> str | None:
    from cartesia_call.declarations.setting import one_of
    from cartesia_call.settings.parsers import REGION_EDGES

    try:
        return one_of(*REGION_EDGES)(text) if text is not None else None
    except ValueError as error:
        raise InputError(f"--region: {error}") from None


def _key(regions: RegionsSettings, region: str, *, account_sid: str | None) -> ApiKey:
    """The region's key from the settings, or as somebody types it; the secret is never shown.

    `account_sid` is whose it must be, where that is known.
    """
    from cartesia_call.wiring.regions import api_key

    found = api_key(regions, region)
    if found is not None:
        return found
    names = [regions.variable(name, region) for name in ("TWILIO_API_KEY_SID", "TWILIO_API_KEY_SECRET")]
    if not sys.stdin.isatty():
        has_token = region in regions.by_region
        also = ", only an auth token, which Cartesia does not take" if has_token else ""
        missing = ["TWILIO_ACCOUNT_SID"] * (regions.account_sid is None and account_sid is None) + names
        raise SettingsError(
            [f"the settings hold no API key for {region}{also}"],
            hint=f"set {', '.join(missing[:-1])} and {missing[-1]}, or run this in a terminal to be asked",
        )
    return _asked_key(region, account_sid or regions.account_sid)


def _asked_key(region: str, account_sid: str | None) -> ApiKey:
    from cartesia_call.region_ports import ApiKey
    from cartesia_call.settings import parsers

    terminal.print_aside(f"Twilio: an API key made in region {region} (console: API keys & tokens).")
    if account_sid is None:
        account_sid = _ask("Account SID", parsers.sid("AC"))
    sid = _ask("API key SID", parsers.sid("SK"))
    secret = _ask("API key secret (hidden)", parsers.secret, hidden=True)
    terminal.hide([secret])
    return ApiKey(account_sid=account_sid, sid=sid, secret=secret)


def _ask(question: str, parse: Callable[[str], str], *, hidden: bool = False) -> str:
    """Ask until the answer is well-formed."""
    while True:
        with answered():
            typed = click.prompt(f"  {question}", default="", show_default=False, hide_input=hidden, err=True)
        text = str(typed).strip()
        try:
            if text:
                return parse(text)
        except ValueError as error:
            terminal.print_aside(f"  That {error}.")
