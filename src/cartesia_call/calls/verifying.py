"""What is asked of the vendors behind a call, so that its trace settles more than a call by itself would."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from cartesia_call.errors import CartesiaCallError
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Carrier
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import SpeechRequest, SpeechService
from cartesia_call.telephony.attempt import AttemptResult

logger = logger_of(__name__)

LIMIT_S = 30.0
"""For all questions together."""

WORD = "OK."
"""Three characters to pay for, on the connection that the message left."""


async def ask_behind(
    call: AttemptResult, *, caller_id: str, carrier: Carrier, voice: SpeechService, voicing: Voicing
) -> None:
    """End a call that is over, read what is noted about it, look for it in the list, and speak one word more.

    Answers are in the trace, refusals too; nothing is raised. `carrier` is closed.
    """
    questions: list[Awaitable[object]] = [
        voice.synthesise(SpeechRequest(Message.of(WORD), voicing), Utterance())
    ]
    if call.call_sid is not None:
        questions += [
            carrier.end(call.call_sid),
            carrier.notes(call.call_sid),
            carrier.find(to=call.to, caller_id=caller_id, created_since=call.started_at),
        ]
    try:
        async with asyncio.timeout(LIMIT_S):
            for answer in await asyncio.gather(*questions, return_exceptions=True):
                if isinstance(answer, CartesiaCallError):
                    logger.info("asked behind the call: %s", answer)
                elif isinstance(answer, Exception):
                    logger.error("a fault of ours behind the call", exc_info=answer)
    except TimeoutError:
        logger.info("not all that was asked behind the call was answered")
    finally:
        await carrier.close()
