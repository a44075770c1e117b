"""Rows of the table that belong to a vendor or to the machine's network."""

from __future__ import annotations

from cartesia_call.settings import parsers
from cartesia_call.settings.setting import Heading, Setting

CARTESIA_BASE_URL = "https://api.cartesia.ai"

VOICE = (
    Setting(
        key="cartesia_api_key",
        heading=Heading.VOICE,
        vendor_names=("CARTESIA_API_KEY",),
        secret=True,
        parse=parsers.secret,
        help="Cartesia's API key. Sent as a header, never in a URL.",
        remedy="make one at play.cartesia.ai under API Keys",
    ),
    Setting(
        key="voice_id",
        heading=Heading.VOICE,
        options=("--voice",),
        vendor_names=("CARTESIA_VOICE_ID",),
        metavar="ID",
        default="f786b574-daa5-4673-aa0c-cbe3e8534c02",
        default_note="Katie, f786b574-daa5-4673-aa0c-cbe3e8534c02",
        parse=parsers.voice_id,
        help="Cartesia voice, as the UUID that play.cartesia.ai shows.",
    ),
    Setting(
        key="model_id",
        heading=Heading.VOICE,
        options=("--model",),
        vendor_names=("CARTESIA_MODEL_ID",),
        metavar="ID",
        default="sonic-3.5",
        parse=parsers.model_id,
        help="Cartesia model.",
    ),
    Setting(
        key="language",
        heading=Heading.VOICE,
        options=("--language",),
        metavar="CODE",
        default="en",
        parse=parsers.language,
        help="Language of the message, for Cartesia and for the carrier's voice: en, de, fr, es ...",
    ),
    Setting(
        key="cartesia_version",
        heading=Heading.VOICE,
        vendor_names=("CARTESIA_VERSION",),
        default="2026-03-01",
        parse=parsers.api_version,
        help="Version of Cartesia's API.",
    ),
    Setting(
        key="cartesia_base_url",
        heading=Heading.VOICE,
        vendor_names=("CARTESIA_BASE_URL",),
        default=CARTESIA_BASE_URL,
        parse=parsers.origin,
        help="Another host for Cartesia's API, such as the simulator. http:// for loopback only.",
    ),
)

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
            vendor_names=("TWILIO_REGION",),
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
            parse=parsers.origin,
            default_note="as the region says",
            help="Another host for Twilio's API, such as the simulator. http:// for loopback only.",
        ),
    )
    regional = [
        setting
        for region in parsers.REGION_EDGES
        for setting in _credentials(f"_{region}", f" Wins over the plain one in region {region}.")
    ]
    return (*plain, *regional)


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
