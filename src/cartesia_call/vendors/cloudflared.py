"""A public path through a cloudflared quick tunnel: no account, a new name each time."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.clock import running_s
from cartesia_call.errors import TunnelError
from cartesia_call.quoting import quotable
from cartesia_call.vendors.ngrok_left_over import AgentIdentity, identity_of_agent
from cartesia_call.vendors.ngrok_process import Keeper, KeeperGone, KeptTunnel, way_out

_KEEPER = "cartesia_call.vendors.cloudflared_keeper"

_ANSWER_MARGIN_S = 1.0
"""How much sooner than we its keeper gives up, so that the reason is heard."""

_GET_IT = (
    "get cloudflared from github.com/cloudflare/cloudflared, and put it on PATH or its path into "
    "CARTESIA_CALL_CLOUDFLARED_PATH"
)
_NETWORK_HINT = (
    "is trycloudflare.com reachable from this machine? Its quick tunnels come without any promise: "
    "ngrok or an address of your own does without them"
)


class QuickTunnel(KeptTunnel):
    """Implements `ports.PublicPath`: one agent, one tunnel, as `NgrokTunnel` does it."""

    def __init__(
        self,
        *,
        agent_path: str | None,
        tunnel_timeout_s: float,
        environment: Mapping[str, str],
        remember_agent: Callable[[AgentIdentity], None],
    ) -> None:
        """`environment` is the whole process environment: the agent gets its PATH, HOME and proxies.

        `agent_path` None looks on PATH. `remember_agent` is called once the tunnel is up.
        """
        super().__init__()
        self._agent_path = agent_path
        self._tunnel_timeout_s = tunnel_timeout_s
        self._environment = environment
        self._remember_agent = remember_agent

    warnings: tuple[str, ...] = ()

    async def open(self, local_port: int) -> str:
        """The public base URL of 127.0.0.1:`local_port`, connected. TunnelError within the time-out.

        No agent is left when it raises or is cancelled.
        """
        deadline_s = running_s() + self._tunnel_timeout_s
        try:
            async with asyncio.timeout_at(deadline_s):
                return await self._open(local_port)
        except TimeoutError:
            self.kill_now()
            raise self._error(f"no tunnel within {self._tunnel_timeout_s:g} s") from None
        except KeeperGone as error:
            await self.close()
            raise TunnelError("cloudflared was ended while its tunnel was being opened") from error
        except BaseException:
            await self.close()
            raise

    async def _open(self, local_port: int) -> str:
        agent_path = find_cloudflared(self._agent_path, self._environment.get("PATH"))
        try:
            self._keeper = Keeper(way_out(self._environment), module=_KEEPER)
        except OSError as error:
            raise TunnelError(f"cloudflared could not be started: {error}") from error
        answer = await self._keeper.ask(
            {
                "agent_path": agent_path,
                "local_port": local_port,
                "limit_s": max(_ANSWER_MARGIN_S, self._tunnel_timeout_s - _ANSWER_MARGIN_S),
            }
        )
        if "error" in answer:
            raise self._error(f"no tunnel: {quotable(str(answer['error']))}")
        pid = answer["agent_pid"]
        identity = await in_daemon_thread(lambda: identity_of_agent(pid))
        if identity is not None:
            self._remember_agent(identity)
        return str(answer["public_url"]).rstrip("/")

    def _error(self, what: str) -> TunnelError:
        return TunnelError(f"cloudflared opened {what}", hint=_NETWORK_HINT)


def find_cloudflared(configured: str | None, search_path: str | None) -> str:
    """The agent's absolute path: `configured`, else from `search_path`, whose relative folders are passed
    over. TunnelError if there is none."""
    if configured is not None:
        if os.path.isfile(configured) and os.access(configured, os.X_OK):
            return os.path.abspath(configured)
        raise TunnelError(
            f"CARTESIA_CALL_CLOUDFLARED_PATH names {configured}, which is not an executable file",
            hint="correct it, or unset it to have cloudflared looked for on PATH",
        )
    for folder in (search_path or os.defpath).split(os.pathsep):
        found = shutil.which("cloudflared", path=folder) if os.path.isabs(folder) else None
        if found:
            return os.path.abspath(found)
    raise TunnelError("cloudflared was not found on PATH", hint=_GET_IT)
