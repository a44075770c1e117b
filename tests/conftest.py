"""Every test runs in a home of its own, without anybody's keys, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import itertools
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from pytest_asyncio import is_async_test

from cartesia_call.blocking import DaemonThreadLoop
from cartesia_call.skipping_loop import SkippingLoop
from tests.cli_process import CommandLine
from tests.forked_process import ForkServer
from tests.isolation import (
    QUICK,
    SKIPPING,
    Places,
    home_variables,
    minimal_environment,
    obey_signals,
    remove_foreign_settings,
)
from tests.leaks import child_processes, end_children, leaked_tasks, leaked_threads
from tests.worker_shares import in_shares, worker_count

# A run tries the same inputs each time: whether a commit is good is no matter of luck. To look for others:
# `pytest --hypothesis-profile=search -k NAME`.
settings.register_profile("suite", derandomize=True, database=None, deadline=None)
settings.register_profile("search", max_examples=2000, deadline=None, print_blob=True)
settings.load_profile("suite")

_TESTS = Path(__file__).parent
_ALLOCATIONS_BETWEEN_SEARCHES = 20_000
"""For cycles, by the garbage collector: with Python's own 700 that was one twentieth of all."""
_FINISHED_AT_A_TIME = 200
_finished = itertools.count(1)
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LoopFactory = Callable[[], asyncio.AbstractEventLoop]

_session_home = tempfile.TemporaryDirectory(prefix="cartesia-call-tests-")


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is imported: some libraries ask where home is when they are imported."""
    config.addinivalue_line("markers", "long: takes seconds of the processor, and is begun before others")
    config.addinivalue_line("markers", "quick: of a room that does no I/O; set for whole folders")
    config.addinivalue_line("markers", "skipping: all parties live in this process")
    config.addinivalue_line("markers", "real_time: somebody outside the process takes part")
    gc.set_threshold(_ALLOCATIONS_BETWEEN_SEARCHES)
    obey_signals()
    remove_foreign_settings(os.environ)
    os.environ.update(home_variables(Path(_session_home.name)))


@functools.cache
def _folder_of(path: Path) -> str:
    """The folder of tests that a file is in, or its own name if it is in none."""
    return path.relative_to(_TESTS).parts[0]


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, LoopFactory]:
    """Time skips where all parties live in this process."""
    folder = _folder_of(item.path)
    skips = item.get_closest_marker("skipping") if folder not in SKIPPING else True
    if skips and item.get_closest_marker("real_time") is None:
        return {"skipping": SkippingLoop}
    return {"real": DaemonThreadLoop}


def pytest_unconfigure() -> None:
    _session_home.cleanup()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Whoever runs the quick ones alone need not wait until the others are read."""
    if config.getoption("markexpr") == "quick" and _TESTS in collection_path.parents:
        return True if _folder_of(collection_path) not in QUICK else None
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish() -> None:
    """Thousands of tests live to the end: the garbage collector need not look at them again and again."""
    _set_aside_what_stays()


def pytest_runtest_logfinish() -> None:
    """Of each test some thirty objects stay, its reports among them: with those of thousands, tests that
    search for cycles would do little else."""
    if next(_finished) % _FINISHED_AT_A_TIME == 0:
        _set_aside_what_stays()


def _set_aside_what_stays() -> None:
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: at the end of a run no worker waits for what another one has only begun."""
    for item in items:
        if _folder_of(item.path) in QUICK and item.get_closest_marker("long") is None:
            item.add_marker("quick")
    items[:] = in_shares(
        items,
        worker_count(),
        lambda item: None if item.get_closest_marker("long") is None else _folder_of(item.path),
    )


@pytest.fixture(scope="session")
def _places() -> Iterator[Places]:
    places = Places(Path(_session_home.name))
    yield places
    places.remove()


@pytest.fixture(autouse=True)
def _on_its_own(_places: Places, request: pytest.FixtureRequest) -> Iterator[None]:
    """A fresh home, and a working directory without an env file; a test that leaves a thread, a child process
    or (if it is asynchronous) a task fails.

    One fixture for all of it: nine thousand tests pay for each.
    """
    threads_before = frozenset(threading.enumerate())
    children_before = child_processes()
    # A command that ran in this process ignores signals at its end, and so would every process that a later
    # test starts.
    signals_before = {number: signal.getsignal(number) for number in _SIGNALS}
    if is_async_test(request.node):
        request.getfixturevalue("_no_task_left")
    with _places.inside_a_fresh_one():
        yield
    for number, handler in signals_before.items():
        signal.signal(number, handler)
    children = end_children(child_processes() - children_before)
    threads = leaked_threads(threads_before)
    assert not children, f"child processes left: {children}"
    assert not threads, f"threads left: {threads}"


@pytest.fixture
async def _no_task_left() -> AsyncIterator[None]:
    before = frozenset(asyncio.all_tasks())
    yield
    tasks = await leaked_tasks(before)
    assert not tasks, f"tasks left: {tasks}"


@pytest.fixture
def clean_environment() -> Iterator[dict[str, str]]:
    """The environment of a subprocess: PATH, a locale, a home and XDG folders of its own, no keys."""
    with _folder() as home:
        yield minimal_environment(home)


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """One for each worker, from the first test that may want it; see `tests.fork_server`."""
    server = ForkServer(minimal_environment(Path(_session_home.name)))
    yield server
    server.close()


@pytest.fixture
def run_cli(fork_server: ForkServer, clean_environment: dict[str, str]) -> Iterator[CommandLine]:
    """`run_cli("dial", "--rehearse", ...)` as a process of its own, with little of its start to wait for; see
    `tests.cli_process`.
    """
    with _folder() as cwd, _leaving_nothing(CommandLine(clean_environment, cwd, fork_server)) as command_line:
        yield command_line


@pytest.fixture
def exec_cli(clean_environment: dict[str, str]) -> Iterator[CommandLine]:
    """The same, and each run is an interpreter that begins with nothing: for what that may change."""
    with _folder() as cwd, _leaving_nothing(CommandLine(clean_environment, cwd)) as command_line:
        yield command_line


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = tempfile.mkdtemp(dir=_session_home.name)
    yield Path(folder)
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _leaving_nothing(command_line: CommandLine) -> Iterator[CommandLine]:
    yield command_line
    survivors = command_line.end_all()
    assert not survivors, survivors
