#!/usr/bin/env bash
# asyncio turns Nagle's algorithm off for its connections, but not for those of a socket from socket.create_server.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import socket
import sys


async def without_delay(listening: socket.socket | None) -> bool:
    """Whether a connection that an asyncio server accepted has TCP_NODELAY."""
    accepted: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            accepted.set_result(transport.get_extra_info("socket"))

    loop = asyncio.get_running_loop()
    if listening is None:
        server = await loop.create_server(Protocol, "127.0.0.1", 0)
    else:
        server = await loop.create_server(Protocol, sock=listening)
    async with server:
        with socket.create_connection(server.sockets[0].getsockname()):
            return bool((await accepted).getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


def bound(protocol: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
    listening.bind(("127.0.0.1", 0))
    return listening


seen = {
    "create_server(host, port)": asyncio.run(without_delay(None)),
    "sock=socket.create_server(...)": asyncio.run(without_delay(socket.create_server(("127.0.0.1", 0)))),
    "sock=socket.socket(AF_INET, SOCK_STREAM)": asyncio.run(without_delay(bound(0))),
    "sock=socket.socket(..., IPPROTO_TCP)": asyncio.run(without_delay(bound(socket.IPPROTO_TCP))),
}
print(f"Python {sys.version.split()[0]}; asyncio's create_server with an address or with a socket")
print("one would guess: asyncio sets TCP_NODELAY on every TCP connection, as its documentation says")
print("what happens: it looks at the accepted socket's proto, which is the listening one's: 0 where nobody named it")
print(f"seen: TCP_NODELAY by how the server was made: {seen}")
if list(seen.values()) != [True, False, False, True]:
    sys.exit("the behaviour has changed")
PYTHON
