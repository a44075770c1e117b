"""What a recipe's script finds in the program's place: `python -IS recipe_program.py SOCKET ARGUMENT...`.

Hands its arguments, environment, working directory and standard streams to `tests.recipe_runs`, and ends with
the status that comes back.
"""

from __future__ import annotations

import json
import os
import socket
import sys


def main() -> int:
    """Nothing but the standard library, and little of that: it starts in some milliseconds."""
    asked = {
        "arguments": sys.argv[2:],
        "environment": dict(os.environ),
        "working_directory": os.getcwd(),
    }
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as channel:
        channel.connect("\0" + sys.argv[1])
        socket.send_fds(channel, [json.dumps(asked).encode()], [0, 1, 2])
        status = int(channel.recv(16))
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
