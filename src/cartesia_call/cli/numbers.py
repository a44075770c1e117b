"""`numbers`: the telephone numbers in Cartesia's record, each under the credentials of one region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cartesia_call.cli import terminal
from cartesia_call.cli.options import SettingsCommand
from cartesia_call.cli.record_session import (
    e164_or_id,
    is_wanted,
    record_options,
    record_session,
    yes_option,
)
from cartesia_call.cli.tables import print_table
from cartesia_call.errors import InputError

if TYPE_CHECKING:
    from cartesia_call.region_ports import HeldNumber, PhoneRecord

_HEADINGS = ("NUMBER", "ID", "PROVIDER", "REGION", "AGENT", "LABEL")


@click.group()
def numbers() -> None:
    """Import numbers to Cartesia, and move them between regions.

    NUMBER is E.164 or a number's id, a PROVIDER an id, label or region.

    \b
    cartesia-call numbers import +12025550100 --provider us1 --label Alerts
    """


@numbers.command("list", cls=SettingsCommand)
@record_options
def list_numbers() -> None:
    """List the numbers that Cartesia holds, with whole numbers."""
    with record_session() as session:

        async def look(record: PhoneRecord) -> tuple[list[HeldNumber], dict[str, str | None]]:
            regions = {provider.id: provider.region for provider in await record.providers()}
            return await record.numbers(), regions

        found, regions = session.run(look)
        if session.settings.json:
            session.print_objects(*map(number_fields, found))
        elif found:
            print_table(_HEADINGS, [_row(held, regions) for held in found])
        else:
            terminal.print_note(
                "Cartesia's record holds no number; `cartesia-call numbers import` takes one in"
            )


@numbers.command("import", cls=SettingsCommand)
@click.argument("number", metavar="NUMBER")
@click.option(
    "--provider",
    metavar="PROVIDER",
    required=True,
    envvar="CARTESIA_CALL_PROVIDER",
    show_envvar=True,
    help="Whose credentials it is to live under.",
)
@click.option(
    "--label",
    metavar="TEXT",
    envvar="CARTESIA_CALL_LABEL",
    show_envvar=True,
    help="A name of your own.  [default: the number]",
)
@click.option(
    "--agent",
    metavar="AGENT",
    envvar="CARTESIA_CALL_AGENT",
    show_envvar=True,
    help="The id of the agent that answers it.",
)
@record_options
def import_(*, number: str, provider: str, label: str | None, agent: str | None) -> None:
    """Take a number of the Twilio account into Cartesia's record."""
    from cartesia_call.regions.changes import find_provider, import_number

    with record_session() as session:
        e164 = e164_or_id(number)
        if not e164.startswith("+"):
            raise InputError(f"{number!r} is not a number in E.164", hint="write +, country code and number")

        async def take_in(record: PhoneRecord) -> HeldNumber:
            chosen = await find_provider(record, provider)
            return await import_number(record, e164, provider=chosen, label=label or e164, agent_id=agent)

        held = session.run(take_in)
        session.say(
            f"imported {held.number} as {held.id} under provider {held.provider.id}", number_fields(held)
        )


@numbers.command(cls=SettingsCommand)
@click.argument("number", metavar="NUMBER")
@click.option("--to", "provider", metavar="PROVIDER", required=True, help="The provider to put it under.")
@record_options
def move(*, number: str, provider: str) -> None:
    """Put a number under another provider, and so into its region."""
    from cartesia_call.regions.changes import find_number, find_provider, move_number

    with record_session() as session:

        async def put(record: PhoneRecord) -> HeldNumber:
            held = await find_number(record, e164_or_id(number))
            chosen = await find_provider(record, provider)
            return await move_number(record, held, provider=chosen)

        held = session.run(put)
        session.say(f"moved {held.number} to provider {held.provider.id}", number_fields(held))


@numbers.command(cls=SettingsCommand)
@click.argument("number", metavar="NUMBER")
@click.option(
    "--agent",
    metavar="AGENT",
    required=True,
    envvar="CARTESIA_CALL_AGENT",
    show_envvar=True,
    help="The agent's id.",
)
@record_options
def assign(*, number: str, agent: str) -> None:
    """Have an agent answer a number."""
    _assign(number, agent)


@numbers.command(cls=SettingsCommand)
@click.argument("number", metavar="NUMBER")
@record_options
def unassign(*, number: str) -> None:
    """Have nobody answer a number."""
    _assign(number, None)


@numbers.command(cls=SettingsCommand)
@click.argument("number", metavar="NUMBER")
@yes_option
@record_options
def remove(*, number: str, yes: bool) -> None:
    """Remove a number from Cartesia.

    No agent may be assigned to it. It stays the Twilio account's.
    """
    from cartesia_call.regions.changes import find_number, remove_number

    with record_session() as session:
        held = session.run(lambda record: find_number(record, e164_or_id(number)))
        question = f"Remove {held.number} ({held.id}) from Cartesia's record?"
        if not is_wanted(question, yes=yes, done_by="numbers remove"):
            session.say_nothing_removed()
            return
        session.run(lambda record: remove_number(record, held))
        session.say(f"removed {held.number} ({held.id})", {"removed": held.id, "number": held.number})


def number_fields(held: HeldNumber) -> dict[str, object]:
    """A number as `--json` prints it."""
    agent = {"id": held.agent_id, "name": held.agent_name} if held.agent_id else None
    provider = {"id": held.provider.id or None, "type": held.provider.type, "region": held.provider.region}
    return {
        "id": held.id,
        "number": held.number,
        "label": held.label,
        "agent": agent,
        "provider": provider,
        "created_at": held.created_at,
        "updated_at": held.updated_at,
    }


def _assign(number: str, agent: str | None) -> None:
    from cartesia_call.regions.changes import find_number

    with record_session() as session:

        async def change(record: PhoneRecord) -> HeldNumber:
            held = await find_number(record, e164_or_id(number))
            return await record.assign_number(held.id, agent_id=agent)

        held = session.run(change)
        whose = f"is answered by agent {agent}" if agent else "is answered by nobody"
        session.say(f"{held.number} {whose}", number_fields(held))


def _row(held: HeldNumber, regions: dict[str, str | None]) -> tuple[str | None, ...]:
    provider = held.provider
    return (
        held.number,
        held.id,
        provider.id or provider.type,
        provider.region or regions.get(provider.id),
        held.agent_name or held.agent_id,
        held.label,
    )
