"""The corpus, as `python -m tests.listening` prints it: what must be right is, what errs is named."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cartesia_call.audio.mulaw import duration_s
from cartesia_call.listening.detector import Listener
from tests.listening.corpus import cases, spoken_cases
from tests.listening.document import KNOWN_WRONG, BeepsInNoise, Row, beeps_in_noise, document, rows_of
from tests.listening.play import frames

pytestmark = pytest.mark.long
DOCUMENT = Path(__file__).parents[2] / "docs" / "listening.md"
SPOKEN = "| espeak-ng's "
"""How the rows begin that are another espeak-ng's another time."""


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return rows_of(cases())


@pytest.fixture(scope="module")
def grid() -> list[BeepsInNoise]:
    return beeps_in_noise()


def test_every_row_is_right_or_named(rows: list[Row]) -> None:
    """No row errs but those of `KNOWN_WRONG`, and all of those do."""
    erring = {row.name for row in rows if row.right < len(row.heard)}
    assert erring == set(KNOWN_WRONG)


def test_nothing_but_a_beep_records(rows: list[Row]) -> None:
    """Speech, music, noise, keys, fax and ringing are never taken for a beep; the exceptions are named."""
    mistaken = {
        row.name
        for row in rows
        for case, heard in row.heard
        if "beep" not in case.truth and heard.beeps and row.name not in KNOWN_WRONG
    }
    assert mistaken == set()


def test_verdicts_come_in_time(rows: list[Row]) -> None:
    """A beep is told within 0.26 s of its end, a person within 1.25 s, a silent machine within 2.55 s."""
    limits_s = {"beep": 0.26, "human": 1.25, "screening": 2.55}
    late = [
        (row.name, time_s)
        for row in rows
        for (case, heard), time_s in zip(row.heard, row.times_s, strict=True)
        if heard.verdict in case.truth and time_s > limits_s.get(heard.verdict, 6)
    ]
    assert late == []


def test_a_machine_is_told_while_it_speaks(rows: list[Row]) -> None:
    """The first guess of a long greeting is made within 4 s of the answer, however long it goes on."""
    greetings = [row for row in rows if row.name.startswith("greeting of 3 to 30 s")]
    assert len(greetings) == 2
    assert max(first_s for row in greetings for first_s in row.first_s) < 4


def test_words_are_judged_alike() -> None:
    """espeak-ng's greetings and hellos, in five languages, are all judged right."""
    pytest.importorskip("espeakng_loader")
    spoken = rows_of(spoken_cases())
    assert [row.name for row in spoken if row.right < len(row.heard)] == []


def test_beeps_are_found_in_noise(grid: list[BeepsInNoise]) -> None:
    """All of them down to 3 dB of signal to noise, within 10 Hz and 25 ms; the report shows where it ends."""
    heard = [line for line in grid if line.ratio_db is None or line.ratio_db >= 3]
    assert [line.found for line in heard] == [line.beeps for line in heard]
    assert max(line.worst_hz for line in heard) <= 10
    assert max(line.worst_end_ms for line in heard) <= 25


def test_the_report_is_this(rows: list[Row], grid: list[BeepsInNoise]) -> None:
    """docs/listening.md shows what this corpus comes to; espeak-ng's rows are there and not compared."""
    written = DOCUMENT.read_text(encoding="utf-8").splitlines()
    made = document(rows, grid).splitlines()
    again = "make it anew, with espeak-ng: python -m tests.listening > docs/listening.md"
    assert [line for line in written if not line.startswith(SPOKEN)] == made, again
    assert len(written) - len(made) == 3, again


def test_it_is_cheap(rows: list[Row]) -> None:
    """Less than 3 % of a core in real time, where there is most to do."""
    corpus = [row.heard[0][0].mulaw for row in rows if row.name.startswith("hold music")]
    began_s = time.process_time()
    for audio in corpus:
        listener = Listener()
        for frame, at_s in frames(audio):
            listener.receive_audio(frame, at_s)
    cost_s = time.process_time() - began_s
    assert cost_s < 0.03 * sum(duration_s(len(audio)) for audio in corpus)
