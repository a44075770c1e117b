"""An attacker of the bridge, as a process of its own: connections with prebuilt bytes, and what came back.

python -m tests.vendors.siege < orders.json > answers.json
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

ATTACKERS = 48
"""At once."""

_PATIENCE_S = 30.0

Answers = Mapping[str, Mapping[str, int]]
"""Kind of attack → answer (`404`, `101 closed`, `silence`) → how often."""


@dataclass(frozen=True, kw_only=True)
class Attack:
    """`times` connections that send `request`, and `frames` if they are let in. Both are Latin-1."""

    kind: str
    request: str
    times: int
    frames: str = ""


async def besiege(port: int, attacks: Sequence[Attack]) -> Answers:
    """All attacks on 127.0.0.1:`port`, mixed, from another process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.vendors.siege"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=__file__.removesuffix("/tests/vendors/siege.py"),
    )
    orders = json.dumps({"port": port, "attacks": [asdict(attack) for attack in attacks]})
    answers, _ = await process.communicate(orders.encode())
    assert process.returncode == 0
    said: Answers = json.loads(answers)
    return said


def _attack(port: int, attack: Attack) -> str:
    head = behind = b""
    with (
        contextlib.suppress(ConnectionError),
        socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S) as connection,
    ):
        connection.sendall(attack.request.encode("latin-1"))
        head = connection.recv(4096)
        if head.startswith(b"HTTP/1.1 101 "):
            behind = head.partition(b"\r\n\r\n")[2]
            connection.sendall(attack.frames.encode("latin-1"))
            while data := connection.recv(4096):
                behind += data
    if not head.startswith(b"HTTP/1.1 101 "):
        return head[9:12].decode() or "silence"
    # Nothing but a close frame may come to somebody who is not let in.
    return "101 closed" if behind[:1] in {b"\x88", b""} else "101 heard something"


def main() -> None:
    """Carry out the orders on standard input."""
    orders = json.load(sys.stdin)
    attacks = [Attack(**attack) for attack in orders["attacks"]]
    connections = [attack for attack in attacks for _ in range(attack.times)]
    random.Random(1).shuffle(connections)
    answers: dict[str, Counter[str]] = {attack.kind: Counter() for attack in attacks}
    with ThreadPoolExecutor(ATTACKERS) as attackers:
        results = attackers.map(lambda attack: (attack.kind, _attack(orders["port"], attack)), connections)
        for kind, answer in results:
            answers[kind][answer] += 1
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
