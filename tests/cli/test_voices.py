"""`voices`: a table for people, JSON lines for programs, and an exit status for both."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
from collections.abc import Mapping

import pytest

from tests.cli.live_network import live_network
from tests.cli_process import CommandLine, Finished

KATIE = "f786b574-daa5-4673-aa0c-cbe3e8534c02"


def test_table(exec_cli: CommandLine) -> None:
    """Aligned columns, whole lines where standard output is no terminal, nothing on standard error."""
    finished = exec_cli("voices", "--rehearse", "--limit", "5")
    assert (finished.status, finished.stderr) == (0, "")
    heading, *lines = finished.stdout.splitlines()
    assert heading.split() == ["NAME", "ID", "LANGUAGE", "GENDER", "DESCRIPTION"]
    cells = [re.split(r"  +", line) for line in lines]
    assert len(cells) == 5
    assert cells[0] == ["Katie", KATIE, "en-US", "feminine", "Katie: Stable, for voice agents."]
    assert {line.index(cell[1]) for line, cell in zip(lines, cells, strict=True)} == {heading.index("ID")}


def test_json(run_cli: CommandLine) -> None:
    """One object a line, with everything that is known of a voice."""
    finished = run_cli("voices", "alto", "--rehearse", "--language", "fr", "--gender", "feminine", "--json")
    assert finished.status == 0
    (line,) = finished.stdout.splitlines()
    assert json.loads(line) == {
        "schema": 1,
        "id": "00000000-0000-4000-8000-000000000011",
        "name": "Rehearsal Alto fr-FR",
        "description": "Rehearsal Alto fr-FR: Made up for rehearsals.",
        "language": "fr",
        "locales": ["fr-FR"],
        "gender": "feminine",
        "country": "FR",
        "accents": [],
    }


def test_all_of_them(run_cli: CommandLine) -> None:
    """Every page, and the language of the messages, where it is only configured, hides none."""
    finished = run_cli("voices", "--rehearse", "--json", env={"CARTESIA_CALL_LANGUAGE": "de"})
    found = [json.loads(line) for line in finished.stdout.splitlines()]
    assert len({voice["id"] for voice in found}) == len(found) > 100


def test_genders(run_cli: CommandLine) -> None:
    """The API's `gender_neutral` is `neutral` for people."""
    finished = run_cli("voices", "--rehearse", "--gender", "neutral", "--language", "en")
    assert re.split(r"  +", finished.stdout.splitlines()[1])[-2:] == [
        "neutral",
        "Rehearsal Mezzo en-US: Made up for rehearsals.",
    ]


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_no_voice_fits(run_cli: CommandLine, arguments: list[str]) -> None:
    """A success without output; standard error says so."""
    finished = run_cli("voices", "--rehearse", "nobody at all", *arguments)
    assert finished == Finished(0, "", "cartesia-call: no voice fits\n")


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--rehearse", "--language", "fra"], 2, "--language"),
        (["--rehearse", "--gender", "female"], 2, "--gender"),
        (["--rehearse", "--limit", "0"], 2, "--limit"),
        ([], 2, "CARTESIA_API_KEY is missing"),
        (["--rehearse", "--fault", "speech-401"], 20, "refused the key"),
    ],
)
def test_failures(run_cli: CommandLine, arguments: list[str], status: int, told: str) -> None:
    """Wrong usage and missing settings are 2, a refused key is 20; standard output stays empty."""
    finished = run_cli("voices", *arguments)
    assert (finished.status, finished.stdout) == (status, "")
    assert told in finished.stderr


async def run(run_cli: CommandLine, *arguments: str, env: Mapping[str, str]) -> Finished:
    return await asyncio.to_thread(run_cli, *arguments, env=env)


async def test_live(run_cli: CommandLine) -> None:
    """With the account's key, at the address of the settings; 23 if nobody is there."""
    async with live_network() as network:
        env = network.environment()
        finished = await run(run_cli, "voices", "skylar", env=env)
        assert finished.status == 0
        assert "db6b0ed5-d5d3-463d-ae85-518a07d3c2b4" in finished.stdout
    finished = await run(run_cli, "voices", "--connect-timeout", "5s", env=env)
    assert (finished.status, finished.stdout) == (23, "")
    assert "no connection to Cartesia" in finished.stderr


async def test_a_name_for_a_voice(run_cli: CommandLine) -> None:
    """What the list shows, `--voice` takes; a name that fits several voices stops everything."""
    async with live_network() as network:
        env = network.environment()
        spoken = await run(
            run_cli, "say", "Hello.", "-o", "a.wav", "--voice", "british reading lady", env=env
        )
        assert spoken.status == 0
        (context,) = network.speech.contexts.values()
        assert context.requests[0]["voice"] == {"mode": "id", "id": "71a7ad14-091c-4e8e-a314-022ece01c121"}
        refused = await run(run_cli, "say", "Hello.", "-o", "a.wav", "--voice", "rehearsal", env=env)
        assert refused.status == 2
        assert "132 voices fit the name 'rehearsal'" in refused.stderr
        assert len(network.speech.contexts) == 1


@pytest.mark.parametrize(
    ("columns", "ending"), [("95", "voice agen…"), ("20", "Katie: Stab…"), ("200", "agents.")]
)
def test_terminal(run_cli: CommandLine, columns: str, ending: str) -> None:
    """Descriptions are cut to its width, names and IDs never."""
    ours, theirs = pty.openpty()
    try:
        process = run_cli.start(
            "voices", "katie", "--rehearse", env={"COLUMNS": columns, "TERM": "xterm"}, stdout=theirs
        )
        assert run_cli.wait(process).status == 0
        line = os.read(ours, 10_000).decode().splitlines()[1]
    finally:
        os.close(ours)
        os.close(theirs)
    assert line.startswith(f"Katie  {KATIE}  en-US")
    assert line.endswith(ending)
    assert len(line) <= max(int(columns), 80)
