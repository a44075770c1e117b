"""What must not be found in what a run prints, keeps and shows, and where it was found."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from cartesia_simulator.network import ACCOUNT_SID, API_KEY, AUTH_TOKEN, BuiltInNetwork
from tests.cli_process import Finished

TO, CALLER_ID = "+12025550143", "+12025550177"
WHOLE_NUMBER = re.compile(r"202\W{0,3}555\W{0,3}01(?:43|77|00)")
"""In any spelling. The last is the built-in network's own caller ID."""

USERS_KEYS = {
    "TWILIO_AUTH_TOKEN": "evidently0fake0auth0token0000000",
    "TWILIO_API_KEY_SECRET": "EvidentlyFakeApiKeySecret0000000",
    "CARTESIA_API_KEY": "sk_car_evidently_fake",
    "NGROK_AUTHTOKEN": "2evidentlyFakeNgrokToken_00000000",
}
USERS_IDENTITIES = {
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_API_KEY_SID": "SK" + "0" * 31 + "2",
    "TWILIO_FROM_NUMBER": CALLER_ID,
}
_KEYS = {**USERS_KEYS, "the network's auth token": AUTH_TOKEN, "the network's speech key": API_KEY}

_SECRET_OF_A_CALL = re.compile(r"/(?:media|status|probe)/(?:[0-9a-f]{16}\.)?([\w-]{16,})")


def secrets(of_calls: Iterable[str] = ()) -> dict[str, str]:
    """By what they are: all keys, also as a request's login carries them, and the secrets of calls."""
    logins = {
        f"the login of {user} with {name}": base64.b64encode(f"{user}:{key}".encode()).decode()
        for user in (ACCOUNT_SID, USERS_IDENTITIES["TWILIO_API_KEY_SID"])
        for name, key in _KEYS.items()
    }
    return {**_KEYS, **logins, **{f"a call's secret {word}": word for word in of_calls}}


def secrets_of_calls(texts: Iterable[str]) -> set[str]:
    """The last part of every address that stands in `texts` and was meant for the carrier alone."""
    return {match[1] for text in texts for match in _SECRET_OF_A_CALL.finditer(text)}


def secrets_told_to(network: BuiltInNetwork) -> set[str]:
    """The secrets of the calls that this network was asked for."""
    requests = network.carrier.requests
    return secrets_of_calls(text for request in requests for text in request.parameters.values())


def leaks(places: Mapping[str, str], secrets: Mapping[str, str]) -> list[str]:
    """Which secret lies in which place; and what looks like the secret of a call, known or not."""
    known = [
        f"{what} in {place}"
        for place, text in places.items()
        for what, word in secrets.items()
        if word in text
    ]
    return known + [
        f"a call's secret {word} in {place}"
        for place, text in places.items()
        for word in secrets_of_calls([text])
    ]


def leaks_of(ran: Finished, home: Path, of_calls: Iterable[str] = ()) -> list[str]:
    """In both outputs and in every file of `home`; and whole numbers on standard error."""
    places = {"standard output": ran.stdout, "standard error": ran.stderr, **files_in(home)}
    numbers = [f"the number {match[0]} on standard error" for match in WHOLE_NUMBER.finditer(ran.stderr)]
    return leaks(places, secrets(of_calls)) + numbers


def files_in(home: Path) -> dict[str, str]:
    """Every file's content, byte by byte, by its path in `home`."""
    return {
        str(path.relative_to(home)): path.read_bytes().decode("latin-1")
        for path in home.rglob("*")
        if path.is_file()
    }
