"""The queue that many machines share, opened; and the line of a worker that calls its rows."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING

from cartesia_call import __version__
from cartesia_call.calls.fenced_carrier import FencedCarrier, Gate
from cartesia_call.errors import InputError
from cartesia_call.policy.number_list import NumberLists, withheld_by_do_not_call
from cartesia_call.ports import Clock, Observer
from cartesia_call.records import dataclass
from cartesia_call.settings.model import Settings
from cartesia_call.store.directories import ledger_directory
from cartesia_call.store.outbox import Outbox
from cartesia_call.wiring.line import Line, open_line
from cartesia_call.wiring.voices import audio_source
from cartesia_call.wiring.withholding import fenced_off

if TYPE_CHECKING:
    from cartesia_call.fleet.database import FleetDatabase
    from cartesia_call.fleet.ledger import FleetLedger
    from cartesia_call.fleet.queue import FleetQueue

REHEARSALS = "rehearsals"


@contextlib.asynccontextmanager
async def open_queue(url: str) -> AsyncIterator[FleetDatabase]:
    """The database at `url`, up to date. InputError without the extra, QueueUnreachable without answer."""
    try:
        from cartesia_call.fleet.database import FleetDatabase
        from cartesia_call.fleet.schema import prepare
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"psycopg", "psycopg_pool", "procrastinate"}:
            raise
        raise InputError(
            "a queue needs PostgreSQL's client and procrastinate, which are not installed",
            hint="install the extra `fleet`: pip install 'cartesia-call[fleet]'",
        ) from None
    async with FleetDatabase(url).opened() as database:
        await prepare(database, release=__version__)
        yield database


def pool_of(settings: Settings) -> str:
    """Whose calls these settings make: workers of one account, region and carrier share lists and pace."""
    if settings.twilio is None:
        return REHEARSALS
    carrier = " other carrier" if settings.other_carrier is not None else ""
    return f"{settings.twilio.account_sid} {settings.twilio.region}{carrier}"


def held_for_good(settings: Settings, lists: NumberLists) -> Callable[[str], str | None]:
    """Why nobody may call a number, whatever the time: by the files and fences of whoever queues it."""
    fenced = fenced_off(settings, lists)

    def reason(to: str) -> str | None:
        for name, numbers in lists.do_not_call.items():
            if withheld := withheld_by_do_not_call(to, numbers, name=name):
                return withheld.detail
        withheld = fenced(to)
        return None if withheld is None else withheld.detail

    return reason


@dataclass(frozen=True, kw_only=True)
class WorkerLine:
    """A worker's line, and what it shares with the others."""

    line: Line
    ledger: FleetLedger
    queue: FleetQueue


@contextlib.asynccontextmanager
async def open_worker_line(
    settings: Settings,
    environment: Mapping[str, str],
    database: FleetDatabase,
    *,
    clock: Clock,
    observer: Observer,
    gate: Callable[[], Gate | None],
) -> AsyncIterator[WorkerLine]:
    """As `open_line`, with ledger, opt-outs, kept audio and contexts in the database. The queue is not
    joined yet."""
    from cartesia_call.fleet.audio import FleetAudio
    from cartesia_call.fleet.contexts import FleetContexts
    from cartesia_call.fleet.ledger import FleetLedger
    from cartesia_call.fleet.opt_outs import FleetOptOuts
    from cartesia_call.fleet.queue import FleetQueue

    other_carrier = settings.other_carrier is not None
    folder = ledger_directory(rehearsal=settings.rehearse, other_carrier=other_carrier)
    outbox = Outbox(folder, place=database.place)
    ledger = FleetLedger(database, clock=clock, outbox=outbox)
    contexts = FleetContexts(database, count=settings.speech.max_contexts, worker_id=lambda: ledger.worker_id)
    async with open_line(
        settings, environment, clock=clock, observer=observer, recordings_kept=0, slots=contexts
    ) as line:
        audio = FleetAudio(
            database,
            source=audio_source(settings.cartesia, line.network),
            worker_id=lambda: ledger.worker_id,
            local=line.ports.cache,
        )
        ports = dataclasses.replace(
            line.ports,
            carrier=FencedCarrier(line.ports.carrier, gate),
            cache=audio,
            ledger=ledger,
            next_ledgers={},
            opt_outs=FleetOptOuts(database, outbox, own=line.ports.opt_outs, rehearses=settings.rehearse),
        )
        yield WorkerLine(
            line=dataclasses.replace(line, ports=ports),
            ledger=ledger,
            queue=FleetQueue(database, ledger, pool=pool_of(settings), clock=clock, release=__version__),
        )
