"""How `check` tells what it found: lines for people as they come, or one object; and its exit status."""

from __future__ import annotations

import json
import textwrap

from cartesia_call.checking.findings import Finding, Status
from cartesia_call.cli import exit_status, terminal
from cartesia_call.errors import (
    CallRefused,
    CarrierError,
    CartesiaCallError,
    InputError,
    MediaStreamError,
    SettingsError,
    SpeechError,
    TunnelError,
    Unauthorized,
)

MET_IN_THIS_ORDER: tuple[type[CartesiaCallError], ...] = (
    *(InputError, SettingsError),
    Unauthorized,
    TunnelError,
    SpeechError,
    CallRefused,
    CarrierError,
    MediaStreamError,
)
"""What a `dial --fallback none` meets first: wrong settings, refused credentials before all other failures,
what it prepares, the placing request, the call itself."""

_STATUS_WIDTH = max(len(status) for status in Status)
_NAME_WIDTH = len("public-path")
_LINE_WIDTH = 100


class Report:
    """Findings as they come: lines for people at once, or one object at the end."""

    def __init__(self, *, is_json: bool, is_rehearsal: bool) -> None:
        self._is_json = is_json
        self._is_rehearsal = is_rehearsal
        self._findings: list[Finding] = []
        self.is_quiet = False
        """Print failures only."""

    def add(self, finding: Finding) -> None:
        """The next line, in the order in which they are printed."""
        self._findings.append(finding)
        if self._is_json or (self.is_quiet and finding.status is not Status.FAIL):
            return
        terminal.print_result(terminal.masked(_line(finding)))

    def finish(self) -> int:
        """Print what it comes to; the exit status."""
        status = exit_status_of(self._findings)
        if self._is_json:
            self.print_object(status)
            return status
        counts = {kind: sum(found.status is kind for found in self._findings) for kind in Status}
        prefix = "REHEARSAL: " if self._is_rehearsal else ""
        if status:
            terminal.print_note(
                f"{prefix}a call would not work: {counts[Status.FAIL]} of {len(self._findings)} lines failed "
                f"(dial --fallback none: exit {status})"
            )
        elif not self.is_quiet:
            warnings = f"{counts[Status.WARNING]} warning{'' if counts[Status.WARNING] == 1 else 's'}"
            terminal.print_result(
                f"{prefix}a call would work: {counts[Status.PASS]} passed, {warnings}, "
                f"{counts[Status.SKIPPED]} skipped"
            )
        return status

    def print_object(self, status: int) -> None:
        """The findings so far, with this exit status, as one JSON object on one line."""
        fields = {
            "schema": 1,
            "ok": status == 0,
            "exit_code": status,
            "rehearsal": self._is_rehearsal,
            "checks": [_fields(finding) for finding in self._findings],
        }
        terminal.print_result(json.dumps(fields, ensure_ascii=False))


def exit_status_of(findings: list[Finding]) -> int:
    """That of the failure that a call would meet first; 0 without one."""
    errors = [finding.error for finding in findings if finding.error is not None]
    for kind in MET_IN_THIS_ORDER:
        for error in errors:
            if isinstance(error, kind):
                return exit_status.of_error(error)
    return exit_status.BUG if errors else 0


def _line(finding: Finding) -> str:
    head = f"{finding.status:<{_STATUS_WIDTH}}  {finding.name:<{_NAME_WIDTH}}  "
    details = [finding.detail]
    if isinstance(finding.error, SettingsError):
        details = list(finding.error.problems)
    if finding.hint:
        details.append(f"hint: {finding.hint}")
    width = _LINE_WIDTH - len(head)
    rows = [row for detail in details for row in _wrapped(detail, width)]
    return head + f"\n{'':<{len(head)}}".join(rows)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False)


def _fields(finding: Finding) -> dict[str, object]:
    fields: dict[str, object] = {
        "name": finding.name,
        "status": finding.status,
        "detail": finding.detail,
        "hint": finding.hint,
    }
    return fields if finding.value is None else {**fields, "value": finding.value}
