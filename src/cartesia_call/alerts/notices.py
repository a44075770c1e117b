"""What a monitor has to say, and how several things become one message that somebody listens to."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from cartesia_call.records import dataclass

MOST_CHARACTERS = 1_200
"""Of a whole message: a minute and a half at 13 characters a second, and nobody listens longer at night."""

MOST_NAMED = 5
"""So many alerts of one message are told, the others counted: nobody remembers more than they can count on a
hand."""

_NUMBERS = ("One", "Two", "Three", "Four", "Five")
_ENDS = (".", "!", "?", "…", ":", "。", "।", "؟")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,79}")


@dataclass(frozen=True)
class Notice:
    """One thing that a monitor tells: words of any kind, the monitor's own name for the matter, which stays
    the same while it lasts and when it ends, and whether it has ended."""

    said: str
    name: str
    is_resolved: bool = False


@dataclass(frozen=True)
class Alert:
    """What somebody is to hear.

    `message` is never empty if the monitor gave any words. `id` names what it is about: ASCII, at most 100
    characters, the same for the same matter, whoever asks and whenever; several matters together have one
    of their own. `is_resolved`: all of them are over. `remarks` are sentences for whoever reads the log.
    """

    message: str
    id: str
    is_resolved: bool = False
    remarks: tuple[str, ...] = ()


def alert_of(
    notices: Sequence[Notice],
    *,
    kind: str,
    tells_resolved: bool,
    uncounted: int = 0,
    remarks: tuple[str, ...] = (),
) -> Alert:
    """One message about all of them. `kind` is the format's name, `uncounted` how many more the monitor left
    out. What is over is told only with `tells_resolved`, or if there is nothing else."""
    firing = [notice for notice in notices if not notice.is_resolved]
    over = [notice for notice in notices if notice.is_resolved]
    told = [*firing, *over] if tells_resolved or not firing else firing
    parts = []
    if firing:
        parts.append(_told(firing, "firing", uncounted))
    if over and (tells_resolved or not firing):
        parts.append(_told(over, "resolved", 0 if firing else uncounted))
    return Alert(
        message=" ".join(parts),
        id=_id(kind, [notice.name for notice in told]),
        is_resolved=not firing and bool(over),
        remarks=remarks,
    )


def shortened(text: str, most: int = MOST_CHARACTERS) -> str:
    """`text` on one line that ends like a sentence, its own lines as sentences, cut between two words."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    line = " ".join(_as_sentence(line) for line in lines if line)
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[most // 2 :] else cut}…"


def _as_sentence(text: str) -> str:
    return text if text.endswith(_ENDS) else f"{text}."


def _told(notices: list[Notice], state: str, uncounted: int) -> str:
    count = len(notices) + uncounted
    different = list(dict.fromkeys(notice.said for notice in notices))
    if count == 1:
        said = shortened(different[0])
        return said if state == "firing" else f"Resolved: {said}"
    if len(different) == 1:
        return f"{count} alerts {state}, all of them: {shortened(different[0])}"
    named = different[:MOST_NAMED]
    most = MOST_CHARACTERS // len(named)
    told = [f"{number}: {shortened(said, most)}" for number, said in zip(_NUMBERS, named, strict=False)]
    more = len(different) - len(named) + uncounted
    return " ".join([f"{count} alerts {state}.", *told, *([f"And {more} more."] if more > 0 else [])])


def _id(kind: str, names: list[str]) -> str:
    """Names that are words stay readable; others may hold what is nobody's business, and become a digest."""
    different = sorted(set(names))
    if len(different) == 1 and _TOKEN.fullmatch(different[0]):
        return f"{kind}:{different[0]}"
    digest = hashlib.sha256("\0".join(different).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kind}:{digest[:16]}"
