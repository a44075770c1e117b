"""A real voice: espeak-ng as a shared library inside the wheel of `espeakng_loader` (extra `offline`)."""

from __future__ import annotations

import _ctypes
import contextlib
import ctypes
import re
import threading
from collections.abc import Iterator

from cartesia_call.audio import mulaw
from cartesia_call.offline_voice.markup import Break, parse_markup, pause
from cartesia_call.offline_voice.resampling import TelephoneResampler

# The numbers of espeak-ng's `speak_lib.h`.
_OUTPUT_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_CHARS_UTF8 = 1
_POSITION_CHARACTER = 1
_OK = 0

_PIECE_CHARACTERS = 240
"""Most that is synthesised at once: some 15 s of speech, 15 ms of work, 700 kB of samples."""
_SENTENCE_PAUSE_MS = 250
"""What espeak-ng itself leaves between two sentences, about; at the end of a piece it leaves nothing."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_NOT_SPOKEN = re.compile(r"[\x00-\x1f\x7f]")

_VOICE_OF_LANGUAGE = {
    **{"en": "en-us", "zh": "cmn", "no": "nb"},
    **dict.fromkeys(("en-gb", "en-ie", "en-au", "en-nz", "en-za", "en-in"), "en"),
    **{"es-mx": "es-419", "es-us": "es-419", "zh-hk": "yue"},
}
"""Where espeak-ng's name differs from Cartesia's code, or from that with its region: its `en` is British.
Tagalog (`tl`) has no voice and is read as English."""
_FALLBACK_VOICE = "en-us"


class _VoiceDescription(ctypes.Structure):
    """The first members of `espeak_VOICE`. The identifier of a voice of a language is the file that it was
    read from, below `lang`."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
    )


# espeak-ng's functions as types that are made once: `ctypes.CDLL` makes new ones of each library that it
# loads, which hold each other until a search for cycles.
_OnSamples = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
_Initialize = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int)
_SetSynthCallback = ctypes.CFUNCTYPE(None, _OnSamples)
_SetVoice = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p)
_Synth = ctypes.CFUNCTYPE(
    ctypes.c_int,
    *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint),
    *(ctypes.c_void_p, ctypes.c_void_p),
)
_GetCurrentVoice = ctypes.CFUNCTYPE(ctypes.POINTER(_VoiceDescription))
_Terminate = ctypes.CFUNCTYPE(ctypes.c_int)
_one_at_a_time = threading.Lock()


class EspeakVoice:
    """espeak-ng in this process, silent on the terminal. May be used by several threads at once.

    The text is synthesised in pieces of a few sentences. Each piece loads the library afresh (3 ms) under
    one lock: espeak-ng keeps its state in globals, and what was said before would colour what is said next,
    so the same text would not give the same bytes.
    """

    name = "espeak-ng"
    is_speech = True

    def __init__(self, library_path: str, data_path: str) -> None:
        """OSError if the library cannot be loaded, RuntimeError if it does not find its data."""
        self._library_path = library_path
        self._data_path = data_path
        self._voice_files: dict[tuple[str, ...], str] = {}
        with _one_at_a_time:
            library, self._rate_hz = self._load()
            _unload(library)

    def speak(self, text: str, *, language: str) -> Iterator[bytes]:
        """Mu-law audio of `text` in chunks of about a second; blocks for a piece at most.

        `text` may hold Cartesia's tags. `language` is one of Cartesia's codes or a BCP 47 tag; one that
        espeak-ng does not know is read as English. RuntimeError if the library breaks.
        """
        voices = _voice_names(language)
        resampler = TelephoneResampler(self._rate_hz)
        for part in parse_markup(text):
            if isinstance(part, Break):
                yield from pause(part.duration_ms)
                continue
            for piece in split_into_pieces(_NOT_SPOKEN.sub(" ", part.text)):
                pcm = self._synthesise(piece, voices)
                step_bytes = 2 * self._rate_hz
                for start in range(0, len(pcm), step_bytes):
                    yield mulaw.from_pcm16(resampler.convert(pcm[start : start + step_bytes]))
                if piece[-1] in ".!?。！？":
                    yield mulaw.silence(_SENTENCE_PAUSE_MS)

    def _synthesise(self, text: str, voices: tuple[str, ...]) -> bytes:
        """16-bit PCM at the library's rate."""
        pcm = bytearray()

        def collect(samples: object, count: int, _events: object) -> int:
            if count > 0:
                pcm.extend(ctypes.string_at(samples, 2 * count))  # type: ignore[arg-type]  # a C pointer
            return 0

        on_samples = _OnSamples(collect)
        encoded = text.encode("utf-8", "replace") + b"\x00"
        with _one_at_a_time:
            library, _ = self._load()
            try:
                _SetSynthCallback(_ctypes.dlsym(library, "espeak_SetSynthCallback"))(on_samples)
                self._choose_voice(library, voices)
                synthesise = _Synth(_ctypes.dlsym(library, "espeak_Synth"))
                status = synthesise(encoded, len(encoded), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None)
            finally:
                _unload(library)
        if status != _OK:
            raise RuntimeError(f"espeak-ng fails with status {status}")
        return bytes(pcm)

    def _choose_voice(self, library: int, voices: tuple[str, ...]) -> None:
        """The first of `voices` that there is. By its name espeak-ng looks through all its voices' files, as
        often as it is loaded anew: a third of the work for a short text. So it is told the file, which has
        to have a short name and in small letters: that of an open file."""
        file = self._voice_files.get(voices)
        if file is not None:
            set_file = _SetVoice(_ctypes.dlsym(library, "espeak_SetVoiceByFile"))
            with contextlib.suppress(OSError), open(file, "rb") as opened:
                if set_file(f"/dev/fd/{opened.fileno()}".encode()) == _OK:
                    return
        set_name = _SetVoice(_ctypes.dlsym(library, "espeak_SetVoiceByName"))
        if not any(set_name(voice.encode()) == _OK for voice in voices):
            raise RuntimeError("espeak-ng has no voice")
        current = _GetCurrentVoice(_ctypes.dlsym(library, "espeak_GetCurrentVoice"))().contents
        if current.identifier is not None:
            self._voice_files[voices] = f"{self._data_path}/lang/{current.identifier.decode()}"

    def _load(self) -> tuple[int, int]:
        """The library's handle, and its rate."""
        library = _ctypes.dlopen(self._library_path, ctypes.DEFAULT_MODE)
        initialize = _Initialize(_ctypes.dlsym(library, "espeak_Initialize"))
        rate_hz = initialize(_OUTPUT_SYNCHRONOUS, 0, self._data_path.encode(), _DO_NOT_EXIT)
        if rate_hz <= 0:
            raise RuntimeError(f"espeak-ng does not find its data in {self._data_path}")
        return library, rate_hz


def load_espeak() -> EspeakVoice:
    """The voice of the extra `offline`; ImportError, OSError or RuntimeError where it is not usable."""
    import espeakng_loader

    return EspeakVoice(espeakng_loader.get_library_path(), espeakng_loader.get_data_path())


def split_into_pieces(text: str) -> Iterator[str]:
    """`text` in pieces of at most 240 characters, cut behind sentences, else between words, else anywhere."""
    piece = ""
    for sentence in filter(None, _SENTENCE_END.split(text)):
        for part in _split_long(sentence.strip()):
            if piece and len(piece) + 1 + len(part) > _PIECE_CHARACTERS:
                yield piece
                piece = part
            else:
                piece = f"{piece} {part}" if piece else part
    if piece:
        yield piece


def _split_long(sentence: str) -> Iterator[str]:
    while len(sentence) > _PIECE_CHARACTERS:
        cut = sentence.rfind(" ", 1, _PIECE_CHARACTERS + 1)
        cut = cut if cut > 0 else _PIECE_CHARACTERS
        yield sentence[:cut]
        sentence = sentence[cut:].lstrip()
    if sentence:
        yield sentence


def _voice_names(language: str) -> tuple[str, ...]:
    """What to ask espeak-ng for, best first: `de-AT` as it is, then German, then English."""
    whole = language.lower().replace("_", "-")
    base = whole.split("-")[0]
    return _VOICE_OF_LANGUAGE.get(whole, whole), _VOICE_OF_LANGUAGE.get(base, base), _FALLBACK_VOICE


def _unload(library: int) -> None:
    _Terminate(_ctypes.dlsym(library, "espeak_Terminate"))()
    _ctypes.dlclose(library)
