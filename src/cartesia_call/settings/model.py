"""What a command knows after command line, environment and env file were read. Frozen, free of lookups.

`repr()` of these shows no secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

from cartesia_call.policy.window import Window
from cartesia_call.telephony.outcomes import Outcome


@dataclass(frozen=True, kw_only=True)
class TwilioSettings:
    """The account and where its API is.

    For requests: `api_key_sid` and `api_key_secret` when present, else `auth_token`. `auth_token` is None
    only if there is an API key. `base_url` is an origin without a trailing slash.
    """

    account_sid: str
    auth_token: str | None = field(default=None, repr=False)
    api_key_sid: str | None = None
    api_key_secret: str | None = field(default=None, repr=False)
    region: str
    edge: str
    base_url: str
    all_auth_tokens: tuple[str, ...] = field(default=(), repr=False)
    """Every token that may have signed a request, the used region's first, without repetition; none without
    that one, for it is the one that Twilio signs with."""


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
class CartesiaSettings:
    """The speech service. `base_url` is an origin (https://) without a trailing slash."""

    api_key: str = field(repr=False)
    voice_id: str
    model_id: str
    version: str
    base_url: str


@dataclass(frozen=True, kw_only=True)
class PathSettings:
    """How the internet reaches this process.

    `public_url` (an origin, no trailing slash) replaces ngrok. `bind_port` 0 means any free port.
    `tunnel` is `ngrok`, or `auto`: the public URL if there is one, the built-in tunnel in a rehearsal,
    else ngrok. `public_url` is None whenever `tunnel` is `ngrok`.
    """

    public_url: str | None = None
    bind_host: str = "127.0.0.1"
    bind_port: int = 0
    ngrok_authtoken: str | None = field(default=None, repr=False)
    ngrok_domain: str | None = None
    ngrok_path: str | None = None
    tunnel: str = "auto"
    probe: bool = True
    verify_signature: bool = True


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """Proxy and certificates for Twilio, Cartesia and the probe. A proxy's URL may hold a password."""

    https_proxy: str | None = field(default=None, repr=False)
    no_proxy: str | None = None
    ca_file: str | None = None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long each wait may take, in seconds, all above 0. `max_duration_s` None: no limit."""

    connect_timeout_s: float
    tunnel_timeout_s: float
    speech_timeout_s: float
    ring_timeout_s: float
    stream_timeout_s: float
    hangup_timeout_s: float
    input_timeout_s: float
    max_duration_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class AckSettings:
    """The key that is asked for. `reject_key` is another one, or None.

    `prompt` and `confirmation` are spoken, None: not at all. `timeout_s` is how long a key is waited for
    after the prompt, `repeats` how often the message is then said again.
    """

    key: str
    reject_key: str | None
    prompt: str | None
    confirmation: str | None
    timeout_s: float
    repeats: int


@dataclass(frozen=True, kw_only=True)
class VoicemailSettings:
    """What is done about a machine, and who says that it is one.

    `mode` is `ignore`, `skip` or `leave`. `message` is left in place of the call's own, None: that one.
    `amd_timeout_s` is how long after the message a verdict is waited for. `detects_local`: ours, a guess on
    the callee's audio; `detects_carrier`: Twilio's, which costs, and is never on with `send_digits`.
    """

    mode: str
    message: str | None
    amd_timeout_s: float
    detects_local: bool
    detects_carrier: bool


@dataclass(frozen=True, kw_only=True)
class AnswerSettings:
    """How the answer is taken.

    `send_digits` are tones that Twilio plays after the answer, `waits_for_greeting` lets the callee say
    hello first, `identity` is what a robot is told that asks who is calling.
    """

    send_digits: str | None
    waits_for_greeting: bool
    identity: str | None


@dataclass(frozen=True, kw_only=True)
class PeopleSettings:
    """Who is called after the first callee, and who again.

    `then` holds E.164 numbers and SIP addresses. `attempts` is the budget of calls for everybody together,
    None: one for each. `retry_after_s` is the least pause between two calls to one number.
    """

    then: tuple[str, ...]
    attempts: int | None
    retry_on: frozenset[Outcome]
    retry_after_s: float


@dataclass(frozen=True, kw_only=True)
class GuardSettings:
    """What holds a call back.

    `no_guard_reason` switches the limit of calls to one number off. `not_after` is today's, in this
    machine's zone. `window` is open where the callee is: in `timezone`, or in the number's own zone.
    """

    no_guard_reason: str | None
    not_after: time | None
    window: Window | None
    timezone: ZoneInfo | None
    do_not_call_file: Path | None


@dataclass(frozen=True, kw_only=True)
class SpeechSettings:
    """How the message is read and spoken, and what is kept of it.

    `speed` (0.6 to 1.5), `volume` (0.5 to 2.0), `emotion` and `pronunciation_dict_id` are None where the
    voice's own holds. `cache_limit_bytes` is how much audio may be kept, also by earlier commands that
    kept any; `max_contexts` how many syntheses this user runs at once. `read_as` is `plain` or `alert`,
    `spells` is never True with `plain`.
    """

    speed: float | None = None
    volume: float | None = None
    emotion: str | None = None
    pronunciation_dict_id: str | None = None
    uses_cache: bool = True
    cache_limit_bytes: int
    max_contexts: int
    read_as: str = "plain"
    spells: bool = False


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a command was told.

    `twilio` and `cartesia` are None if the command does not need them, and in a rehearsal. `voice_id`, a
    voice's UUID or name, and `model_id` hold in a rehearsal too. `region` is Twilio's, in a rehearsal the
    command line's only. `regions` is None unless the command asks for
    it. `ack` is None if no key is asked for. `caller_id` is E.164; in a rehearsal it is the
    command line's only. `print_only`: show what will be said and dial nothing. `real_time`: a rehearsal
    skips no time. `sources` maps a setting's title (its first vendor variable, else `CARTESIA_CALL_...`) to
    `command line`, `environment`, `env file` or `default`; what is unset is absent.
    """

    twilio: TwilioSettings | None
    cartesia: CartesiaSettings | None
    path: PathSettings
    network: NetworkSettings
    limits: Limits
    ack: AckSettings | None
    voicemail: VoicemailSettings
    answer: AnswerSettings
    people: PeopleSettings
    guard: GuardSettings
    speech: SpeechSettings
    region: str
    regions: RegionsSettings | None
    caller_id: str | None
    country: str | None
    voice_id: str
    model_id: str
    language: str
    fallback: tuple[str, ...]
    message_file: str | None
    save_audio: Path | None
    record_callee: bool
    dry_run: bool
    print_only: bool
    rehearse: bool
    callee: str
    faults: tuple[str, ...]
    real_time: bool
    json: bool
    quiet: bool
    verbose: int
    show_numbers: bool
    sources: Mapping[str, str]
    env_file: Path | None
    warnings: tuple[str, ...]

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every credential among them, for whoever must not quote one."""
        twilio, cartesia = self.twilio, self.cartesia
        found = [self.path.ngrok_authtoken]
        for other in self.regions.by_region.values() if self.regions else ():
            found += [other.auth_token, other.api_key_secret]
        found += [*twilio.all_auth_tokens, twilio.auth_token, twilio.api_key_secret] if twilio else []
        found += [cartesia.api_key] if cartesia else []
        return tuple(secret for secret in found if secret)
