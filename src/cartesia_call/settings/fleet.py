"""A list that many machines call: where its queue is, and what travels with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit

from cartesia_call.declarations.setting import LIST, Command, Section, Setting
from cartesia_call.records import dataclass
from cartesia_call.settings import dial_list
from cartesia_call.settings.reader import COMMAND_LINE, CommandLine, Reader

SECTION = Section("Many machines")

HOW_TO_HIDE = (
    "it would stand in the list of processes, which everybody reads: set CARTESIA_CALL_QUEUE in the "
    "environment or the env file, or leave the password to PGPASSFILE"
)


def queue_url(value: str) -> str:
    """The address of a PostgreSQL database."""
    if not value.startswith(("postgresql://", "postgres://")):
        raise ValueError(
            "write the address of a PostgreSQL database, such as postgresql://USER@HOST/DATABASE"
        )
    return value


def password_in(url: str) -> str | None:
    """The password that stands in an address of a queue."""
    try:
        parts = urlsplit(url)
        asked = dict(parse_qsl(parts.query))
    except ValueError:
        return url  # whatever is wrong with it, it is not to be quoted
    return parts.password or asked.get("password") or None


QUEUE = SECTION.optional(
    "--queue",
    metavar="URL",
    parse=queue_url,
    help="PostgreSQL database of lists that many machines call: batch puts the list there, worker calls its "
    "rows. Never with a password on the command line: set the variable, or PGPASSFILE.",
    commands=LIST | {Command.WORKER, Command.QUEUE},
    remedy="name the database, postgresql://USER@HOST/DATABASE",
)
NO_WAIT = SECTION.switch(
    "--no-wait",
    help="With --queue, end as soon as the list is written, and do not wait for its calls.",
    commands=LIST,
)


@dataclass(frozen=True, kw_only=True)
class FleetSettings:
    """The `queue`'s address, if there is one, and whether `batch` ends before its list does."""

    queue: str | None = QUEUE.field
    no_wait: bool = NO_WAIT.field

    @property
    def required_queue(self) -> str:
        """The address, of a command that needs one and so has been given it."""
        if self.queue is None:
            raise ValueError("the command does not need a queue")
        return self.queue

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no sentence may quote."""
        password = None if self.queue is None else password_in(self.queue)
        return () if password is None or self.queue is None else (password, self.queue)


def read_fleet(reader: Reader, *, required: bool) -> FleetSettings:
    """Where the queue is; `required`: it must be somewhere. A password on the command line is refused."""
    settings, found = reader.read(FleetSettings), reader.find(QUEUE)
    queue = settings.queue
    if required and found is None:
        reader.miss(QUEUE, is_asked=False)
    if queue and found is not None and found.source == COMMAND_LINE and password_in(queue):
        reader.problems.append(f"--queue has a password in it: {HOW_TO_HIDE}")
    if settings.no_wait and queue is None and reader.given_on_command_line(NO_WAIT):
        reader.problems.append(
            "--no-wait leaves a list to workers, and --queue does not say where they find it"
        )
    return settings


_STAYS = frozenset[Setting[object]]({QUEUE, NO_WAIT, *dial_list.SECTION.settings} - {dial_list.WAIT})
"""What is done with where the list is written, and not where it is called."""


def travels(setting: Setting[object]) -> bool:
    """Whether it is a list's own, and not that of the machine that calls it: how to speak, what to ask, when
    to call again, and no file, key or address."""
    is_of_list = Command.BATCH in setting.commands and Command.WORKER not in setting.commands
    is_file = setting.metavar in {"FILE", "PATH"}
    return (
        bool(setting.options) and is_of_list and not is_file and not setting.secret and setting not in _STAYS
    )


def travelling(
    command_line: CommandLine, texts: Mapping[str, str], table: Iterable[Setting[object]]
) -> dict[Setting[object], str | None]:
    """What a worker with this `command_line` was told of a list with these `texts`, by the titles of the
    settings in the `table`.

    What did not travel has its default, whatever this machine's environment says.
    """
    own = {setting: text for setting, text in command_line.items() if not travels(setting)}
    return own | {one: texts[one.title] for one in table if travels(one) and one.title in texts}
