"""The entry: what it imports, and how a failure looks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import certifi
import pytest

from cartesia_call import __version__
from cartesia_call.cli.main import print_error
from cartesia_call.errors import DialListError, ListProblem
from tests.cli.live_network import reserved_port
from tests.cli_process import CommandLine

NOTHING_OF_A_COMMAND = frozenset(
    {
        *("twilio", "websockets", "pyngrok", "rich", "aiohttp", "h11", "requests", "phonenumbers"),
        *("platformdirs", "asyncio", "logging", "click.shell_completion", "shutil", "zlib", "json"),
        *("inspect", "ast", "dis", "tokenize"),
        *("cartesia_call.errors", "cartesia_call.telephony", "cartesia_call.settings.resolve"),
    }
)
"""What `--help` does without."""

NOTHING_OF_A_CALL = frozenset(
    {
        *("websockets", "pyngrok", "rich", "aiohttp", "h11", "asyncio", "ssl", "socket", "sqlite3", "email"),
        *("subprocess", "importlib.metadata", "cartesia_call.calls", "cartesia_call.store", "twilio"),
        *("xml.etree.ElementTree", "zoneinfo", "click.shell_completion", "phonenumbers", "logging"),
        *("shutil", "tokenize", "textwrap", "json", "sentencex", "locale"),
        *("cartesia_call.clock", "cartesia_call.listening", "cartesia_call.ports", "cartesia_call.alerts"),
        *("cartesia_call.dial_list", "cartesia_call.report", "cartesia_call.regions", "cartesia_simulator"),
    }
)
"""What a dry run does without."""

NOTHING_BUT_SPEECH = frozenset(
    {
        *("zoneinfo", "xml.etree.ElementTree", "twilio.twiml", "decimal", "tokenize", "phonenumbers"),
        "cartesia_call.telephony.phonenumbers_parts.timezone",
        *("pyngrok", "rich", "aiohttp", "requests", "cartesia_call.leg.machine", "cartesia_call.calls.legs"),
        *("cartesia_call.conversation.talk", "cartesia_call.listening.detector"),
        *("cartesia_call.mediastream", "cartesia_call.listening.greeting", "cartesia_call.listening.tones"),
        *("cartesia_call.alerts", "cartesia_call.dial_list", "cartesia_call.report", "cartesia_call.regions"),
        *("cartesia_call.reading", "cartesia_call.fleet", "cartesia_call.checking", "cartesia_simulator"),
    }
)
"""What a dial loads only while it waits for its speech, or never."""

if sys.version_info < (3, 12):  # from then on `dataclasses` asks it for annotations
    NOTHING_OF_A_CALL |= {"inspect"}

PROGRAM = """
import os, sys, time
clock, began_s = time.monotonic, time.monotonic()
time.monotonic = lambda: began_s + (clock() - began_s) / 100
def look(event, arguments):
    if event == "socket.connect" and arguments[1] == ("127.0.0.1", int(os.environ["SPEECH_PORT"])):
        leave(0)
def leave(status):
    loaded = [name for name, module in sys.modules.items() if type(module).__name__ != "_LazyModule"]
    print("\\n".join(loaded), file=sys.stderr, flush=True)
    end(status)
end, os._exit = os._exit, leave
sys.addaudithook(look)
from cartesia_call.__main__ import main
main()
"""
"""The program, which tells what it has imported when it leaves, or connects to the speech service. Its clock
is slow, so that on a busy machine, too, it connects before it gives up waiting for that."""


@pytest.mark.parametrize(
    ("words", "needless"),
    [
        (["--help"], NOTHING_OF_A_COMMAND),
        (["dial", "--dry-run", "+12025550143", "Hello"], NOTHING_OF_A_CALL),
        (["dial", "+12025550143", "Hello"], NOTHING_BUT_SPEECH),
    ],
    ids=["--help", "--dry-run", "dial"],
)
def test_a_start_imports_what_it_needs_and_no_more(
    clean_environment: dict[str, str], words: list[str], needless: frozenset[str]
) -> None:
    """What is not needed before the first packet is loaded after it, or not at all."""
    with reserved_port() as port:
        settings = {
            "TWILIO_ACCOUNT_SID": f"AC{0:032}",
            "TWILIO_AUTH_TOKEN": f"{0:032}",
            "TWILIO_FROM_NUMBER": "+12025550100",
            "CARTESIA_API_KEY": f"sk_car_{0:020}",
            "CARTESIA_BASE_URL": f"http://127.0.0.1:{port}",
            "TWILIO_BASE_URL": f"http://127.0.0.1:{port}",
            "CARTESIA_CALL_PUBLIC_URL": "http://127.0.0.1:8000",
        }
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM, *words],
            env=clean_environment | settings | {"SPEECH_PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    imported = ran.stderr.splitlines()
    assert "click" in imported
    assert sorted(needless & set(imported)) == []
    assert len(words) > 1 or "dial" in ran.stdout


def test_a_thread_that_is_left_to_itself_changes_no_exit_status(run_cli: CommandLine) -> None:
    """As one that loads certificates for a call which is over: OpenSSL's own end would come beneath it."""
    folder = run_cli.working_directory
    certificates = Path(certifi.where()).read_text(encoding="utf-8")
    (folder / "many.pem").write_text(certificates * 5, encoding="utf-8")
    (folder / "loading.py").write_text(
        "import ssl, threading\n"
        "from cartesia_call.cli.main import main\n"
        "load = lambda: ssl.create_default_context(cafile='many.pem')\n"
        "for _ in range(8): threading.Thread(target=load, daemon=True).start()\n"
        "main()\n",
        encoding="utf-8",
    )
    for _ in range(12):  # one alone would show it by chance
        assert run_cli.wait(run_cli.start("nonsense", module="loading")).status == 2


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", ["dial", "check", "hangup", "history", "show", "init", "simulator"])
def test_every_command_explains_itself(run_cli: CommandLine, command: str, option: str) -> None:
    """With a purpose line and an example; `-h` equals `--help`."""
    ran = run_cli(command, option)
    assert ran.status == 0
    assert f"cartesia-call {command}" in ran.stdout
    assert ran.stderr == ""


def test_the_version_is_the_packages(exec_cli: CommandLine) -> None:
    """`--version` prints it."""
    assert __version__ in exec_cli("--version").stdout


@pytest.mark.parametrize("arguments", [("nonsense",), ("dial", "--nonsense"), ("show",), ("hangup",)])
def test_a_command_line_that_cannot_be_parsed_is_usage(
    run_cli: CommandLine, arguments: tuple[str, ...]
) -> None:
    """Exit 2, on standard error, nothing on standard output."""
    ran = run_cli(*arguments)
    assert (ran.status, ran.stdout) == (2, "")
    assert "Traceback" not in ran.stderr


def test_completion_is_clicks_own(exec_cli: CommandLine) -> None:
    """The line of the README prints a script for the shell."""
    ran = exec_cli(env={"_CARTESIA_CALL_COMPLETE": "bash_source"})
    assert ran.status == 0
    assert "complete" in ran.stdout


def test_an_env_file_that_others_can_read_is_a_warning(run_cli: CommandLine, tmp_path: Path) -> None:
    """Loose permissions are told, and the call is made."""
    env_file = tmp_path / "keys.env"
    env_file.write_text("CARTESIA_CALL_REAL_TIME=0\nCARTESIA_CALL_CALLEE=busy\n")
    env_file.chmod(0o644)
    ran = run_cli("dial", "--rehearse", "+12025550143", "Hello", "--env-file", str(env_file))
    assert ran.status == 10
    assert "chmod 600" in ran.stderr
    env_file.chmod(0o600)
    ran = run_cli("dial", "--rehearse", "+12025550143", "Hello", "--env-file", str(env_file))
    assert ran.status == 10
    assert "chmod" not in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "status"), [("--help", 0), ("--version", 0), ("dial --nope", 2), ("history --rehearsal", 0)]
)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_what_cannot_be_printed_changes_no_exit_status(
    clean_environment: dict[str, str], arguments: str, status: int, encoding: str
) -> None:
    """Help, version, usage and tables on a full disk, in any locale."""
    ran = subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m cartesia_call {arguments} >/dev/full 2>/dev/full', sys.executable],
        env={**clean_environment, "PYTHONIOENCODING": encoding},
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert ran.returncode == status


def test_a_bad_list_is_told_in_lines(capfd: pytest.CaptureFixture[str]) -> None:
    """One problem in one line with what to do, several below each other, numbers masked."""
    first = ListProblem(line=7, column="to", reason="it is empty", hint="Fill it in.")
    second = ListProblem(line=9, reason="the row of +12025550143 has 3 fields, and the header 2")
    print_error(DialListError([first], source="people.csv"))
    print_error(DialListError([first, second], source="people.csv", more=40))
    assert capfd.readouterr().err.splitlines() == [
        'cartesia-call: people.csv, line 7, column "to": it is empty. Fill it in.',
        "cartesia-call: people.csv cannot be called, for 42 reasons:",
        '  - people.csv, line 7, column "to": it is empty',
        "  - people.csv, line 9: the row of +1202***0143 has 3 fields, and the header 2",
        "  - and 40 more",
        "cartesia-call: Fill it in.",
    ]
