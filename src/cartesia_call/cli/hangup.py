"""`hangup CALL_SID`: end a call that is still up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from cartesia_call.cli import signals, terminal
from cartesia_call.cli.options import SettingsCommand, settings_of
from cartesia_call.cli.session import JSON_SCHEMA, CommandSession
from cartesia_call.declarations.setting import Command, Need
from cartesia_call.errors import (
    CallNotFound,
    CarrierError,
    HangUpNotConfirmed,
    InputError,
    LedgerError,
    Unauthorized,
)
from cartesia_call.patterns import regex

if TYPE_CHECKING:
    from cartesia_call.settings.credentials import TwilioSettings
    from cartesia_call.settings.model import Settings
    from cartesia_call.store.ledger import SqliteLedger

CALL_SID = regex(r"CA[0-9a-f]{32}")


@click.command(cls=SettingsCommand)
@click.argument("call_sid", metavar="CALL_SID")
@settings_of(Command.HANGUP)
def hangup(call_sid: str) -> None:
    """End the call CALL_SID and say whether it is down.

    Exits 0 when it is down or was already, 2 if this account and region know no such call, 31 if nothing
    confirms that it is down. The history says that this command ended it; if the process that placed it is
    gone, its row there is closed.

    \b
    cartesia-call hangup CA00000000000000000000000000000001
    """
    from cartesia_call.wiring.line import run

    session = CommandSession()
    with session.telling_failures(lambda failure: failure.fields(call_sid=call_sid, carrier_status=None)):
        if not CALL_SID.fullmatch(call_sid):
            raise InputError(
                f"{call_sid!r} is not a call SID: CA and 32 hexadecimal digits",
                hint="`cartesia-call history` lists them",
            )
        settings = session.read(frozenset({Need.TWILIO}))
        status, was_over = run(signals.stoppable(_hang_up(call_sid, settings)))
    if settings.json:
        fields = {"call_sid": call_sid, "carrier_status": status, "exit_code": 0, "error": None}
        terminal.print_result(json.dumps({"schema": JSON_SCHEMA, **fields}))
    elif not settings.quiet:
        terminal.print_result(f"{call_sid} {'was over already' if was_over else 'is down'}: {status}")


async def _hang_up(call_sid: str, settings: Settings) -> tuple[str, bool]:
    """The call's final status, and whether it was over before we asked."""
    from cartesia_call.calls.hanging_up import hang_up
    from cartesia_call.clock import SystemClock
    from cartesia_call.leg.facts import CallFacts
    from cartesia_call.leg.hang_up import how_to_end
    from cartesia_call.wiring.line import build_carrier, ledger_of

    assert settings.twilio is not None  # noqa: S101  # resolve() was told that it is needed
    carrier = build_carrier(settings.twilio, settings)
    ledger = ledger_of(settings)
    clock, facts = SystemClock(), CallFacts(call_sid)
    try:
        try:
            facts.progress.take_snapshot(await carrier.fetch(call_sid), clock.now_s())
        except (CallNotFound, Unauthorized):
            raise
        except CarrierError as error:  # it may answer to the hang-up all the same
            terminal.print_note(f"warning: the call could not be looked at: {error}")
        was_over = facts.is_down
        untold = None if was_over else await _note_in_ledger(ledger, call_sid, settings.twilio)
        await hang_up(carrier, clock, facts, within_s=settings.limits.hangup_timeout_s)
        finding = "found over by hangup" if was_over else "ended by hangup"
        if await _close_row(ledger, call_sid, settings.twilio, finding) and untold is not None:
            sentence = f"warning: the ledger may say that the callee ended the call: {untold}"
            terminal.print_note(terminal.with_hint(sentence, untold.hint))
    except CallNotFound:
        raise InputError(
            f"account {settings.twilio.account_sid} knows no call {call_sid} in {settings.twilio.region}",
            hint="a call belongs to the account and region that placed it, which `cartesia-call show` tells: "
            "name the region with --region",
        ) from None
    except HangUpNotConfirmed as error:
        hint = how_to_end(call_sid, settings.twilio.region)
        raise HangUpNotConfirmed(call_sid, error.message, hint=hint) from None
    finally:
        await carrier.close()
    return str(facts.progress.status), was_over


async def _note_in_ledger(ledger: SqliteLedger, call_sid: str, account: TwilioSettings) -> LedgerError | None:
    """Whoever placed the call is not to take its end for the callee's doing. What failed stops nothing."""
    try:
        await ledger.note_end_asked(
            call_sid, account_sid=account.account_sid, region=account.region, by="hangup"
        )
    except LedgerError as error:
        return error
    return None


async def _close_row(ledger: SqliteLedger, call_sid: str, account: TwilioSettings, detail: str) -> bool:
    """Close the call's row in the ledger, if its process is gone. What fails there is a warning only.

    False after such a warning.
    """
    try:
        for orphan in await ledger.orphans():
            owner = (orphan.call_sid, orphan.account_sid, orphan.region)
            if owner == (call_sid, account.account_sid, account.region):
                await ledger.settle(orphan.id, detail)
    except LedgerError as error:
        sentence = f"warning: the call is down, but its row in the ledger may stay open: {error}"
        terminal.print_note(terminal.with_hint(sentence, error.hint))
        return False
    return True
