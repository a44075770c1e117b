"""Where one sentence ends and the next begins in Cartesia's audio, as far as the service tells."""

from __future__ import annotations

from cartesia_call.speech.messages import Chunk, FlushDone
from cartesia_call.speech.utterance import Utterance


class SentenceEnds:
    """Appends one context's audio to its utterance and counts there the sentences that are whole.

    Each sentence was sent as one transcript, unbuffered. Then a `flush_done` follows each transcript's audio,
    and `flush_id` goes up by one (pipecat's changelog, PR 4390; Cartesia documents both for flushes that were
    asked for). No more is known, so either sign will do, none is needed, and the last sentence is whole only
    at `done`: a sentence too few is repeated if the speech breaks off, one too many would be lost.
    """

    def __init__(self, utterance: Utterance, sentence_count: int) -> None:
        self._utterance = utterance
        self._most = utterance.whole_sentences + sentence_count - 1
        self._flush_id: int | None = None

    def append(self, chunk: Chunk) -> None:
        """The next audio. A higher `flush_id` than before begins another sentence."""
        if self._flush_id is not None and chunk.flush_id is not None and chunk.flush_id > self._flush_id:
            self._end_one()
        self._flush_id = chunk.flush_id
        self._utterance.append(chunk.audio)

    def flush_done(self, message: FlushDone) -> None:  # assumes: flush-follows-sentence
        """All audio of a transcript was sent; of an earlier one if a later one's has begun."""
        if message.flush_id is None or self._flush_id is None or message.flush_id >= self._flush_id:
            self._end_one()

    def done(self) -> None:
        """All audio of the context was sent."""
        self._utterance.end_sentence()

    def _end_one(self) -> None:
        # Two signs of the same end count once: no audio lies between them.
        if self._utterance.whole_sentences < self._most:
            self._utterance.end_sentence()
