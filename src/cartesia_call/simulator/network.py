"""The built-in telephone network and speech service together, as a rehearsal and `simulator` need them."""

from __future__ import annotations

from collections.abc import Sequence

from cartesia_call.ports import Clock
from cartesia_call.simulator.callee import CalleeScript
from cartesia_call.simulator.carrier.service import SimulatedCarrier
from cartesia_call.simulator.faults import FaultPlan
from cartesia_call.simulator.speech.service import SimulatedSpeechService
from cartesia_call.simulator.voice import Voice, load_voice

ACCOUNT_SID = "AC" + "0" * 31 + "1"
AUTH_TOKEN = "rehearsal-auth-token"  # noqa: S105  # opens nothing but our own loopback servers
API_KEY = "sk_car_rehearsal"
CALLER_ID = "+12025550100"


class BuiltInNetwork:
    """Both servers on loopback, with one clock, one voice and credentials that are evidently fake.

    `caller_ids` are further numbers that the account owns, besides `CALLER_ID`; `voice_ids` are voices that
    it owns besides those of the catalogue. `audio_kept` is of how many calls and contexts, the newest, the
    audio is kept (None: of all). `carrier_url` and `speech_url` are empty until `start` has
    returned.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        callee: CalleeScript | Sequence[CalleeScript],
        faults: FaultPlan,
        caller_ids: frozenset[str] = frozenset(),
        voice_ids: frozenset[str] = frozenset(),
        voice: Voice | None = None,
        audio_kept: int | None = None,
    ) -> None:
        self.voice = voice if voice is not None else load_voice()
        self.carrier = SimulatedCarrier(
            clock,
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            owned_numbers=caller_ids | {CALLER_ID},
            callee=callee,
            faults=faults,
            voice=self.voice,
            audio_kept=audio_kept,
        )
        self.speech = SimulatedSpeechService(
            clock,
            api_key=API_KEY,
            voice=self.voice,
            faults=faults,
            voice_ids=voice_ids,
            audio_kept=audio_kept,
        )
        self.carrier_url = ""
        self.speech_url = ""

    async def start(self, *, carrier_port: int = 0, speech_port: int = 0) -> None:
        """Listen on loopback; 0 takes any free port. OSError if a port is taken, with nothing left open."""
        self.carrier_url = await self.carrier.start(port=carrier_port)
        try:
            self.speech_url = await self.speech.start(port=speech_port)
        except BaseException:
            await self.carrier.stop()
            raise

    async def stop(self) -> None:
        """End every call and connection. May be called again, and after a `start` that failed."""
        try:
            await self.carrier.stop()
        finally:
            await self.speech.stop()

    def environment(self) -> dict[str, str]:
        """The settings that point a program at this network, by their names in the environment."""
        return {
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_FROM_NUMBER": CALLER_ID,
            "TWILIO_BASE_URL": self.carrier_url,
            "CARTESIA_API_KEY": API_KEY,
            "CARTESIA_BASE_URL": self.speech_url,
        }
