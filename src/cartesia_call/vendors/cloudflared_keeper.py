"""The program between cartesia-call and cloudflared, started as `python -P -m ...cloudflared_keeper FD`.

As `ngrok_keeper.py` it lives in a process group of its own and ends the agent when cartesia-call is gone:
file descriptor FD is one end of a socket pair, and its end of file means that nobody wants the agent any
more.

One line is read from FD: `agent_path`, `local_port`, `limit_s`. It is answered by one line: `public_url` and
`agent_pid` once the agent is connected; or `error`, the agent's last two complaints, when it has ended, or
after `limit_s`, if it complained at all. The last alone may be a mere consequence: one that is sent away with
429 says so, and then that the answer did not read as JSON.
"""

from __future__ import annotations

import subprocess
import threading
from collections import deque
from typing import IO, Any

from cartesia_call.patterns import regex
from cartesia_call.vendors.agent_group import OneAnswer, end_group, later, serve

_ADDRESS = regex(r"\|\s+(https?://\S+)\s+\|")
"""It stands in a frame, seconds before its name exists."""

_CONNECTED = regex(r"Registered tunnel connection|Connection (?:\S+ )?registered ")
"""As agents say it, and as those did until 2022. From here on the name exists. Who asks for it sooner has a
resolver remember for more than a minute that it does not."""

_STAMP = regex(r"^\S+Z (?:WRN|ERR|FTL) ")
"""In front of what is logged, which not all is."""

_CHATTER = regex(r" (?:INF|DBG) |/dev/null")
"""What is no complaint, and one about our own empty configuration."""

_GRACE = "1s"
"""For requests under way, at its end: there are none, and its own default is 30 s."""


def main() -> None:
    with serve(lambda request, answer: _Agent(answer).start(request)):
        end_group()


class _Agent:
    """One agent, and the one answer about it."""

    def __init__(self, answer: OneAnswer) -> None:
        self._answer = answer.give
        self._complaints: deque[str] = deque(maxlen=2)

    def start(self, request: dict[str, Any]) -> None:
        command = [
            *(request["agent_path"], "tunnel", "--config", "/dev/null", "--no-autoupdate"),
            *("--grace-period", _GRACE, "--url", f"http://127.0.0.1:{request['local_port']}"),
        ]
        try:
            agent = subprocess.Popen(  # noqa: S603  # the user's own agent
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
            )
        except OSError as error:
            self._answer({"error": f"it cannot be started: {error.strerror}"})
            return
        assert agent.stderr is not None  # noqa: S101  # asked for above
        threading.Thread(target=self._listen, args=(agent.stderr, agent.pid), daemon=True).start()
        later(request["limit_s"], self._answer_late)

    def _listen(self, log: IO[str], pid: int) -> None:
        """To its end: an agent that nobody listens to would stop."""
        address: str | None = None
        for line in log:
            if (found := _ADDRESS.search(line)) is not None:
                address = found[1]
            elif address is not None and _CONNECTED.search(line) is not None:
                self._answer({"public_url": address, "agent_pid": pid})
            elif line.strip() and _CHATTER.search(line) is None:
                self._complain(_STAMP.sub("", line).strip())
        self._answer({"error": "; ".join(self._complaints) or "it ended without a word"})

    def _complain(self, complaint: str) -> None:
        if complaint not in self._complaints:
            self._complaints.append(complaint)

    def _answer_late(self) -> None:
        if self._complaints:
            self._answer({"error": "; ".join(self._complaints)})


if __name__ == "__main__":
    main()
