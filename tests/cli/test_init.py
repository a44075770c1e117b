"""`init` asks in a terminal and writes a private env file."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from cartesia_call.cli.init import init
from cartesia_call.errors import InputError
from cartesia_call.settings.sources import program_on_path, read_named_env_file
from cartesia_call.settings.table import known_names
from tests.cli_process import CommandLine

_PATIENCE_S = 20
ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "fa4e" * 8
ANSWERS = {
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "TWILIO_FROM_NUMBER": "+12025550100",
    "CARTESIA_API_KEY": "sk_car_f'a#k\\e",
    "NGROK_AUTHTOKEN": "fake-authtoken",
}


class Conversation:
    """`cartesia-call init` at a pseudo-terminal: standard input and error are the screen."""

    def __init__(self, command_line: CommandLine, env: Mapping[str, str], *arguments: str) -> None:
        self._screen, terminal = pty.openpty()
        self.seen = ""
        self._unanswered = ""
        self._process = command_line.start("init", *arguments, env=env, stdin=terminal, stderr=terminal)
        os.close(terminal)

    def answer(self, question: str, text: str) -> None:
        """Wait for the question (a hidden prompt drops what was typed before it) and type the answer."""
        deadline_s = time.monotonic() + _PATIENCE_S
        while question not in self._unanswered:
            assert time.monotonic() < deadline_s, f"{question!r} was not asked; seen: {self.seen}"
            assert self._read(), f"{question!r} was not asked; seen: {self.seen}"
        self._unanswered = self._unanswered.partition(question)[2]
        os.write(self._screen, f"{text}\n".encode())

    def answer_all(self, answers: Mapping[str, str] = ANSWERS) -> None:
        questions = (
            "Account SID:",
            "Auth token (hidden):",
            "Caller ID",
            "API key (hidden):",
            "Authtoken (hidden):",
        )
        for question, text in zip(questions, answers.values(), strict=True):
            self.answer(question, text)

    def finish(self, *, checks: bool = False) -> tuple[int, str]:
        """Exit status and standard output; the screen is in `seen`. The keys are tried if it `checks`."""
        while self._read():
            if "Check them now?" in self._unanswered:
                self.answer("Check them now?", "y" if checks else "n")
        stdout, _ = self._process.communicate(timeout=_PATIENCE_S)
        return self._process.wait(), (stdout or b"").decode()

    def close(self) -> None:
        os.close(self._screen)

    def _read(self) -> bool:
        """False at the end of the screen, which Linux tells as an error."""
        try:
            ready, _, _ = select.select([self._screen], [], [], _PATIENCE_S)
            text = os.read(self._screen, 4096).decode() if ready else ""
        except OSError:
            return False
        self.seen += text
        self._unanswered += text
        return bool(text)


class Desk:
    """Where somebody sits: a home, a working directory and an ngrok agent."""

    def __init__(self, command_line: CommandLine, home: Path, agent: Path) -> None:
        self.home, self.here = home, command_line.working_directory
        agent.write_text("#!/bin/sh\necho ngrok version 3.99.0\n", encoding="utf-8")
        agent.chmod(0o700)
        self.environment = {"PYNGROK_NGROK_PATH": str(agent)}
        """In addition to that of `command_line`."""
        self._command_line = command_line
        self.conversations: list[Conversation] = []

    def init(self, *arguments: str) -> Conversation:
        conversation = Conversation(self._command_line, self.environment, *arguments)
        self.conversations.append(conversation)
        return conversation


@contextlib.contextmanager
def sitting(desk: Desk) -> Iterator[Desk]:
    yield desk
    for conversation in desk.conversations:
        conversation.close()


@pytest.fixture
def desk(run_cli: CommandLine, clean_environment: dict[str, str], tmp_path: Path) -> Iterator[Desk]:
    with sitting(Desk(run_cli, Path(clean_environment["HOME"]), tmp_path / "ngrok")) as desk:
        yield desk


@pytest.fixture
def fresh_desk(exec_cli: CommandLine, clean_environment: dict[str, str], tmp_path: Path) -> Iterator[Desk]:
    """Here each run is an interpreter of its own."""
    with sitting(Desk(exec_cli, Path(clean_environment["HOME"]), tmp_path / "ngrok")) as desk:
        yield desk


def values(path: Path) -> Mapping[str, str]:
    env_file = read_named_env_file(path, known_names())
    assert env_file.warnings == ()
    return env_file.values


def test_writes_what_was_answered_for_its_owner_alone(fresh_desk: Desk) -> None:
    """Five answers become a .env of mode 0600 that reads back literally; secrets are never on the screen."""
    conversation = fresh_desk.init()
    conversation.answer_all()
    status, stdout = conversation.finish()
    path = fresh_desk.here / ".env"
    assert (status, stdout) == (0, f"Wrote {path} (mode 0600).\n")
    assert values(path) == ANSWERS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(fresh_desk.here.iterdir()) == [path]
    for name in ("TWILIO_AUTH_TOKEN", "CARTESIA_API_KEY", "NGROK_AUTHTOKEN"):
        assert ANSWERS[name] not in conversation.seen
    assert "cartesia-call dial --rehearse" in conversation.seen


def test_asks_again_for_what_is_malformed(desk: Desk) -> None:
    """The same parsers as everywhere judge each answer at once; ngrok's token may be left out."""
    conversation = desk.init("--env-file", "keys.env")
    conversation.answer("Account SID:", "fake")
    conversation.answer("Account SID:", "")
    conversation.answer("Account SID:", ACCOUNT_SID)
    conversation.answer("Auth token (hidden):", "fake token")
    conversation.answer("Auth token (hidden):", "fake-token")
    conversation.answer("Auth token (hidden):", AUTH_TOKEN)
    conversation.answer("Caller ID", "202-555-0100")
    conversation.answer("Caller ID", "+1 (202) 555-0100")
    conversation.answer("API key (hidden):", "e")
    conversation.answer("API key (hidden):", "sk_car_fake")
    conversation.answer("Authtoken (hidden):", "")
    conversation.answer("Public address of yours", "calls.example.com")
    conversation.answer("Public address of yours", "https://calls.example.com/")
    conversation.answer("Where its proxy leads", "127.0.0.1:8080")
    assert conversation.finish()[0] == 0
    assert values(desk.here / "keys.env") == {
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_FROM_NUMBER": "+12025550100",
        "CARTESIA_API_KEY": "sk_car_fake",
        "CARTESIA_CALL_PUBLIC_URL": "https://calls.example.com",
        "CARTESIA_CALL_BIND": "127.0.0.1:8080",
    }
    assert "That is not 32 hexadecimal digits" in conversation.seen
    assert "is too short to be a key" in conversation.seen
    assert "That is not AC and 32 hexadecimal digits" in conversation.seen
    assert "That is needed." in conversation.seen
    assert "has a space" in conversation.seen
    assert "has no country code" in conversation.seen
    assert "dial --env-file" in conversation.seen.replace("\r\n", " ")


def test_an_address_in_the_working_directory_is_for_the_shell(desk: Desk) -> None:
    """A .env that is merely found may not say where calls lead; the lines that may are shown."""
    conversation = desk.init()
    conversation.answer_all({**ANSWERS, "NGROK_AUTHTOKEN": ""})
    conversation.answer("Public address of yours", "https://calls.example.com")
    conversation.answer("Where its proxy leads", "127.0.0.1:8080")
    assert conversation.finish()[0] == 0
    assert "CARTESIA_CALL_PUBLIC_URL" not in values(desk.here / ".env")
    assert "export CARTESIA_CALL_PUBLIC_URL=https://calls.example.com" in conversation.seen


def test_the_keys_are_tried_where_that_is_wanted(desk: Desk) -> None:
    """Told line by line; the file is written whatever comes of it. Here nobody is reached: no proxy is."""
    desk.environment["HTTPS_PROXY"] = "http://127.0.0.1:9"
    conversation = desk.init("--env-file", "keys.env")
    conversation.answer_all({**ANSWERS, "NGROK_AUTHTOKEN": ""})
    conversation.answer("Public address of yours", "")
    status, stdout = conversation.finish(checks=True)
    assert status == 0
    assert "fail     settings" in stdout
    assert "a call would not work" in conversation.seen


def test_existing_file_is_kept_unless_confirmed(desk: Desk) -> None:
    """Without a yes nothing is asked and nothing changes."""
    path = desk.here / ".env"
    path.write_text("TWILIO_REGION=ie1\n", encoding="utf-8")
    conversation = desk.init()
    conversation.answer("keep its other lines?", "")
    status, stdout = conversation.finish()
    assert (status, stdout) == (0, "")
    assert path.read_text(encoding="utf-8") == "TWILIO_REGION=ie1\n"


def test_confirmed_file_keeps_its_other_lines(desk: Desk) -> None:
    """Another project's settings and comments in the same .env survive; the mode becomes private."""
    path = desk.here / ".env"
    path.write_text("# ours\nDATABASE_URL='x y'\nTWILIO_AUTH_TOKEN=old", encoding="utf-8")
    path.chmod(0o644)
    conversation = desk.init()
    conversation.answer("keep its other lines?", "y")
    conversation.answer_all()
    assert conversation.finish()[0] == 0
    assert path.read_text(encoding="utf-8").startswith("# ours\nDATABASE_URL='x y'\nTWILIO_ACCOUNT_SID=AC")
    assert values(path) == {"DATABASE_URL": "x y", **ANSWERS}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write another user's file")
def test_root_leaves_a_file_to_its_owner(desk: Desk) -> None:
    """`sudo cartesia-call init` must not lock a user out of their own keys."""
    path = desk.here / ".env"
    path.write_text("TWILIO_REGION=ie1\n", encoding="utf-8")
    os.chown(path, 12345, 23456)
    conversation = desk.init()
    conversation.answer("keep its other lines?", "y")
    conversation.answer_all()
    assert conversation.finish()[0] == 0
    written = path.stat()
    assert (written.st_uid, written.st_gid) == (12345, 23456)
    assert stat.S_IMODE(written.st_mode) == 0o600


def test_a_link_says_where_it_leads(desk: Desk) -> None:
    """Whoever unpacked an archive here may not know that its .env is a file of theirs."""
    target = desk.home / "notes"
    target.write_text("mine\n", encoding="utf-8")
    (desk.here / ".env").symlink_to(target)
    conversation = desk.init()
    conversation.answer(f"a link to {target}, exists.", "n")
    assert conversation.finish() == (0, "")
    assert target.read_text(encoding="utf-8") == "mine\n"


def test_git_is_kept_from_committing_the_keys(desk: Desk, clean_environment: dict[str, str]) -> None:
    """In a work tree that does not ignore the file, the line that does is offered."""
    git = program_on_path("git")
    assert git is not None
    subprocess.run([git, "init", "--quiet", str(desk.here)], env=clean_environment, check=True)
    conversation = desk.init()
    conversation.answer_all()
    conversation.answer(f"Add the line /.env to {desk.here / '.gitignore'}?", "y")
    assert conversation.finish()[0] == 0
    assert "work tree does not ignore .env" in conversation.seen
    assert (desk.here / ".gitignore").read_text(encoding="utf-8") == "/.env\n"


def test_global_file_goes_to_the_users_configuration(desk: Desk) -> None:
    """--global writes where dial always looks, in a private directory. A missing agent is offered."""
    del desk.environment["PYNGROK_NGROK_PATH"]
    desk.environment["PATH"] = "/usr/bin:/bin"
    configuration = desk.home / "made" / "config"
    desk.environment["XDG_CONFIG_HOME"] = str(configuration)
    conversation = desk.init("--global")
    conversation.answer_all()
    conversation.answer("Download ngrok's agent from ngrok.com now?", "n")
    assert conversation.finish()[0] == 0
    directory = configuration / "cartesia-call"
    assert values(directory / ".env") == ANSWERS
    for made in (directory, configuration, configuration.parent):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("version", "told"),
    [("2.3.41", "it opens no tunnel"), ("3.19.0", "past its end of life")],
)
def test_an_old_agent_is_told_of(desk: Desk, version: str, told: str) -> None:
    """One that opens nothing is offered a successor."""
    agent = Path(desk.environment["PYNGROK_NGROK_PATH"])
    agent.write_text(f"#!/bin/sh\necho ngrok version {version}\n", encoding="utf-8")
    conversation = desk.init()
    conversation.answer_all()
    if version.startswith("2"):
        conversation.answer("Download ngrok's agent from ngrok.com now?", "n")
    assert conversation.finish()[0] == 0
    assert told in " ".join(conversation.seen.split())


def test_countries_go_into_a_file_that_may_set_them(desk: Desk) -> None:
    """Not into the one that is merely found in a working directory."""
    conversation = desk.init("--env-file", "keys.env", "--countries", "mx,ca")
    conversation.answer_all()
    assert conversation.finish()[0] == 0
    assert values(desk.here / "keys.env") == {**ANSWERS, "CARTESIA_CALL_COUNTRIES": "CA,MX"}
    for arguments, told in (
        (["--countries", "CA"], "may not say which countries are called"),
        (["--global", "--countries", "UK"], "'UK' is not a country"),
    ):
        with pytest.raises(InputError, match=told):
            CliRunner().invoke(init, arguments, catch_exceptions=False)


def test_needs_a_terminal(run_cli: CommandLine) -> None:
    """From cron or a pipe: exit 2 and one sentence that says what else to do, nothing written."""
    done = run_cli("init", stdin="AC\n")
    assert done.status == 2
    assert done.stdout == ""
    assert "standard input is not a terminal" in done.stderr
    assert ".env.example" in done.stderr


def test_refuses_two_places() -> None:
    """--env-file and --global contradict each other, told before anything is asked."""
    with pytest.raises(InputError, match="both say where to write"):
        CliRunner().invoke(init, ["--env-file", "x", "--global"], catch_exceptions=False)
