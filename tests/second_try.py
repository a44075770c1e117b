"""A pytest plugin: what failed is tried once more, and the summary names it.

Calls are rehearsed at up to fifty times real time, where a pause of a busy machine is a long one. Such a test
comes out right the second time; one that is named again and again has a fault of its own.
"""

from __future__ import annotations

import pytest
from _pytest.runner import runtestprotocol
from _pytest.terminal import TerminalReporter

AGAIN = "again"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Run `item`, and once more if any part of it failed. The reports of the last time count."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    failed = next((report for report in reports if report.failed), None)
    if failed is not None:
        failed.outcome = AGAIN  # type: ignore[assignment]  # an outcome that pytest itself does not know
        item.ihook.pytest_runtest_logreport(report=failed)
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """A letter of its own."""
    return (AGAIN, "A", "AGAIN") if report.outcome == AGAIN else None


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """What failed the first time, and how."""
    reports = terminalreporter.getreports(AGAIN)
    if reports:
        terminalreporter.section("failed the first time")
    for report in reports:
        terminalreporter.line(f"{report.nodeid} ({report.when})")
        terminalreporter.line(report.longreprtext)
