"""Cartesia's record of Twilio credentials and numbers. Implements `region_ports.PhoneRecord`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote

from cartesia_call.errors import (
    ChangeUnknown,
    InputError,
    NumbersUnreachable,
    ServiceRefused,
    SpeechUnavailable,
    Unauthorized,
)
from cartesia_call.quoting import quotable
from cartesia_call.region_ports import ApiKey, HeldNumber, Provider
from cartesia_call.vendors.cartesia_http import CartesiaApi, not_understood

T = TypeVar("T")

_NUMBERS = "/agents/phone-numbers"
_PROVIDERS = f"{_NUMBERS}/providers"
_PAGE_SIZE = 100
_MOST_PAGES = 1000
_NO_KEY_THERE = (
    "a key is valid in the region it was made in, with the secret it was shown with: check the API key's "
    "variables, and the region"
)
_ABOUT = "providers and numbers"


class CartesiaTelephony:
    """The telephony part of Cartesia's REST API (docs.cartesia.ai, `api-reference/agents`)."""

    def __init__(self, api: CartesiaApi) -> None:
        self._api = api

    async def providers(self) -> list[Provider]:
        """The documented list is bare; one wrapped in `data`, as the other lists are, is read too."""
        answer = await self._ask("GET", _PROVIDERS)
        entries = answer.get("data") if isinstance(answer, dict) else answer
        return [_provider(entry) for entry in _list(entries)]

    async def provider(self, provider_id: str) -> Provider:
        return _provider(await self._ask("GET", _at(_PROVIDERS, provider_id), what=f"provider {provider_id}"))

    async def add_provider(self, key: ApiKey, *, region: str, label: str | None) -> Provider:
        body = {"type": "twilio", "account_sid": key.account_sid, **_key_fields(key), "region": region}
        if label is not None:
            body["label"] = label
        return _changed(_provider, await self._send_key("POST", _PROVIDERS, body, key))

    async def update_provider(self, provider_id: str, key: ApiKey, *, region: str | None) -> Provider:
        body = {"type": "twilio", **_key_fields(key)}
        if region is not None:
            body["region"] = region
        what = f"provider {provider_id}"
        return _changed(
            _provider, await self._send_key("PATCH", _at(_PROVIDERS, provider_id), body, key, what)
        )

    async def remove_provider(self, provider_id: str) -> None:
        await self._ask("DELETE", _at(_PROVIDERS, provider_id), what=f"provider {provider_id}")

    async def numbers(self) -> list[HeldNumber]:
        """Page by page, each starting after the last number of the one before; a number counts once."""
        found: dict[str, HeldNumber] = {}
        query = {"limit": str(_PAGE_SIZE)}
        for _ in range(_MOST_PAGES):
            page = await self._ask("GET", _NUMBERS, query=query)
            if not isinstance(page, dict):
                raise not_understood(_ABOUT)
            numbers = [_number(entry) for entry in _list(page.get("data"))]
            new = [number for number in numbers if number.id not in found]
            found.update({number.id: number for number in new})
            if page.get("has_more") is not True:
                return list(found.values())
            if not new:
                break
            query["starting_after"] = numbers[-1].id
        raise SpeechUnavailable(
            f"Cartesia's list of numbers does not end: after {len(found)} nothing new comes"
        )

    async def number(self, number_id: str) -> HeldNumber:
        return _number(await self._ask("GET", _at(_NUMBERS, number_id), what=f"number {number_id}"))

    async def import_number(
        self, number: str, *, provider_id: str, label: str, agent_id: str | None
    ) -> HeldNumber:
        body: dict[str, object] = {"label": label, "number": number, "provider": {"id": provider_id}}
        what = f"provider {provider_id}"
        if agent_id is not None:
            body["agent_id"] = agent_id
            what += f", or no agent {agent_id}"
        return _changed(_number, await self._ask("POST", _NUMBERS, body, what=what))

    async def move_number(self, number_id: str, *, provider_id: str) -> HeldNumber:
        body = {"provider": {"id": provider_id}}
        what = f"number {number_id}, or no provider {provider_id}"
        return _changed(_number, await self._ask("PATCH", _at(_NUMBERS, number_id), body, what=what))

    async def assign_number(self, number_id: str, *, agent_id: str | None) -> HeldNumber:
        body = {"agent_id": agent_id}
        what = f"number {number_id}" + (f", or no agent {agent_id}" if agent_id else "")
        return _changed(_number, await self._ask("PATCH", _at(_NUMBERS, number_id), body, what=what))

    async def remove_number(self, number_id: str) -> None:
        await self._ask("DELETE", _at(_NUMBERS, number_id), what=f"number {number_id}")

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        what: str = "",
        secrets: tuple[str, ...] = (),
    ) -> object:
        try:
            return (await self._api.request(method, path, query=query, body=body, secrets=secrets)).body
        except ServiceRefused as refusal:
            error = _translated(refusal, what)
        raise error

    async def _send_key(
        self, method: str, path: str, body: Mapping[str, object], key: ApiKey, what: str = ""
    ) -> object:
        """Cartesia tries the key with Twilio first: a 400 is about that, unless it lists numbers."""
        try:
            return await self._ask(method, path, body, what=what, secrets=(key.secret,))
        except ServiceRefused as refusal:
            error = _about_key(refusal, key)
        raise error


def _about_key(refusal: ServiceRefused, key: ApiKey) -> ServiceRefused | Unauthorized:
    if refusal.http_status != HTTPStatus.BAD_REQUEST:
        return refusal
    if numbers := _unreachable(refusal.body):
        return NumbersUnreachable(
            f"Cartesia keeps its old key: {key.sid} does not reach {len(numbers)} of the provider's numbers "
            f"({', '.join(quotable(number) for number in numbers)})",
            numbers=numbers,
            http_status=refusal.http_status,
            code=refusal.code,
        )
    return Unauthorized(
        f"Cartesia does not take the key {key.sid}, which it tried with Twilio: {_said(refusal)}",
        http_status=refusal.http_status,
        hint=_NO_KEY_THERE,
    )


def _translated(refusal: ServiceRefused, what: str) -> ServiceRefused | InputError:
    if refusal.http_status == HTTPStatus.NOT_FOUND and what:
        said = f": {refusal.detail}" if ", or" in what and refusal.detail else ""
        return InputError(f"Cartesia's record holds no {what}{said}")
    return refusal


def _said(refusal: ServiceRefused) -> str:
    return refusal.detail or refusal.title or refusal.code or f"HTTP {refusal.http_status}"


def _unreachable(body: object) -> list[str]:
    """`unreachable_numbers`, plain or as objects: where in the answer it stands is not documented."""
    fields = body if isinstance(body, dict) else {}
    for place in (fields, *fields.values()):
        entries = place.get("unreachable_numbers") if isinstance(place, dict) else None
        if isinstance(entries, list):
            numbers = [entry.get("number") if isinstance(entry, dict) else entry for entry in entries]
            return [number for number in map(_text, numbers) if number is not None]
    return []


def _key_fields(key: ApiKey) -> dict[str, str]:
    return {"api_key_sid": key.sid, "api_key_secret": key.secret}


def _at(collection: str, identifier: str) -> str:
    return f"{collection}/{quote(identifier, safe='')}"


def _provider(entry: object) -> Provider:
    if not isinstance(entry, dict) or not _text(entry.get("id")):
        raise not_understood(_ABOUT)
    return _provider_beside(entry)


def _provider_beside(entry: object) -> Provider:
    """A number's provider, which may be told in part, or not at all."""
    fields = entry if isinstance(entry, dict) else {}
    return Provider(
        id=_text(fields.get("id")) or "",
        type=_text(fields.get("type")) or "twilio",
        account_sid=_text(fields.get("account_sid")),
        api_key_sid=_text(fields.get("api_key_sid")),
        region=_text(fields.get("region")),
        label=_text(fields.get("label")),
    )


def _number(entry: object) -> HeldNumber:
    fields = entry if isinstance(entry, dict) else {}
    number_id, number = _text(fields.get("id")), _text(fields.get("number"))
    if number_id is None or number is None:
        raise not_understood(_ABOUT)
    agent = fields.get("agent")
    agent = agent if isinstance(agent, dict) else {}
    return HeldNumber(
        id=number_id,
        number=number,
        label=_text(fields.get("label")),
        agent_id=_text(agent.get("id")),
        agent_name=_text(agent.get("name")),
        provider=_provider_beside(fields.get("provider")),
        created_at=_text(fields.get("created_at")),
        updated_at=_text(fields.get("updated_at")),
    )


def _changed(read: Callable[[object], T], answer: object) -> T:
    try:
        return read(answer)
    except SpeechUnavailable as error:
        unknown = ChangeUnknown(
            "Cartesia was asked and did not refuse, but its answer cannot be understood",
            hint="see what it holds: cartesia-call regions",
        )
        raise unknown from error


def _list(entries: object) -> list[object]:
    if not isinstance(entries, list):
        raise not_understood(_ABOUT)
    return entries


def _text(value: object) -> str | None:
    """One line, without control characters: it ends up on terminals."""
    return quotable(value) or None if isinstance(value, str) else None
