"""Settings of Twilio's and Cartesia's APIs."""

from __future__ import annotations

from dataclasses import dataclass

from cartesia_call.settings.model import CartesiaSettings, RegionsSettings, TwilioSettings
from cartesia_call.settings.parsers import REGION_EDGES
from cartesia_call.settings.reader import Reader

DEFAULT_REGION = "us1"


@dataclass(frozen=True, kw_only=True)
class _Credentials:
    """What one suffix (`_ie1`, or none) sets."""

    auth_token: str | None
    api_key_sid: str | None
    api_key_secret: str | None

    @property
    def can_sign_requests(self) -> bool:
        return self.auth_token is not None or self.has_api_key

    @property
    def has_api_key(self) -> bool:
        return self.api_key_sid is not None and self.api_key_secret is not None


def read_twilio(reader: Reader) -> TwilioSettings | None:
    """The account, its credentials in the used region, and the API's address. None after a problem."""
    problems_before = len(reader.problems)
    account_sid = reader.required("account_sid")
    region = reader.value("region") or DEFAULT_REGION
    edge = _edge(reader, region)
    problems_before_credentials = len(reader.problems)
    plain = _read_credentials(reader, "")
    regional = {name: _read_credentials(reader, f"_{name}") for name in REGION_EDGES}
    # A plain API key belongs to some other region as soon as this one has credentials of its own.
    used = regional[region] if regional[region].can_sign_requests else plain
    if not used.can_sign_requests and len(reader.problems) == problems_before_credentials:
        reader.miss("auth_token")
    base_url = _base_url(reader, region)
    is_plain_of_region = used is plain or region == DEFAULT_REGION
    own_token = regional[region].auth_token or (plain.auth_token if is_plain_of_region else None)
    # Twilio signs with the region's token. Others are tried beside it; alone they would refuse every stream.
    others = (plain.auth_token, *(other.auth_token for other in regional.values()))
    tokens = (own_token, *others) if own_token is not None else ()
    if len(reader.problems) > problems_before:
        return None
    return TwilioSettings(
        account_sid=account_sid,
        auth_token=own_token,
        api_key_sid=used.api_key_sid,
        api_key_secret=used.api_key_secret,
        region=region,
        edge=edge,
        base_url=base_url,
        all_auth_tokens=tuple(dict.fromkeys(token for token in tokens if token is not None)),
    )


def read_regions(reader: Reader) -> RegionsSettings | None:
    """What each region's requests are signed with. None after a problem.

    Credentials without a region in their name belong to the used region, unless that has its own; then to
    us1, where Twilio makes them by default.
    """
    problems_before = len(reader.problems)
    used_region = reader.value("region") or DEFAULT_REGION
    plain = _read_credentials(reader, "")
    found = {name: _read_credentials(reader, f"_{name}") for name in REGION_EDGES}
    plain_region = DEFAULT_REGION if found[used_region].can_sign_requests else used_region
    if found[plain_region].can_sign_requests:
        plain_region = None
    else:
        found[plain_region] = plain
    usable = {name: credentials for name, credentials in found.items() if credentials.can_sign_requests}
    account_sid = reader.required("account_sid") if usable else reader.value("account_sid")
    base_urls = {name: _base_url(reader, name) for name in REGION_EDGES}
    if len(reader.problems) > problems_before:
        return None
    return RegionsSettings(
        account_sid=account_sid,
        used_region=used_region,
        plain_region=plain_region,
        base_urls=base_urls,
        by_region={
            name: TwilioSettings(
                account_sid=account_sid,
                auth_token=credentials.auth_token,
                api_key_sid=credentials.api_key_sid,
                api_key_secret=credentials.api_key_secret,
                region=name,
                edge=REGION_EDGES[name],
                base_url=base_urls[name],
            )
            for name, credentials in usable.items()
        },
    )


def default_base_url(region: str) -> str:
    """Twilio's API of a region. Without the edge, regional host names have been dead since April 2026."""
    if region == DEFAULT_REGION:
        return "https://api.twilio.com"
    return f"https://api.{REGION_EDGES[region]}.{region}.twilio.com"


def read_cartesia(reader: Reader) -> CartesiaSettings | None:
    """The speech service. None after a problem."""
    problems_before = len(reader.problems)
    api_key = reader.required("cartesia_api_key")
    version = reader.value("cartesia_version")
    base_url = reader.value("cartesia_base_url")
    voice_id, model_id = reader.value("voice_id"), reader.value("model_id")
    if len(reader.problems) > problems_before:
        return None
    return CartesiaSettings(
        api_key=api_key, voice_id=voice_id, model_id=model_id, version=version, base_url=base_url
    )


def _base_url(reader: Reader, region: str) -> str:
    """The plain one holds in every region without its own: whoever sets it wants no other host asked."""
    found: str | None = reader.value(f"twilio_base_url_{region}") or reader.value("twilio_base_url")
    return found or default_base_url(region)


def _edge(reader: Reader, region: str) -> str:
    edge = reader.value("edge")
    fitting = REGION_EDGES[region]
    if edge is not None and edge != fitting:
        reader.problems.append(
            f"TWILIO_EDGE {edge} does not go with region {region}: leave it out, or set it to {fitting}"
        )
    return fitting


def _read_credentials(reader: Reader, suffix: str) -> _Credentials:
    sid_key, secret_key = f"api_key_sid{suffix}", f"api_key_secret{suffix}"
    has_sid, has_secret = reader.find(sid_key) is not None, reader.find(secret_key) is not None
    if has_sid != has_secret:
        reader.miss(secret_key if has_sid else sid_key)
    return _Credentials(
        auth_token=reader.value(f"auth_token{suffix}"),
        api_key_sid=reader.value(sid_key),
        api_key_secret=reader.value(secret_key),
    )
