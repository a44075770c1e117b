"""Whole conversations with people and machines, where the table of docs/conversations.md does not look."""

from __future__ import annotations

import asyncio

from cartesia_call.telephony.outcomes import Evidence, Outcome
from tests.calls.rehearsed import rehearsed

LIMIT_S = 1200
MESSAGE = "The database is down. Please call the operator."


async def test_the_voicemail_holds_the_whole_message_from_its_first_word() -> None:
    """After the beep, byte for byte as it was synthesised."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("voicemail,greeting:5s", message=MESSAGE, voicemail="leave") as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.evidence) == (Outcome.VOICEMAIL_LEFT, Evidence.MARK)
        message = rehearsal.call.sent_audio.rstrip(b"\xff")
        assert message in rehearsal.simulated.voicemail_audio


async def test_a_key_in_the_carriers_voice_confirms_nothing() -> None:
    """Without a stream nobody sees it: whoever asked for a key has none."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,presses:1@2s", "tunnel-refused", message=MESSAGE, ack="1") as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.digits) == (Outcome.NOT_ACKNOWLEDGED, "")
        assert result.acknowledged is False


async def test_a_sip_address_is_called_and_the_extension_dialled() -> None:
    """As they were asked for, and the message follows the digits, whole."""
    to, digits = "sip:anna@example.com", "ww12#"
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:10s", to=to, message=MESSAGE, send_digits=digits) as rehearsal,
    ):
        result = await rehearsal.run()
        call = rehearsal.simulated
        assert (result.to, result.outcome, result.evidence) == (to, Outcome.DELIVERED, Evidence.MARK)
        assert (call.to, call.digits_dialled) == (to, digits)
        assert call.stream_audio.startswith(rehearsal.synthesised)
        assert not call.warnings


async def test_the_carriers_finding_is_asked_for_where_no_callback_tells_it() -> None:
    """Twilio's own verdict is on the call resource too, which is looked at while callbacks are missing."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(
            "voicemail,greeting:4s",
            "callbacks-lost",
            message=MESSAGE,
            voicemail="leave",
            amd="carrier",
        ) as rehearsal,
    ):
        result = await rehearsal.run()
        call = rehearsal.simulated
        assert (result.outcome, result.evidence) == (Outcome.VOICEMAIL_LEFT, Evidence.MARK)
        assert (result.answered_by, result.answered_by_source) == ("machine", "carrier")
        assert call.answered_by == "machine_end_beep"
        assert rehearsal.requests("GET", f"{call.sid}.json") > 0
        assert rehearsal.call.sent_audio.rstrip(b"\xff") in call.voicemail_audio
