"""Bodies and queries of requests, read strictly: what the API does not know is refused, and so is what it
needs and does not get.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

from aiohttp import web

from cartesia_simulator.carrier.regions import DEFAULT_REGION, REGIONS
from cartesia_simulator.speech.refusals import bad_request

Fields = Mapping[str, object]

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


async def read_body(request: web.Request) -> Fields:
    """The JSON object of a request; Refusal 400 for anything else."""
    try:
        body = json.loads(await request.text())
    except (ValueError, RecursionError):  # the latter for thousands of brackets
        raise bad_request("the body is not JSON") from None
    return as_object(body, "the body")


def as_object(value: object, where: str) -> Fields:
    """A JSON object; Refusal for anything else."""
    if not isinstance(value, dict):
        raise bad_request(f"{where} is not a JSON object")
    return value


def check_names(
    fields: Fields, where: str, *, required: Collection[str] = (), optional: Collection[str] = ()
) -> None:
    """Refusal for a field that is missing, and for one that does not belong there."""
    missing = [name for name in required if name not in fields]
    if missing:
        raise bad_request(f"{where} lacks {', '.join(missing)}")
    unknown = sorted(fields.keys() - {*required, *optional})
    if unknown:
        raise bad_request(f"{where} has no field {', '.join(unknown)}")


def text(fields: Fields, name: str) -> str:
    """A string that is there and not empty."""
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise bad_request(f"{name} is a string that is not empty")
    return value


def optional_text(fields: Fields, name: str) -> str | None:
    """A string that is not empty, or None where it is not given."""
    return text(fields, name) if name in fields else None


def whole_number(fields: Fields, name: str, allowed: range) -> int | None:
    """A number within `allowed`, or None where it is not given."""
    if name not in fields:
        return None
    value = fields[name]
    if not isinstance(value, int) or isinstance(value, bool) or value not in allowed:
        raise bad_request(f"{name} is a whole number from {allowed[0]} to {allowed[-1]}")
    return value


def phone_number(fields: Fields, name: str) -> str:
    number = text(fields, name)
    if not _E164.fullmatch(number):
        raise bad_request(f"{name} is a phone number in E.164, such as +12025550100")
    return number


def region(fields: Fields, *, default: str = DEFAULT_REGION) -> str:
    value = fields.get("region", default)
    if not isinstance(value, str) or value not in REGIONS:
        raise bad_request(f"region is one of {', '.join(REGIONS)}")
    return value


def check_type(fields: Fields) -> None:
    """Refusal unless `type` is twilio, the only kind of provider that the built-in service has."""
    if fields.get("type") != "twilio":
        raise bad_request("type is twilio; the built-in service has no other providers")


def check_query(request: web.Request, known: Collection[str] = ()) -> Mapping[str, str]:
    """The parameters of the query, each of them once and known."""
    unknown = sorted(request.query.keys() - {*known, "cartesia_version"})
    if unknown:
        raise bad_request(f"no parameter is called {', '.join(unknown)}")
    if len(request.query) != len(set(request.query)):
        raise bad_request("a parameter is given twice")
    return request.query


def one_of(query: Mapping[str, str], name: str, values: Collection[str]) -> str | None:
    """A parameter's value, None where it is not given; Refusal for one that it cannot have."""
    value = query.get(name)
    if value is not None and value not in values:
        raise bad_request(f"{name} is one of {', '.join(values)}")
    return value
