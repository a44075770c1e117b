"""What the documents say is true: commands exist and run, links lead somewhere, settings are explained."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cartesia_call.cli.exit_status import BUG, PARTIAL, USAGE
from cartesia_call.cli.main import COMMANDS, cli
from cartesia_call.telephony.outcomes import Outcome
from tests.cli_process import CommandLine
from tests.documents import (
    ABOUT_OTHERS,
    INDEX,
    README,
    REPOSITORY,
    Command,
    anchors,
    commands,
    links,
    name_of,
    pages,
)

MOST_LINES = 200
"""Of the front page: a screen and a half of a telephone's or a terminal's scrolling, tables included."""

TEXTS = {name_of(page): page.read_text(encoding="utf-8") for page in pages()}
WRITTEN = [command for page in pages() for command in commands(page)]
CALLS = [command for command in WRITTEN if command.words[0] in {"dial", "batch", "check", "say"}]
FILES = {
    "anna.txt": "+12025550143\n",
    "others.txt": "+12025550144\n",
    "never.txt": "+12025550199\n",
    "numbers.txt": "+12025550143\n",
    "result.txt": "The result is negative.\n",
    "message.txt": "The build has failed.\n",
    "people.csv": "to,name,time\n+12025550143,Anna,9 o'clock\n",
}
"""What the pages speak of, in the working directory."""
REHEARSED = {"CARTESIA_CALL_REHEARSE": "1", "CARTESIA_CALL_CALLEE": "answers,presses:1@2s"}
BY_THE_CLOCK = {"--window", "--not-after"}
"""With these, nobody may be called at the hour at which the test runs."""
OF_SHELLS = {"no such file or directory: 'cartesia-call'"}
OF_BENCHMARKS = {"--every"}
"""An option that a page names and that is none of the program's."""


def options_of(command: click.Command) -> Iterator[str]:
    """Every option of `command` and of what is below it."""
    context = click.Context(command, info_name="cartesia-call")
    for parameter in command.get_params(context):
        yield from (*parameter.opts, *parameter.secondary_opts)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from options_of(below)


def test_the_front_page_is_short() -> None:
    """Whatever else there is to say stands in docs/."""
    assert README.read_text(encoding="utf-8").count("\n") < MOST_LINES


def test_the_pages_name_every_command() -> None:
    """A command that nobody can find does not exist."""
    text = "\n".join(TEXTS.values())
    missing = [name for name in COMMANDS if not re.search(rf"`{name}\b|cartesia-call {name}\b", text)]
    assert missing == []


@pytest.mark.parametrize("page", TEXTS)
def test_a_page_names_no_command_that_is_not_there(page: str) -> None:
    """In code, after the program's name, stands a command or an option."""
    named = set(re.findall(r"cartesia-call (?!-)([a-z]+(?:-[a-z]+)*)\b(?! [\d$])", _code(TEXTS[page])))
    assert named <= set(COMMANDS)


def _code(text: str) -> str:
    return "\n".join(re.findall(r"```sh\n.*?```|`cartesia-call [^`]+`", text, re.DOTALL))


def test_the_pages_name_no_option_that_is_not_there() -> None:
    """What stands alone in code as an --option is one of some command's; blocks are parsed below."""
    known = set(options_of(cli))
    for page in TEXTS.keys() - ABOUT_OTHERS:
        named = re.findall(r"`(?:cartesia-call [^`]*?)?(--[a-z][a-z-]+)", TEXTS[page])
        assert set(named) - known - OF_BENCHMARKS == set(), page


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_a_link_leads_to_a_page_and_a_heading(page: Path) -> None:
    """Of this repository; what lies on the internet is not asked."""
    for target, anchor in links(page):
        assert target.exists(), target
        assert not anchor or anchor in anchors(target), f"{target}#{anchor}"


def test_the_index_names_every_page() -> None:
    """A page that the index leaves out is found by nobody."""
    named = {target for target, _ in links(INDEX)}
    assert [name_of(page) for page in pages() if page != INDEX and page not in named] == []


@pytest.mark.parametrize("command", WRITTEN, ids=str)
def test_a_command_can_be_parsed(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands there: the command and its options exist, and take what is behind them."""
    monkeypatch.chdir(tmp_path)
    _write_files(tmp_path)
    words = list(command.words)
    found: click.Command = cli
    while isinstance(found, click.Group):
        if found.invoke_without_command and words[:1] and words[0].startswith("-"):
            break  # it is a command itself, too
        context = click.Context(found, info_name="cartesia-call")
        name, below, words = found.resolve_command(context, words)
        assert below is not None, name
        found = below
        if not words and isinstance(found, click.Group):
            return  # it shows its help
    if "--version" not in words:
        found.make_context(command.words[0], words)


@pytest.mark.parametrize("command", CALLS, ids=str)
def test_a_call_does_what_the_page_says(run_cli: CommandLine, command: Command) -> None:
    """Each as a rehearsal, with the status of its comment, or 0."""
    _write_files(run_cli.working_directory)
    ran = run_cli(*command.words, env=REHEARSED, stdin="The backup has failed.\n")
    expected = {command.status or 0} | ({18} if BY_THE_CLOCK & set(command.words) else set())
    assert ran.status in expected, ran.stderr


def _write_files(folder: Path) -> None:
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")


HELP = TEXTS["docs/when-it-does-not-work.md"]


def test_the_page_for_trouble_names_every_status() -> None:
    """All that a `dial` or a list may end with, except success."""
    named = {
        int(number)
        for cell in re.findall(r"^\| ([\d, ]+) \|", HELP, re.MULTILINE)
        for number in cell.split(",")
    }
    told = (outcome.means.status for outcome in Outcome if outcome.means.status)
    assert {BUG, USAGE, PARTIAL, 129, 130, 143, *told} <= named


def test_the_page_for_trouble_quotes_what_the_program_says() -> None:
    """Whoever searches the page for the words on the terminal finds them, and none that are gone."""
    _, _, rest = HELP.partition("## What you see")
    quotes = re.findall(r"^\| `([^`]+)`", rest.partition("## What you hear")[0], re.MULTILINE)
    sources = (path.read_text(encoding="utf-8") for path in (REPOSITORY / "src").rglob("*.py"))
    said = re.sub(r'"\s*\n\s*f?"', "", "\n".join(sources))  # a sentence may be written in several lines
    assert len(quotes) > 20
    assert [quote for quote in quotes if quote not in said and quote not in OF_SHELLS] == []


def test_the_shown_check_has_the_lines_of_a_real_one(run_cli: CommandLine) -> None:
    """The same lines with the same verdicts; addresses, milliseconds and counts differ from run to run."""
    shown = re.search(
        r"^\$ cartesia-call (check .+)\n((?:.+\n)+?)```", TEXTS["docs/commands.md"], re.MULTILINE
    )
    assert shown is not None
    ran = run_cli(*shlex.split(shown[1]))
    assert _without_measurements(ran.stdout) == _without_measurements(shown[2])


def _without_measurements(output: str) -> str:
    counted = re.sub(r"\d+ defaults", "... defaults", output)
    return re.sub(r":\d{4,5}\b|\d+(\.\d)? m?s\b", "", counted)


def test_whoever_asks_for_faults_learns_what_may_follow_a_name(run_cli: CommandLine) -> None:
    """Times, moments and the document that lists them all, wherever --fault is explained."""
    example = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
    rehearsal = TEXTS["docs/rehearsal.md"].replace("(faults.md)", "(docs/faults.md)")
    for text in (rehearsal, example, run_cli("dial", "--help").stdout, run_cli("simulator", "--help").stdout):
        for form in ("@3s", "@ring", "@speech", "docs/faults.md"):
            assert form in text


def test_there_are_examples() -> None:
    """The patterns above still find them."""
    assert sum(command.status is not None for command in CALLS) >= 6
    assert {"dial", "batch", "check", "say", "init", "voices", "regions"} <= {
        command.words[0] for command in WRITTEN
    }


@pytest.mark.parametrize(
    "name", ["LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", ".env.example"]
)
def test_the_usual_documents_are_there(name: str) -> None:
    """And the README or the package names them."""
    assert (REPOSITORY / name).is_file()
