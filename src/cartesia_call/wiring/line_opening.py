"""What a public line is made of when its first process opens it: a listening socket, and what leads there."""

from __future__ import annotations

import functools
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.loggers import logger_of
from cartesia_call.records import dataclass
from cartesia_call.settings.model import Settings
from cartesia_call.settings.public_path import CLOUDFLARED
from cartesia_call.sharing.messages import Agent
from cartesia_call.store.directories import directories, passing_places
from cartesia_call.store.line_folder import LineFolder
from cartesia_call.trace_ports import Tracer

if TYPE_CHECKING:
    from cartesia_call.vendors.cloudflared import QuickTunnel
    from cartesia_call.vendors.ngrok import NgrokTunnel
    from cartesia_call.vendors.ngrok_left_over import AgentIdentity

logger = logger_of(__name__)


class HeldTunnel(Protocol):
    """A tunnel as whoever is on the line holds it, whether or not it was opened here."""

    def fileno(self) -> int:
        """The descriptor that holds it."""

    def leave(self) -> None:
        """Let go of it; it ends with whoever lets go last."""

    async def close(self) -> None:
        """End it for everybody."""


@dataclass(frozen=True, kw_only=True)
class OpenedLine:
    """What `LineOpener.open` made. `tunnel` is None where the address needs none."""

    listening: socket.socket
    public_url: str
    tunnel: HeldTunnel | None = None
    agent: Agent | None = None
    warnings: tuple[str, ...] = ()


class LineOpener(Protocol):
    """One kind of line."""

    @property
    def may_be_replaced(self) -> bool:
        """Whether another one may be opened beside one that leads nowhere."""

    async def open(self, *, within_s: float, is_first: bool) -> OpenedLine:
        """Listen, and open the way there. `is_first`: nobody has a line of this kind, whose port may be in
        use then. TunnelError, or Unauthorized, within so many seconds."""

    async def end_noted_agent(self) -> None:
        """End the agent that is noted in the folder: nobody is there who could use it, and it may hold the
        account's one domain."""

    def adopt(self, descriptor: int) -> HeldTunnel:
        """The tunnel that `descriptor` holds, which is ours from now on."""


class OwnAddressLine:
    """A public address of one's own: nothing but its port is to be had."""

    may_be_replaced = False

    def __init__(self, settings: Settings) -> None:
        self._path = settings.path

    async def open(self, *, within_s: float, is_first: bool) -> OpenedLine:
        """Listen where the address leads."""
        from cartesia_call.vendors.listening import listen

        path = self._path
        assert path.public_url is not None  # noqa: S101  # whoever chose this class saw it
        listening = await listen(path.bind_host, path.bind_port, within_s=within_s)
        return OpenedLine(listening=listening, public_url=path.public_url)

    async def end_noted_agent(self) -> None:
        """There is none."""

    def adopt(self, descriptor: int) -> HeldTunnel:
        """There is none to adopt."""
        raise OSError("an address of one's own has no tunnel")


class AgentLine:
    """A tunnel of ngrok's or cloudflared's, whose agent is noted in the line's folder while it runs."""

    may_be_replaced = True

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        folder: LineFolder,
        tracer: Tracer | None = None,
    ) -> None:
        self._tracer = tracer
        self._settings = settings
        self._environment = environment
        self._folder = folder

    async def open(self, *, within_s: float, is_first: bool) -> OpenedLine:
        """Start an agent, and note it."""
        from cartesia_call.vendors.listening import listen

        path = self._settings.path
        listening = await listen(path.bind_host, path.bind_port if is_first else 0, within_s=within_s)
        found: list[AgentIdentity] = []
        tunnel = self._tunnel(round(within_s, 1), found)
        try:
            public_url = await tunnel.open(listening.getsockname()[1])
            agent = Agent(pid=found[0].pid, started=found[0].started) if found else None
            await self._note(agent)
        except BaseException:
            listening.close()
            await tunnel.close()
            raise
        return OpenedLine(
            listening=listening, public_url=public_url, tunnel=tunnel, agent=agent, warnings=tunnel.warnings
        )

    async def end_noted_agent(self) -> None:
        """One that a killed run left, or one of processes that are stopped."""
        from cartesia_call.vendors.ngrok_left_over import AgentIdentity, end_left_over

        try:
            noted = await in_daemon_thread(self._folder.noted_agent)
            if noted is None:
                return
            if await in_daemon_thread(functools.partial(end_left_over, AgentIdentity(*noted))):
                logger.info("ended the tunnel agent %d, which nobody was there to use", noted[0])
            await in_daemon_thread(self._folder.forget_agent)
        except OSError as error:
            logger.debug("a left-over tunnel agent is not looked for: %s", error)

    def adopt(self, descriptor: int) -> HeldTunnel:
        """As the keeper of whoever started it takes it: the last copy holds it."""
        from cartesia_call.vendors.ngrok_process import AdoptedKeeper

        return AdoptedKeeper(descriptor)

    def _tunnel(self, limit_s: float, found: list[AgentIdentity]) -> NgrokTunnel | QuickTunnel:
        from cartesia_call.vendors.cloudflared import QuickTunnel
        from cartesia_call.vendors.ngrok import NgrokTunnel

        path = self._settings.path
        if path.tunnel == CLOUDFLARED:
            return QuickTunnel(
                agent_path=path.cloudflared_path,
                tunnel_timeout_s=limit_s,
                environment=self._environment,
                remember_agent=found.append,
            )
        return NgrokTunnel(
            agent_path=path.ngrok_path,
            # A rehearsal may drive an agent that belongs to no account; no agent takes an empty token.
            authtoken=path.ngrok_authtoken or "rehearsal",
            domain=path.ngrok_domain,
            tunnel_timeout_s=limit_s,
            state_dir=directories(rehearsal=self._settings.rehearse).state,
            environment=self._environment,
            passing_places=passing_places(),
            remember_agent=found.append,
            tracer=self._tracer,
        )

    async def _note(self, agent: Agent | None) -> None:
        if agent is not None:
            try:
                await in_daemon_thread(lambda: self._folder.note_agent(agent.pid, agent.started))
            except OSError as error:
                logger.debug("the tunnel agent is not noted: %s", error)
