"""The built-in telephone network and speech service together, as a rehearsal and `simulator` need them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cartesia_call.ports import Clock
from cartesia_simulator.agents.service import SimulatedAgents
from cartesia_simulator.callee import CalleeScript
from cartesia_simulator.carrier.regions import DEFAULT_REGION, REGIONS, SimulatedKey
from cartesia_simulator.carrier.service import SimulatedCarrier
from cartesia_simulator.carrier.signature import SharedKey
from cartesia_simulator.faults import FaultPlan
from cartesia_simulator.speech.service import SimulatedSpeechService
from cartesia_simulator.voice import Voice, load_voice

ACCOUNT_SID = "AC" + "0" * 31 + "1"
AUTH_TOKEN = "rehearsal-auth-token"  # noqa: S105  # opens nothing but our own loopback servers
SHARED_KEY = SharedKey(id="webhooks_sharedkey_rehearsal", secret="rehearsal-shared-key")  # noqa: S106  # likewise
API_KEY = "sk_car_rehearsal"
CALLER_ID = "+12025550100"

AUTH_TOKENS: Mapping[str, str] = {
    region: AUTH_TOKEN if region == DEFAULT_REGION else f"{AUTH_TOKEN}-{region}" for region in REGIONS
}
"""The account's auth token in each region."""
API_KEYS: Mapping[str, SimulatedKey] = {
    region: SimulatedKey(region=region, sid=f"SK{position:032}", secret=f"rehearsal-api-key-secret-{region}")
    for position, region in enumerate(REGIONS, start=1)
}
"""One API key of each region, which reaches all numbers."""

LEAST_CONTEXTS = 3
"""What the speech service's plan allows at a time, unless it is told to allow more."""


class BuiltInNetwork:
    """Both servers on loopback, with one clock, one voice and credentials that are evidently fake.

    The carrier has a host per region: `carrier_urls` by region, of which `carrier_url` is us1's. `agents` is
    Cartesia's record of Twilio's credentials and numbers, on the host of the speech service.

    `caller_ids` are further numbers that the account owns, besides `CALLER_ID`; `voice_ids` are voices that
    it owns besides those of the catalogue. `audio_kept` is of how many calls and contexts, the newest, the
    audio is kept (None: of all); `forgets_after_s` later calls are forgotten, too (None: never), contexts and
    requests are not kept. `context_limit` contexts may be active at once. The carrier signs what it sends
    with a SharedKey if it `signs_with_shared_key`, else with the auth token of its region. `faults` may be
    lifted while it runs. `carrier_made_by` makes another carrier than the usual one. `carrier_url` and
    `speech_url` are empty until `start` has returned.
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
        forgets_after_s: float | None = None,
        context_limit: int = LEAST_CONTEXTS,
        account_sid: str = ACCOUNT_SID,
        carrier_made_by: Callable[..., SimulatedCarrier] = SimulatedCarrier,
        signs_with_shared_key: bool = False,
    ) -> None:
        self._signs_with_shared_key = signs_with_shared_key
        self.account_sid = account_sid
        self.faults = faults
        self.voice = voice if voice is not None else load_voice()
        self.carrier = carrier_made_by(
            clock,
            account_sid=account_sid,
            auth_token=AUTH_TOKEN,
            shared_key=SHARED_KEY if signs_with_shared_key else None,
            regional_tokens={region: AUTH_TOKENS[region] for region in REGIONS if region != DEFAULT_REGION},
            owned_numbers=caller_ids | {CALLER_ID},
            callee=callee,
            faults=faults,
            voice=self.voice,
            audio_kept=audio_kept,
            forgets_after_s=forgets_after_s,
        )
        for key in API_KEYS.values():
            self.add_key(key)
        self.agents = SimulatedAgents(clock)
        self.speech = SimulatedSpeechService(
            clock,
            api_key=API_KEY,
            voice=self.voice,
            faults=faults,
            context_limit=context_limit,
            voice_ids=voice_ids,
            audio_kept=audio_kept,
            forgets_after_s=None if forgets_after_s is None else 0.0,  # nobody can ask for one
            routes=self.agents.routes(),
        )
        self.carrier_url = ""
        self.speech_url = ""

    async def start(self, *, carrier_port: int = 0, speech_port: int = 0) -> None:
        """Listen on loopback; 0 takes any free port. OSError if a port is taken, with nothing left open.

        `carrier_port` is that of us1; the carrier's other regions take any free ones.
        """
        self.carrier_url = await self.carrier.start(port=carrier_port)
        self.agents.open(self.carrier_urls)
        try:
            self.speech_url = await self.speech.start(port=speech_port)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End every call and connection. May be called again, and after a `start` that failed."""
        try:
            await self.carrier.stop()
        finally:
            await self.speech.stop()
            await self.agents.close()

    @property
    def carrier_urls(self) -> Mapping[str, str]:
        """Where the carrier's API is, by region; empty until `start` has returned."""
        return self.carrier.urls

    def add_key(self, key: SimulatedKey) -> None:
        """From now on the carrier accepts this API key, in its region only."""
        self.carrier.credentials.add(key)

    def revoke_key(self, sid: str) -> None:
        """From now on the carrier accepts this key no more; who keeps it, keeps it. KeyError if unknown."""
        self.carrier.credentials.revoke(sid)

    def regional_environment(self, region: str) -> dict[str, str]:
        """The credentials and the address of one region, by the names that end in it."""
        suffix = region.upper()
        return {
            f"TWILIO_AUTH_TOKEN_{suffix}": AUTH_TOKENS[region],
            f"TWILIO_API_KEY_SID_{suffix}": API_KEYS[region].sid,
            f"TWILIO_API_KEY_SECRET_{suffix}": API_KEYS[region].secret,
            f"TWILIO_BASE_URL_{suffix}": self.carrier_urls[region],
        }

    def key_environment(self) -> dict[str, str]:
        """An API key of the default region. Whoever has it signs requests with it, and checks signatures by
        the auth token.
        """
        key = API_KEYS[DEFAULT_REGION]
        return {"TWILIO_API_KEY_SID": key.sid, "TWILIO_API_KEY_SECRET": key.secret}

    def environment(self) -> dict[str, str]:
        """The settings that point a program at this network, by their names in the environment.

        The plain names are those of the default region, the others have names of their own. It has an auth
        token, and no API key.
        """
        regional: dict[str, str] = {}
        for region in REGIONS:
            if region != DEFAULT_REGION:
                regional |= self.regional_environment(region)
        return {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_FROM_NUMBER": CALLER_ID,
            **({"TWILIO_SHARED_KEY": SHARED_KEY.secret} if self._signs_with_shared_key else {}),
            "TWILIO_BASE_URL": self.carrier_url,
            "CARTESIA_API_KEY": API_KEY,
            "CARTESIA_BASE_URL": self.speech_url,
            **regional,
        }
