"""Cartesia's catalogue of voices. Implements `speech_ports.VoiceCatalogue`."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from cartesia_call.errors import InputError, ServiceRefused, SpeechRefused
from cartesia_call.patterns import regex
from cartesia_call.quoting import quotable
from cartesia_call.speech_ports import FoundVoice
from cartesia_call.vendors.cartesia_http import CHECK_THE_API, CartesiaApi, not_understood

_PATH = "/voices"
_PAGE_SIZE = 100
"""The most that a page may hold."""

_MOST_PAGES = 100
"""Ten times what the public catalogue could fill, in case that every page brings something new for ever."""

_SHOWN_CANDIDATES = 5
_UUID = regex(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HINT = "`cartesia-call voices` lists and searches what there is"


class CartesiaVoices:
    """`GET /voices`, page by page. Its fields differ between API versions: what is missing stays empty."""

    def __init__(self, api: CartesiaApi) -> None:
        self._api = api

    async def search(
        self,
        query: str,
        *,
        language: str | None = None,
        gender: str | None = None,
        limit: int | None = None,
    ) -> list[FoundVoice]:
        """Cartesia searches names, descriptions and ids. `language` is `en` or `en-GB`."""
        asked = {"q": query or None, "language": language, "gender": gender}
        parameters = {name: value for name, value in asked.items() if value is not None}
        found: dict[str, FoundVoice] = {}
        after: str | None = None
        for _ in range(_MOST_PAGES):
            wanted = _PAGE_SIZE if limit is None else min(limit - len(found), _PAGE_SIZE)
            cursor = {} if after is None else {"starting_after": after}
            page = await self._get(_PATH, {**parameters, "limit": str(wanted), **cursor})
            voices, after = _page(page)
            new = {voice.id: voice for voice in voices if voice.id not in found}
            found |= new
            # A page that repeats what came before would be followed by itself for ever.
            if after is None or not new or (limit is not None and len(found) >= limit):
                break
        return list(found.values())[:limit]

    async def find(self, name_or_id: str) -> FoundVoice:
        """By id; by the whole name; by its beginning; by any part of it. Case does not count.

        The first of these that fits any voice decides.
        """
        if _UUID.fullmatch(name_or_id):
            return await self._by_id(name_or_id.lower())
        wanted = name_or_id.casefold()
        listed = await self.search(name_or_id)
        named = [(voice.name.casefold(), voice) for voice in listed]
        fitting = (
            [voice for name, voice in named if name == wanted]
            or [voice for name, voice in named if name.startswith(wanted)]
            or [voice for name, voice in named if wanted in name]
        )
        if len(fitting) == 1:
            return fitting[0]
        name = quotable(name_or_id)
        if fitting:
            raise InputError(f"{len(fitting)} voices fit the name {name!r}: {_told(fitting)}", hint=_HINT)
        if listed:
            raise InputError(
                f"no voice has the name {name!r}; in their descriptions fit: {_told(listed)}", hint=_HINT
            )
        raise InputError(f"Cartesia has no voice that is called {name!r}", hint=_HINT)

    async def _by_id(self, voice_id: str) -> FoundVoice:
        voice = _voice(await self._get(f"{_PATH}/{voice_id}"))
        if voice is None:
            raise not_understood("voices")
        return voice

    async def _get(self, path: str, query: dict[str, str] | None = None) -> object:
        try:
            return (await self._api.request("GET", path, query=query)).body
        except ServiceRefused as refusal:
            error = _translated(refusal, path)
        raise error


def _translated(refusal: ServiceRefused, path: str) -> InputError | SpeechRefused:
    if path != _PATH and refusal.http_status == HTTPStatus.NOT_FOUND and refusal.code == "voice_not_found":
        return InputError(f"Cartesia has no voice with the id {path.rpartition('/')[2]}", hint=_HINT)
    return SpeechRefused(
        str(refusal),
        code=refusal.code,
        http_status=refusal.http_status,
        hint=refusal.hint or CHECK_THE_API,
    )


def _told(voices: Iterable[FoundVoice]) -> str:
    """The first few, with their ids."""
    told = [f"{quotable(voice.name)} ({quotable(voice.id)})" for voice in voices]
    more = [f"and {len(told) - _SHOWN_CANDIDATES} more"] if len(told) > _SHOWN_CANDIDATES else []
    return ", ".join(told[:_SHOWN_CANDIDATES] + more)


def _page(body: object) -> tuple[list[FoundVoice], str | None]:
    """The voices of one page, and after which of them the next one begins; None: there is no other.

    Before 2026 the list was bare, and whole.
    """
    if isinstance(body, dict):
        entries, has_more, after = body.get("data"), body.get("has_more") is True, body.get("next_page")
    else:
        entries, has_more, after = body, False, None
    if not isinstance(entries, list):
        raise not_understood("voices")
    voices = [voice for voice in map(_voice, entries) if voice is not None]
    if not has_more or not voices:
        return voices, None
    return voices, after if isinstance(after, str) and after else voices[-1].id


def _voice(entry: object) -> FoundVoice | None:
    """None for what has no id or no name."""
    fields: dict[str, Any] = entry if isinstance(entry, dict) else {}
    voice_id, name = _text(fields.get("id")), _text(fields.get("name"))
    if not voice_id or not name:
        return None
    accents = fields.get("accents")
    return FoundVoice(
        id=voice_id,
        name=name,
        description=_text(fields.get("description")) or _text(fields.get("tagline")) or "",
        language=_text(fields.get("language")),
        locales=_texts(fields.get("locales"), "locale"),
        gender=_text(fields.get("gender")),
        country=_text(fields.get("country")),
        accents=_texts(accents if accents is not None else [fields.get("accent")], "name", "id"),
    )


def _texts(entries: object, *names: str) -> tuple[str, ...]:
    """The texts of a list, each by itself or in a field of an object: both were seen."""
    found = []
    for entry in entries if isinstance(entries, list) else ():
        values = [entry.get(name) for name in names] if isinstance(entry, dict) else [entry]
        found += [text for text in map(_text, values) if text][:1]
    return tuple(found)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
