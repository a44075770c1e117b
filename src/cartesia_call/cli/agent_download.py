"""Downloading ngrok's agent, which happens only where somebody asks for it."""

from __future__ import annotations

import asyncio

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
    """Where no agent is found, or one that opens no tunnel, say so and ask whether to download one. What else
    speaks against the one that is there is told."""
    from cartesia_call.vendors.ngrok_agent import NgrokAgent, find_agent

    environment = process_environment()
    configured = environment.get("PYNGROK_NGROK_PATH") or None
    try:
        find_agent(configured, environment.get("PATH"))
    except TunnelError as error:
        terminal.print_aside(f"{error}.")
        _offer_download()
        return
    try:
        facts = asyncio.run(NgrokAgent(configured, environment).inspect())
    except TunnelError as error:
        terminal.print_aside(f"{error}; {error.hint}.")
        _offer_download()
        return
    for doubt in facts.doubts:
        terminal.print_aside(f"The ngrok agent {facts.path}: {doubt}; {facts.hint}.")


def _offer_download() -> None:
    if click.confirm("Download ngrok's agent from ngrok.com now?", default=True, err=True):
        terminal.print_result(f"Installed {install_agent()}.")
