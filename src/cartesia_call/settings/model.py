"""What a command knows after command line, environment and env file were read. Frozen, free of lookups.

`repr()` of these shows no secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cartesia_call.addresses import NetworkRules
from cartesia_call.declarations.setting import Setting
from cartesia_call.records import dataclass
from cartesia_call.settings import call, output, rehearsal
from cartesia_call.settings.answering import AnsweringSettings
from cartesia_call.settings.credentials import RegionsSettings, TwilioSettings
from cartesia_call.settings.dial_list import ListSettings
from cartesia_call.settings.fences import FenceSettings
from cartesia_call.settings.fleet import FleetSettings
from cartesia_call.settings.output import TraceSettings
from cartesia_call.settings.public_path import PathSettings
from cartesia_call.settings.reader import COMMAND_LINE
from cartesia_call.settings.speaking import LANGUAGE, MODEL_ID, VOICE_ID, CartesiaSettings, SpeechSettings
from cartesia_call.settings.turns import GuardSettings, PeopleSettings
from cartesia_call.telephony.limits import CallLimits
from cartesia_call.telephony.say_voices import SayVoice

if TYPE_CHECKING:
    from cartesia_call.tracing.lines import Trace


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a command was told.

    `twilio` and `cartesia` are None if the command does not need them, and in a rehearsal. `voice_id`, a
    voice's UUID or name, and `model_id` hold in a rehearsal too. `region` is Twilio's, in a rehearsal the
    command line's only. `regions` is None unless the command asks for it. `caller_id` is E.164; in a
    rehearsal it is the command line's only. `language` is a BCP 47 tag, `say_voice` the carrier's own voice
    for it, None if the carrier has none.
    `print_only`: show what will be said and dial nothing. `real_time`: a rehearsal skips no time. `sources`
    maps a setting's title (its first vendor variable, else `CARTESIA_CALL_...`) to `command line`,
    `environment`, `env file` or `default`; what is unset is absent. `names_from_file` are the
    variables that hold as `env_file` sets them. `replayed`: a rehearsal calls the carrier of this trace.
    """

    twilio: TwilioSettings | None
    cartesia: CartesiaSettings | None
    path: PathSettings
    network: NetworkRules
    limits: CallLimits
    answering: AnsweringSettings
    people: PeopleSettings
    dial_list: ListSettings
    fleet: FleetSettings
    guard: GuardSettings
    fences: FenceSettings
    speech: SpeechSettings
    region: str
    regions: RegionsSettings | None
    caller_id: str | None
    country: str | None = call.COUNTRY.field
    voice_id: str = VOICE_ID.field
    model_id: str = MODEL_ID.field
    language: str = LANGUAGE.field
    say_voice: SayVoice | None
    fallback: tuple[str, ...] = call.FALLBACK.field
    message_file: str | None = call.MESSAGE_FILE.field
    save_audio: Path | None = call.SAVE_AUDIO.field
    record_callee: bool = call.RECORD_CALLEE.field
    dry_run: bool = call.DRY_RUN.field
    print_only: bool = call.PRINT_ONLY.field
    rehearse: bool = rehearsal.REHEARSE.field
    callee: str = rehearsal.CALLEE.field
    faults: tuple[str, ...]
    real_time: bool = rehearsal.REAL_TIME.field
    json: bool = output.JSON.field
    quiet: bool = output.QUIET.field
    verbose: int = output.VERBOSE.field
    show_numbers: bool = output.SHOW_NUMBERS.field
    trace: TraceSettings | None
    sources: Mapping[str, str]
    env_file: Path | None
    names_from_file: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    replayed: Trace | None = None

    def is_on_command_line(self, setting: Setting[object]) -> bool:
        """Whether it was said for this one command, and is not configured."""
        return self.sources.get(setting.title) == COMMAND_LINE

    @property
    def other_carrier(self) -> str | None:
        """The address of the carrier that calls, if it is not Twilio; None, too, in a rehearsal."""
        return None if self.rehearse or self.twilio is None else self.twilio.other_carrier

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every credential among them, for whoever must not quote one."""
        twilio, cartesia = self.twilio, self.cartesia
        found = [self.path.ngrok_authtoken, *self.fleet.secrets]
        for other in self.regions.by_region.values() if self.regions else ():
            found += [other.auth_token, other.api_key_secret]
        found += (
            [*twilio.all_auth_tokens, twilio.auth_token, twilio.api_key_secret, twilio.shared_key]
            if twilio
            else []
        )
        found += [cartesia.api_key] if cartesia else []
        return tuple(secret for secret in found if secret)
