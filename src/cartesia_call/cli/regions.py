"""`regions`: both sides of Twilio's regions in one table, and what does not fit."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from cartesia_call.cli import exit_status, terminal
from cartesia_call.cli.options import SettingsCommand
from cartesia_call.cli.providers import provider_fields
from cartesia_call.cli.record_session import (
    BOTH_SIDES,
    record_options,
    record_session,
    run_stoppable,
)
from cartesia_call.cli.tables import print_table
from cartesia_call.telephony.outcomes import Outcome

if TYPE_CHECKING:
    from cartesia_call.region_ports import Provider
    from cartesia_call.regions.diagnosis import Finding
    from cartesia_call.regions.survey import NumberView, Picture, RegionView
    from cartesia_call.settings.model import Settings

_HEADINGS = ("REGION", "CREDENTIALS", "TWILIO", "PROVIDER", "ITS KEY", "NUMBERS")
_KEY_WORDS = {True: "the same", False: "another", None: "not known"}
_MOST_NUMBERS = 20
"""In a cell of the table: `numbers list` and `--json` have all of them."""
_NARROWEST = 20
"""Columns for the words, on however narrow a terminal."""
_MISMATCH = exit_status.of_outcome(Outcome.REFUSED)
"""Of a record that will have calls refused, where no request was."""


@click.command(cls=SettingsCommand)
@record_options
def regions() -> int:
    """Compare the credentials in the settings with Twilio, and with Cartesia's record.

    For each region: which credentials there are, whether Twilio accepts them, which provider at Cartesia
    has them and which numbers live there; below the table what does not fit, and what to do about it.

    Exits with 0 if nothing is wrong, 20 for refused credentials, 21 if calls would fail or go the wrong way
    for another reason, 22 if Twilio and 23 if Cartesia cannot be asked. A note changes no exit status.

    \b
    cartesia-call regions
    cartesia-call regions --json
    """
    from cartesia_call.regions.diagnosis import diagnose

    with record_session(BOTH_SIDES) as session:
        picture = run_stoppable(_look(session.settings))
        findings = diagnose(picture)
        status = _exit_status(findings)
        if session.settings.json:
            session.print_objects(_fields(picture, findings, status))
        else:
            _print(picture, findings, quiet=session.settings.quiet)
        return status


async def _look(settings: Settings) -> Picture:
    from cartesia_call.regions.survey import survey
    from cartesia_call.wiring.regions import open_region_ports, region_plans

    assert settings.cartesia is not None  # noqa: S101  # resolve() was told that both are needed
    assert settings.regions is not None  # noqa: S101
    async with open_region_ports(settings.cartesia, settings.regions, settings) as ports:
        return await survey(region_plans(settings.regions), ports)


def _exit_status(findings: list[Finding]) -> int:
    """Refused credentials before everything else, then the first fault's."""
    statuses = [
        exit_status.of_error(finding.error) if finding.error else _MISMATCH
        for finding in findings
        if finding.is_fault
    ]
    unauthorized = exit_status.of_outcome(Outcome.UNAUTHORIZED)
    return unauthorized if unauthorized in statuses else next(iter(statuses), 0)


def _print(picture: Picture, findings: list[Finding], *, quiet: bool) -> None:
    faults = sum(finding.is_fault for finding in findings)
    if not quiet:
        print_table(_HEADINGS, table_rows(picture))
    for finding in findings:
        if finding.is_fault or not quiet:
            terminal.print_lines(render_finding(finding, terminal.width()))
    if faults:
        terminal.print_note(f"{faults} {'fault' if faults == 1 else 'faults'} in Twilio's regions, see above")
    elif not quiet:
        tried = any(view.acceptance is not None for view in picture.regions)
        blind = "nothing is known to be wrong: the settings hold no Twilio credentials to look with"
        terminal.print_result("nothing is wrong" if tried else blind)


def render_finding(finding: Finding, width: int | None) -> str:
    """One line for programs such as grep; folded on a terminal of `width` columns, the fix below."""
    head = f"{'FAULT' if finding.is_fault else 'note':<5}  "
    if width is None:
        return f"{head}{finding.detail}; {finding.fix}"
    room = max(_NARROWEST, width - len(head))
    rows = [
        row
        for paragraph in (finding.detail, f"fix: {finding.fix}")
        for row in textwrap.wrap(paragraph, room, break_on_hyphens=False, break_long_words=False)
    ]
    return head + f"\n{'':<{len(head)}}".join(rows)


def table_rows(picture: Picture) -> list[tuple[str | None, ...]]:
    """A row for each region and provider; providers elsewhere come last, and numbers under none of them."""
    known = [view.plan.region for view in picture.regions]
    elsewhere = [provider for provider in picture.providers if provider.region not in known]
    ids = {provider.id for provider in picture.providers}
    without = [view.held for view in picture.numbers if view.provider.id not in ids]
    rows = []
    for view in picture.regions:
        ours = (view.plan.region, _credentials(view), view.acceptance)
        there = [provider for provider in picture.providers if provider.region == view.plan.region]
        unread = "not known" if picture.record_error is not None else None
        rows += [(*ours, *_provider_cells(provider, picture)) for provider in there] or [
            (*ours, unread, None, unread)
        ]
    return [
        *rows,
        *((p.region or p.type, None, None, *_provider_cells(p, picture)) for p in elsewhere),
        *(
            (held.provider.region or held.provider.type, None, None, held.provider.id, None, held.number)
            for held in without
        ),
    ]


def _provider_cells(provider: Provider, picture: Picture) -> tuple[str | None, ...]:
    from cartesia_call.regions.diagnosis import key_there

    label = f' "{provider.label}"' if provider.label else ""
    view = picture.region(provider.region)
    compared = view is not None and view.acceptance is not None and provider.type == "twilio"
    held = [number.held.number for number in picture.numbers_of(provider)]
    more = len(held) - _MOST_NUMBERS
    numbers = ", ".join(held[:_MOST_NUMBERS]) + (f" and {more} more" if more > 0 else "")
    return provider.id + label, _KEY_WORDS[key_there(provider, picture)] if compared else None, numbers


def _credentials(view: RegionView) -> str | None:
    plan = view.plan
    return f"API key {plan.api_key_sid}" if plan.api_key_sid else "auth token" if plan.signed_with else None


def _fields(picture: Picture, findings: list[Finding], status: int) -> dict[str, object]:
    is_read = picture.record_error is None
    return {
        "ok": status == 0,
        "exit_code": status,
        "regions": [_region_fields(view) for view in picture.regions],
        "providers": None
        if picture.record_error
        else [_linked_fields(p, picture) for p in picture.providers],
        "numbers": [_number_fields(view) for view in picture.numbers] if is_read else None,
        "findings": [_finding_fields(finding) for finding in findings],
    }


def _region_fields(view: RegionView) -> dict[str, object]:
    plan = view.plan
    kind = None if plan.signed_with is None else "api-key" if plan.api_key_sid else "auth-token"
    return {
        "region": plan.region,
        "account_sid": plan.account_sid,
        "credentials": kind,
        "api_key_sid": plan.api_key_sid,
        "twilio": view.acceptance,
        "valid_in": view.valid_in,
    }


def _linked_fields(provider: Provider, picture: Picture) -> dict[str, object]:
    from cartesia_call.regions.diagnosis import key_there

    return {**provider_fields(provider), "has_our_key": key_there(provider, picture)}


def _number_fields(view: NumberView) -> dict[str, object]:
    return {
        "id": view.held.id,
        "number": view.held.number,
        "provider_id": view.provider.id or None,
        "region": view.provider.region,
        "agent_id": view.held.agent_id,
        "is_reachable": view.is_reachable,
        "voice_region": view.voice_region,
    }


def _finding_fields(finding: Finding) -> dict[str, object]:
    return {
        "kind": finding.kind,
        "is_fault": finding.is_fault,
        "region": finding.region,
        "provider_id": finding.provider_id,
        "number": finding.number,
        "detail": finding.detail,
        "fix": finding.fix,
        "commands": list(finding.commands),
    }
