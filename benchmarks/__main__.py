"""All that is measured of speed, memory and scale, as one report.

    python -m benchmarks --against ../before --json figures.json --page docs/performance.md
    python -m benchmarks call commands --against ../before
    python -m benchmarks peers live --pipecat TEMPORARY --guide TEMPORARY
    python -m benchmarks storm --commands 500

Without names, every section. With `--json`, sections of an earlier run that are not measured again are kept,
so that the page can be made of several runs. `--against` names the checkout of another build, whose figures
are taken in turns with ours.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks import figures, first_audio, long_history, soak, storm
from benchmarks.figures import Figure, Section
from benchmarks.peers import live_calls, one_call
from benchmarks.peers.compare import install
from benchmarks.peers.live_figures import Figures as LiveFigures
from cartesia_call.clock import SystemClock
from tests.calls.rehearsed import message_of
from tests.isolation import minimal_environment

OURS = Path(__file__).resolve().parent.parent
COMMANDS = (
    ("--help",),
    ("dial", "--help"),
    ("dial", "--dry-run", "+12025550143", "The database is down."),
)
A_CALLS_PACKAGES = (
    "asyncio, sqlite3, ssl, aiohappyeyeballs, click, h11, phonenumbers, platformdirs, "
    "websockets.asyncio.client, websockets.asyncio.server"
)
"""What a `dial` cannot do without, of the standard library as well."""
ACCOUNTS = {
    "TWILIO_ACCOUNT_SID": f"AC{0:032}",
    "TWILIO_AUTH_TOKEN": f"{0:032}",
    "TWILIO_FROM_NUMBER": "+12025550100",
    "CARTESIA_API_KEY": f"sk_car_{0:020}",
    "CARTESIA_CALL_PUBLIC_URL": "http://127.0.0.1:8000",
}
"""Nothing is sent to them."""


def conditions() -> str:
    """When, on what, and how busy it was."""
    now, load = SystemClock().utc_now(), os.getloadavg()[0]
    cores = len(os.sched_getaffinity(0))
    return (
        f"{now:%Y-%m-%d}, Python {platform.python_version()}, {platform.system()} on {platform.machine()}, "
        f"{cores} cores, {load:.1f} programs ready to run when it began"
    )


def call(given: argparse.Namespace) -> list[Figure]:
    """One live `dial`, with and without kept speech, in turns."""
    found = []
    measured = asyncio.run(first_audio.measure(given.pairs, given.against, kinds=(False, True)))
    for keeps, builds in measured.items():
        ours, theirs = map(first_audio.distributions, builds)
        for name, values in ours.items():
            title, _, unit = first_audio.TITLES[name].rpartition(", ")
            programs = {"ours": values} | ({"before": theirs[name]} if name in theirs else {})
            found.append(Figure(f"{title}{', kept speech' if keeps else ''}", unit, programs))
    return found


def beside_others(given: argparse.Namespace) -> list[Figure]:
    """One live `dial`, and other programs that make the same call."""
    with tempfile.TemporaryDirectory(prefix="cartesia-call-peers-") as name:
        programs = one_call.installed(
            Path(name), against=given.against, pipecat=given.pipecat, guide=given.guide
        )
        found = asyncio.run(one_call.measure(given.pairs, programs))
    measured = {program: first_audio.distributions(calls) for program, calls in found.items()}
    figures = []
    for name in measured["ours"]:
        title, _, unit = first_audio.TITLES[name].rpartition(", ")
        figures.append(
            Figure(title, unit, {program: values.get(name, []) for program, values in measured.items()})
        )
    return figures


def commands(given: argparse.Namespace) -> list[Figure]:
    """Processor time of commands that send nothing, and of an interpreter that does nothing."""
    builds = {"ours": OURS} | ({"before": given.against} if given.against else {})
    with tempfile.TemporaryDirectory(prefix="cartesia-call-commands-") as name:
        environment = minimal_environment(Path(name)) | ACCOUNTS
        found = [Figure(" ".join(words[:2]), "ms", {build: [] for build in builds}) for words in COMMANDS]
        loaded = Figure("no command: the packages of a call, loaded alone", "ms", {"ours": []})
        for figure in found:
            figure.programs["bare interpreter"] = []
        for _ in range(given.pairs):
            for figure, words in zip(found, COMMANDS, strict=True):
                for build, checkout in builds.items():
                    figure.programs[build].append(
                        _cpu_ms(checkout, environment, "-m", "cartesia_call", *words)
                    )
                figure.programs["bare interpreter"].append(_cpu_ms(OURS, environment, "-c", "pass"))
            loaded.programs["ours"].append(_cpu_ms(OURS, environment, "-c", f"import {A_CALLS_PACKAGES}"))
    loaded.programs["bare interpreter"] = found[0].programs["bare interpreter"]
    return [*found, loaded]


def _cpu_ms(checkout: Path, environment: dict[str, str], *arguments: str) -> float:
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env=environment | {"PYTHONPATH": str(checkout / "src")},
        cwd=environment["HOME"],
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return (used.ru_utime + used.ru_stime) * 1000


def lists(given: argparse.Namespace) -> list[Figure]:
    """What is kept, listed."""
    found = []
    with tempfile.TemporaryDirectory(prefix="cartesia-call-lists-") as name:
        builds = {"ours": OURS, **({"before": given.against} if given.against else {})}
        environments = {
            checkout: long_history.ground(
                checkout, Path(name, title), calls=given.history, texts=given.history // 5
            )
            for title, checkout in builds.items()
        }
        for words in (("history", "--json", "--limit", str(given.history)), ("cache", "list")):
            taken = long_history.in_turns(environments, *words)
            seconds = {title: [one.cpu_s for one in taken[checkout]] for title, checkout in builds.items()}
            found.append(Figure(f"{' '.join(words)}: processor time", "s", seconds))
    return found


def live(given: argparse.Namespace) -> list[Figure]:
    """Many live calls in one process, counted at the carrier's end; pipecat makes the first number."""
    found = []
    with tempfile.TemporaryDirectory(prefix="cartesia-call-live-") as name:
        home = Path(name)
        pipecat = given.pipecat or ""
        if pipecat == "TEMPORARY":
            pipecat = str(install(home / "peer"))
        for number, calls in enumerate(map(int, given.calls.split(","))):
            names = ["ours", "listening", "floor"] + ["before"] * bool(given.against)
            names += ["pipecat"] * bool(pipecat and number == 0)
            found += _so_many_live(home, calls, names, pipecat, given.against)
    return found


def _so_many_live(
    home: Path, calls: int, names: list[str], pipecat: str, against: Path | None
) -> list[Figure]:
    cps = min(calls / PLACED_IN_S, MOST_CPS)
    characters = round((calls / cps + ALL_UP_S) * CHARACTERS_PER_S)
    bench = live_calls.Bench(calls, cps, message_of(characters), home)
    known = live_calls.programs(bench, names, pipecat, against or OURS)
    runs: dict[str, LiveFigures] = {}
    for program in names:
        python, arguments, checkout = known[program]
        runs[program] = asyncio.run(live_calls.run(bench, python, arguments(), checkout))
        bench.audio_s = bench.audio_s or runs[program].audio_s
    of_each: tuple[tuple[str, str, Callable[[LiveFigures], list[float]]], ...] = (
        ("messages whose end came back as a mark", "", lambda one: [one.delivered]),
        ("most calls up at once", "", lambda one: [one.most_up]),
        ("processor time of a call-minute", "s", lambda one: [one.cpu_s_per_minute]),
        (
            "share of a core of a live call, thousandths",
            "",
            lambda one: [one.core_per_call * 1000] if one.core_per_call else [],
        ),
        ("`start` to first media", "ms", lambda one: list(one.start_to_media_ms)),
        ("a message later than its time", "ms", lambda one: list(one.late_ms)),
        ("audible gaps", "", lambda one: [one.gaps]),
        ("memory of a call", "KiB", lambda one: [one.kib_per_call] if one.kib_per_call else []),
        ("time without a core", "", lambda one: [one.without_core]),
    )
    listening = {"ours": runs.pop("listening"), "floor": runs["floor"]}
    return [
        Figure(f"{calls:,} calls{added}: {name}", unit, {program: values(one) for program, one in of.items()})
        for added, of in (("", runs), (", listening", listening))
        for name, unit, values in of_each
    ]


def many_commands(given: argparse.Namespace) -> list[Figure]:
    """A storm of commands, and the same by `batch`."""
    found = asyncio.run(storm.storm(given.commands))
    storm.show(found)
    outcomes = Counter(one.outcome or f"status {one.status}" for one in found.dialled)
    each = f"{given.commands} commands at once"
    return [
        Figure("the whole", "s", {each: [found.took_s], "batch": [found.batch_s]}),
        Figure("processor time of the whole", "s", {each: [found.cpu_s], "batch": [found.batch_cpu_s]}),
        Figure("one command", "s", {each: [one.took_s for one in found.dialled]}),
        *(
            Figure(
                outcome,
                "",
                {each: [float(count)]}
                | ({"batch": [found.batch_delivered]} if outcome == "delivered" else {}),
            )
            for outcome, count in outcomes.most_common()
        ),
        Figure("people called once in the storm", "", {each: [list(found.calls.values()).count(1)]}),
        Figure("the guard counted right (1: yes)", "", {each: [float(found.guard_is_right)]}),
    ]


def one_process(given: argparse.Namespace) -> list[Figure]:
    """Very many calls, one after the other and beside each other."""
    return [
        Figure(
            f"{watched.outcomes['delivered']:,} {kind} calls delivered: {name}",
            "",
            {"end": [end], "start": [start]},
        )
        for kind, watched in soak.soak(given.rehearsed, given.live_calls).items()
        for name, (start, end, _) in watched.growth().items()
    ]


SECTIONS: dict[str, tuple[str, Callable[[argparse.Namespace], list[Figure]]]] = {
    "call": ("One live call", call),
    "peers": ("One live call, beside other programs", beside_others),
    "commands": ("Commands that send nothing: processor time", commands),
    "lists": ("What is kept, listed", lists),
    "live": ("Many live calls in one process", live),
    "storm": ("Many commands at once", many_commands),
    "soak": ("Very many calls in one process: what grows", one_process),
}

SIZES = {
    "pairs": 15,
    "history": 100_000,
    "commands": 500,
    "rehearsed": 5000,
    "live-calls": 2000,
}
"""How much of each is measured, unless it is said."""
LIVE_CALLS = "100,300,1000"
PLACED_IN_S, MOST_CPS = 25, 20
"""All calls are to be up at once. To begin a call takes as much of a core as half a minute of it."""
CHARACTERS_PER_S = 18
"""Of speech as the stand-in has it."""
ALL_UP_S = 15
"""So long are all of them up."""


def _commit_of(checkout: Path) -> str:
    """What a reader finds that build by."""
    asked = ("git", "-C", str(checkout), "rev-parse", "--short", "HEAD")
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    """Measure, print, and write what is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sections", nargs="*", choices=[[], *SECTIONS], metavar="SECTION", default=[])
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    parser.add_argument("--pipecat", help="an interpreter that has it, or TEMPORARY to install it")
    parser.add_argument("--guide", help="a folder with the guide's program, or TEMPORARY to make it")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--page", type=Path, metavar="FILE")
    for name, default in SIZES.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--calls", default=LIVE_CALLS, metavar="N,N", help="pipecat makes the first number")
    given = parser.parse_args()
    given.against = given.against and given.against.resolve()
    done = figures.read(given.json) if given.json else {}
    sizes = "".join(
        f" --{size} {value}"
        for size, default in SIZES.items()
        if (value := getattr(given, size.replace("-", "_"))) != default
    )
    if given.calls != LIVE_CALLS:
        sizes += f" --calls {given.calls}"
    if given.against is not None:
        sizes += f" --against {_commit_of(given.against)}"
    for name in given.sections or SECTIONS:
        title, measure = SECTIONS[name]
        when = conditions()
        done[name] = Section(title, f"python -m benchmarks {name}{sizes}", when, measure(given))
        print(f"\n## {title} ({when})\n\n{figures.table(done[name])}", flush=True)
        if given.json:
            figures.write(given.json, done)
    if given.page:
        given.page.write_text(figures.page({name: done[name] for name in SECTIONS if name in done}))


if __name__ == "__main__":
    main()
