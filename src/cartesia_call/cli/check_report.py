"""How `check` tells what it found: lines for people as they come, or one object; and its exit status."""

from __future__ import annotations

import json
import textwrap

from cartesia_call.checking.findings import Finding, Status
from cartesia_call.cli import exit_status, terminal
from cartesia_call.cli.render import not_twilio
from cartesia_call.errors import (
    CallRefused,
    CallWithheld,
    CarrierError,
    CartesiaCallError,
    InputError,
    MediaStreamError,
    SettingsError,
    SpeechError,
    TunnelError,
    Unauthorized,
)
from cartesia_call.quoting import one_line

MET_IN_THIS_ORDER: tuple[type[CartesiaCallError], ...] = (
    *(InputError, SettingsError),
    CallWithheld,
    Unauthorized,
    TunnelError,
    SpeechError,
    CallRefused,
    CarrierError,
    MediaStreamError,
)
"""What a `dial --fallback none` meets first: wrong settings, a number that is never called, refused
credentials before all other failures, what it prepares, the placing request, the call itself."""

_MATTERS_LITTLE = frozenset({"clock", "credits", "profile"})
"""Skipped lines of which the verdict says nothing: a call works whatever the clock says, credits are never
seen, and without a profile calls may well be taken."""

_STATUS_WIDTH = max(len(status) for status in Status)
_NAME_WIDTH = len("public-path")
_BULLET = "- "
_NARROWEST = 20
"""Columns for the words, on however narrow a terminal."""


class Report:
    """Findings as they come: lines for people at once, or one object at the end.

    `width` is the terminal's, in columns, to fold long lines; None leaves them whole.
    """

    def __init__(self, *, is_json: bool, is_rehearsal: bool, width: int | None = None) -> None:
        self._is_json = is_json
        self._is_rehearsal = is_rehearsal
        self._width = width
        self.other_carrier: str | None = None
        """The address of what is checked, if it is not Twilio."""
        self._findings: list[Finding] = []
        self.is_quiet = False
        """Print failures only."""

    def add(self, finding: Finding) -> None:
        """The next line, in the order in which they are printed."""
        self._findings.append(finding)
        if self._is_json or (self.is_quiet and finding.status is not Status.FAIL):
            return
        terminal.print_lines(_folded(finding, self._width) if self._width else _whole(finding))

    def finish(self) -> int:
        """Print what it comes to; the exit status."""
        status = exit_status_of(self._findings)
        if self._is_json:
            terminal.print_result(json.dumps(self.fields(status)))
            return status
        counts = {kind: sum(found.status is kind for found in self._findings) for kind in Status}
        prefix = not_twilio(rehearsal=self._is_rehearsal, carrier=self.other_carrier)
        if status:
            terminal.print_note(
                f"{prefix}a call would not work: {counts[Status.FAIL]} of {len(self._findings)} lines failed "
                f"(dial --fallback none: exit {status})"
            )
        elif not self.is_quiet:
            warnings = f"{counts[Status.WARNING]} warning{'' if counts[Status.WARNING] == 1 else 's'}"
            terminal.print_result(
                f"{prefix}a call would work{_as_far_as(self._findings)}: "
                f"{counts[Status.PASS]} passed, {warnings}, {counts[Status.SKIPPED]} skipped"
            )
        return status

    def fields(self, status: int) -> dict[str, object]:
        """The findings so far, with this exit status, as `--json` prints them."""
        return {
            "schema": 1,
            "ok": status == 0,
            "exit_code": status,
            "rehearsal": self._is_rehearsal,
            "carrier": self.other_carrier,
            "checks": [_fields(finding) for finding in self._findings],
        }


def exit_status_of(findings: list[Finding]) -> int:
    """That of the failure that a call would meet first; 0 without one."""
    errors = [finding.error for finding in findings if finding.error is not None]
    for kind in MET_IN_THIS_ORDER:
        for error in errors:
            if isinstance(error, kind):
                return exit_status.of_error(error)
    return exit_status.BUG if errors else 0


def _as_far_as(findings: list[Finding]) -> str:
    """What the verdict leaves open: `, as far as checked; the speech was not`."""
    names = [
        f"the {found.name}"
        for found in findings
        if found.status is Status.SKIPPED and found.name not in _MATTERS_LITTLE
    ]
    if not names:
        return ""
    listed = " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])
    return f", as far as checked; {listed} {'were' if names[1:] else 'was'} not"


def _whole(finding: Finding) -> str:
    """One line for programs such as grep; several settings have one each below it."""
    detail, *problems = _details(finding)
    hint = _hint(finding)
    rows = (
        [f"{detail.rstrip('.')}; {hint}"]
        if hint and not problems
        else [detail, *problems, *([hint] if hint else [])]
    )
    return _under_head(finding, rows)


def _folded(finding: Finding, width: int) -> str:
    """For a terminal of `width` columns; the hint stands on a line of its own."""
    room = max(_NARROWEST, width - len(_head(finding)))
    hint = _hint(finding)
    rows = []
    for paragraph in [*_details(finding), *([hint] if hint else [])]:
        indent = len(_BULLET) * " " if paragraph.startswith(_BULLET) else ""
        rows += textwrap.wrap(
            paragraph, room, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
        )
    return _under_head(finding, rows)


def _under_head(finding: Finding, rows: list[str]) -> str:
    head = _head(finding)
    return head + f"\n{'':<{len(head)}}".join(rows)


def _head(finding: Finding) -> str:
    return f"{finding.status:<{_STATUS_WIDTH}}  {finding.name:<{_NAME_WIDTH}}  "


def _details(finding: Finding) -> list[str]:
    """Masked, before a fold can come between the digits of a number."""
    error = finding.error
    if isinstance(error, SettingsError) and len(error.problems) > 1:
        heading = f"{len(error.problems)} settings are missing or malformed:"
        return [heading, *(_BULLET + terminal.masked(one_line(problem)) for problem in error.problems)]
    return [terminal.masked(one_line(finding.detail))]


def _hint(finding: Finding) -> str | None:
    return terminal.masked(one_line(f"hint: {finding.hint}")) if finding.hint else None


def _fields(finding: Finding) -> dict[str, object]:
    fields: dict[str, object] = {
        "name": finding.name,
        "status": finding.status,
        "detail": finding.detail,
        "hint": finding.hint,
    }
    return fields if finding.value is None else {**fields, "value": finding.value}
