"""docs/simulator.md says what is true, as far as that can be seen without the libraries that it is about.

With them, `.ci/simulator-clients` runs every program of the page as it stands there.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.simulator_clients import PAGE, PROGRAMS
from cartesia_call.clock import SystemClock
from cartesia_simulator.callee import CalleeScript, parse_callees
from cartesia_simulator.faults import FAULTS, FaultPlan, parse_faults
from cartesia_simulator.network import BuiltInNetwork
from cartesia_simulator.tones import ToneVoice

REPOSITORY = Path(__file__).parents[1]
TEXT = PAGE.read_text(encoding="utf-8")
SCRIPT = (REPOSITORY / ".ci" / "simulator-clients").read_text(encoding="utf-8")
RUNNER = (REPOSITORY / "benchmarks" / "simulator_clients.py").read_text(encoding="utf-8")

PINS = re.findall(r"([@\w/-]+)(?:\[[\w,]+\])?(?:==|@)(\d[\d.]*)", SCRIPT)


async def test_the_shown_environment_is_the_printed_one() -> None:
    """The same names in the same order, and the same values, but for the ports."""
    shown = re.search(r"^<!-- environment -->\n```sh\n((?:export .+\n)+)```$", TEXT, re.MULTILINE)
    assert shown is not None
    network = BuiltInNetwork(
        SystemClock(), callee=CalleeScript(ring_s=0), faults=FaultPlan(), voice=ToneVoice()
    )
    await network.start()
    try:
        printed = network.environment() | network.key_environment()
    finally:
        await network.stop()
    lines = "".join(f"export {name}={value}\n" for name, value in printed.items())
    assert _without_ports(lines) == _without_ports(shown[1])


def _without_ports(text: str) -> str:
    return re.sub(r":\d{4,5}\b", ":PORT", text)


def test_every_program_is_run() -> None:
    """What the page shows as a program, the runner runs; and every other block is for a shell."""
    assert PROGRAMS
    assert [name for name in PROGRAMS if f'"{name}"' not in RUNNER] == []
    assert len(re.findall(r"^```(?:python|js)$", TEXT, re.MULTILINE)) == len(PROGRAMS)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name.endswith(".py")])
def test_programs_are_python(name: str) -> None:
    """They compile with the oldest Python that is supported."""
    compile(PROGRAMS[name], name, "exec")


def test_there_are_pins() -> None:
    """The pattern above still finds them."""
    assert len(PINS) >= 10


@pytest.mark.parametrize(("package", "version"), PINS, ids=[package for package, _ in PINS])
def test_the_page_names_the_releases_that_were_run(package: str, version: str) -> None:
    """Each pin of the script stands in the page, or is a part of what another brings along."""
    if package != "websockets":
        assert re.search(rf"`{re.escape(package)}(?:\[[\w,]+\])?` {re.escape(version)}\b", TEXT)


def test_callees_and_faults_are_real() -> None:
    """Whatever the page gives to --callee and --fault is understood."""
    callees = re.findall(r'--callee "?([^"\n]+?)"?(?:\s+#.*)?$', TEXT, re.MULTILINE)
    assert len(callees) >= 4
    for callee in callees:
        parse_callees(callee)
    faults = re.findall(r"--fault ([a-z][\w@-]*)", TEXT)
    assert len(parse_faults(faults)) >= 2
    assert set(re.findall(r"`((?:speech|stream|hangup)-[\w-]+)`", TEXT)) <= FAULTS.keys()
