"""Changes of Cartesia's record, and what a refusal means for the things it is about."""

from __future__ import annotations

from collections.abc import Awaitable
from http import HTTPStatus
from typing import TypeVar

from cartesia_call.errors import CartesiaCallError, InputError, NumbersUnreachable, ServiceRefused
from cartesia_call.region_ports import ApiKey, HeldNumber, PhoneRecord, Provider
from cartesia_call.regions.naming import chosen_number, chosen_provider, described

T = TypeVar("T")


async def find_provider(record: PhoneRecord, name: str) -> Provider:
    """The provider of this id, label or region."""
    return chosen_provider(name, await record.providers())


async def find_number(record: PhoneRecord, name: str) -> HeldNumber:
    """The number of this id or E.164 form."""
    return chosen_number(name, await record.numbers())


async def add_provider(record: PhoneRecord, key: ApiKey, *, region: str, label: str | None) -> Provider:
    """Link credentials; a refusal says which provider has the account and region already."""
    try:
        return await record.add_provider(key, region=region, label=label)
    except ServiceRefused as error:
        if error.http_status != HTTPStatus.CONFLICT:
            raise
        refusal = error
    raise await _taken(record, key, region, refusal)


async def update_provider(
    record: PhoneRecord, provider: Provider, key: ApiKey, *, region: str | None
) -> Provider:
    """Replace a provider's key, and its region if there is one.

    A refusal says which of its numbers the new key does not reach, or who has the account and region already.
    """
    if provider.type != "twilio":
        raise InputError(f"provider {described(provider)} is a {provider.type}, which has no Twilio key")
    if provider.account_sid not in {None, key.account_sid}:
        raise InputError(
            f"provider {described(provider)} belongs to the account {provider.account_sid}, "
            f"and the key to {key.account_sid}: a provider's account cannot change",
            hint=f"set TWILIO_ACCOUNT_SID to {provider.account_sid}, with a key of that account",
        )
    try:
        return await record.update_provider(provider.id, key, region=region)
    except ServiceRefused as error:
        refusal = error
    if isinstance(refusal, NumbersUnreachable):
        raise await _out_of_reach(record, provider, key, refusal)
    if refusal.http_status == HTTPStatus.CONFLICT and region is not None:
        raise await _taken(record, key, region, refusal)
    raise refusal


async def _taken(record: PhoneRecord, key: ApiKey, region: str, refusal: ServiceRefused) -> ServiceRefused:
    there = [
        provider
        for provider in await _known(record.providers())
        if (provider.account_sid, provider.region) == (key.account_sid, region)
    ]
    which = f"provider {described(there[0])}" if there else "a provider"
    update = f"`cartesia-call providers update {there[0].id if there else region}` gives it this key"
    return _reworded(refusal, f"Cartesia has {which} for {key.account_sid} in {region} already", update)


async def _out_of_reach(
    record: PhoneRecord, provider: Provider, key: ApiKey, refusal: NumbersUnreachable
) -> NumbersUnreachable:
    held = {number.number: number for number in await _known(record.numbers())}
    names = [f"{number} ({held[number].id})" if number in held else number for number in refusal.numbers]
    first = held[refusal.numbers[0]].id if refusal.numbers[0] in held else refusal.numbers[0]
    return NumbersUnreachable(
        f"Cartesia keeps the old key of provider {described(provider)}: with {key.sid} these numbers would "
        f"become unreachable: {', '.join(names)}",
        numbers=refusal.numbers,
        http_status=refusal.http_status,
        code=refusal.code,
        hint="use a key that has access to all of them, or first put each of them elsewhere: "
        f"cartesia-call numbers move {first} --to PROVIDER",
    )


async def remove_provider(record: PhoneRecord, provider: Provider) -> None:
    """Forget a provider; a refusal says which numbers are in the way."""
    try:
        return await record.remove_provider(provider.id)
    except ServiceRefused as error:
        if error.http_status != HTTPStatus.CONFLICT:
            raise
        refusal = error
    held = [number for number in await _known(record.numbers()) if number.provider.id == provider.id]
    names = ", ".join(f"{number.number} ({number.id})" for number in held)
    first = held[0].id if held else "NUMBER"
    raise _reworded(
        refusal,
        f"provider {described(provider)} has numbers yet" + (f": {names}" if names else ""),
        f"first `cartesia-call numbers move {first} --to PROVIDER` "
        f"or `cartesia-call numbers remove {first}`, for each",
    )


async def import_number(
    record: PhoneRecord, number: str, *, provider: Provider, label: str, agent_id: str | None
) -> HeldNumber:
    """Take a number in; a refusal says whether it is in all the same, without its agent."""
    try:
        return await record.import_number(number, provider_id=provider.id, label=label, agent_id=agent_id)
    except ServiceRefused as error:
        if error.http_status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT}:
            raise
        refusal = error
    held = next((held for held in await _known(record.numbers()) if held.number == number), None)
    if held is None:
        raise _with_hint(
            refusal, f"{number} must be a number of the account, and the key of {provider.id} see it"
        )
    if refusal.http_status == HTTPStatus.CONFLICT:
        sentence = f"Cartesia has {number} already: {held.id}, under provider {held.provider.id}"
        hint = f"`cartesia-call numbers move {held.id} --to {provider.id}` puts it under another provider"
    else:
        sentence = f"{number} was imported as {held.id}, but agent {agent_id} was not assigned: {refusal}"
        hint = f"try that again: cartesia-call numbers assign {held.id} --agent {agent_id}"
    raise _reworded(refusal, sentence, hint)


async def move_number(record: PhoneRecord, number: HeldNumber, *, provider: Provider) -> HeldNumber:
    """Put a number under another provider; a refusal says what that needs."""
    try:
        return await record.move_number(number.id, provider_id=provider.id)
    except ServiceRefused as error:
        if error.http_status != HTTPStatus.BAD_REQUEST:
            raise
        refusal = error
    raise _with_hint(
        refusal, f"the key of provider {described(provider)} must see {number.number}: cartesia-call regions"
    )


async def remove_number(record: PhoneRecord, number: HeldNumber) -> None:
    """Forget a number; a refusal says who answers it."""
    try:
        return await record.remove_number(number.id)
    except ServiceRefused as error:
        if error.http_status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT} or not number.agent_id:
            raise
        refusal = error
    agent = f"{number.agent_id} ({number.agent_name})" if number.agent_name else number.agent_id
    raise _reworded(
        refusal,
        f"{number.number} ({number.id}) is assigned to agent {agent}",
        f"first `cartesia-call numbers unassign {number.id}`",
    )


def _with_hint(refusal: ServiceRefused, hint: str) -> ServiceRefused:
    return _reworded(refusal, str(refusal), refusal.hint or hint)


def _reworded(refusal: ServiceRefused, sentence: str, hint: str) -> ServiceRefused:
    return ServiceRefused(sentence, http_status=refusal.http_status, code=refusal.code, hint=hint)


async def _known(listing: Awaitable[list[T]]) -> list[T]:
    """What a sentence about a refusal can be made clearer with; nothing, if it cannot be had."""
    try:
        return await listing
    except CartesiaCallError:
        return []
