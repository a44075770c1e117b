"""Pictures of both sides, as plain data."""

from __future__ import annotations

import dataclasses

from cartesia_call.errors import Unauthorized
from cartesia_call.region_ports import HeldNumber, Provider
from cartesia_call.regions.survey import Acceptance, NumberView, RegionPlan, RegionView

ACCOUNT_SID = "AC" + "0" * 32
NUMBER = "+12025550100"


def plan(region: str, *, digit: str | None = None, has_token: bool = False) -> RegionPlan:
    """A region with the key `SK` and 32 times `digit`, with a token, or without credentials."""
    suffix = f"_{region.upper()}"
    sid = "SK" + digit * 32 if digit else None
    has_any = sid is not None or has_token
    return RegionPlan(
        region=region,
        account_sid=ACCOUNT_SID if has_any else None,
        api_key_sid=sid,
        signed_with=f"the API key {sid}" if sid else "the auth token" if has_token else None,
        sid_variable=f"TWILIO_API_KEY_SID{suffix}",
        secret_variable=f"TWILIO_API_KEY_SECRET{suffix}",
        token_variable=f"TWILIO_AUTH_TOKEN{suffix}",
    )


def accepted(region: str, digit: str) -> RegionView:
    """Credentials that work."""
    return RegionView(plan=plan(region, digit=digit), acceptance=Acceptance.ACCEPTED)


def refused(region: str, digit: str, *, valid_in: str | None = None) -> RegionView:
    """Credentials that do not."""
    return RegionView(
        plan=plan(region, digit=digit),
        acceptance=Acceptance.REFUSED,
        error=Unauthorized("Twilio refuses the credentials"),
        valid_in=valid_in,
    )


def without(region: str) -> RegionView:
    """No credentials."""
    return RegionView(plan=plan(region))


def provider(region: str, digit: str, *, account_sid: str = ACCOUNT_SID) -> Provider:
    """`ata_ie1` with a key of which the ends are shown."""
    return Provider(
        id=f"ata_{region}",
        type="twilio",
        account_sid=account_sid,
        api_key_sid=f"SK{digit * 2}****{digit * 4}",
        region=region,
    )


def number(under: Provider, **seen: object) -> NumberView:
    """`ap_1` under a provider, as Twilio sees it."""
    held = HeldNumber(id="ap_1", number=NUMBER, label=None, agent_id=None, agent_name=None, provider=under)
    return dataclasses.replace(NumberView(held=held, provider=under), **seen)  # type: ignore[arg-type]  # by name
