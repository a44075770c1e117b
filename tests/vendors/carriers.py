"""Twilio carriers for tests, and a call to place. All credentials are evidently fake."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from cartesia_call.telephony.instructions import CallInstructions, CallRequest
from cartesia_call.vendors.network import NetworkRules
from cartesia_call.vendors.twilio_client import TwilioCarrier

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "not-a-real-auth-token"
API_KEY_SID = "SK" + "1" * 32
API_KEY_SECRET = "not-a-real-api-key-secret"
CALL_SID = "CA" + "2" * 32
CALLEE = "+12025550143"
CALLER_ID = "+12025550100"

DIRECT = NetworkRules(https_proxy=None, no_proxy=None, ca_file=None)

REQUEST = CallRequest(
    to=CALLEE,
    caller_id=CALLER_ID,
    instructions=CallInstructions(stream_url="wss://calls.example.com/media/x", fallback_text="Hello"),
    status_callback_url="https://calls.example.com/status/y",
    ring_timeout_s=30,
    time_limit_s=120,
)


@contextlib.asynccontextmanager
async def carrier_at(
    base_url: str,
    *,
    network: NetworkRules = DIRECT,
    connect_timeout_s: float = 10,
    auth_token: str | None = AUTH_TOKEN,
    api_key: bool = False,
) -> AsyncIterator[TwilioCarrier]:
    carrier = TwilioCarrier(
        account_sid=ACCOUNT_SID,
        auth_token=auth_token,
        api_key_sid=API_KEY_SID if api_key else None,
        api_key_secret=API_KEY_SECRET if api_key else None,
        base_url=base_url,
        connect_timeout_s=connect_timeout_s,
        network=network,
    )
    await carrier.load()
    try:
        yield carrier
    finally:
        await carrier.close()
