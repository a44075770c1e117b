"""Names that look like ours and are none: a mistyped setting is told, and a mistyped rehearsal or dry run is
no call."""

from __future__ import annotations

from collections.abc import Iterable, Set

from cartesia_call.declarations.setting import OWN_PREFIX
from cartesia_call.records import dataclass

REHEARSE = f"{OWN_PREFIX}REHEARSE"
REHEARSAL = f"{OWN_PREFIX}REHEARSAL"

_NO_CALL = (REHEARSE, f"{OWN_PREFIX}DRY_RUN")
"""With these no telephone rings."""

_RESEMBLANCE = 0.75
"""Of what stands behind the prefix, as `difflib` measures it: REHERSE has 0.93, REPEAT 0.57."""

_WHOLE_RESEMBLANCE = 0.8
"""Of a whole name where the prefix is mistyped: CARTESIA_REHEARSE has 0.87, CARTESIA_API_KEY 0.63."""

OF_OTHER_OPTIONS = frozenset(
    f"{OWN_PREFIX}{name}"
    for name in (
        *(
            "AGENT",
            "CARRIER_PORT",
            "DETACH",
            "FOR",
            "FORMAT",
            "GENDER",
            "LABEL",
            "LIMIT",
            "LIST",
            "LISTS",
            "LONG",
            "MAX_AGE",
            "NAME",
        ),
        *(
            "NO_SPEND",
            "OLDER_THAN",
            "OTHER_CARRIER",
            "OUTPUT",
            "PLAY",
            "PRINT_ENV",
            "PROVIDER",
            "REHEARSAL",
            "REPORT",
        ),
        *("SHARED_KEY", "SPEECH_PORT", "TO", "YES"),
    )
)
"""What the options of single commands read, which are no settings: from the environment only."""


@dataclass(frozen=True)
class Strange:
    """What there is to say of them, a sentence each: what refuses the command, and what does not."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def strange_names(found: Iterable[str], place: str, known: Set[str], *, in_file: bool) -> Strange:
    """Of the names that `place` sets: those with our prefix that nothing reads there.

    One that resembles REHEARSE or DRY_RUN, with whatever prefix, is a problem: whoever wrote it wants no
    telephone to ring.
    """
    problems, warnings = [], []
    for name in found:
        if name in known:
            continue
        if name in OF_OTHER_OPTIONS:
            if in_file:
                warnings.append(f"{place} sets {name}, which is read from the environment only")
            continue
        said = f"{place} sets {name}, which is not a setting of this program"
        meant = next((one for one in _NO_CALL if _resembles(name, one)), None)
        if meant is not None:
            problems.append(f"{said}; did you mean {meant}? Nobody is called on a guess")
        if meant is not None or not name.startswith(OWN_PREFIX):
            continue
        import difflib

        near = difflib.get_close_matches(name, sorted(known | OF_OTHER_OPTIONS), n=1)
        warnings.append(said + (f"; did you mean {near[0]}?" if near else ""))
    return Strange(tuple(problems), tuple(warnings))


def _resembles(name: str, other: str) -> bool:
    one, two, least = name.upper(), other, _WHOLE_RESEMBLANCE
    if name.startswith(OWN_PREFIX):
        one, two = one.removeprefix(OWN_PREFIX), other.removeprefix(OWN_PREFIX)
        least = _RESEMBLANCE
    if 2 * min(len(one), len(two)) < least * (len(one) + len(two)):  # as most names of an environment
        return False
    import difflib

    compared = difflib.SequenceMatcher(None, one, two)
    return compared.quick_ratio() >= least and compared.ratio() >= least
