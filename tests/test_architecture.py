"""The house rules hold for every file, and every rule has been seen to fail."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests import dependencies, house_rules, promise_rules
from tests.house_rules import RULES, Rule
from tests.import_cycles import import_cycle
from tests.source_tree import Source, read_sources, room_of

REPOSITORY = Path(__file__).resolve().parent.parent
_LONG_FUNCTION = "def f() -> None:\n" + "    print()\n" * house_rules.MAX_FUNCTION_LINES
_IMPORT_OUTCOME = "from cartesia_call.telephony.outcomes import Outcome\n"
_DOCUMENTED_FUNCTION = (
    'def f() -> None:\n    """' + "word\n    " * house_rules.MAX_FUNCTION_LINES + '"""\n' + "    print()\n"
)

VIOLATIONS: list[tuple[Rule, str, str]] = [
    (house_rules.imports_follow_the_table, "vendors/a.py", "from cartesia_call.calls.dial import dial"),
    (house_rules.imports_follow_the_table, "vendors/a.py", "import cartesia_simulator"),
    (house_rules.imports_follow_the_table, "vendors/a.py", "import cartesia_call.store.ledger"),
    (house_rules.imports_follow_the_table, "store/a.py", "def f():\n    from cartesia_call.vendors import x"),
    (
        house_rules.imports_follow_the_table,
        "simulator/deep/down.py",
        "if TYPE_CHECKING:\n    from cartesia_call.speech.utterance import Utterance",
    ),
    (house_rules.imports_follow_the_table, "calls/a.py", "from cartesia_call.clock import SystemClock"),
    (house_rules.imports_follow_the_table, "calls/a.py", "from cartesia_call.blocking import x"),
    (house_rules.imports_follow_the_table, "ports.py", "from cartesia_call.vendors.twilio import x"),
    (house_rules.imports_follow_the_table, "audio/a.py", "from cartesia_call.speech import x"),
    (house_rules.imports_follow_the_table, "wiring.py", "from cartesia_call.cli.main import main"),
    (house_rules.imports_follow_the_table, "cli/dial.py", "from cartesia_simulator.carrier import x"),
    (house_rules.imports_follow_the_table, "cli/simulator.py", "from cartesia_call.vendors.ngrok import x"),
    (house_rules.imports_follow_the_table, "cli/a.py", "from . import b"),
    (house_rules.imports_follow_the_table, "attic/a.py", ""),
    (house_rules.pure_rooms_stay_pure, "speech/a.py", "import asyncio"),
    (house_rules.pure_rooms_stay_pure, "mediastream/a.py", "from os.path import join"),
    (house_rules.pure_rooms_stay_pure, "errors.py", "def f():\n    import time"),
    (house_rules.libraries_stay_in_their_rooms, "calls/a.py", "from twilio.rest import Client"),
    (house_rules.libraries_stay_in_their_rooms, "vendors/a.py", "import requests"),
    (house_rules.libraries_stay_in_their_rooms, "cli/a.py", "import sqlite3"),
    (house_rules.libraries_stay_in_their_rooms, "wiring.py", "import click"),
    (house_rules.libraries_stay_in_their_rooms, "cli/a.py", "import numpy"),
    (house_rules.imports_stand_at_the_top, "calls/a.py", "def f():\n    import json"),
    (house_rules.imports_stand_at_the_top, "cli/a.py", "import importlib\nimportlib.import_module('twilio')"),
    (
        house_rules.data_is_made_cheaply,
        "cli/a.py",
        "from dataclasses import dataclass\n@dataclass\nclass A: ...",
    ),
    (
        house_rules.data_is_made_cheaply,
        "leg/a.py",
        "import dataclasses\nx = dataclasses.dataclass(frozen=True)",
    ),
    (house_rules.environment_is_read_in_settings, "cli/a.py", "import os\nos.environ.get('HOME')"),
    (house_rules.environment_is_read_in_settings, "vendors/a.py", "from os import getenv as g\ng('HOME')"),
    (house_rules.exit_statuses_live_in_cli, "calls/a.py", "import sys\nsys.exit(1)"),
    (house_rules.exit_statuses_live_in_cli, "wiring.py", "from os import _exit\n_exit(1)"),
    (house_rules.exit_statuses_live_in_cli, "vendors/a.py", "raise SystemExit(1)"),
    (house_rules.clocks_are_read_in_clock, "cli/a.py", "import time as t\nt.sleep(1)"),
    (house_rules.clocks_are_read_in_clock, "calls/a.py", "from time import monotonic\nmonotonic()"),
    (
        house_rules.clocks_are_read_in_clock,
        "store/a.py",
        "from datetime import UTC, datetime as d\nd.now(UTC)",
    ),
    (house_rules.clocks_are_read_in_clock, "tests/test_a.py", "import time\ntime.sleep(0.01)"),
    (house_rules.clocks_are_read_in_clock, "vendors/a.py", "now_s = asyncio.get_running_loop().time"),
    (house_rules.clocks_are_read_in_clock, "calls/a.py", "deadline_s = self._loop.time() + 1"),
    (house_rules.files_are_short, "cli/a.py", "x = 1\n" * (house_rules.MAX_FILE_LINES + 1)),
    (house_rules.functions_fit_a_screen, "cli/a.py", _LONG_FUNCTION),
    (house_rules.packages_hold_no_code, "cli/__init__.py", "from cartesia_call.cli.main import main"),
    (house_rules.packages_hold_no_code, "__init__.py", '__version__ = "1"\nimport os'),
    (house_rules.names_say_something, "cli/utils.py", ""),
    (house_rules.names_say_something, "core/a.py", ""),
    (house_rules.names_say_something, "calls/call_manager.py", ""),
    (house_rules.public_names_are_documented, "ports.py", '"""Doc."""\nclass A:\n    pass'),
    (house_rules.public_names_are_documented, "calls/a.py", '"""Doc."""\nasync def a(): ...'),
    (house_rules.public_names_are_documented, "audio/a.py", "x = 1"),
    (house_rules.tests_patch_nothing, "tests/test_a.py", "from unittest.mock import Mock"),
    (house_rules.tests_patch_nothing, "tests/test_a.py", "from unittest import mock"),
    (
        house_rules.tests_patch_nothing,
        "tests/test_a.py",
        "def test_a(monkeypatch):\n    monkeypatch.setattr(a, b, c)",
    ),
    (
        house_rules.tests_wait_for_events,
        "tests/test_a.py",
        "import asyncio\nasync def f():\n    await asyncio.sleep(1)",
    ),
    *(
        (promise_rules.outcomes_have_one_table, place, _IMPORT_OUTCOME + text)
        for place, text in (
            ("policy/a.py", "X = frozenset({Outcome.BUSY, Outcome.DECLINED})"),
            ("cli/exit_status.py", "X = {Outcome.BUSY: 10, Outcome.DECLINED: 12}"),
            ("store/a.py", "X = (Outcome.BUSY, Outcome.DECLINED)"),
            ("calls/a.py", "X = {Outcome.BUSY: 'busy', Outcome.DECLINED: 'declined'}"),
            ("cli/a.py", "def f(x):\n    return x in {Outcome.BUSY, Outcome.DECLINED}"),
            ("cli/a.py", "match x:\n    case Outcome.BUSY | Outcome.DECLINED:\n        pass"),
        )
    ),
    *(
        (promise_rules.waits_have_a_limit, "calls/a.py", f"import asyncio\nasync def f(x, y):\n    {text}")
        for text in (
            "await x.until(lambda: y, None)",
            "await x.wait()",
            "await asyncio.wait({x}, return_when=asyncio.FIRST_COMPLETED)",
            "await asyncio.wait({x}, timeout=None)",
            "y = await x.queue.get()",
            "await x",
            "async with asyncio.timeout(None):\n        await x",
            "async with asyncio.timeout(3):\n        async def g():\n            await x.wait()",
            "x.cancel()\n    await asyncio.wait({y})",
        )
    ),
    *(
        (promise_rules.faults_are_not_hidden, place, text)
        for place, text in (
            ("calls/a.py", "try:\n    f()\nexcept Exception:\n    pass"),
            ("store/a.py", "try:\n    f()\nexcept (OSError, BaseException) as error:\n    x = error"),
            ("cli/a.py", "try:\n    f()\nexcept:\n    logger.debug('x', exc_info=True)"),
            ("cli/a.py", "try:\n    f()\nexcept Exception:\n    if x:\n        raise\n    g()"),
            ("vendors/a.py", "import contextlib as c\nwith c.suppress(OSError, Exception):\n    f()"),
            (
                "calls/a.py",
                "import asyncio\nasync def f():\n    await asyncio.gather(x, return_exceptions=True)",
            ),
        )
    ),
]

INNOCENT: list[tuple[Rule, str, str]] = [
    (house_rules.imports_follow_the_table, "calls/a.py", "from cartesia_call.ports import Clock"),
    (
        house_rules.imports_follow_the_table,
        "cli/simulator.py",
        "from cartesia_simulator.carrier import x",
    ),
    (house_rules.imports_follow_the_table, "cli/main.py", "from cartesia_call import __version__"),
    (house_rules.imports_follow_the_table, "tests/test_a.py", "from cartesia_call.vendors.ngrok import x"),
    (house_rules.pure_rooms_stay_pure, "calls/a.py", "import asyncio"),
    (house_rules.libraries_stay_in_their_rooms, "store/ledger.py", "import sqlite3, json"),
    (house_rules.imports_stand_at_the_top, "cli/a.py", "def f():\n    import rich"),
    (house_rules.environment_is_read_in_settings, "settings/sources.py", "import os\nos.environ"),
    (house_rules.environment_is_read_in_settings, "cli/a.py", "import os\nos.getpid()"),
    (house_rules.exit_statuses_live_in_cli, "cli/main.py", "import sys\nsys.exit(0)"),
    (house_rules.clocks_are_read_in_clock, "clock.py", "import time\ntime.monotonic()"),
    (house_rules.clocks_are_read_in_clock, "clock.py", "asyncio.get_running_loop().time()"),
    (house_rules.clocks_are_read_in_clock, "calls/a.py", "asyncio.get_running_loop().create_future()"),
    (house_rules.clocks_are_read_in_clock, "tests/test_a.py", "import time\ntime.monotonic()"),
    (house_rules.functions_fit_a_screen, "cli/a.py", _DOCUMENTED_FUNCTION),
    (house_rules.packages_hold_no_code, "__init__.py", '__version__ = "0.1.0"'),
    (house_rules.public_names_are_documented, "calls/a.py", '"""Doc."""\ndef _a(): ...'),
    (house_rules.tests_wait_for_events, "tests/test_a.py", "import asyncio\nasyncio.sleep(0.1)"),
    *(
        (promise_rules.outcomes_have_one_table, place, _IMPORT_OUTCOME + text)
        for place, text in (
            ("telephony/outcomes.py", "X = {Outcome.BUSY: 10, Outcome.DECLINED: 12}"),
            ("calls/a.py", "X = ((OSError, Outcome.BUSY), (KeyError, Outcome.DECLINED))"),
            ("calls/a.py", "def f(x):\n    return Outcome.BUSY if x else Outcome.DECLINED"),
            ("tests/test_a.py", "X = {Outcome.BUSY, Outcome.DECLINED}"),
        )
    ),
    *(
        (promise_rules.waits_have_a_limit, place, f"import asyncio\nasync def f(x, y):\n    {text}")
        for place, text in (
            ("calls/a.py", "await x.until(lambda: y, 3.0)"),
            ("calls/a.py", "async with asyncio.timeout(y):\n        await x.wait()"),
            ("calls/a.py", "await asyncio.wait({x}, timeout=3)"),
            ("calls/a.py", "x.cancel()\n    await asyncio.wait({x})"),
            ("calls/a.py", "for z in x:\n        z.cancel()\n    await asyncio.wait(x)"),
            ("calls/a.py", "for z in x:\n        z.cancel()\n    if x:\n        await asyncio.wait(x)"),
            ("calls/a.py", "await x.place(y)"),
            ("simulator/a.py", "await x.wait()"),
        )
    ),
    *(
        (promise_rules.faults_are_not_hidden, place, text)
        for place, text in (
            ("calls/a.py", "try:\n    f()\nexcept Exception:\n    logger.exception('a fault of ours')"),
            ("calls/a.py", "try:\n    f()\nexcept Exception as e:\n    logger.error('x', exc_info=e)"),
            ("store/a.py", "try:\n    f()\nexcept BaseException:\n    g()\n    raise"),
            ("store/a.py", "try:\n    f()\nexcept OSError:\n    pass"),
            ("vendors/a.py", "import contextlib\nwith contextlib.suppress(OSError):\n    f()"),
            ("tests/test_a.py", "try:\n    f()\nexcept Exception:\n    pass"),
        )
    ),
]


def snippet(place: str, text: str) -> Source:
    """A file in the package, or in tests/ if the place says so."""
    folder = "src" if place.startswith("simulator/") else "src/cartesia_call"
    place = place.replace("simulator/", "cartesia_simulator/") if folder == "src" else place
    return Source(PurePosixPath(place if place.startswith("tests/") else f"{folder}/{place}"), text)


@pytest.fixture(scope="module")
def sources() -> Iterator[list[Source]]:
    """Every file, parsed when a rule asks for it. Hundreds of thousands of nodes come up that all stay: to
    look for garbage among them would cost more than the parsing."""
    gc.disable()
    yield read_sources(REPOSITORY)
    gc.enable()


def test_the_rules_hold_everywhere(sources: list[Source]) -> None:
    """All in one test: each process that runs one of them reads every file."""
    violations = [
        f"{rule.__name__}: {sentence}" for rule in RULES for source in sources for sentence in rule(source)
    ]
    assert not violations, "\n" + "\n".join(violations)


def test_modules_import_each_other_in_no_circle(sources: list[Source]) -> None:
    cycle = import_cycle(sources)
    assert not cycle, " → ".join(cycle)


def test_no_exception_is_idle(sources: list[Source]) -> None:
    """An exception that nobody needs any more is a hole."""
    used = {
        (source.module, room_of(found.target))
        for source in sources
        for found in source.imports
        if source.room
    }
    granted = {(module, room) for module, rooms in house_rules.MODULE_IMPORTS.items() for room in rooms}
    assert granted <= used
    importers = {
        source.module for source in sources if "importlib.import_module" in dict(source.references).values()
    }
    assert importers >= house_rules.DYNAMIC_IMPORTERS


def test_no_promise_is_broken_for_nothing(sources: list[Source]) -> None:
    """Each table names just what there is: whoever mends one takes its row out."""
    waiting = {name.partition(":")[0] for name in promise_rules.UNLIMITED_WAITS}
    waits, hidings = (
        {
            f"{source.module}:{function}": len(places)
            for source in sources
            if is_asked(source)
            for function, places in find(source).items()
        }
        for find, is_asked in (
            (promise_rules.unlimited_waits, lambda source: source.module in waiting),
            (promise_rules.hidden_faults, lambda source: source.is_product),
        )
    )
    named_waits = {name: count for name, (count, _) in promise_rules.UNLIMITED_WAITS.items()}
    assert {name: waits.get(name) for name in named_waits} == named_waits
    assert hidings == {name: count for name, (count, _) in promise_rules.NAMED_HIDING.items()}


def test_pyproject_names_what_is_imported_and_bounds_what_is_subclassed(sources: list[Source]) -> None:
    assert dependencies.not_named(sources) == []
    subclassed = dependencies.subclassed(sources)
    assert {"click", "websockets"} <= subclassed
    assert dependencies.unbounded(subclassed) == []


@pytest.mark.parametrize(
    ("rule", "place", "text"), VIOLATIONS, ids=lambda value: getattr(value, "__name__", None)
)
def test_a_violation_is_seen(rule: Rule, place: str, text: str) -> None:
    assert list(rule(snippet(place, text)))


@pytest.mark.parametrize(
    ("rule", "place", "text"), INNOCENT, ids=lambda value: getattr(value, "__name__", None)
)
def test_the_innocent_is_left_alone(rule: Rule, place: str, text: str) -> None:
    assert list(rule(snippet(place, text))) == []


def test_every_rule_has_been_seen_to_fail() -> None:
    assert {rule for rule, _, _ in VIOLATIONS} == set(RULES)


def test_a_circle_of_imports_is_seen() -> None:
    """Also one that is closed in a function or for the type checker only."""
    first = snippet("calls/a.py", "from cartesia_call.calls import b")
    second = snippet("calls/b.py", "if TYPE_CHECKING:\n    from cartesia_call.calls.c import x")
    third = snippet("calls/c.py", "def f():\n    import cartesia_call.calls.a")
    assert len(import_cycle([first, second, third])) == 4
    assert import_cycle([first, second]) == []


def test_the_table_of_rooms_has_no_circle() -> None:
    """Rooms are layers: whatever imports them is not imported by them."""
    rooms = [
        snippet(f"{room}/a.py", "\n".join(f"import cartesia_call.{target}.a" for target in targets))
        for room, targets in house_rules.ROOM_IMPORTS.items()
    ]
    assert import_cycle(rooms) == []
