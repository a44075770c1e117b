"""Twilio carriers for tests, and a call to place. All credentials are evidently fake."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from cartesia_call.addresses import NetworkRules
from cartesia_call.errors import CarrierError
from cartesia_call.telephony.instructions import CallInstructions, CallRequest
from cartesia_call.telephony.limits import CallLimits
from cartesia_call.vendors.twilio_client import TwilioCarrier
from tests.vendors.http_peers import CERTIFICATE

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "not-a-real-auth-token"
API_KEY_SID = "SK" + "1" * 32
API_KEY_SECRET = "not-a-real-api-key-secret"
CALL_SID = "CA" + "2" * 32
CALLEE = "+12025550143"
CALLER_ID = "+12025550100"

DIRECT = NetworkRules(https_proxy=None, no_proxy=None, ca_file=None)
TRUSTING = NetworkRules(https_proxy=None, no_proxy=None, ca_file=str(CERTIFICATE))
CREATED = {"sid": CALL_SID, "status": "queued", "to": CALLEE}

REQUEST = CallRequest(
    to=CALLEE,
    caller_id=CALLER_ID,
    instructions=CallInstructions(stream_url="wss://calls.example.com/media/x", fallback_text="Hello"),
    status_callback_url="https://calls.example.com/status/y",
    limits=CallLimits(),
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


async def placing_fails(
    base_url: str, *, network: NetworkRules = TRUSTING, connect_timeout_s: float = 10
) -> CarrierError:
    """The error of a request that places a call; it names neither the callee nor a secret."""
    async with carrier_at(base_url, network=network, connect_timeout_s=connect_timeout_s) as carrier:
        with pytest.raises(CarrierError) as failure:
            await carrier.place(REQUEST)
    error = failure.value
    assert "\n" not in str(error)
    assert CALLEE not in str(error)
    assert AUTH_TOKEN not in str(error)
    return error
