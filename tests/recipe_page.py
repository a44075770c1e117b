"""docs/recipes.md as its readers use it: blocks taken out of the page, and a machine on which they run."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.cli_process import Finished
from tests.forked_process import ForkServer
from tests.recipe_runs import RecipeRuns

PAGE = (Path(__file__).parents[1] / "docs" / "recipes.md").read_text(encoding="utf-8")
RECIPES: dict[str, str] = dict(
    re.findall(r"^<!-- recipe: (.+) -->\n```\w+\n((?:.*\n)*?)```$", PAGE, re.MULTILINE)
)
"""Every block of the page by the name in the comment before it."""

ANNA, BEN, CLEO = "+12025550143", "+12025550144", "+12025550145"
PRESSES = {"CARTESIA_CALL_CALLEE": "answers,presses:1@2s"}
BUSY = {"CARTESIA_CALL_CALLEE": "busy"}

_FIELD_END, _CALL_END = "\x1f", "\x1e"
_WAIT_S = 30.0
_LOOK_EVERY_S = 0.05


class RecipeMachine:
    """A machine in `root`: the program, its settings and `/usr/local/bin` have places there, other programs
    are stubs, every call is a rehearsal, and the arguments of each are written down, then the words that it
    is given on standard input.

    Nothing else about a recipe is changed than what the page tells its readers to change.
    """

    def __init__(self, root: Path, clean_environment: Mapping[str, str], program: Sequence[str]) -> None:
        """`program` is what a shell takes for `python -m cartesia_call`."""
        self._root = root
        self._program = program
        self._bin = root / "bin"
        self._bin.mkdir()
        self.call_record = root / "calls"
        self._places = {
            "/opt/cartesia-call/bin/": f"{self._bin}/",
            "/usr/local/bin/": f"{self._bin}/",
            "/config/": f"{self._bin}/",
            "/dev/shm": str(root),
            "/etc/cartesia-call.env": str(root / "cartesia-call.env"),
            "/etc/on-call": str(root / "on-call"),
        }
        self.environment = {
            **clean_environment,
            "PATH": f"{self._bin}:{clean_environment['PATH']}",
            "CARTESIA_CALL_REHEARSE": "1",
        }
        env_file = root / "cartesia-call.env"
        env_file.write_text("TWILIO_FROM_NUMBER=+12025550100\n", encoding="utf-8")
        env_file.chmod(0o600)
        self.stub(
            "cartesia-call",
            f"printf '%s\\037' \"$@\" >> {self.call_record}\n"
            f'case " $* " in *" - "*) said=$(cat); printf "%s\\037" "$said" >> {self.call_record};; esac\n'
            f"printf '\\036' >> {self.call_record}\n"
            f'[ -z "$said" ] || {{ printf "%s" "$said" | {shlex.join(program)} "$@"; exit; }}\n'
            f'exec {shlex.join(program)} "$@"',
        )

    def stub(self, name: str, script: str = "exit 0") -> None:
        """A program called `name`, in the search path before all others."""
        self._write(self._bin / name, f"#!/bin/sh\n{script}\n")

    def placed(self, text: str) -> str:
        """`text` with the places of this machine instead of the page's."""
        for path, here in self._places.items():
            text = text.replace(path, here)
        return text

    def install(self, name: str, folder: str = "/usr/local/bin/") -> Path:
        """The block `name` as an executable file in `folder`, which is one of the page's."""
        path = Path(self.placed(folder + name))
        self._write(path, self.placed(RECIPES[name]))
        return path

    def run(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None, stdin: str | None = None
    ) -> Finished:
        """Run to the end, `env` added to the environment, with an empty standard input unless given."""
        done = subprocess.run(
            arguments,
            env={**self.environment, **(env or {})},
            cwd=self.environment["HOME"],
            input=stdin or "",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def run_program(self, *arguments: str) -> Finished:
        """Run the program itself, and write nothing of it down."""
        return self.run(*self._program, *arguments)

    def shell(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str | None = None
    ) -> Finished:
        """Run a block, or a part of one, as somebody types it."""
        return self.run("/bin/sh", "-c", self.placed(script), env=env, stdin=stdin)

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of every run of `cartesia-call`, the oldest first."""
        if not self.call_record.exists():
            return []
        runs = self.call_record.read_text(encoding="utf-8").split(_CALL_END)[:-1]
        return [run.split(_FIELD_END)[:-1] for run in runs]

    def stub_logger(self) -> Path:
        """A `logger` that writes a line for each entry; the file, which exists once there is one."""
        log = self._root / "log"
        self.stub("logger", f"printf '%s\\n' \"$*\" >> {log}.new && mv {log}.new {log}")
        return log

    def install_hand_over(self, to: str = "systemd-run") -> None:
        """The script that gives calls away, on a machine that has `systemd-run` or `at` for it, or nobody.

        As with the real ones, nothing of the caller is left then: its environment, its streams, its session.
        """
        self.install("hand-over")
        job = "while case $1 in -*) ;; *) false ;; esac; do shift; done"
        away = "env -i setsid %s > /dev/null 2>&1 < /dev/null &"
        self.stub("systemd-run", f"{job}\n" + away % '"$@"' if to == "systemd-run" else "exit 1")
        self.stub("pgrep", "" if to == "at" else "exit 1")
        self.stub("at", "job=$(cat)\n" + away % 'sh -c "$job"')

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)


@contextlib.contextmanager
def recipe_machine(
    root: Path, clean_environment: Mapping[str, str], forks: ForkServer
) -> Iterator[RecipeMachine]:
    """The machine of one test. Whatever still runs at its end has some time to come to its own."""
    if sys.platform != "linux":
        yield RecipeMachine(root, clean_environment, [sys.executable, "-m", "cartesia_call"])
        return
    with contextlib.closing(RecipeRuns(forks)) as runs:
        script = Path(__file__).with_name("recipe_program.py")
        yield RecipeMachine(root, clean_environment, [sys.executable, "-IS", str(script), runs.name])


def wait_for(path: Path) -> str:
    """What is in a file that a process in the background is about to write."""
    pause = threading.Event()
    for _ in range(int(_WAIT_S / _LOOK_EVERY_S)):
        if path.exists():
            return path.read_text(encoding="utf-8")
        pause.wait(_LOOK_EVERY_S)
    raise TimeoutError(f"nothing wrote {path.name}")


def cron_environment(crontab: str) -> dict[str, str]:
    """What the assignments of a crontab set: nothing in them is expanded."""
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", crontab, re.MULTILINE))


def cron_jobs(crontab: str) -> list[tuple[str, str, str]]:
    """Schedule, command and standard input of each job, as crontab(5) reads them: a `%` that no backslash
    precedes ends the command, and further ones end lines of its input.
    """
    jobs = []
    for line in crontab.splitlines():
        if match := re.fullmatch(r"((?:[\d*/,-]+\s+){5})(.+)", line):
            command, *stdin = (part.replace("\\%", "%") for part in re.split(r"(?<!\\)%", match[2]))
            jobs.append((match[1].strip(), command, "\n".join(stdin)))
    return jobs


def unit_settings(unit: str, specifiers: Mapping[str, str]) -> dict[str, list[str]]:
    """The settings of a systemd unit by their names, with specifiers (`%i`) replaced."""
    known = {"%": "%", **specifiers}
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE):
        found.setdefault(name, []).append(re.sub("%(.)", lambda match: known[match[1]], value))
    return found


def unit_command(settings: Mapping[str, Sequence[str]]) -> tuple[list[str], dict[str, str]]:
    """The words of `ExecStart=` and what `Environment=` sets."""
    [command] = settings["ExecStart"]
    words = [word.replace("$$", "$") for word in shlex.split(command)]
    return words, dict(value.split("=", 1) for value in settings.get("Environment", []))


def is_installed(program: str) -> bool:
    """Whether the machine that runs the tests has `program`."""
    return any(os.access(Path(folder) / program, os.X_OK) for folder in os.get_exec_path())
