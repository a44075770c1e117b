"""Both sides of Twilio's regions: Cartesia's record, and the account's API in each region."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator

from cartesia_call.region_ports import ApiKey, PhoneRecord, RegionalAccount
from cartesia_call.regions.survey import RegionPlan, RegionsPorts
from cartesia_call.settings.credentials import RegionsSettings
from cartesia_call.settings.model import Settings
from cartesia_call.settings.speaking import CartesiaSettings
from cartesia_call.wiring.line import build_client
from cartesia_call.wiring.services import cartesia_access


@contextlib.asynccontextmanager
async def open_record(cartesia: CartesiaSettings, settings: Settings) -> AsyncIterator[PhoneRecord]:
    """Cartesia's record, with the settings' key. Its connections are closed on leaving."""
    from cartesia_call.vendors.cartesia_http import CartesiaApi
    from cartesia_call.vendors.cartesia_telephony import CartesiaTelephony

    async with CartesiaApi(cartesia_access(cartesia, settings)) as api:
        yield CartesiaTelephony(api)


def region_plans(regions: RegionsSettings) -> tuple[RegionPlan, ...]:
    """Every region there is, with what the settings hold for it."""
    return tuple(_plan(regions, region) for region in regions.base_urls)


@contextlib.asynccontextmanager
async def open_region_ports(
    cartesia: CartesiaSettings, regions: RegionsSettings, settings: Settings
) -> AsyncIterator[RegionsPorts]:
    """What a survey asks. Whoever asks for an account closes it."""

    def account(whose: str, where: str) -> RegionalAccount:
        from cartesia_call.vendors.twilio_account import TwilioRegion

        credentials = dataclasses.replace(
            regions.by_region[whose], region=where, base_url=regions.base_urls[where]
        )
        return build_client(TwilioRegion, credentials, settings)

    async with open_record(cartesia, settings) as record:
        yield RegionsPorts(record=record, account=account)


def api_key(regions: RegionsSettings, region: str) -> ApiKey | None:
    """The API key that the settings hold for a region; None if they hold none, or an auth token alone."""
    found = regions.by_region.get(region)
    if found is None or found.api_key_sid is None or found.api_key_secret is None:
        return None
    return ApiKey(account_sid=found.account_sid, sid=found.api_key_sid, secret=found.api_key_secret)


def _plan(regions: RegionsSettings, region: str) -> RegionPlan:
    found = regions.by_region.get(region)
    by_api_key = found is not None and found.api_key_sid is not None
    signed_with = f"the API key {found.api_key_sid}" if found and by_api_key else "the auth token"
    return RegionPlan(
        region=region,
        account_sid=found.account_sid if found else None,
        api_key_sid=found.api_key_sid if found else None,
        signed_with=signed_with if found else None,
        sid_variable=regions.variable("TWILIO_API_KEY_SID", region),
        secret_variable=regions.variable("TWILIO_API_KEY_SECRET", region),
        token_variable=regions.variable("TWILIO_AUTH_TOKEN", region),
    )
