"""Values in the place of pseudonyms: those of the call that is played, else any of the kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from cartesia_call.tracing.pseudonyms import PSEUDONYM

_SID_KIND = re.compile(r"[A-Z]{2}")


class Restorer:
    """`known` are values of this call by their pseudonyms; the first SID of a kind is that of `sids`."""

    def __init__(self, *, sids: Mapping[str, str], now: datetime) -> None:
        self._sids = dict(sids)
        self._known: dict[str, str] = {}
        self._now = now

    def learn(self, pseudonym: object, value: str) -> None:
        """From now on `pseudonym` stands for `value`."""
        if isinstance(pseudonym, str) and PSEUDONYM.fullmatch(pseudonym):
            self._known[pseudonym] = value

    def value(self, content: object) -> object:
        """`content` with a value in the place of each pseudonym; audio becomes what a payload holds."""
        if isinstance(content, dict):
            return {str(name): self.value(inner) for name, inner in content.items()}
        if isinstance(content, list):
            return [self.value(inner) for inner in content]
        return self.text(content) if isinstance(content, str) else content

    def text(self, text: str) -> str:
        """The same for one text."""
        text = text.replace("<date:rfc2822>", format_datetime(self._now))
        text = text.replace("<date:iso8601>", self._now.isoformat(timespec="milliseconds"))
        return PSEUDONYM.sub(self._one, text)

    def _one(self, found: re.Match[str]) -> str:
        known = self._known.get(found[0])
        if known is not None:
            return known
        kind, number = found["kind"], int(found["number"])
        if _SID_KIND.fullmatch(kind):
            first = self._sids.pop(kind, None)
            value = first if first is not None else f"{kind}{number:032x}"
        elif kind == "number":
            value = f"+120255501{number % 100:02}"
        elif kind == "key":
            value = str(number % 10)
        elif kind == "host":
            value = f"host-{number}.example.com"
        else:
            value = f"{kind}-{number}"
        self._known[found[0]] = value
        return value
