"""`contact`: the caller ID as a card for the address books of those who are called."""

from __future__ import annotations

import click

from cartesia_call.cli import terminal
from cartesia_call.cli.options import SettingsCommand, settings_of
from cartesia_call.cli.session import JSON_SCHEMA, CommandSession
from cartesia_call.declarations.setting import Command, Need
from cartesia_call.errors import InputError

_DEFAULT_NAME = "Alerts"


@click.command(cls=SettingsCommand)
@click.option(
    "--name",
    default=_DEFAULT_NAME,
    envvar="CARTESIA_CALL_NAME",
    show_default=True,
    show_envvar=True,
    help="What telephones show when the caller ID calls.",
)
@settings_of(Command.CONTACT)
def contact(name: str) -> None:
    """Print a contact card (vCard) with the caller ID, for the telephones that are to ring.

    Calls of a saved contact are not screened, and the contact can be allowed to ring while do-not-disturb is
    on. Sends nothing.

    \b
    cartesia-call contact --name "Acme alerts" > acme.vcf
    """
    from cartesia_call.telephony.contact_card import LINE_END, contact_card

    session = CommandSession()
    with session.telling_failures():
        settings = session.read(frozenset({Need.CALLER_ID}))
        assert settings.caller_id is not None  # noqa: S101  # resolve() was told that it is needed
        lines = contact_card(name, settings.caller_id)
    if settings.json:
        card = "".join(line + LINE_END for line in lines)
        fields = {"number": settings.caller_id, "card": card, "exit_code": 0, "error": None}
        terminal.print_result(terminal.json_line({"schema": JSON_SCHEMA, **fields}))
    else:
        terminal.print_lines("\n".join(lines), line_end=LINE_END)
    if terminal.result_is_lost():
        raise InputError("the card could not be written to standard output", hint="make room on its disk")
