"""The commands `history`, `history forget` and `show`: what was called, when, and how it ended."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from cartesia_call.cli.history_table import call_lines
from cartesia_call.cli.ledger_fields import flat, row_fields
from cartesia_call.cli.options import files
from cartesia_call.cli.tables import local_text, print_table
from cartesia_call.cli.terminal import print_lines, print_note, print_plain_lines, print_result, width
from cartesia_call.quoting import one_line

if TYPE_CHECKING:
    from cartesia_call.cli.queue_history import ReadableLedger
    from cartesia_call.store.ledger import SqliteLedger
    from cartesia_call.store.rows import LedgerRow

Function = TypeVar("Function", bound=Callable[..., Any])

_HEADINGS = ("ID", "WHEN", "TO", "OUTCOME", "CALL SID", "HEARD", "DETAIL")
_LIST_HEADINGS = ("ROW", "ATTEMPT", *_HEADINGS)
_LINES_AT_ONCE = 100
"""Of JSON that are written together."""


def _flag(*names: str, help: str) -> Callable[[Function], Function]:
    variable = f"CARTESIA_CALL_{names[0].removeprefix('--').replace('-', '_').upper()}"
    return click.option(*names, is_flag=True, envvar=variable, show_envvar=True, help=help)


_rehearsal = _flag("--rehearsal", help="Read the ledger of rehearsals.")
_other_carrier = _flag("--other-carrier", help="Read the ledger of carriers that are not Twilio.")
_show_numbers = _flag("--show-numbers", help="Print whole phone numbers.")
_queue = click.option(
    "--queue",
    "in_queue",
    is_flag=True,
    help="Read what many machines called: the queue of CARTESIA_CALL_QUEUE.",
)


@click.group(invoke_without_command=True)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    envvar="CARTESIA_CALL_LIMIT",
    show_envvar=True,
    help="How many calls or lists, the newest first. With --list the first so many, all by default.",
)
@click.option(
    "--list",
    "list_id",
    metavar="ID",
    envvar="CARTESIA_CALL_LIST",
    show_envvar=True,
    help="What was called for this dial list; ID is that of the list, or its beginning.",
)
@_flag("--lists", help="The dial lists, and whether all of each is done.")
@click.option(
    "--report",
    metavar="FILE",
    shell_complete=files,
    envvar="CARTESIA_CALL_REPORT",
    show_envvar=True,
    help="Write them as one HTML page that needs no network; - is standard output. Numbers are masked.",
)
@_flag("--long", "is_long", help="On a terminal, too, the whole id, call SID and sentence of each call.")
@_flag("--json", "as_json", help="One JSON object per line, with whole numbers.")
@_rehearsal
@_other_carrier
@_queue
@_show_numbers
@click.pass_context
def history(
    ctx: click.Context,
    *,
    limit: int,
    list_id: str | None,
    lists: bool,
    report: str | None,
    is_long: bool,
    as_json: bool,
    rehearsal: bool,
    other_carrier: bool,
    in_queue: bool,
    show_numbers: bool,
) -> None:
    """List what was called, when, and how it ended.

    The message's text is never kept. Which keys were pressed is kept with --keep-digits only, and numbers
    of calls that are older than 90 days are masked by the next call.

    \b
    Examples:
      cartesia-call history --limit 5
      cartesia-call history --lists
      cartesia-call history --limit 1000 --report report.html
      cartesia-call history forget --older-than 90d
    """
    import asyncio

    from cartesia_call.cli.history_lists import newest_rows, one_list, print_lists, rows_of_list
    from cartesia_call.cli.reporting import check_destination, write_selection

    if ctx.invoked_subcommand is not None:
        _refuse_options_before(ctx.invoked_subcommand, ctx)
        return
    if lists and list_id is not None:
        raise click.UsageError("--lists names all lists, --list shows one: give one of them", ctx)
    if lists and report is not None:
        raise click.UsageError("--report is of one list, or of the last calls: give --list ID", ctx)
    ledger = _readable(rehearsal=rehearsal, other_carrier=other_carrier, in_queue=in_queue)
    masked = _masking(show_numbers=show_numbers)
    if report is not None:
        check_destination(report, as_json=as_json)
        shown = {"rehearsal": rehearsal, "other_carrier": other_carrier, "show_numbers": show_numbers}
        if not write_selection(report, ledger, list_id, limit, **shown):
            print_note(_nothing(rehearsal=rehearsal))
    elif lists:
        if records := asyncio.run(ledger.lists())[:limit]:
            print_lists(records, as_json=as_json, masked=masked)
        else:
            print_note("the ledger knows no dial list yet")
    elif list_id is not None:
        is_limited = ctx.get_parameter_source("limit") is not ParameterSource.DEFAULT
        chosen = one_list(ledger, list_id)
        rows = rows_of_list(ledger, chosen.id, limit if is_limited else None)
        if not _print_rows(rows, _LIST_HEADINGS, masked, as_json=as_json, is_long=is_long):
            print_note("nobody was called for this list yet")
    elif not _print_rows(newest_rows(ledger, limit), _HEADINGS, masked, as_json=as_json, is_long=is_long):
        print_note(_nothing(rehearsal=rehearsal))


def _print_rows(
    rows: Iterable[LedgerRow],
    headings: Sequence[str],
    masked: Callable[[str], str],
    *,
    as_json: bool,
    is_long: bool,
) -> bool:
    """An object for each, as they come, or a table of them all: on a terminal, unless it `is_long`, one that
    fits. False if there are none."""
    if as_json:
        from cartesia_call.cli.written_rows import row_line

        lines = map(row_line, rows)
        is_any = False
        while several := list(itertools.islice(lines, _LINES_AT_ONCE)):
            is_any = True
            print_plain_lines(several)
        return is_any
    table = [(*_place_cells(row), *_cells(row, masked))[-len(headings) :] for row in rows]
    columns = None if is_long else width()
    if table and columns is not None:
        print_lines("\n".join(call_lines(headings, table, columns)))
    elif table:
        print_table(headings, table)
    return bool(table)


def _place_cells(row: LedgerRow) -> tuple[str, str]:
    return (str(row.place.row), str(row.place.attempt)) if row.place else ("-", "-")


@history.command()
@click.option(
    "--older-than",
    metavar="AGE",
    required=True,
    envvar="CARTESIA_CALL_OLDER_THAN",
    show_envvar=True,
    help="Calls that began longer ago, such as 90d or 12w; 1d at least.",
)
@_flag("--rehearsal", help="Forget rehearsals.")
@_flag("--other-carrier", help="Forget calls through carriers that are not Twilio.")
def forget(older_than: str, rehearsal: bool, other_carrier: bool) -> None:
    """Remove old calls and dial lists from the ledger, whole.

    Calls that may be up are kept, and so is everything of the last day, which the guard counts. A list goes
    with all that was called for it, once the last of these calls is old enough and nobody calls it.

    \b
    Example:
      cartesia-call history forget --older-than 90d
    """
    import asyncio

    from cartesia_call.clock import SystemClock

    before = SystemClock().utc_now() - _age(older_than)
    count = asyncio.run(_ledger(rehearsal=rehearsal, other_carrier=other_carrier).forget(before))
    kind = "rehearsal" if rehearsal else "call"
    print_result(f"{count} {kind}{'' if count == 1 else 's'} forgotten")


def _age(text: str) -> timedelta:
    from cartesia_call.audio.durations import parse_age_s
    from cartesia_call.errors import InputError
    from cartesia_call.policy.guard import LEAST_AGE_TO_FORGET

    try:
        age = timedelta(seconds=parse_age_s(text))
    except ValueError as error:
        raise InputError(f"--older-than: {error}") from None
    if age < LEAST_AGE_TO_FORGET:
        raise InputError(
            f"--older-than {text}: calls of the last day cannot be forgotten",
            hint="the guard counts them, and they may be up; write 1d or more",
        )
    return age


def _refuse_options_before(subcommand: str, ctx: click.Context) -> None:
    """They would be passed over: `history --rehearsal forget` would forget calls."""
    given = [name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if given:
        raise click.UsageError(f"Write the options behind {subcommand!r}: history {subcommand} ...", ctx)


@click.command()
@click.argument("id", metavar="ID")
@_flag("--json", "as_json", help="One JSON object, with whole numbers.")
@_rehearsal
@_other_carrier
@_queue
@_show_numbers
def show(
    id: str, *, as_json: bool, rehearsal: bool, other_carrier: bool, in_queue: bool, show_numbers: bool
) -> None:
    """Show everything known of one call. ID is its id or call SID, the beginning of one, or the end of an id.

    \b
    Example:
      cartesia-call show CA0123
    """
    import asyncio

    from cartesia_call.errors import InputError

    ledger = _readable(rehearsal=rehearsal, other_carrier=other_carrier, in_queue=in_queue)
    found = asyncio.run(ledger.find(id))
    if not found:
        kind, option = ("rehearsals", " --rehearsal") if rehearsal else ("calls", "")
        hint = f"`cartesia-call history{option}` lists what there is."
        raise InputError(
            f"The ledger of {kind} holds no {id!r}.",
            hint=hint
            if rehearsal
            else f"{hint} Rehearsals need --rehearsal, other carriers --other-carrier.",
        )
    if len(found) > 1:
        raise InputError(f"{len(found)} calls begin with {id!r}.", hint="Write more of the id or call SID.")
    fields = row_fields(found[0])
    if as_json:
        print_result(json.dumps(fields))
        return
    masked = _masking(show_numbers=show_numbers)
    lines = flat(fields)
    widest = max(len(name) for name, _ in lines)
    for name, value in lines:
        print_result(f"{name:<{widest}}  {masked(value)}")


def _nothing(*, rehearsal: bool) -> str:
    if rehearsal:
        return "the ledger of rehearsals holds nothing yet"
    return (
        "the ledger of calls holds nothing yet; --rehearsal lists rehearsals, --other-carrier simulated calls"
    )


def _readable(*, rehearsal: bool, other_carrier: bool, in_queue: bool) -> ReadableLedger:
    if not in_queue:
        return _ledger(rehearsal=rehearsal, other_carrier=other_carrier)
    from cartesia_call.cli.queue_history import queue_history

    if rehearsal or other_carrier:
        raise click.UsageError("--queue is one ledger for all: leave --rehearsal and --other-carrier out")
    return queue_history()


def _ledger(*, rehearsal: bool, other_carrier: bool) -> SqliteLedger:
    from cartesia_call.clock import SystemClock
    from cartesia_call.store.directories import ledger_directory
    from cartesia_call.store.ledger import SqliteLedger

    folder = ledger_directory(rehearsal=rehearsal, other_carrier=other_carrier)
    return SqliteLedger(folder, clock=SystemClock())


def _masking(*, show_numbers: bool) -> Callable[[str], str]:
    from cartesia_call.telephony.numbers import mask_numbers_in

    return str if show_numbers else mask_numbers_in


def _cells(row: LedgerRow, masked: Callable[[str], str]) -> tuple[str, ...]:
    """One line of the table, in the order of `_HEADINGS`; times are local, what was heard is in seconds."""
    from cartesia_call.cli.render import heard_by_the_callee_ms
    from cartesia_call.cli.reporting import sentence_of

    heard_ms = heard_by_the_callee_ms(row.result) if row.result else None
    detail = sentence_of(row)
    if row.end_asked_at is not None and not row.settled:
        asked = f"{row.end_asked_by} asked for its end at {local_text(row.end_asked_at)}"
        detail = f"{detail}; {asked}".removeprefix("; ")
    ended_without_outcome = "settled" if row.settled else "error"
    return (
        row.id,
        local_text(row.created_at),
        masked(row.to),
        "open" if row.ended_at is None else row.outcome or ended_without_outcome,
        row.call_sid or "-",
        "-" if heard_ms is None else f"{heard_ms / 1000:.1f} s",
        masked(one_line(detail).strip()),
    )
