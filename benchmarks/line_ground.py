"""A home, a telephone network and a stand-in agent, in which many processes of the program share a line."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.vendors.ngrok_stand_in import write_stand_in_agent

MESSAGE = "The database is down. Somebody has to look at it before the morning."


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where it runs: an environment of its own, and the stand-in agent's folder."""

    environment: dict[str, str]
    folder: Path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "cartesia_call", *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def dial(self, number: int, *more: str) -> subprocess.Popen[str]:
        return self.start("dial", "--json", "-v", *more, _callee(number), f"Number {number}. {MESSAGE}")

    def agents(self) -> list[int]:
        """Stand-in agents that run."""
        return self.processes(f"{self.folder}/ngrok start")

    def keepers(self) -> list[int]:
        """What keeps agents, and ends them."""
        return self.processes("cartesia_call.vendors.ngrok_keeper")

    def processes(self, part: str) -> list[int]:
        """Those of this home with `part` in their command."""
        home = f"HOME={self.environment['HOME']}".encode()
        return [pid for pid in processes_with(part) if home in read(f"/proc/{pid}/environ").split(b"\0")]

    def in_progress(self) -> int:
        """Calls that were answered and are not over."""
        return len(self._calls("Status=in-progress"))

    def status_of_call_to(self, number: int) -> str:
        """Of the call that `dial(number)` placed."""
        (call,) = self._calls(f"To=%2B{_callee(number)[1:]}")
        return str(call["status"])

    def _calls(self, which: str) -> list[dict[str, object]]:
        account, token = self.environment["TWILIO_ACCOUNT_SID"], self.environment["TWILIO_AUTH_TOKEN"]
        request = urllib.request.Request(
            f"{self.environment['TWILIO_BASE_URL']}/2010-04-01/Accounts/{account}/Calls.json"
            f"?{which}&PageSize=100"
        )
        login = base64.b64encode(f"{account}:{token}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            calls: list[dict[str, object]] = json.load(answer)["calls"]
        return calls

    def left(self) -> list[str]:
        """What still runs of it, and what waits for somebody in the folders of lines."""
        names = [f"agent {pid}" for pid in self.agents()]
        names += [f"keeper {pid}" for pid in self.keepers()]
        return names + [str(path) for path in lines_of(self).glob("*/*") if path.is_socket()]


def lines_of(place: Ground) -> Path:
    return Path(place.environment["HOME"], ".local", "state", "cartesia-call", "lines")


def _callee(number: int) -> str:
    return f"+120255501{number + 20:02}"


def wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def read(path: str) -> bytes:
    """Empty for a process that is gone."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def processes_with(part: str) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        command = read(f"{entry}/cmdline").replace(b"\0", b" ").decode(errors="replace")
        if part in command and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


@contextmanager
def ground(*, slow_s: float = 0.1, callee: str = "answers") -> Iterator[Ground]:
    """A home, a simulator and an agent. `slow_s` is what the agent waits before each of its three lines."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="shared-line-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        agent = write_stand_in_agent(folder / "agent", exclusive=True, slow_s=slow_s)
        home = folder / "home"
        home.mkdir()
        plain = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        }
        simulator = subprocess.Popen(
            [sys.executable, "-m", "cartesia_call", "simulator", "--callee", callee],
            env=plain,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        stack.callback(simulator.wait)
        stack.callback(simulator.terminate)
        environment = dict(plain)
        assert simulator.stdout is not None
        for line in simulator.stdout:
            name, _, value = line.removeprefix("export ").strip().partition("=")
            environment[name] = value.strip("'")
            if name == "CARTESIA_BASE_URL":
                break
        environment |= {
            "NGROK_AUTHTOKEN": "fake-token",
            "PYNGROK_NGROK_PATH": str(agent),
            "CARTESIA_CALL_TUNNEL_TIMEOUT": "60s",
            "CARTESIA_CALL_SPEECH_TIMEOUT": "60s",
        }
        yield Ground(environment=environment, folder=folder / "agent")
