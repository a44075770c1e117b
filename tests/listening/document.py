"""The detector's report in Markdown: confusion table, beeps in noise, thresholds and their sources."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cartesia_call.audio import mulaw
from cartesia_call.listening import beeps, detector, greeting, levels, limits, music, speech
from tests.listening import judges
from tests.listening.corpus import BEEP_LENGTHS_MS, BEEPS_HZ, Case
from tests.listening.play import Heard, frames, play
from tests.listening.synthesis import in_noise, quiet, tone
from tests.listening.synthesis import speech as syllables

VERDICTS = ("human", "machine", "beep", "screening", "fax", "unknown")
SIGNAL_TO_NOISE_DB = (None, 20, 10, 3, 0, -3)
GRID_BEEP_DBFS = -20
_BEFORE_MS = (500, 1000, 500)

KNOWN_WRONG = {
    "long hello, 2.6 to 5 s (a firm)": "as long as a machine's",
    "greeting of 0.6 to 2.5 s, no beep": "as short as a person's",
    "beep of 150 ms, no gap behind the greeting": "may be a vowel of the greeting; screening may record",
    "beep without greeting, as a ringing tone": "425 Hz for a second before speech is ringing",
    "beep without greeting, as CNG": "1100 Hz for 0.5 s before speech is a calling fax",
    "hold signal, a sine every 2 s": "each is a beep: alone, steady, silence behind it",
    "our own voice, damped by 10 or 15 dB": "louder than the faintest speech; networks damp echo by more",
    "somebody whistles": "a whistle is a beep",
}
"""Rows in which the detector errs, and why it is left so."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of the confusion table."""

    name: str
    heard: tuple[tuple[Case, Heard], ...]

    @property
    def right(self) -> int:
        """How many verdicts are right."""
        return sum(heard.verdict in case.truth for case, heard in self.heard)

    @property
    def first_s(self) -> list[float]:
        """When the first guess was made, from the answer on."""
        return [heard.guesses[0].at_s for _, heard in self.heard if heard.guesses]

    @property
    def times_s(self) -> list[float]:
        """How long each verdict took, from the moment that the case names."""
        return [heard.verdict_at_s - case.from_s for case, heard in self.heard]


def rows_of(cases: Iterable[Case]) -> list[Row]:
    """Play every case; one row for each kind, in order."""
    heard: dict[str, list[tuple[Case, Heard]]] = {}
    for case in cases:
        audio = case.mulaw
        played = play(frames(audio), until_s=mulaw.duration_s(len(audio)))
        heard.setdefault(case.row, []).append((case, played))
    return [Row(name=name, heard=tuple(pairs)) for name, pairs in heard.items()]


@dataclass(frozen=True, kw_only=True)
class BeepsInNoise:
    """What was found of the grid of beeps at one signal-to-noise ratio (None: no noise)."""

    ratio_db: int | None
    beeps: int
    found: int
    worst_hz: float
    worst_end_ms: float
    latest_ms: float


def beeps_in_noise() -> list[BeepsInNoise]:
    """Every frequency and length behind a short greeting, in white noise of several levels."""
    start = quiet(_BEFORE_MS[0]) + syllables(_BEFORE_MS[1], seed=7, dbfs=-10) + quiet(_BEFORE_MS[2])
    return [_beeps_at(ratio_db, start) for ratio_db in SIGNAL_TO_NOISE_DB]


def _beeps_at(ratio_db: int | None, start: bytes) -> BeepsInNoise:
    found, errors_hz, errors_ms, told_ms = 0, [0.0], [0.0], [0.0]
    for hz in BEEPS_HZ:
        for length_ms in BEEP_LENGTHS_MS:
            pcm = start + tone((hz,), length_ms, GRID_BEEP_DBFS) + quiet(600)
            noisy = in_noise(pcm, None if ratio_db is None else GRID_BEEP_DBFS - ratio_db)
            heard = play(frames(mulaw.from_pcm16(noisy)))
            if len(heard.beeps) != 1:
                continue
            found += 1
            ended_ms = len(start) / 2 / mulaw.BYTES_PER_MS + length_ms
            errors_hz.append(abs(heard.beeps[0].frequency_hz - hz))
            errors_ms.append(abs(heard.beeps[0].at_s * 1000 - ended_ms))
            told_ms.append(heard.sounds[-1][0] * 1000 - ended_ms)
    return BeepsInNoise(
        ratio_db=ratio_db,
        beeps=len(BEEPS_HZ) * len(BEEP_LENGTHS_MS),
        found=found,
        worst_hz=max(errors_hz),
        worst_end_ms=max(errors_ms),
        latest_ms=max(told_ms),
    )


THRESHOLDS: tuple[tuple[str, str, str], ...] = (
    (
        "speech is a machine's from",
        f"{limits.MACHINE_SPEECH_S:g} s",
        "Twilio, `MachineDetectionSpeechThreshold`",
    ),
    (
        "a machine is sure, without a beep, from",
        f"{greeting.SURE_SPEECH_S:g} s",
        "Twilio, the most that `MachineDetectionSpeechThreshold` takes",
    ),
    (
        "a short greeting is over after",
        f"{limits.SPEECH_END_S:g} s",
        "Twilio, `MachineDetectionSpeechEndThreshold`",
    ),
    (
        "unknown after silence of",
        f"{greeting.INITIAL_SILENCE_S:g} s",
        "Twilio, `MachineDetectionSilenceTimeout`",
    ),
    (
        "a beep counts without other signs for",
        f"{greeting.BEEP_COUNTS_S:g} s",
        "Twilio, `MachineDetectionTimeout`",
    ),
    ("no beep is expected after", f"{limits.BEEP_WAIT_S:g} s", "Twilio: gaps of 1.2 to 2.4 s in greetings"),
    (
        "an utterance is over after",
        f"{speech.UTTERANCE_END_S:g} s",
        "Asterisk amd.conf, `after_greeting_silence`",
    ),
    ("shortest speech", "100 ms", "Asterisk amd.conf, `min_word_length`"),
    (
        "quietest sound",
        f"{levels.SOUND_RMS} of 32768",
        "Asterisk amd.conf, `silence_threshold` 256 as a mean",
    ),
    (
        "beeps",
        f"{beeps.BEEP_HZ[0]} to {beeps.BEEP_HZ[-1]} Hz",
        "ITU-T E.180 from 340 Hz; FreeSWITCH mod_avmd: 440 to 2000 Hz; wider as asked",
    ),
    (
        "a beep behind a short greeting begins within",
        f"{greeting.SHORT_GREETING_BEEP_S:g} s",
        "own: above Twilio's gaps, below the 10 to 15 s of a recorded line's tone",
    ),
    (
        "the network's tones",
        "340 to 500 Hz, or 480 + 620 Hz; up to 0.9 s, up to 0.9 s apart: busy",
        "ITU-T E.180 and its supplement 2",
    ),
    ("ringing again", "1.8 to 6.2 s apart; 440 + 480 and 400 + 450 Hz at once", "the same; BT, SIN 350"),
    (
        "special information tones",
        "950, 1400 and 1800 Hz, each ± 50 Hz, for 0.18 to 0.52 s, up to 0.1 s apart",
        "ITU-T E.180 (Q.35): 330 ± 70 ms; North America: 274 or 380 ms",
    ),
    (
        "music",
        f"{music.MUSIC_TOLD_AFTER_S:g} s in which the quietest 5 % have 0.2 of the mean level",
        "own, after Saunders (1996); none of 3,900 prompts has that",
    ),
    (
        "ringing that beats",
        "carrier of 400 to 450 Hz, swelling 16 to 55 times a second",
        "ITU-T E.180, supplement 2: Australia, India, Japan, the Philippines, Singapore, South Africa",
    ),
    ("longest beep", f"{beeps.LONGEST_BEEP_MS} ms", "ringing in North America lasts 2 s; beeps up to 1.5 s"),
    ("silence behind a beep", f"{beeps.QUIET_AFTER_BEEP_MS} ms", "own: longer than the gap in a double beep"),
    ("fax", "2100 Hz from 0.5 s, 1100 Hz for 0.5 s", "ITU-T T.30: CED, CNG"),
    ("ringing", "400 to 450 Hz for 0.67 to 1.5 s", "ITU-T E.180"),
    ("lost audio", f"{detector.MISSING_AFTER_S * 1000:g} ms", "own: more than the jitter of a usable path"),
)


_SPOKEN = "espeak-ng's "
"""How the rows begin that are another espeak-ng's another time: they stand in the first table alone."""


def document(rows: Sequence[Row], in_noise_: Sequence[BeepsInNoise]) -> str:
    """The whole report."""
    judged = [pair for row in rows if not row.name.startswith(_SPOKEN) for pair in row.heard]
    sections = [_HEAD, *_confusion(rows), judges.HEAD, *judges.table(judged), judges.CARRIER.rstrip()]
    sections += [_RECORDINGS, RECORDINGS.read_text(encoding="utf-8").strip()]
    sections += [_BEEPS, *_noise_table(in_noise_), _THRESHOLDS, *_thresholds(), ""]
    return "\n".join(sections)


_HEAD = """\
# The free detector

Who answered, judged by our own detector on the callee's audio. Made by `python -m tests.listening`, on audio
that the test suite makes by arithmetic (and by espeak-ng where it is installed); the suite asserts the same.
No recording of a real mailbox is in it: it shows what the detector does, not how often it is right in the
world.

## Who answered

*Beep* is a machine that records now. *First guess* is the median from the answer on. *Verdict* (median) and
*longest* are the time of the last guess, which the row counts by, from the end of what decides it: hello,
greeting, beep, fax tone (CED: its beginning); else from the answer, or from the end of the sound. Before
that moment is 0.
"""
RECORDINGS = Path(__file__).parents[2] / "benchmarks" / "real_recordings.md"
"""What the last full run on recordings printed."""
_RECORDINGS = """
## Real recordings

Telephone prompts of six voices in five languages, hold music, and the tones of the world's networks: what
`python -m benchmarks.real_recordings > benchmarks/real_recordings.md` printed. It fetches Debian's packages
of Asterisk's sounds, of which nothing is kept here, and goes through G.711, GSM and AMR. With `--every 20` it
is quick.

A prompt of up to 2 s passes for a person's hello, one of 3 s or more for a machine's, and between the two
either is right: the detector's threshold is 2.4 s. A greeting is made of four prompts and a mailbox's number,
with Asterisk's beep (700 Hz) so much louder than its words. Tones come behind half a second of silence, a
hello, or "please hold", at four places of a frame; through AMR they are left out, for no network sends them
through a codec made for speech. *False beeps* are those that nothing took back before they counted. *None*:
it was music before anybody was judged, and is waited through. *Auto* and *local*: on how many
`--voicemail skip` hangs up in mid-message, as above. A target is met if all are right and no beep
is false; of short prompts one in 200 may be wrong.
"""
_LENGTHS = ", ".join(f"{length_ms} ms" for length_ms in BEEP_LENGTHS_MS)
_BEEPS = f"""
## Beeps in noise

{len(BEEPS_HZ)} frequencies from {BEEPS_HZ[0]} to {BEEPS_HZ[-1]} Hz, each for {_LENGTHS},
behind a greeting that is 10 dB louder, in white noise. Errors and times are the worst. Where the noise hides
the greeting, a beep may be taken for ringing or a calling fax, as above.
"""
_THRESHOLDS = "\n## Thresholds\n"


def _confusion(rows: Sequence[Row]) -> Iterable[str]:
    columns = "heard", "cases", *VERDICTS, "right", "first guess", "verdict", "longest", "why it errs"
    yield f"| {' | '.join(columns)} |"
    yield "| --- |" + " ---: |" * (len(VERDICTS) + 5) + " --- |"
    for row in rows:
        counts = Counter(heard.verdict for _, heard in row.heard)
        times_s = [max(0.0, time_s) for time_s in row.times_s]
        cells = [row.name, str(len(row.heard)), *(str(counts[verdict] or "") for verdict in VERDICTS)]
        figures_s = statistics.median(row.first_s), statistics.median(times_s), max(times_s)
        cells += [f"{row.right}/{len(row.heard)}", *(f"{figure_s:.2f} s" for figure_s in figures_s)]
        yield "| " + " | ".join([*cells, KNOWN_WRONG.get(row.name, "")]) + " |"


def _noise_table(grid: Sequence[BeepsInNoise]) -> Iterable[str]:
    yield "| signal to noise | beeps | found | frequency | end | told after the end |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: |"
    for line in grid:
        ratio = "no noise" if line.ratio_db is None else f"{line.ratio_db} dB"
        errors = f"± {line.worst_hz:.0f} Hz | ± {line.worst_end_ms:.0f} ms | {line.latest_ms:.0f} ms"
        yield f"| {ratio} | {line.beeps} | {line.found} | {errors} |"


def _thresholds() -> Iterable[str]:
    yield "| what | value | source |"
    yield "| --- | --- | --- |"
    yield from (f"| {what} | {value} | {source} |" for what, value, source in THRESHOLDS)
