"""The program between cartesia-call and the ngrok agent, started as `python -P -m ...ngrok_keeper FD`.

It lives in a process group of its own and does two things. It drives pyngrok, whose calls can block for ever
and whose state is global, where all of that can be killed from outside. And it ends the agent when
cartesia-call is gone, however that went, `kill -9` included: file descriptor FD is one end of a socket pair,
and its end of file means that nobody wants the agent any more.

Each line read from FD asks for a tunnel: `agent_path`, `config_path`, `domain`, `local_port`, `limit_s`, and
`removes`, a folder that is to be gone with the agent, or null.
Each is answered by one line: `public_url` and `agent_pid`, or `error`, which is what ngrok said, unrefined.
An agent that runs already is asked again, not started again. One that has come to nothing after `limit_s` is
answered with the last error that it logged, and `is_late`: pyngrok itself waits for the agent's next line,
and an agent without a network pauses between its tries for longer and longer.
"""

from __future__ import annotations

import threading
from typing import Any

from pyngrok import ngrok
from pyngrok.conf import PyngrokConfig
from pyngrok.exception import PyngrokNgrokError, PyngrokNgrokHTTPError
from pyngrok.log import NgrokLog

from cartesia_call.vendors.agent_group import OneAnswer, end_group, later, serve


def main() -> None:
    folders: set[str] = set()

    def take(request: dict[str, Any], answer: OneAnswer) -> None:
        if folder := request.get("removes"):
            folders.add(folder)
        threading.Thread(target=_answer, args=(answer, request), daemon=True).start()

    with serve(take):
        end_group(folders)


class _Words:
    """The agent's last word about a request."""

    def __init__(self) -> None:
        self.error: str | None = None

    def note(self, log: NgrokLog) -> None:
        if log.err:
            self.error = log.err


def _answer(answer: OneAnswer, request: dict[str, Any]) -> None:
    words = _Words()

    def answer_late() -> None:
        """With the agent's last word; if it said nothing, neither do we."""
        if words.error is not None:
            answer.give({"error": words.error, "is_late": True})

    late = later(request["limit_s"], answer_late)
    answer.give(_reply(request, words))
    late.cancel()


def _reply(request: dict[str, Any], words: _Words) -> dict[str, Any]:
    try:
        return _open_tunnel(request, words)
    except PyngrokNgrokHTTPError as error:
        return {"error": error.body}
    except PyngrokNgrokError as error:
        return {"error": error.ngrok_error or str(error)}
    except Exception as error:  # pyngrok lets OSError, YAMLError and others through; all are the answer
        return {"error": f"{type(error).__name__}: {error}"}


def _open_tunnel(request: dict[str, Any], words: _Words) -> dict[str, Any]:
    config = PyngrokConfig(
        ngrok_path=request["agent_path"],
        config_path=request["config_path"],
        # `/api/tunnels`, which every agent of version 3 serves; "3" asks for `/api/endpoints`, which those
        # before 3.30 do not have, and against them pyngrok dead-locks.
        config_version="2",
        startup_timeout=max(1, int(request["limit_s"])),
        request_timeout=request["limit_s"],
    )
    # pyngrok would put it into the argument list; the agent reads NGROK_AUTHTOKEN itself.
    config.auth_token = None
    config.log_event_callback = words.note
    options = {"domain": request["domain"]} if request["domain"] else {}
    tunnel = ngrok.connect(
        f"http://127.0.0.1:{request['local_port']}",
        proto="http",
        name="cartesia-call",  # pyngrok's own would hold a URL, which it then writes unquoted into another
        pyngrok_config=config,
        inspect=False,
        **options,
    )
    return {"public_url": tunnel.public_url, "agent_pid": ngrok.get_ngrok_process(config).proc.pid}


if __name__ == "__main__":
    main()
