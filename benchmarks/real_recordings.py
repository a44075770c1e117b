"""Who answered, judged on real recordings: telephone prompts, hold music, and the world's network tones.

    python -m benchmarks.real_recordings > benchmarks/real_recordings.md
    python -m benchmarks.real_recordings --every 20 --lines G.711

Fetches Debian's packages of Asterisk's prompts (six voices in five languages) and hold music (112 MB in all)
into a temporary folder, plays them to the free detector, and prints the confusion table: through G.711, and
through GSM and AMR where sox can. A full run takes some ten minutes of a core. Ends with status 1 if a target
is missed, with 2 if the recordings cannot be fetched.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.debian_sounds import CannotFetchError, fetch, voices
from benchmarks.phone_lines import LINES, Line
from benchmarks.recorded_cases import TONES, Sample, samples_of, sources
from cartesia_call.audio.mulaw import duration_s
from cartesia_call.listening.sounds import Beep, NetworkHeard
from tests.listening.play import Heard, frames, hangs_up_at_s, play

VERDICTS = ("human", "machine", "beep", "screening", "fax", "unknown", "none", "busy", "ringing")
MOST_WRONG = {"prompt of up to 2 s": 0.005}
"""How many of a row may be wrong, as a share; of another row that has a target, none. Nor may any beep."""
MOST_NAMED = 12
"""So many of a row's wrong ones are named."""


@dataclass
class Row:
    """What came of the samples of one row: how often each verdict, how many right, how many with false
    beeps, how many on which `--voicemail skip` hangs up in mid-message, and the names of the wrong ones."""

    verdicts: Counter[str] = field(default_factory=Counter)
    right: int = 0
    false_beeps: int = 0
    skipped_by_auto: int = 0
    skipped_by_local: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, sample: Sample, heard: Heard) -> None:
        """Count one sample."""
        verdict = verdict_on(heard)
        self.verdicts[verdict] += 1
        is_false_beep = "beep" not in sample.truth and bool(lasting_beeps(heard))
        self.false_beeps += is_false_beep
        self.skipped_by_auto += hangs_up_at_s(heard, is_sure=True) is not None
        self.skipped_by_local += hangs_up_at_s(heard, is_sure=False) is not None
        if verdict in sample.truth and not is_false_beep:
            self.right += 1
        else:
            self.wrong.append(sample.name)

    def join(self, other: Row) -> None:
        """Count those of `other` as well."""
        self.verdicts += other.verdicts
        self.right += other.right
        self.false_beeps += other.false_beeps
        self.skipped_by_auto += other.skipped_by_auto
        self.skipped_by_local += other.skipped_by_local
        self.wrong += other.wrong

    @property
    def cases(self) -> int:
        """How many there were."""
        return self.verdicts.total()

    def target(self, name: str) -> str:
        """Whether few enough are wrong: "met" or "missed"."""
        allowed = MOST_WRONG.get(name, 0.0) * self.cases
        return "met" if not self.false_beeps and self.cases - self.right <= allowed else "missed"


def verdict_on(heard: Heard) -> str:
    """The last that was found out: a guess, named as in docs/listening.md, or a tone of the network."""
    tones = [
        (told_s, sound.tone.name.lower()) for told_s, sound in heard.sounds if isinstance(sound, NetworkHeard)
    ]
    if tones and (not heard.guesses or tones[-1][0] >= heard.guesses[-1].at_s):
        return tones[-1][1]
    return heard.verdict


def lasting_beeps(heard: Heard) -> list[Beep]:
    """Beeps that were not taken back in time: as long as one is doubtful no call ends by it."""
    told_s = [at_s for at_s, sound in heard.sounds if isinstance(sound, NetworkHeard)]
    beeps = [(at_s, sound) for at_s, sound in heard.sounds if isinstance(sound, Beep)]
    return [beep for at_s, beep in beeps if not any(at_s <= told <= beep.settled_at_s for told in told_s)]


def judge(folder: Path, source: str, line: Line, every: int) -> dict[str, Row]:
    """Play every so many-th sample of each row of `source` through `line`, row by row."""
    numbers: Counter[str] = Counter()
    chosen = []
    for sample in samples_of(folder, source):
        if numbers[sample.row] % every == 0:
            chosen.append(sample)
        numbers[sample.row] += 1
    rows: dict[str, Row] = {}
    for sample, audio in zip(chosen, line.carry([sample.pcm for sample in chosen]), strict=True):
        heard = play(frames(audio), until_s=duration_s(len(audio)))
        rows.setdefault(sample.row, Row()).add(sample, heard)
    return rows


def judge_all(folder: Path, line: Line, every: int, jobs: int) -> dict[str, Row]:
    """All sources through one line, in `jobs` processes."""
    rows: dict[str, Row] = {}
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        tasks = [
            pool.submit(judge, folder, source, line, every)
            for source in sources(folder)
            if line.carries_tones or source != TONES
        ]
        for task in tasks:
            for name, row in task.result().items():
                rows.setdefault(name, Row()).join(row)
    return rows


def table(line: Line, rows: dict[str, Row]) -> Iterator[str]:
    """The rows of one line, in Markdown."""
    yield f"\n### Through {line.name}\n"
    yield f"| heard | cases | {' | '.join(VERDICTS)} | right | false beeps | auto | local | target |"
    yield "| --- |" + " ---: |" * (len(VERDICTS) + 5) + " --- |"
    for name, row in rows.items():
        cells = [name, str(row.cases), *(str(row.verdicts[verdict] or "") for verdict in VERDICTS)]
        cells += [f"{row.right}/{row.cases}", str(row.false_beeps)]
        cells += [str(row.skipped_by_auto), str(row.skipped_by_local), row.target(name)]
        yield f"| {' | '.join(cells)} |"
    for name, row in rows.items():
        if row.wrong:
            named = sorted(set(row.wrong))
            more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
            yield f"\nWrong of *{name}*: {'; '.join(named[:MOST_NAMED])}{more}."


def main(arguments: Sequence[str]) -> int:
    """Run, print, and return the exit status."""
    given = _parser().parse_args(arguments)
    lines = [line for line in LINES if line.name in given.lines]
    with tempfile.TemporaryDirectory(prefix="recordings-") as temporary:
        folder = given.recordings or Path(temporary)
        try:
            if given.recordings is None:
                fetch(folder)
        except CannotFetchError as reason:
            sys.stderr.write(f"the recordings are missing: {reason}\n")
            return 2
        if not voices(folder):
            sys.stderr.write(
                f"the recordings are missing: {folder} holds no prompts of Asterisk's packages\n"
            )
            return 2
        return 0 if _report(folder, lines, given.every, given.jobs) else 1


def _report(folder: Path, lines: Sequence[Line], every: int, jobs: int) -> bool:
    """Print the tables; True if every target was met."""
    missed, skipped = [], []
    for line in lines:
        if (reason := line.why_not()) is not None:
            skipped.append(f"{line.name} ({reason})")
            continue
        began_s = time.perf_counter()
        rows = judge_all(folder, line, every, jobs)
        print("\n".join(table(line, rows)), flush=True)
        missed += [
            f"{name}, through {line.name}" for name, row in rows.items() if row.target(name) == "missed"
        ]
        sys.stderr.write(f"{line.name}: {time.perf_counter() - began_s:.0f} s\n")
    print()
    if every > 1:
        print(f"Only one in {every} was played.")
    if skipped:
        print(f"Skipped: {'; '.join(skipped)}.")
    print(f"Targets missed: {'; '.join(missed)}." if missed else "All targets are met.")
    return not missed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.real_recordings",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [line.name for line in LINES]
    parser.add_argument("--every", type=_positive, default=1, help="play one in so many of each row")
    parser.add_argument("--lines", nargs="+", choices=names, default=names, help="only these")
    parser.add_argument("--jobs", type=_positive, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument(
        "--recordings", type=Path, metavar="FOLDER", help="packages that lie unpacked there; fetch none"
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it is 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
