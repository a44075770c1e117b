"""What is known of one call, whoever told it and in whatever order."""

from __future__ import annotations

from cartesia_call.telephony.progress import CallProgress


class CallFacts:
    """Facts of one call leg. None of them is ever taken back but `stop_received`, which may prove too little.

    `call_sid` is known once it is certain that there is a call, and which. `stop_received`: the media stream
    told of its end. `is_redirected`: new instructions of ours may be what ended it.
    """

    def __init__(self, call_sid: str | None = None) -> None:
        self.call_sid = call_sid
        self.progress = CallProgress()
        self.post_is_pending = False
        self.answer_was_lost = False
        self.stop_received = False
        self.is_redirected = False

    @property
    def is_placed(self) -> bool:
        """True once a call is known: by the carrier's answer to the placing request, or because a callback
        or stream that knows our secrets named it."""
        return self.call_sid is not None

    @property
    def is_unknown(self) -> bool:
        """True while a call may or may not have been placed."""
        return not self.is_placed and (self.post_is_pending or self.answer_was_lost)

    @property
    def is_down(self) -> bool:
        """True once the carrier showed that the leg has ended: by a status, or by the stream's `stop`, unless
        new instructions of ours are what stopped the stream."""
        return self.progress.is_final or (self.stop_received and not self.is_redirected)
