"""The house rules: which room may import what, and what no file may do. Held by `test_architecture.py`.

A rule takes one file and yields a sentence per violation. A deliberate exception stands in a table here,
with its reason, and nowhere else.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator

from tests import promise_rules
from tests.isolation import SKIPPING
from tests.source_tree import PACKAGE, PACKAGES, Function, Source, code_lines, room_of

Rule = Callable[[Source], Iterator[str]]

PURE_ROOMS = (
    *("declarations", "errors", "addresses", "quoting", "audio", "telephony", "policy", "alerts", "tracing"),
    *("speech", "reading", "mediastream", "listening", "conversation", "leg", "dial_list", "report"),
)
_CONTRACTS = (*PURE_ROOMS, "ports", "ledger_ports", "speech_ports", "ticket_ports", "fleet_ports")
_DOCUMENTED_ROOMS = (*_CONTRACTS, "check_ports", "region_ports", "calls", "checking", "regions")
_MATERIAL = ("records", "patterns", "loggers")  # what data and tables are made of
ROOM_IMPORTS: dict[str, frozenset[str]] = {
    room: frozenset({*imports, *(() if room in _MATERIAL else _MATERIAL)})
    for room, imports in {
        # Pure: each only what stands above it.
        **dict.fromkeys(("declarations", "errors", "check_ports"), ()),
        **dict.fromkeys(("addresses", "quoting", "tracing", "lazy_modules", *_MATERIAL), ()),
        "audio": ("errors",),
        "telephony": ("declarations", "errors", "audio"),
        # Whose voice a stretch of audio is in.
        "speech": ("declarations", "errors", "audio", "quoting", "telephony"),
        "reading": ("speech",),
        "mediastream": ("errors", "audio", "speech"),
        "policy": ("errors", "telephony"),
        # Rows as people write them: numbers, voices, times of day.
        "dial_list": ("errors", "quoting", "telephony", "speech", "policy"),
        "listening": ("errors", "audio"),
        # What a conversation comes to is an outcome.
        "conversation": (
            *("declarations", "errors", "audio", "telephony", "speech", "mediastream", "listening"),
        ),
        "leg": (
            *("errors", "quoting", "audio", "telephony", "policy", "speech", "mediastream", "conversation"),
            "speech_ports",
        ),
        # What monitors send.
        "alerts": ("errors", "quoting"),
        # A page of what was called.
        "report": ("errors", "quoting", "audio", "telephony"),
        "trace_ports": ("tracing",),
        # Flow: the world only through ports, the clock included.
        "ports": (*PURE_ROOMS, "ledger_ports", "speech_ports", "ticket_ports"),
        **dict.fromkeys(("ledger_ports", "ticket_ports"), ("policy", "telephony")),
        "speech_ports": ("speech", "telephony"),
        "fleet_ports": ("dial_list", "ledger_ports"),
        "region_ports": ("check_ports",),
        "calls": _CONTRACTS,
        "checking": (*_CONTRACTS, "check_ports"),
        "regions": ("errors", "region_ports"),
        # Edges: neither each other nor calls/. The simulator speaks the vendors' protocols with its own code.
        "clock": ("skipping_loop",),
        "skipping_loop": ("blocking",),
        # Whose a file is: asked by whoever reads or writes one that others could have put there.
        **dict.fromkeys(("ownership", "blocking", "homes", "sharing"), ()),
        # The synthesiser of this machine: the last voice of a live call, and everybody's in a rehearsal.
        "offline_voice": ("audio",),
        "vendors": (
            *("clock", "ports", "speech_ports", "check_ports", "region_ports", "errors"),
            *("addresses", "quoting", "ownership"),
            *("audio", "telephony", "speech", "blocking", "offline_voice", "tracing", "trace_ports"),
        ),
        "simulator": ("ports", "errors", "audio", "telephony", "offline_voice", "tracing"),
        "store": (
            *("ports", "ledger_ports", "speech_ports", "ticket_ports", "errors", "ownership", "homes"),
            *("audio", "telephony", "policy", "speech", "blocking", "tracing"),
        ),
        "fleet": (*_CONTRACTS, "store"),  # a ledger in the same form as the file's
        # Top.
        "settings": (
            *("errors", "addresses", "ownership", "homes", "audio", "telephony", "policy", "speech"),
            *("conversation", "leg", "alerts", "tracing", "declarations"),
        ),
        "wiring": (
            *(*_CONTRACTS, "check_ports", "region_ports", "trace_ports"),
            *("clock", "blocking", "skipping_loop", "calls", "checking", "regions"),
            *("vendors", "simulator", "store", "fleet", "sharing", "settings"),
        ),
        "cli": (
            *("errors", "quoting", "audio", "telephony", "policy", "speech", "reading", "conversation"),
            *("dial_list", "report", "alerts", "tracing", "declarations"),
            *("leg", "ports", "ledger_ports", "speech_ports", "fleet_ports", "fleet"),
            # Files that hang are written by a thread.
            *("clock", "blocking"),
            *("calls", "checking", "region_ports", "regions", "store", "settings", "wiring"),
        ),
        "__main__": ("cli", "lazy_modules"),
    }.items()
}
"""Room → other rooms of the package that it may import. A room that is missing here may not exist."""

MODULE_IMPORTS: dict[str, frozenset[str]] = {
    # It is the path of a call that is checked, so it is opened and proven as a call does it.
    "cartesia_call.checking.path": frozenset({"calls"}),
    # The command that runs the built-in network as servers needs it and no call.
    "cartesia_call.cli.simulator": frozenset({"simulator"}),
    # Where time skips, a lasting silence need not come frame by frame.
    "cartesia_simulator.carrier.stream": frozenset({"skipping_loop"}),
    # Two commands download the ngrok agent where they are asked to.
    "cartesia_call.cli.agent_download": frozenset({"vendors"}),
}
"""Single modules that may import one room more than theirs may."""

IMPURE_MODULES = frozenset(
    {"asyncio", "socket", "subprocess", "threading", "os", "time", "random"}
    | {"aiohappyeyeballs", "aiohttp", "h11", "requests", "twilio", "websockets", "pyngrok", "click"}
)

LIBRARY_ROOMS: dict[str, frozenset[str]] = {
    library: frozenset(rooms.split())
    for library, rooms in {
        "aiohappyeyeballs": "vendors",
        "aiohttp": "simulator",
        "audioop": "audio offline_voice simulator",
        "certifi": "vendors",
        "click": "cli",
        "dotenv": "settings",
        "espeakng_loader": "offline_voice",
        "h11": "vendors",
        "phonenumbers": "telephony",
        "platformdirs": "settings store",
        **dict.fromkeys(("procrastinate", "psycopg", "psycopg_pool"), "fleet"),
        "pyngrok": "vendors",
        "rich": "cli",
        # Where sentences end: pure, and the text alone is what it sees.
        "sentencex": "speech",
        "sqlite3": "store",
        "svg": "report",
        "twilio": "vendors",
        "websockets": "vendors",
        "yarl": "simulator",
    }.items()
}
"""Library → rooms that may import it. A third-party library that is missing here may not be imported."""

DEFERRING_ROOMS = frozenset({"cli", "wiring", "settings", "vendors", "offline_voice", "loggers"})
"""Where an import may stand inside a function: `--help` imports click alone, the vendors' libraries load
while the tunnel opens, and the voice of this machine is an extra that may be missing."""

CLOCK_CALLS = frozenset(
    {
        *(f"time.{name}" for name in ("time", "time_ns", "sleep", "localtime", "gmtime")),
        *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
        "datetime.date.today",
    }
)
MONOTONIC_CALLS = frozenset(
    f"time.{name}" for name in ("monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")
)
CLOCK_ROOMS = frozenset({"clock", "skipping_loop"})
EXIT_NAMES = frozenset({"sys.exit", "os._exit", "SystemExit", "exit", "quit"})
ENVIRONMENT_NAMES = frozenset({"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv"})
DYNAMIC_IMPORTS = frozenset({"importlib.import_module", "__import__"})
DYNAMIC_IMPORTERS = frozenset({"cartesia_call.cli.main"})
"""Its table of commands names modules of its own room, so that `--help` loads none of them."""
EMPTY_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "core", "manager"})

MAX_FILE_LINES = 350
MAX_MACHINE_LINES = 600
WHOLE_MACHINES = frozenset({"cartesia_call.leg.following", "cartesia_call.conversation.dialogue"})
"""Modules that hold one whole machine, a call's and a conversation's, and may be longer: what an event means
depends on the state, and is told in one place."""
MAX_FUNCTION_LINES = 60
MAX_TEST_SLEEP_S = 0.5


def _at(source: Source, line: int, sentence: str) -> str:
    return f"{source.path}:{line}: {sentence}"


def imports_follow_the_table(source: Source) -> Iterator[str]:
    """Rooms import only the rooms that the table gives them."""
    if source.room and source.room not in ROOM_IMPORTS:
        yield _at(source, 1, f"the room {source.room!r} is not in the table of imports")
        return
    allowed = ROOM_IMPORTS.get(source.room, frozenset()) | MODULE_IMPORTS.get(source.module, frozenset())
    for found in source.imports if source.room else ():
        target = room_of(found.target)
        if found.module.startswith("."):
            yield _at(source, found.line, "imports are absolute")
        elif target in ROOM_IMPORTS and target != source.room and target not in allowed:
            yield _at(source, found.line, f"{source.room} may not import {target}")


def pure_rooms_stay_pure(source: Source) -> Iterator[str]:
    """Pure rooms neither touch the world nor read a clock."""
    for found in source.imports if source.room in PURE_ROOMS else ():
        if found.module.split(".")[0] in IMPURE_MODULES:
            yield _at(source, found.line, f"{source.room} is pure and may not import {found.module}")


def libraries_stay_in_their_rooms(source: Source) -> Iterator[str]:
    """Each library has its rooms; one without rooms is imported nowhere."""
    for found in source.imports if source.is_product else ():
        library = found.module.split(".")[0]
        is_ours = library in {*PACKAGES, ""}
        is_free = library in sys.stdlib_module_names and library not in LIBRARY_ROOMS
        if not (is_ours or is_free or source.room in LIBRARY_ROOMS.get(library, ())):
            yield _at(source, found.line, f"{library} may not be imported in {source.room or source.path}")


def imports_stand_at_the_top(source: Source) -> Iterator[str]:
    """Deferred imports only in the rooms that start fast by them; no import is hidden in a string."""
    if not source.is_product:
        return
    for found in source.imports:
        if found.is_deferred and source.room not in DEFERRING_ROOMS:
            yield _at(source, found.line, f"import {found.module} at the top of the file")
    if source.module not in DYNAMIC_IMPORTERS:
        yield from _banned_references(source, DYNAMIC_IMPORTS, "hides an import")


def data_is_made_cheaply(source: Source) -> Iterator[str]:
    """The program's dataclasses are those of `records.py`, which cost a start next to nothing."""
    if source.is_product and source.room not in {"records", "simulator"}:
        yield from _banned_references(source, frozenset({"dataclasses.dataclass"}), "is for records.py only")


def environment_is_read_in_settings(source: Source) -> Iterator[str]:
    """Only settings/ knows the process environment."""
    if source.is_product and source.room != "settings":
        yield from _banned_references(source, ENVIRONMENT_NAMES, "is for settings/ only")


def exit_statuses_live_in_cli(source: Source) -> Iterator[str]:
    """Only cli/ ends the process."""
    if source.is_product and source.room not in {"cli", "__main__"}:
        yield from _banned_references(source, EXIT_NAMES, "is for cli/ only")


def clocks_are_read_in_clock(source: Source) -> Iterator[str]:
    """Time comes from the clock of the call. Tests and benchmarks may measure, but not wait."""
    if source.room in CLOCK_ROOMS:
        return
    banned = CLOCK_CALLS | MONOTONIC_CALLS if source.is_product else CLOCK_CALLS
    yield from _banned_references(source, banned, "is for clock.py only")
    for node in source.nodes(ast.Attribute) if source.is_product else ():
        if node.attr == "time" and _is_event_loop(node.value):
            yield _at(source, node.lineno, "an event loop's time is for clock.py only")


def _is_event_loop(node: ast.expr) -> bool:
    """By its name: `loop`, `self._loop`, `asyncio.get_running_loop()`."""
    return ast.unparse(node).removesuffix("()").endswith("loop")


def files_are_short(source: Source) -> Iterator[str]:
    lines = len(source.text.splitlines())
    limit = MAX_MACHINE_LINES if source.module in WHOLE_MACHINES else MAX_FILE_LINES
    if lines > limit:
        yield _at(source, lines, f"{lines} lines; the limit is {limit}")


def functions_fit_a_screen(source: Source) -> Iterator[str]:
    for node in source.functions:
        if code_lines(node) > MAX_FUNCTION_LINES:
            sentence = f"{node.name} has {code_lines(node)} lines of code; the limit is {MAX_FUNCTION_LINES}"
            yield _at(source, node.lineno, sentence)


def packages_hold_no_code(source: Source) -> Iterator[str]:
    """`__init__.py` is empty, except that the package's own holds the version."""
    if source.path.name != "__init__.py":
        return
    for node in source.tree.body:
        names = [ast.unparse(target) for target in node.targets] if isinstance(node, ast.Assign) else []
        if source.module != PACKAGE or names != ["__version__"]:
            yield _at(source, node.lineno, "__init__.py files are empty")


def names_say_something(source: Source) -> Iterator[str]:
    """No file or folder is named for nothing."""
    for part in source.path.with_suffix("").parts:
        if empty := EMPTY_NAMES & set(part.split("_")):
            yield _at(source, 1, f"{part!r}: {min(empty)!r} does not say what is inside")


def public_names_are_documented(source: Source) -> Iterator[str]:
    """Modules, and their public classes and functions, in the pure rooms, ports and the flow."""
    if source.room not in _DOCUMENTED_ROOMS or source.path.name == "__init__.py":
        return
    if ast.get_docstring(source.tree) is None:
        yield _at(source, 1, "the module has no docstring")
    for node in source.tree.body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None:
            yield _at(source, node.lineno, f"{node.name} is public and has no docstring")


def tests_patch_nothing(source: Source) -> Iterator[str]:
    """The simulator is the only fake. The environment may be set, our own code may not be replaced."""
    for found in () if source.is_product else source.imports:
        if "mock" in found.target.split("."):
            yield _at(source, found.line, "tests use no mocks")
    for node in () if source.is_product else source.nodes(ast.Attribute):
        if node.attr == "setattr":
            yield _at(source, node.lineno, "tests patch nothing")


def tests_wait_for_events(source: Source) -> Iterator[str]:
    """Tests wait for something to happen, never for time to pass; where time skips, that takes none."""
    skips = set(source.path.parts) & SKIPPING or source.path.name == "test_skipping_loop.py"
    names = {} if source.is_product or skips else dict(source.references)
    for node in source.nodes(ast.Call) if names else ():
        if names.get(node.func) == "asyncio.sleep" and node.args:
            seconds = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
            if isinstance(seconds, int | float) and seconds > MAX_TEST_SLEEP_S:
                yield _at(source, node.lineno, f"sleeps longer than {MAX_TEST_SLEEP_S} s")


def _banned_references(source: Source, banned: frozenset[str], reason: str) -> Iterator[str]:
    for node, name in source.references:
        if name in banned:
            yield _at(source, node.lineno, f"{name} {reason}")


RULES: tuple[Rule, ...] = (
    imports_follow_the_table,
    pure_rooms_stay_pure,
    libraries_stay_in_their_rooms,
    imports_stand_at_the_top,
    data_is_made_cheaply,
    environment_is_read_in_settings,
    exit_statuses_live_in_cli,
    clocks_are_read_in_clock,
    files_are_short,
    functions_fit_a_screen,
    packages_hold_no_code,
    names_say_something,
    public_names_are_documented,
    tests_patch_nothing,
    tests_wait_for_events,
    promise_rules.outcomes_have_one_table,
    promise_rules.waits_have_a_limit,
    promise_rules.faults_are_not_hidden,
)
