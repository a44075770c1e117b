"""Rows of the table about the other end: the key, the machine, the people."""

from __future__ import annotations

from cartesia_call.policy.retry import DEFAULT_RETRY_ON, RETRYABLE, parse_retry_on
from cartesia_call.settings import parsers, people_parsers
from cartesia_call.settings.setting import Heading, Setting, Shape

CONFIRMATION = "Thank you. Good bye."

KEYS = (
    Setting(
        key="ack",
        heading=Heading.KEYS,
        options=("--ack",),
        metavar="KEY",
        parse=people_parsers.key,
        help="Ask for this key, 0-9 or #, and end with 0 only if it was pressed, with 16 if not. "
        "The key * says the message again.",
    ),
    Setting(
        key="reject",
        heading=Heading.KEYS,
        options=("--reject",),
        metavar="KEY",
        parse=people_parsers.key,
        help="Another key, by which the callee declines; ends with 17.",
    ),
    Setting(
        key="prompt",
        heading=Heading.KEYS,
        options=("--prompt",),
        metavar="TEXT",
        parse=people_parsers.spoken_text,
        may_be_empty=True,
        default_note='"Press 1 to confirm.", with the key that is asked for',
        help="What is said after the message; '' for nothing.",
    ),
    Setting(
        key="confirmation",
        heading=Heading.KEYS,
        options=("--confirmation",),
        metavar="TEXT",
        default=CONFIRMATION,
        parse=people_parsers.spoken_text,
        may_be_empty=True,
        help="What is said after the key; '' for nothing.",
    ),
    Setting(
        key="ack_timeout",
        heading=Heading.KEYS,
        options=("--ack-timeout",),
        metavar="DURATION",
        default="15s",
        parse=people_parsers.duration_between(1, 600),
        help="How long a key is waited for after the prompt, 1s to 10m.",
    ),
    Setting(
        key="repeat",
        heading=Heading.KEYS,
        options=("--repeat",),
        metavar="N",
        default="1",
        parse=people_parsers.whole_number(0, 20),
        help="How often the message is said again without a key, 0 to 20 times.",
    ),
)

ANSWER = (
    Setting(
        key="greeting",
        heading=Heading.ANSWER,
        options=("--greeting",),
        metavar="wait|no",
        default="no",
        parse=parsers.one_of("wait", "no"),
        help="wait: let the callee say hello first, 1.2s of silence ends the wait. no: speak at once.",
    ),
    Setting(
        key="voicemail",
        heading=Heading.ANSWER,
        options=("--voicemail",),
        metavar="ignore|skip|leave",
        default="ignore",
        parse=parsers.one_of("ignore", "skip", "leave"),
        help="What to do about a machine. ignore: speak as to a person; skip: hang up, which ends with 14; "
        "leave: speak after its beep.",
    ),
    Setting(
        key="voicemail_message",
        heading=Heading.ANSWER,
        options=("--voicemail-message",),
        metavar="TEXT",
        parse=people_parsers.spoken_text,
        default_note="the message",
        help="What is left on a machine.",
    ),
    Setting(
        key="amd",
        heading=Heading.ANSWER,
        options=("--amd",),
        metavar="local|carrier|both",
        default="local",
        parse=people_parsers.detection,
        help="Who tells machines from people. local: this program, a guess on what it hears, free. "
        "carrier: Twilio, charged by it for each call ($0.0075 in its announcement of 2019).",
    ),
    Setting(
        key="amd_timeout",
        heading=Heading.ANSWER,
        options=("--amd-timeout",),
        metavar="DURATION",
        default="8s",
        parse=people_parsers.duration_between(1, 60),
        help="How long after the message --voicemail skip or leave waits for a verdict, 1s to 60s.",
    ),
    Setting(
        key="identify",
        heading=Heading.ANSWER,
        options=("--identify",),
        metavar="TEXT",
        parse=people_parsers.spoken_text,
        help="What a robot is told, once, that asks who is calling; the message waits for the person.",
    ),
    Setting(
        key="send_digits",
        heading=Heading.ANSWER,
        options=("--send-digits",),
        metavar="DIGITS",
        parse=people_parsers.send_digits,
        help="Tones that Twilio plays after the answer, for an extension: up to 32 of 0-9 A-D # *, "
        "w a pause of 0.5s, W of 1s. Twilio's detection of machines is then off.",
    ),
)

PEOPLE = (
    Setting(
        key="then",
        heading=Heading.PEOPLE,
        options=("--then",),
        shape=Shape.LIST,
        metavar="NUMBER",
        parse=people_parsers.people,
        help="Whom to call next if nobody was reached, or with --ack if nobody pressed the key. Repeatable.",
    ),
    Setting(
        key="attempts",
        heading=Heading.PEOPLE,
        options=("--attempts",),
        metavar="N",
        parse=people_parsers.whole_number(1, 100),
        default_note="one for each person",
        help="How many calls there may be, for everybody together, 1 to 100.",
    ),
    Setting(
        key="retry_on",
        heading=Heading.PEOPLE,
        options=("--retry-on",),
        metavar="OUTCOME,...",
        default=",".join(outcome for outcome in RETRYABLE if outcome in DEFAULT_RETRY_ON),
        parse=parse_retry_on,
        help=f"After which outcomes somebody is called again: {', '.join(RETRYABLE)}.",
    ),
    Setting(
        key="retry_after",
        heading=Heading.PEOPLE,
        options=("--retry-after",),
        metavar="DURATION",
        default="60s",
        parse=people_parsers.duration_between(0, 24 * 3600),
        help="The pause before somebody is called again, 0s to 24h; at least 5m after a declined call.",
    ),
)
