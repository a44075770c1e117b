"""Which provider or number of Cartesia's record a person means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cartesia_call.errors import InputError
from cartesia_call.region_ports import HeldNumber, Provider


def chosen_provider(name: str, providers: Sequence[Provider]) -> Provider:
    """The provider with this id, else the one with this label or region; InputError for none or several."""
    for provider in providers:
        if provider.id == name:
            return provider
    found = [provider for provider in providers if name in {provider.label, provider.region}]
    if not found:
        found = [provider for provider in providers if name.casefold() in _folded(provider)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"{name!r} means {len(found)} providers: {_listed(found)}", hint="name one of them by its id"
        )
    there = f"it holds {_listed(providers)}" if providers else "it holds none"
    raise InputError(
        f"Cartesia's record holds no provider {name!r}; {there}",
        hint="`cartesia-call providers add --region REGION` links the credentials of a region",
    )


def chosen_number(name: str, numbers: Iterable[HeldNumber]) -> HeldNumber:
    """The number with this id or E.164 form; InputError for none."""
    for number in numbers:
        if name in {number.id, number.number}:
            return number
    raise InputError(
        f"Cartesia's record holds no number {name}",
        hint="`cartesia-call numbers list` shows what it holds, `cartesia-call numbers import` takes one in",
    )


def described(provider: Provider) -> str:
    """A provider in a sentence: `ata_1 (ie1, "Ireland")`."""
    label = f'"{provider.label}"' if provider.label else None
    details = [detail for detail in (provider.region or provider.type, label) if detail]
    return f"{provider.id} ({', '.join(details)})"


def _folded(provider: Provider) -> set[str]:
    return {text.casefold() for text in (provider.label, provider.region) if text}


def _listed(providers: Sequence[Provider]) -> str:
    return ", ".join(map(described, providers))
