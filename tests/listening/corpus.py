"""The corpus: what may be heard after an answer, made by arithmetic, with what it is in truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cartesia_call.audio import mulaw
from cartesia_call.offline_voice.espeak import load_espeak
from tests.listening.synthesis import (
    at_level,
    chime,
    chords,
    in_noise,
    melody,
    mixed,
    quiet,
    speech,
    square,
    tone,
)

BEEPS_HZ = (350, 425, 440, 500, 620, 750, 850, 950, 1000, 1100, 1400, 1750, 2000)
BEEP_LENGTHS_MS = (150, 400, 1500)
BEEP_DBFS = -15
SPEECH_DBFS = -22
LINE_NOISE_DBFS = (None, -60, -45, -35)
SILENCE_BEHIND_MS = 6000
"""Longer than any time that the judge waits for."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """`pcm` belongs to the row `row` of the table. `truth`: the verdicts that would be right. `from_s`: the
    moment from which the time to the verdict counts."""

    row: str
    pcm: bytes
    truth: frozenset[str]
    from_s: float = 0.0

    @property
    def mulaw(self) -> bytes:
        """As it comes from the carrier."""
        return mulaw.from_pcm16(self.pcm)


def cases() -> Iterator[Case]:
    """Everything, row by row."""
    for made in (_people, _mailboxes, _odd_mailboxes, _beeps_alone, _pairs, _fax, _music, _network, _nobody):
        yield from made()


def _case(
    row: str, truth: str, *parts: bytes, noise_dbfs: float | None = None, after: int | None = None
) -> Case:
    """The parts one after the other, then silence, all in noise. The time counts from the end of the part
    `after`, the last by default."""
    end = len(parts) if after is None else after
    from_s = sum(map(len, parts[:end])) / 2 / mulaw.SAMPLE_RATE_HZ
    pcm = in_noise(b"".join(parts) + quiet(SILENCE_BEHIND_MS), noise_dbfs)
    return Case(row=row, pcm=pcm, truth=frozenset(truth.split()), from_s=from_s)


def _people() -> Iterator[Case]:
    for seed, length_ms in enumerate((300, 500, 800, 1200, 1600, 2000)):
        for pitch_hz in (110, 210):
            noise_dbfs = LINE_NOISE_DBFS[(seed + pitch_hz) % 4]
            hello = speech(length_ms, seed=seed, pitch_hz=pitch_hz)
            yield _case(
                "short hello, 0.3 to 2 s", "human", quiet(100 + 400 * seed), hello, noise_dbfs=noise_dbfs
            )
    for seed, gap_ms in enumerate((500, 900, 1100)):
        first, second = speech(500, seed=seed, pitch_hz=210), speech(900, seed=seed + 9, pitch_hz=210)
        yield _case("hello ... hello?", "human", quiet(400), first, quiet(gap_ms), second)
    for seed, length_ms in enumerate((2600, 3500, 5000)):
        hello = speech(length_ms, seed=seed, pitch_hz=180, pause_ms=250)
        yield _case("long hello, 2.6 to 5 s (a firm)", "human", quiet(300), hello)

    for seed in range(12):
        voice = speech(400 + 150 * seed, seed=seed + 80, pitch_hz=(280, 320, 360, 400)[seed % 4])
        yield _case("short hello, a child's voice", "human", quiet(500), voice)


def _mailboxes() -> Iterator[Case]:
    for number, length_s in enumerate((3, 3.5, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30)):
        greeting = speech(round(1000 * length_s), seed=number, pitch_hz=(100, 130, 190, 230)[number % 4])
        hz, beep_ms = BEEPS_HZ[number % len(BEEPS_HZ)], BEEP_LENGTHS_MS[number % 3]
        gap_ms, noise_dbfs = (100, 200, 600, 1000, 1800)[number % 5], LINE_NOISE_DBFS[number % 4]
        start, gap, beep = quiet(300), quiet(gap_ms), tone((hz,), beep_ms, BEEP_DBFS)
        yield _case("greeting of 3 to 30 s, beep", "beep", start, greeting, gap, beep, noise_dbfs=noise_dbfs)
        if number % 3 != 1:
            yield _case("greeting of 3 to 30 s, no beep", "screening", start, greeting, noise_dbfs=noise_dbfs)
    for seed in range(3):
        robot, asked = speech(4000 + 1500 * seed, seed=seed + 40, pause_ms=300), speech(900, seed=seed + 50)
        yield _case(
            "screening robot, then a person", "screening", quiet(500), robot, quiet(4000), asked, after=2
        )


def _odd_mailboxes() -> Iterator[Case]:
    for seed, length_ms in enumerate((600, 1000, 1500, 2000, 2500)):
        greeting, beep = speech(length_ms, seed=seed), tone((BEEPS_HZ[3 * seed],), 400, BEEP_DBFS)
        yield _case("greeting of 0.6 to 2.5 s, beep", "beep", quiet(300), greeting, quiet(700), beep)
        yield _case("greeting of 0.6 to 2.5 s, no beep", "screening", quiet(300), greeting)
    for seed, beep_ms in enumerate((150, 150, 400, 1500)):
        beep = tone((BEEPS_HZ[3 * seed],), beep_ms, BEEP_DBFS)
        row = f"beep of {'150 ms' if beep_ms == 150 else '400 ms or more'}, no gap behind the greeting"
        yield _case(row, "beep", quiet(300), speech(5000, seed=seed + 20), beep)
    for seed in range(4):
        parts = speech(1500, seed=seed), quiet(1400 + 300 * seed), speech(2500, seed=seed + 9), quiet(500)
        beep = tone((1000,), 400, BEEP_DBFS)
        yield _case("greeting with a gap of 1.4 to 2.3 s, beep", "beep", quiet(300), *parts, beep)


def _beeps_alone() -> Iterator[Case]:
    for hz in BEEPS_HZ:
        for length_ms in BEEP_LENGTHS_MS:
            beep = tone((hz,), length_ms, BEEP_DBFS)
            is_ringing = hz in (425, 440) and length_ms == 1500
            row = "beep without greeting" + (", as a ringing tone" if is_ringing else "")
            yield _case(row, "beep", quiet(700), beep, noise_dbfs=LINE_NOISE_DBFS[hz % 4])
    for length_ms in (480, 500, 520):
        beep = tone((1100,), length_ms, BEEP_DBFS)
        yield _case("beep without greeting, as CNG", "beep", quiet(700), beep)
    for hz in (440, 1000):
        yield _case("square-wave beep", "beep", quiet(700), square(hz, 400, BEEP_DBFS))


def _pairs() -> Iterator[Case]:
    for one_hz, other_hz in ((800, 1200), (440, 620), (950, 1400), (1000, 2000)):
        greeting, gap = speech(3000, seed=one_hz), quiet(400)
        both = tone((one_hz, other_hz), 400, BEEP_DBFS)
        in_turn = tone((one_hz,), 200, BEEP_DBFS) + tone((other_hz,), 200, BEEP_DBFS)
        twice = tone((one_hz,), 150, BEEP_DBFS) + quiet(120) + tone((one_hz,), 150, BEEP_DBFS)
        for row, beep in (
            ("two tones at once", both),
            ("two tones in turn", in_turn),
            ("double beep", twice),
        ):
            yield _case(row, "beep", quiet(300), greeting, gap, beep, noise_dbfs=-50)


def _fax() -> Iterator[Case]:
    for noise_dbfs in LINE_NOISE_DBFS:
        for hz in (2085, 2100, 2115):
            yield _case("fax, CED", "fax", quiet(1800), tone((hz,), 3000), noise_dbfs=noise_dbfs, after=1)
        for hz in (1065, 1100, 1135):
            again = tone((hz,), 500), quiet(3000), tone((hz,), 500)
            yield _case("fax, CNG", "fax", quiet(600), *again, noise_dbfs=noise_dbfs, after=2)


def _music() -> Iterator[Case]:
    for beat_ms in (250, 400, 500, 1000):
        yield Case(row="hold music, chords", pcm=chords(8000, beat_ms), truth=frozenset({"machine"}))
        yield Case(row="hold music, melody and bass", pcm=melody(8000, beat_ms), truth=frozenset({"machine"}))
        bare = chime(8000, beat_ms)
        yield Case(row="hold music, bare sines", pcm=bare, truth=frozenset({"machine", "unknown"}))
    signal = (tone((784,), 300) + quiet(2000)) * 6
    yield Case(row="hold signal, a sine every 2 s", pcm=signal, truth=frozenset({"machine", "unknown"}))


def _network() -> Iterator[Case]:
    for row_hz, column_hz in ((697, 1209), (770, 1336), (852, 1477), (941, 1209), (941, 1336)):
        key = tone((row_hz, column_hz), 250, BEEP_DBFS)
        yield _case("a key pressed in silence", "unknown human", quiet(900), key)
    european = (tone((425,), 1000) + quiet(4000)) * 3
    american = (tone((440, 480), 2000) + quiet(4000)) * 3
    yield _case("ringing tone behind the answer, 440 + 480 Hz", "unknown", quiet(500), american)
    yield _case("ringing tone behind the answer, 425 Hz", "unknown", quiet(500), european)
    for network_hz, on_ms, off_ms in (
        ((480, 620), 500, 500),
        ((480, 620), 250, 250),
        ((425,), 480, 480),
        ((400,), 375, 375),
    ):
        busy = (tone(network_hz, on_ms) + quiet(off_ms)) * 8
        yield _case("busy or congestion tone behind the answer", "unknown", quiet(300), busy)
    for seed, (pitches_hz, on_ms, off_ms) in enumerate((((425,), 1000, 4000), ((440, 480), 2000, 4000))):
        for length_ms in (1200, 4000):
            word, ringing = speech(length_ms, seed=seed), (tone(pitches_hz, on_ms) + quiet(off_ms)) * 3
            yield _case("a word, then it rings on", "unknown", quiet(300), word, quiet(800), ringing)
    information = b"".join(tone((hz,), 330) for hz in (950, 1400, 1800))
    for seed in range(3):
        announcement = speech(6000, seed=seed + 70)
        yield _case("SIT and an announcement", "machine screening", quiet(300), information, announcement)


def _nobody() -> Iterator[Case]:
    yield _case("silence", "unknown", quiet(2000))
    for noise_dbfs in (-65, -55, -45, -35, -25):
        yield _case("line noise of -65 to -25 dB", "unknown", quiet(3000), noise_dbfs=noise_dbfs)
        late = quiet(800) + in_noise(quiet(9000), noise_dbfs)
        yield Case(row="noise that sets in, -65 to -25 dB", pcm=late, truth=frozenset({"unknown"}))
    for damping_db in (40, 30, 25, 20, 15, 10):
        ours = speech(6000, seed=damping_db, pitch_hz=200, dbfs=SPEECH_DBFS - damping_db)
        row = f"our own voice, damped by {'20 dB or more' if damping_db >= 20 else '10 or 15 dB'}"
        yield _case(row, "unknown", quiet(400), mixed(ours, at_level(in_noise(quiet(500), -60), -60)))
    yield _case("somebody whistles", "unknown human", quiet(700), tone((1300,), 500, -25))


_GREETINGS = {
    "en": "Hello, you have reached the mailbox of John Miller. I cannot take your call now. Please leave "
    "your name and your number after the tone, and I will call you back as soon as I can. Thank you.",
    "de": "Guten Tag, Sie sind mit der Mailbox von Hans Meier verbunden. Bitte sprechen Sie.",
    "fr": "Bonjour, vous êtes bien sur la messagerie de Jean Dupont. Laissez un message après le bip sonore.",
    "es": "Hola, ha llamado al buzón de voz. Deje su mensaje después de la señal.",
    "it": "Ciao, in questo momento non posso rispondere. Lascia un messaggio dopo il segnale acustico.",
}


def spoken_cases() -> Iterator[Case]:
    """The same with words, by espeak-ng; ImportError, OSError or RuntimeError where that is not usable."""
    voice = load_espeak()
    for number, (language, words) in enumerate(_GREETINGS.items()):
        said = at_level(mulaw.to_pcm16(b"".join(voice.speak(words, language=language))), SPEECH_DBFS)
        beep = tone((BEEPS_HZ[2 * number],), 300, BEEP_DBFS)
        noise_dbfs = LINE_NOISE_DBFS[number % 4]
        row = "espeak-ng's greeting"
        yield _case(f"{row}, beep", "beep", quiet(300), said, quiet(500), beep, noise_dbfs=noise_dbfs)
        yield _case(f"{row}, no beep", "screening", quiet(300), said, noise_dbfs=noise_dbfs)
    for words in ("Hello?", "Hello, Miller.", "Yes?", "John speaking.", "Good morning, who is this?"):
        said = at_level(mulaw.to_pcm16(b"".join(voice.speak(words, language="en"))), SPEECH_DBFS)
        yield _case("espeak-ng's hello", "human", quiet(400), said)
