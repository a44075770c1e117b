"""Which values of the vendors' protocols are words of the protocol. All others are somebody's.

What stands in no table is replaced: a field that a vendor adds tomorrow gives nothing away.
"""

from __future__ import annotations

import re


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


WORDS = _words(
    "GET POST DELETE PUT PATCH true false completed canceled Enable DetectMessageEnd outbound-api",
    "Call 1.0.0 audio/x-mulaw inbound outbound inbound_track outbound_track 2010-04-01 call-progress-events",
    "initiated queued ringing in-progress answered busy failed no-answer",
    "human machine_start machine_end_beep machine_end_silence machine_end_other fax unknown",
    "stream-started stream-stopped stream-error USD EUR GBP Full Trial active suspended closed A B C",
    "raw pcm_mulaw pcm_s16le pcm_f32le pcm_alaw id chunk done error timestamps phoneme_timestamps flush_done",
    "twilio sip_trunk cartesia us1 ie1 au1 ERROR WARN",
)
"""Kept wherever they stand."""

PATH_WORDS = _words(
    "2010-04-01 Accounts Calls.json Calls Notifications.json Notifications Balance.json v1 v2 v3 Voice",
    "IncomingPhoneNumbers.json OutgoingCallerIds.json DialingPermissions Countries CustomerProfiles",
    "PhoneNumbers tts websocket voices agents phone-numbers providers access-token media status probe",
)
"""Segments of a path that are the same for everybody."""

ENUMERATIONS = _words(
    "event type status callstatus answeredby streamevent error_code direction callbacksource encoding track",
    "tracks protocol version api_version apiversion model_id language locale container mode stirstatus",
    "stir_verstat price_unit log loglevel answered_by outcome emotion statuscallbackevent machinedetection",
    "statuscallbackmethod asyncamd asyncamdstatuscallbackmethod method request_method",
)
"""Fields, in lower case, whose value is a word of the vendor's choice, so one that we do not know is kept."""

ENUMERATED = re.compile(r"[A-Za-z][A-Za-z0-9_./-]{0,39}")

UNLIKE_A_WORD = re.compile(r"\d{5}|\.[A-Za-z]{2,}(\.|$)|(?=[A-Za-z]*\d)[A-Za-z0-9]{16}")
"""What an identifier, a host or a key has in it, and no word of a protocol (`sonic-3.5`, `SipHeader_X`)."""

COUNTERS = _words(
    "sequencenumber chunk timestamp duration callduration recordingduration machinedetectionduration",
    "content-length sipresponsecode code status status_code error_code errorcode log price queue_time",
    "page page_size pagesize start end timeout timelimit machinedetectiontimeout retry-after",
    "machinedetectionspeechthreshold machinedetectionspeechendthreshold machinedetectionsilencetimeout",
)
"""Fields, in lower case, whose number is nobody's. Of all others it may be a postcode."""

QUANTITIES = COUNTERS | _words("samplerate sample_rate channels step_time flush_id max_buffer_delay_ms")
"""Fields, in lower case, whose JSON number is nobody's."""

NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,9})?")

PRIVATE = {
    **dict.fromkeys(
        _words(
            "to from called caller to_formatted from_formatted forwardedfrom forwarded_from phonenumber",
            "phone_number number callerid caller_id",
        ),
        "number",
    ),
    **dict.fromkeys(_words("digit digits senddigits"), "key"),
    **dict.fromkeys(_words("transcript"), "speech"),
    **dict.fromkeys(_words("body message title friendly_name callername caller_name"), "text"),
    **dict.fromkeys(_words("tagline description label"), "text"),
    **dict.fromkeys(_words("auth_token token secret api_key_secret access_token"), "secret"),
    **dict.fromkeys(_words("custom name streamname"), "name"),
}
"""Fields, in lower case, whose value is somebody's even where it looks like a word: and what it is."""

KEPT_HEADERS = _words("content-type content-length upgrade connection retry-after sec-websocket-version")
"""Headers, in lower case, whose values are kept; of all others the names are."""

HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.<>\[\]-]{0,59}")

CODES = re.compile(r"ERR_NGROK_\d{1,5}|(?<=ErrorCode=)\d{5}\b|\bHTTP \d{3}\b")
"""What is kept of a sentence."""
