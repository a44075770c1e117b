"""Rows of the table that belong to a vendor or to the machine's network."""

from __future__ import annotations

from cartesia_call.settings import parsers
from cartesia_call.settings.setting import Heading, Setting

NETWORK = (
    Setting(
        key="https_proxy",
        heading=Heading.NETWORK,
        vendor_names=("HTTPS_PROXY", "https_proxy"),
        secret=True,
        parse=parsers.proxy_url,
        help="Proxy for Twilio, Cartesia and the probe. Loopback never goes through it.",
    ),
    Setting(
        key="no_proxy",
        heading=Heading.NETWORK,
        vendor_names=("NO_PROXY", "no_proxy"),
        parse=parsers.text,
        help="Hosts that are reached without the proxy, separated by commas.",
    ),
    Setting(
        key="ca_file",
        heading=Heading.NETWORK,
        vendor_names=("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"),
        parse=parsers.ca_file,
        help="CA certificates to trust instead of the built-in ones.",
    ),
)


def _twilio() -> tuple[Setting, ...]:
    plain = (
        Setting(
            key="account_sid",
            heading=Heading.TWILIO,
            vendor_names=("TWILIO_ACCOUNT_SID",),
            parse=parsers.sid("AC"),
            help="The account.",
            remedy="copy it from console.twilio.com, Account Info",
        ),
        *_credentials("", ""),
        Setting(
            key="region",
            heading=Heading.TWILIO,
            options=("--region",),
            vendor_names=("TWILIO_REGION",),
            metavar="us1|ie1|au1",
            default="us1",
            parse=parsers.one_of(*parsers.REGION_EDGES),
            help="Where calls are processed: us1, ie1 or au1. Credentials belong to one region.",
        ),
        Setting(
            key="edge",
            heading=Heading.TWILIO,
            vendor_names=("TWILIO_EDGE",),
            parse=parsers.one_of(*parsers.REGION_EDGES.values()),
            default_note="ashburn, dublin or sydney, as the region says",
            help="Follows from the region; another one is refused.",
        ),
        Setting(
            key="twilio_base_url",
            heading=Heading.TWILIO,
            vendor_names=("TWILIO_BASE_URL",),
            parse=parsers.twilio_origin,
            default_note="as the region says",
            help="Another host for Twilio's API, such as the simulator. http:// for loopback only.",
        ),
    )
    regional = [
        setting
        for region in parsers.REGION_EDGES
        for setting in (
            *_credentials(f"_{region}", f" Wins over the plain one in region {region}."),
            _base_url(region),
        )
    ]
    return (*plain, *regional)


def _base_url(region: str) -> Setting:
    return Setting(
        key=f"twilio_base_url_{region}",
        heading=Heading.TWILIO,
        vendor_names=(f"TWILIO_BASE_URL_{region.upper()}",),
        parse=parsers.twilio_origin,
        default_note="as the region says",
        help=f"Another host for Twilio's API. Wins over the plain one in region {region}.",
    )


def _credentials(suffix: str, note: str) -> tuple[Setting, ...]:
    return (
        Setting(
            key=f"auth_token{suffix}",
            heading=Heading.TWILIO,
            vendor_names=(f"TWILIO_AUTH_TOKEN{suffix.upper()}",),
            secret=True,
            parse=parsers.secret,
            help=f"The auth token; it also verifies Twilio's signatures.{note}",
            remedy="copy it from console.twilio.com, Account Info, "
            "or set TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET",
        ),
        Setting(
            key=f"api_key_sid{suffix}",
            heading=Heading.TWILIO,
            vendor_names=(f"TWILIO_API_KEY_SID{suffix.upper()}",),
            parse=parsers.sid("SK"),
            help=f"API key, used instead of the token for requests.{note}",
        ),
        Setting(
            key=f"api_key_secret{suffix}",
            heading=Heading.TWILIO,
            vendor_names=(f"TWILIO_API_KEY_SECRET{suffix.upper()}",),
            secret=True,
            parse=parsers.secret,
            help=f"The API key's secret.{note}",
        ),
    )


TWILIO = _twilio()
