"""The account at Twilio, and its credentials in each of Twilio's regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from urllib.parse import urlsplit

from cartesia_call.declarations.setting import PLACE, Command, Section, Setting, one_of
from cartesia_call.declarations.trust import Trust
from cartesia_call.records import dataclass
from cartesia_call.settings import parsers
from cartesia_call.settings.parsers import REGION_EDGES
from cartesia_call.settings.reader import Reader

SECTION = Section("Twilio")
DEFAULT_REGION = "us1"


_REMEDY = "copy it from console.twilio.com, Account Info, or set TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET"


@dataclass(frozen=True, kw_only=True)
class _CredentialSettings:
    """The settings of one suffix (`_IE1`, or none)."""

    auth_token: Setting[str | None]
    api_key_sid: Setting[str | None]
    api_key_secret: Setting[str | None]


def _credential_settings(suffix: str = "", note: str = "") -> _CredentialSettings:
    return _CredentialSettings(
        auth_token=SECTION.optional(
            vendor_names=(f"TWILIO_AUTH_TOKEN{suffix}",),
            secret=True,
            least_trust=Trust.FOUND,
            parse=parsers.secret,
            help=f"The account's auth token; it also verifies Twilio's signatures.{note}",
            remedy="" if suffix else _REMEDY,
        ),
        api_key_sid=SECTION.optional(
            vendor_names=(f"TWILIO_API_KEY_SID{suffix}",),
            least_trust=Trust.FOUND,
            parse=parsers.sid("SK"),
            help=f"API key, used instead of the token for requests.{note}",
        ),
        api_key_secret=SECTION.optional(
            vendor_names=(f"TWILIO_API_KEY_SECRET{suffix}",),
            secret=True,
            least_trust=Trust.FOUND,
            parse=parsers.secret,
            help=f"The API key's secret.{note}",
        ),
    )


SHARED_KEY = SECTION.optional(
    vendor_names=("TWILIO_SHARED_KEY",),
    secret=True,
    least_trust=Trust.FOUND,
    parse=parsers.secret,
    help="The secret of a SharedKey, where Twilio signs its requests with one instead of the auth token.",
)
ACCOUNT_SID = SECTION.optional(
    vendor_names=("TWILIO_ACCOUNT_SID",),
    least_trust=Trust.FOUND,
    parse=parsers.sid("AC"),
    help="The Twilio account, AC and 32 hexadecimal digits.",
    remedy="copy it from console.twilio.com, Account Info",
)
_PLAIN = _credential_settings()
AUTH_TOKEN = _PLAIN.auth_token
REGION = SECTION.setting(
    "--region",
    vendor_names=("TWILIO_REGION",),
    least_trust=Trust.FOUND,
    metavar="us1|ie1|au1",
    default=DEFAULT_REGION,
    parse=one_of(*REGION_EDGES),
    help="Where calls are processed: us1, ie1 or au1. Credentials belong to one region.",
    commands=PLACE | {Command.HANGUP},
)
EDGE = SECTION.optional(
    vendor_names=("TWILIO_EDGE",),
    least_trust=Trust.FOUND,
    parse=one_of(*REGION_EDGES.values()),
    default_note="ashburn, dublin or sydney, as the region says",
    help="Follows from the region; another one is refused.",
)
_BASE_URL = SECTION.optional(
    vendor_names=("TWILIO_BASE_URL",),
    leads_keys=True,
    parse=parsers.twilio_origin,
    default_note="as the region says",
    help="Another host for Twilio's API, such as the simulator. http:// for loopback only.",
)


def _of_region(region: str) -> tuple[_CredentialSettings, Setting[str | None]]:
    suffix = f"_{region.upper()}"
    return (
        _credential_settings(suffix, f" Wins over the plain one in region {region}."),
        SECTION.optional(
            vendor_names=(f"TWILIO_BASE_URL{suffix}",),
            leads_keys=True,
            parse=parsers.twilio_origin,
            default_note="as the region says",
            help=f"Another host for Twilio's API. Wins over the plain one in region {region}.",
        ),
    )


_REGIONAL = {region: _of_region(region) for region in REGION_EDGES}
"""Region: its credentials, and where its API is."""


@dataclass(frozen=True, kw_only=True)
class TwilioSettings:
    """The account and where its API is.

    For requests: `api_key_sid` and `api_key_secret` when present, else `auth_token`, which is None only if
    there is an API key. `shared_key` verifies what Twilio signs with a SharedKey. `base_url` is an origin
    without a trailing slash.
    """

    account_sid: str
    auth_token: str | None = field(default=None, repr=False)
    api_key_sid: str | None = None
    api_key_secret: str | None = field(default=None, repr=False)
    region: str
    edge: str
    base_url: str
    shared_key: str | None = field(default=None, repr=False)
    all_auth_tokens: tuple[str, ...] = field(default=(), repr=False)
    """Every token that may have signed a request, the used region's first, without repetition; none without
    that one, for it is the one that Twilio signs with."""

    @property
    def other_carrier(self) -> str | None:
        """The address of a carrier that is not Twilio, such as the simulator's; None: it is Twilio."""
        host = urlsplit(self.base_url).hostname or ""
        return None if host.endswith(".twilio.com") else self.base_url


@dataclass(frozen=True, kw_only=True)
class RegionsSettings:
    """The account in all of Twilio's regions at once.

    `by_region` holds the regions with credentials; `base_urls` where each region's API is. `used_region` is
    TWILIO_REGION. `plain_region` is the region whose credentials are those of the variables without a
    region in their name, None if no region's are. `account_sid` is None only without any credentials.
    """

    account_sid: str | None
    used_region: str
    plain_region: str | None
    base_urls: Mapping[str, str]
    by_region: Mapping[str, TwilioSettings]

    def variable(self, name: str, region: str) -> str:
        """Where a setting of `region` is, or would be: `TWILIO_API_KEY_SID_IE1`, or without the region."""
        return name if region == self.plain_region else f"{name}_{region.upper()}"


@dataclass(frozen=True, kw_only=True)
class _Credentials:
    """What one suffix sets."""

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
    account_sid = reader.required(ACCOUNT_SID)
    region = reader.value(REGION)
    edge = _edge(reader, region)
    problems_before_credentials = len(reader.problems)
    plain, regional = _read_all_credentials(reader)
    # A plain API key belongs to some other region as soon as this one has credentials of its own.
    used = regional[region] if regional[region].can_sign_requests else plain
    if not used.can_sign_requests and len(reader.problems) == problems_before_credentials:
        reader.miss(_PLAIN.auth_token)
    base_url = _base_url(reader, region)
    is_plain_of_region = used is plain or region == DEFAULT_REGION
    own_token = regional[region].auth_token or (plain.auth_token if is_plain_of_region else None)
    # Twilio signs with the region's token. Others are tried beside it; alone they would refuse every stream.
    others = (plain.auth_token, *(other.auth_token for other in regional.values()))
    tokens = (own_token, *others) if own_token is not None else ()
    if account_sid is None or len(reader.problems) > problems_before:
        return None
    return TwilioSettings(
        account_sid=account_sid,
        auth_token=own_token,
        api_key_sid=used.api_key_sid,
        api_key_secret=used.api_key_secret,
        region=region,
        edge=edge,
        base_url=base_url,
        shared_key=reader.value(SHARED_KEY),
        # assumes: region-signs-with-its-token
        all_auth_tokens=tuple({token: None for token in tokens if token is not None}),
    )


def read_regions(reader: Reader) -> RegionsSettings | None:
    """What each region's requests are signed with. None after a problem.

    Credentials without a region in their name belong to the used region, unless that has its own; then to
    us1, where Twilio makes them by default.
    """
    problems_before = len(reader.problems)
    used_region = reader.value(REGION)
    plain, found = _read_all_credentials(reader)
    heir = DEFAULT_REGION if found[used_region].can_sign_requests else used_region
    plain_region = None if found[heir].can_sign_requests else heir
    if plain_region is not None:
        found[plain_region] = plain
    usable = {name: credentials for name, credentials in found.items() if credentials.can_sign_requests}
    account_sid = reader.required(ACCOUNT_SID) if usable else reader.value(ACCOUNT_SID)
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
            if account_sid is not None
        },
    )


def default_base_url(region: str) -> str:
    """Twilio's API of a region. Without the edge, regional host names have been dead since April 2026."""
    if region == DEFAULT_REGION:
        return "https://api.twilio.com"
    return f"https://api.{REGION_EDGES[region]}.{region}.twilio.com"


def _base_url(reader: Reader, region: str) -> str:
    """The plain one holds in every region without its own: whoever sets it wants no other host asked."""
    _, own = _REGIONAL[region]
    return reader.value(own) or reader.value(_BASE_URL) or default_base_url(region)


def _edge(reader: Reader, region: str) -> str:
    edge = reader.value(EDGE)
    fitting = REGION_EDGES[region]
    if edge is not None and edge != fitting:
        reader.problems.append(
            f"TWILIO_EDGE {edge} does not go with region {region}: leave it out, or set it to {fitting}"
        )
    return fitting


def _read_all_credentials(reader: Reader) -> tuple[_Credentials, dict[str, _Credentials]]:
    """Those without a region in their name, and each region's own."""
    regional = {region: _read_credentials(reader, own) for region, (own, _) in _REGIONAL.items()}
    return _read_credentials(reader, _PLAIN), regional


def _read_credentials(reader: Reader, settings: _CredentialSettings) -> _Credentials:
    sid, secret = settings.api_key_sid, settings.api_key_secret
    has_sid, has_secret = reader.find(sid) is not None, reader.find(secret) is not None
    if has_sid != has_secret:
        reader.miss(secret if has_sid else sid)
    return _Credentials(
        auth_token=reader.value(settings.auth_token),
        api_key_sid=reader.value(sid),
        api_key_secret=reader.value(secret),
    )
