"""A public path through ngrok, opened and closed with one call."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.clock import SystemClock, running_s
from cartesia_call.errors import TunnelError
from cartesia_call.loggers import logger_of
from cartesia_call.trace_ports import Tracer
from cartesia_call.tracing.messages import Kind, Message, Peer
from cartesia_call.vendors.ngrok_agent import find_agent, version_of
from cartesia_call.vendors.ngrok_configuration import AgentConfiguration
from cartesia_call.vendors.ngrok_errors import Refusal, read_refusal
from cartesia_call.vendors.ngrok_left_over import AgentIdentity, identity_of_agent
from cartesia_call.vendors.ngrok_process import Keeper, KeeperGone, KeptTunnel, agent_environment
from cartesia_call.vendors.ngrok_versions import judge

logger = logger_of(__name__)

_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 2.0
_VERSION_LIMIT_S = 2.0
"""How long the agent may take to say its version: a call that waits is worse than one without the warning."""

_ANSWER_MARGIN_S = 1.0
"""How much sooner than we pyngrok gives up on a start, so that its reason is heard."""


class NgrokTunnel(KeptTunnel):
    """Implements `ports.PublicPath`: one agent, one tunnel.

    The agent runs under a keeper (`ngrok_keeper.py`), which holds pyngrok and ends it when this process is
    gone. Times are seconds: ngrok's servers live in no other. May be opened again once it is closed.
    """

    def __init__(
        self,
        *,
        agent_path: str | None,
        authtoken: str,
        domain: str | None,
        tunnel_timeout_s: float,
        state_dir: Path,
        environment: Mapping[str, str],
        remember_agent: Callable[[AgentIdentity], None] | None = None,
        passing_places: Sequence[Path] = (),
        choose_port: Callable[[], int] | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        """`environment` is the whole process environment: the agent gets its PATH, HOME and proxies.

        `agent_path` None looks for an agent; `domain` None takes the account's own. `remember_agent` is
        called on the event loop's thread once the tunnel is up and must not block. The configuration goes
        into `state_dir`; `passing_places` and `choose_port` are those of `AgentConfiguration`.
        """
        super().__init__()
        self._configuration = AgentConfiguration(
            state_dir, passing_places=passing_places, choose_port=choose_port
        )
        self._tracer = tracer
        self._agent_path = agent_path
        self._authtoken = authtoken
        self._domain = domain.strip().removeprefix("https://").rstrip("/") if domain else None
        self._tunnel_timeout_s = tunnel_timeout_s
        self._environment = environment
        self._remember_agent = remember_agent
        self._wanted = False
        self._last_refusal: Refusal | None = None
        self._doubts: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Where its files had to go, if not into `state_dir`, and what speaks against the agent."""
        return (*self._configuration.warnings, *self._doubts)

    async def open(self, local_port: int) -> str:
        """The public base URL of 127.0.0.1:`local_port`. A domain in use is waited for until the time-out.

        TunnelError, or Unauthorized for a refused token. No agent is left when it raises or is cancelled.
        """
        if self._keeper is not None:
            raise TunnelError("this tunnel is open already")
        self._wanted, self._last_refusal = True, None
        try:
            async with asyncio.timeout(self._tunnel_timeout_s):
                return await self._open(local_port)
        except TimeoutError:
            self.kill_now()
            raise self._too_late() from None
        except KeeperGone as error:
            await self.close()
            raise TunnelError("the ngrok agent was ended while its tunnel was being opened") from error
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """As `KeptTunnel`, and remove what was made for this agent alone."""
        self._wanted = False
        try:
            await super().close()
        finally:
            self._configuration.remove_temporary()

    def leave(self) -> None:
        self._wanted = False
        super().leave()

    def kill_now(self) -> None:
        self._wanted = False
        super().kill_now()
        self._configuration.remove_temporary()

    async def _open(self, local_port: int) -> str:
        deadline_s = running_s() + self._tunnel_timeout_s
        try:
            agent_path, config_path = await in_daemon_thread(self._prepare)
            if not self._wanted:
                raise KeeperGone
            keeper = Keeper(agent_environment(self._environment, authtoken=self._authtoken))
        except OSError as error:
            raise TunnelError(f"the ngrok agent could not be started: {error}") from error
        self._keeper = keeper
        await self._judge(agent_path)  # while the keeper loads its libraries
        request = {"agent_path": agent_path, "domain": self._domain, "local_port": local_port}
        answer = await self._ask_until_granted(keeper, request, config_path, deadline_s)
        await self._remember(answer["agent_pid"])
        if not self._wanted:
            raise KeeperGone
        return str(answer["public_url"]).rstrip("/")

    async def _judge(self, agent_path: str) -> None:
        """TunnelError for an agent that can open no tunnel. One that says nothing is not doubted."""
        try:
            version = await version_of(agent_path, self._environment, limit_s=_VERSION_LIMIT_S)
        except TunnelError as error:
            logger.debug("%s", error)
            return
        facts = judge(agent_path, version, SystemClock().utc_now().date())
        self._doubts = tuple(f"the ngrok agent {agent_path}: {doubt}; {facts.hint}" for doubt in facts.doubts)

    def _prepare(self) -> tuple[str, str]:
        """Paths of the agent and of its configuration, which is this program's own: never the user's."""
        agent_path = find_agent(self._agent_path, self._environment.get("PATH"))
        config_path = self._configuration.write()
        if not self._wanted:
            self._configuration.remove_temporary()  # whoever closed the tunnel meanwhile did not know of it
        return agent_path, config_path

    async def _ask_until_granted(
        self, keeper: Keeper, request: Mapping[str, object], config_path: str, deadline_s: float
    ) -> dict[str, Any]:
        pause_s = _FIRST_PAUSE_S
        while True:
            limit_s = max(_ANSWER_MARGIN_S, deadline_s - running_s() - _ANSWER_MARGIN_S)
            removes = self._configuration.temporary
            question = {
                **request,
                "config_path": config_path,
                "removes": None if removes is None else str(removes),
                "limit_s": limit_s,
            }
            answer = await keeper.ask(question)
            if self._tracer is not None:
                self._tell(self._tracer, answer)
            if "error" not in answer:
                return answer
            refusal = read_refusal(answer["error"], authtoken=self._authtoken)
            if answer.get("is_late"):
                self._last_refusal = refusal
                raise TimeoutError
            if not refusal.passes:
                raise refusal.as_error()
            self._last_refusal = refusal
            await asyncio.sleep(pause_s)
            config_path = await in_daemon_thread(functools.partial(self._another_port, config_path))
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _tell(self, tracer: Tracer, answer: Mapping[str, object]) -> None:
        """What was asked for and what came of it; the time between them is the agent's start."""
        link = tracer.new_link()
        for sent, told in ((True, {"domain": self._domain}), (False, answer)):
            kind, text = Kind.REQUEST if sent else Kind.ANSWER, json.dumps(told)
            tracer.note(Message(peer=Peer.NGROK, kind=kind, sent=sent, link=link, text=text))

    def _another_port(self, config_path: str) -> str:
        """The path of a configuration with one: the last may have been taken by somebody who was faster."""
        try:
            config_path = self._configuration.write()
        except OSError:
            return config_path  # it is tried with the same again
        if not self._wanted:
            self._configuration.remove_temporary()
        return config_path

    async def _remember(self, agent_pid: int) -> None:
        if self._remember_agent is None:
            return
        identity = await in_daemon_thread(lambda: identity_of_agent(agent_pid))
        if identity is not None:
            self._remember_agent(identity)

    def _too_late(self) -> TunnelError:
        within = f"within {self._tunnel_timeout_s:g} s"
        refusal = self._last_refusal
        if refusal is None:
            return TunnelError(
                f"the ngrok agent opened no tunnel {within}",
                hint="is ngrok.com reachable from this machine? --tunnel-timeout sets how long to wait",
            )
        return TunnelError(
            f"ngrok opened no tunnel {within}: {refusal.sentence}", code=refusal.code, hint=refusal.hint
        )
