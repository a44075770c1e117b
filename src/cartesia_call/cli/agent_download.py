"""Downloading ngrok's agent, which happens only where somebody asks for it."""

from __future__ import annotations

import click

from cartesia_call.cli import terminal
from cartesia_call.errors import TunnelError
from cartesia_call.settings.sources import process_environment


def install_agent(*, quiet: bool = False) -> str:
    """Download the current agent, which `quiet` does not announce; where it now is.

    TunnelError if it cannot be had.
    """
    from cartesia_call.vendors import ngrok_agent

    if not quiet:
        terminal.print_aside("Downloading ngrok's agent ...")
    return ngrok_agent.install_agent()


def offer_agent() -> None:
    """Where no agent is found, say so and ask whether to download one."""
    from cartesia_call.vendors.ngrok_agent import find_agent

    environment = process_environment()
    try:
        find_agent(environment.get("PYNGROK_NGROK_PATH") or None, environment.get("PATH"))
    except TunnelError as error:
        terminal.print_aside(f"{error}.")
        if click.confirm("Download ngrok's agent from ngrok.com now?", default=True, err=True):
            terminal.print_result(f"Installed {install_agent()}.")
