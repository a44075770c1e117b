"""A process that has imported the program, and forks each run of it: `python -m tests.fork_server FD ROOM`.

Importing is most of what a short run costs. FD is one end of a socket pair. From it comes a message for each
run: which standard streams are to be open (`012`, `-` for none), and as file descriptors a socket for that
run and those streams. On the run's own socket the request follows (`tests.fresh_process`). Back come, in this
order, what the fork says once it is what a fresh process would be, and when it has ended its exit status,
negative for a signal. ROOM is for what /proc shows of each fork.

Linux only. Before a fork nothing happens but imports, what they leave to be written when it is needed
(`cartesia_call.records`) and what two pure functions remember, and there is one thread. When FD ends, what
still runs is killed. `tests.forked_process` is the other side.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import warnings
from dataclasses import dataclass

import cartesia_call
import cartesia_simulator
from cartesia_call.records import write_all
from cartesia_call.telephony.numbers import parse_number
from cartesia_call.telephony.say_voices import find_say_voices
from tests.fresh_process import Request, become_fresh

_NOT_IMPORTED = frozenset(
    {
        # It is what is run.
        "cartesia_call.__main__",
        # It is a process of its own, and pyngrok.conf reads HOME when it is imported.
        "cartesia_call.vendors.ngrok_keeper",
    }
)
_OF_EXTRAS = ("cartesia_call.fleet.",)
"""Rooms that few runs need, on libraries that look around when they are imported."""
_IMPORTED_IN_FUNCTIONS = (
    *("aiohttp.web", "espeakng_loader", "rich.console", "rich.table", "rich.text"),
    *("platformdirs", "certifi", "dotenv", "zoneinfo", "encodings.idna"),
    "cartesia_call.telephony.phonenumbers_parts.data.region_US",
)


def import_program() -> None:
    """What a run would import, and more, with its tables made. RuntimeError for a warning that a run would
    show.
    """
    with warnings.catch_warnings(record=True) as shown:
        modules = [
            module.name
            for package in (cartesia_call, cartesia_simulator)
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
            if not module.name.startswith(_OF_EXTRAS)
        ]
        for name in (*(name for name in modules if name not in _NOT_IMPORTED), *_IMPORTED_IN_FUNCTIONS):
            importlib.import_module(name)
        _make_tables()
    if shown:
        raise RuntimeError(f"importing the program warns: {[str(warning.message) for warning in shown]}")


def _make_tables() -> None:
    """What is made once in every run, whatever it is asked for: half of what a short rehearsal costs."""
    write_all()
    find_say_voices("Polly.Joanna")
    parse_number("+12025550143", country=None)


@dataclass(frozen=True)
class Asked:
    """Somebody asks for a run: its own socket, and by their numbers the file descriptors of its streams."""

    channel: socket.socket
    streams: dict[int, int]

    def close_streams(self) -> None:
        for descriptor in self.streams.values():
            os.close(descriptor)


class Server:
    """Forks for whoever holds the other end of `control`, and tells how each run ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._runs: dict[int, tuple[int, socket.socket]] = {}
        """By a pidfd: process id and socket."""

    def serve(self) -> Asked | None:
        """In a fork: what it is to be. In the server: None, when nobody is left who could ask."""
        while True:
            # A selector for each time: a fork must not share one with the server.
            with selectors.PollSelector() as selector:
                for descriptor in (self._control.fileno(), *self._runs):
                    selector.register(descriptor, selectors.EVENT_READ)
                ready = [key.fd for key, _ in selector.select()]
            for pidfd in set(ready) & set(self._runs):
                self._tell_end(pidfd)
            if self._control.fileno() in ready:
                asked = self._receive()
                if asked is None or self._is_fork(asked):
                    return asked

    def _receive(self) -> Asked | None:
        numbers, descriptors, _, _ = socket.recv_fds(self._control, 16, 4)
        if not numbers:
            for pidfd in self._runs:
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            return None
        channel, *streams = descriptors
        return Asked(
            socket.socket(fileno=channel),
            dict(zip(map(int, numbers.decode().strip("-")), streams, strict=True)),
        )

    def _is_fork(self, asked: Asked) -> bool:
        pid = os.fork()
        if pid:
            asked.close_streams()
            self._runs[os.pidfd_open(pid)] = pid, asked.channel
            return False
        for pidfd, (_, channel) in self._runs.items():
            os.close(pidfd)
            channel.close()
        self._control.close()
        return True

    def _tell_end(self, pidfd: int) -> None:
        pid, channel = self._runs.pop(pidfd)
        os.close(pidfd)
        _, wait_status = os.waitpid(pid, 0)
        with channel, contextlib.suppress(OSError):  # nobody waits for it any more
            channel.send(str(os.waitstatus_to_exitcode(wait_status)).encode())


def main() -> Request | None:
    """Serve; in a fork, become fresh and return what is to be run."""
    import_program()
    # What is imported is garbage in no run: its pages stay shared.
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        asked = Server(control).serve()
    return None if asked is None else become_fresh(asked.channel, asked.streams)


if __name__ == "__main__":
    request = main()
    if request is not None:
        # Whatever it raises, SystemExit among it, ends this interpreter as it would end a fresh one.
        runpy.run_module(request.module, run_name="__main__", alter_sys=True)
