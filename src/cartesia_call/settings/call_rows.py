"""Rows of the table that say how a call is made and told about."""

from __future__ import annotations

from cartesia_call.settings import parsers
from cartesia_call.settings.setting import Heading, Setting, Shape


def _flag(key: str, heading: Heading, help: str, *options: str) -> Setting:
    return Setting(
        key=key,
        heading=heading,
        options=options,
        shape=Shape.FLAG,
        default="0",
        parse=parsers.flag,
        help=help,
    )


def _limit(name: str, default: str, help: str) -> Setting:
    return Setting(
        key=f"{name.replace('-', '_')}_timeout",
        heading=Heading.LIMITS,
        options=(f"--{name}-timeout",),
        metavar="DURATION",
        default=default,
        parse=parsers.ring_timeout_s if name == "ring" else parsers.limit_s,
        help=help,
    )


CALL = (
    Setting(
        key="caller_id",
        heading=Heading.CALL,
        options=("--from",),
        vendor_names=("TWILIO_FROM_NUMBER",),
        metavar="NUMBER",
        parse=parsers.text,  # a number once the country is known
        help="Caller ID: a number of your Twilio account, or one verified there.",
        remedy="name a number of your Twilio account: a plus sign, country code, number",
    ),
    Setting(
        key="country",
        heading=Heading.CALL,
        options=("--country",),
        metavar="CC",
        parse=parsers.country,
        help="Read numbers without a country code as national numbers of this country, such as US.",
    ),
    Setting(
        key="message_file",
        heading=Heading.CALL,
        options=("--file",),
        metavar="PATH",
        parse=parsers.path_text,
        help="Read the message from a file; - is standard input.",
    ),
    Setting(
        key="fallback",
        heading=Heading.CALL,
        options=("--fallback",),
        metavar="say|local|local,say|none",
        default="say",
        parse=parsers.fallback,
        help="What speaks if Cartesia fails: local, the voice of the extra offline; say, the carrier's own, "
        "also if the media stream fails.",
    ),
    _flag("dry_run", Heading.CALL, "Show what would be sent; send nothing.", "--dry-run"),
    Setting(
        key="save_audio",
        heading=Heading.CALL,
        options=("--save-audio",),
        metavar="PATH",
        parse=parsers.path,
        help="Write a WAV file: what was sent; in a rehearsal what the callee heard (left) and said (right).",
    ),
    _flag(
        "record_callee",
        Heading.CALL,
        "In a live call, add what the callee said to --save-audio.",
        "--record-callee",
    ),
)

PATH = (
    Setting(
        key="ngrok_authtoken",
        heading=Heading.PATH,
        vendor_names=("NGROK_AUTHTOKEN",),
        secret=True,
        parse=parsers.secret,
        help="ngrok's authtoken.",
        remedy="copy it from dashboard.ngrok.com/get-started/your-authtoken, "
        "or name your own public address with --public-url",
    ),
    Setting(
        key="ngrok_domain",
        heading=Heading.PATH,
        options=("--ngrok-domain",),
        vendor_names=("NGROK_DOMAIN",),
        metavar="DOMAIN",
        parse=parsers.ngrok_domain,
        help="Your ngrok domain; without it, the account's own.",
    ),
    Setting(
        key="ngrok_path",
        heading=Heading.PATH,
        vendor_names=("PYNGROK_NGROK_PATH",),
        parse=parsers.path_text,
        help="The ngrok agent's program file, where it is not found by itself.",
    ),
    Setting(
        key="tunnel",
        heading=Heading.PATH,
        options=("--tunnel",),
        metavar="auto|ngrok",
        default="auto",
        parse=parsers.one_of("auto", "ngrok"),
        help="auto: your public address if there is one, the built-in tunnel in a rehearsal, else ngrok. "
        "ngrok: always ngrok.",
    ),
    Setting(
        key="public_url",
        heading=Heading.PATH,
        options=("--public-url",),
        metavar="URL",
        parse=parsers.origin,
        help="Your own public address instead of ngrok, such as https://calls.example.com.",
    ),
    Setting(
        key="bind",
        heading=Heading.PATH,
        options=("--bind",),
        metavar="HOST:PORT",
        parse=parsers.bind_address,
        default_note="127.0.0.1 and any free port",
        help="Where to listen; what --public-url leads to.",
    ),
    _flag(
        "allow_remote_bind",
        Heading.PATH,
        "Let --bind name an address that other machines can reach.",
        "--allow-remote-bind",
    ),
    _flag(
        "no_probe",
        Heading.PATH,
        "Do not prove the public path before dialling, where this machine cannot reach its own address.",
        "--no-probe",
    ),
    _flag(
        "no_verify_signature",
        Heading.PATH,
        "Let the secret in the address alone decide who is Twilio.",
        "--no-verify-signature",
    ),
)

LIMITS = (
    _limit("ring", "30s", "How long it may ring, 5s to 10m."),
    _limit("connect", "10s", "Each request to Twilio or Cartesia."),
    _limit("tunnel", "30s", "The public path, until it is proven."),
    _limit("speech", "10s", "Cartesia, to the first audio and between chunks."),
    _limit("stream", "10s", "The media stream, after the answer."),
    _limit("hangup", "20s", "The hang-up, until it is confirmed."),
    _limit("input", "30s", "Silence on standard input."),
    Setting(
        key="max_duration",
        heading=Heading.LIMITS,
        options=("--max-duration",),
        metavar="DURATION",
        parse=parsers.optional_limit_s,
        default_note="none; 10m for a pipe",
        help="The whole call, counted from the answer.",
    ),
)

REHEARSAL = (
    Setting(
        key="rehearse",
        heading=Heading.REHEARSAL,
        options=("--rehearse/--no-rehearse",),
        shape=Shape.FLAG,
        default="0",
        process_only=True,
        parse=parsers.flag,
        help="Call the built-in telephone network: no account, no network, no cost.",
    ),
    Setting(
        key="callee",
        heading=Heading.REHEARSAL,
        options=("--callee",),
        metavar="SCRIPT",
        default="answers",
        parse=parsers.text,
        help="What the other end does: answers, busy, no-answer, declines, unreachable, voicemail, "
        "voicemail-silent, fax, screens, hold-music; details after commas: ring:2s, says:1.5s, presses:1@5s, "
        "hangs-up@3s, greeting:6s, beep:1000hz, amd:human@2s. An unknown word lists all there are.",
    ),
    Setting(
        key="faults",
        heading=Heading.REHEARSAL,
        options=("--fault",),
        shape=Shape.LIST,
        metavar="NAME[@WHEN]",
        parse=parsers.words,
        help="Break something on purpose, such as stream-drop, stream-drop@3s, or at a moment: @ring, "
        "@speech. Repeatable; docs/faults.md shows all names, an unknown name lists them.",
    ),
    Setting(
        key="real_time",
        heading=Heading.REHEARSAL,
        options=("--real-time/--no-real-time",),
        shape=Shape.FLAG,
        default="0",
        parse=parsers.flag,
        help="Rehearse at the speed of life, instead of skipping the time in which nothing happens.",
    ),
)

OUTPUT = (
    Setting(
        key="env_file",
        heading=Heading.OUTPUT,
        options=("--env-file",),
        metavar="PATH",
        process_only=True,
        parse=parsers.path,
        default_note=".env here, else cartesia-call/.env in the user's configuration directory",
        help="File with settings, one NAME=value a line.",
    ),
    _flag("json", Heading.OUTPUT, "Print one JSON object on standard output.", "--json"),
    _flag("quiet", Heading.OUTPUT, "Print nothing about a success.", "--quiet", "-q"),
    Setting(
        key="verbose",
        heading=Heading.OUTPUT,
        options=("--verbose", "-v"),
        shape=Shape.COUNT,
        default="0",
        parse=parsers.count,
        help="Tell more on standard error: the steps of the call; -vv: also status callbacks, requests that "
        "failed, and where a fault of ours comes from.",
    ),
    _flag(
        "show_numbers", Heading.OUTPUT, "Do not mask telephone numbers on standard error.", "--show-numbers"
    ),
)
