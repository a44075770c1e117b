"""`queue`: lists that many machines call, looked at and steered."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import click

from cartesia_call.cli import terminal
from cartesia_call.cli.options import SettingsCommand, settings_of
from cartesia_call.cli.session import CommandSession
from cartesia_call.declarations.setting import Command, Need
from cartesia_call.errors import InputError

if TYPE_CHECKING:
    from cartesia_call.fleet.lists import FleetLists, ListState

_HEADINGS = ("ID", "WHEN", "STATE", "ROWS", "OVER", "UP", "NAME")


@click.group()
def queue() -> None:
    """Look at lists in a queue, pause them, let them go on, or call them off.

    ID is a list's, or its beginning. The queue is the one of CARTESIA_CALL_QUEUE, or of --queue.
    """


@queue.command(name="list", cls=SettingsCommand)
@settings_of(Command.QUEUE)
def list_all() -> int:
    """List all lists, the newest first."""

    async def show(lists: FleetLists, session: CommandSession) -> None:
        from cartesia_call.cli.tables import local_text, print_table

        states = await lists.states()
        if session.mode.json:
            for state in states:
                terminal.print_result(json.dumps(_fields(state)))
        elif states:
            rows = [
                (
                    state.record.id,
                    local_text(state.record.created_at),
                    state.word,
                    state.record.rows,
                    _over(state),
                    state.live,
                    state.record.name,
                )
                for state in states
            ]
            print_table(_HEADINGS, rows)
        else:
            terminal.print_note("the queue holds no list yet")

    return _in_queue(show)


@queue.command(cls=SettingsCommand)
@click.argument("id", metavar="ID")
@settings_of(Command.QUEUE)
def status(id: str) -> int:
    """Show how a list stands."""

    async def show(lists: FleetLists, session: CommandSession) -> None:
        state = await _one(lists, id)
        fields = _fields(state)
        if session.mode.json:
            terminal.print_result(json.dumps(fields))
            return
        outcomes = ", ".join(f"{count:,} {name}" for name, count in fields["outcomes"].items())
        told = {**fields, "outcomes": outcomes or "none yet"}
        for name, value in told.items():
            if name != "schema" and value is not None:
                terminal.print_result(f"{name:<11} {value}")

    return _in_queue(show)


@queue.command(cls=SettingsCommand)
@click.argument("id", metavar="ID")
@settings_of(Command.QUEUE)
def pause(id: str) -> int:
    """Call nobody else of a list for now; calls that are up come to their end."""
    return _steered(id, lambda lists, list_id: lists.pause(list_id))


@queue.command(cls=SettingsCommand)
@click.argument("id", metavar="ID")
@settings_of(Command.QUEUE)
def resume(id: str) -> int:
    """Let a paused list go on."""
    return _steered(id, lambda lists, list_id: lists.resume(list_id))


@queue.command(cls=SettingsCommand)
@click.argument("id", metavar="ID")
@settings_of(Command.QUEUE)
def cancel(id: str) -> int:
    """Call nobody else of a list, ever; calls that are up come to their end."""
    return _steered(id, lambda lists, list_id: lists.cancel(list_id, "by cartesia-call queue cancel"))


def _steered(id: str, steer: Callable[[FleetLists, str], Awaitable[None]]) -> int:
    async def do(lists: FleetLists, session: CommandSession) -> None:
        found = await _one(lists, id)
        if found.record.ended_at is not None:
            raise InputError(
                f"the list {found.record.id} has ended", hint="queue status shows what it came to"
            )
        await steer(lists, found.record.id)
        state = await _one(lists, found.record.id)
        if session.mode.json:
            terminal.print_result(json.dumps(_fields(state)))
        else:
            terminal.print_result(f"{state.record.id}: {state.word}; {state.live} calls up")

    return _in_queue(do)


def _in_queue(do: Callable[[FleetLists, CommandSession], Awaitable[None]]) -> int:
    from cartesia_call.cli.signals import stoppable
    from cartesia_call.wiring.fleet import open_queue
    from cartesia_call.wiring.line import run

    session = CommandSession()
    with session.telling_failures():
        url = session.read(frozenset({Need.QUEUE})).fleet.required_queue

        async def opened() -> None:
            async with open_queue(url) as database:
                from cartesia_call.fleet.lists import FleetLists

                await do(FleetLists(database), session)

        run(stoppable(opened()))
    return 0


async def _one(lists: FleetLists, id_prefix: str) -> ListState:
    """The list whose ID begins so."""
    found = [state for state in await lists.states() if state.record.id.startswith(id_prefix)]
    exact = [state for state in found if state.record.id == id_prefix]
    if len(exact or found) != 1:
        many = f"{len(found)} lists begin with" if found else "the queue holds no list"
        raise InputError(f"{many} {id_prefix!r}", hint="`cartesia-call queue list` names them")
    return (exact or found)[0]


def _over(state: ListState) -> int:
    return sum(state.outcomes.values())


def _fields(state: ListState) -> dict[str, Any]:
    from cartesia_call.cli.render import JSON_SCHEMA
    from cartesia_call.cli.tables import utc_text

    record = state.record
    return {
        "schema": JSON_SCHEMA,
        "list": record.id,
        "name": record.name,
        "state": state.word,
        "rows": record.rows,
        "over": _over(state),
        "outcomes": {
            outcome or "unknown": count for outcome, count in sorted(state.outcomes.items(), key=str)
        },
        "bad_rows": state.bad_rows,
        "waiting": state.waiting,
        "up": state.live,
        "workers": state.workers,
        "note": state.note,
        "created_at": utc_text(record.created_at),
        "ended_at": None if record.ended_at is None else utc_text(record.ended_at),
    }
