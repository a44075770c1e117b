#!/usr/bin/env bash
# Python makes every descriptor of its own non-inheritable, but not those that come over a socket.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" - <<'PYTHON'
import os
import socket
import subprocess
import sys

one, other = socket.socketpair()
reading, writing = os.pipe()
socket.send_fds(one, [b"x"], [writing])
_, (received,), _, _ = socket.recv_fds(other, 16, 1)
os.close(writing)
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
os.close(received)
os.set_blocking(reading, False)
try:
    is_held = os.read(reading, 1) != b""
except BlockingIOError:  # no end of file: somebody has the writing end still
    is_held = True
child.communicate(b"\n")
print(f"Python {sys.version.split()[0]}; socket.recv_fds, and a child that is started with close_fds=False")
print("one would guess: as with every descriptor since PEP 446, the child does not get it")
print("what happens: what recv_fds and recvmsg bring is inheritable, unless MSG_CMSG_CLOEXEC is among the flags")
print(f"seen: os.get_inheritable of one's own pipe {os.get_inheritable(reading)}; the child holds the received end: {is_held}")
if not is_held:
    sys.exit("the behaviour has changed")
PYTHON
