"""What `--amd` comes to under `--voicemail skip`: on whom it hangs up, and when. In Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from tests.listening.corpus import Case
from tests.listening.play import Heard, hangs_up_at_s

Judged = tuple[Case, Heard]

_GROUPS: tuple[tuple[str, frozenset[str]], ...] = (
    ("people", frozenset({"human"})),
    ("mailboxes with a beep", frozenset({"beep"})),
    ("mailboxes without one, screening robots", frozenset({"screening"})),
    ("fax machines", frozenset({"fax"})),
)
_OTHERS = "music, the network's tones, noise, silence"

HEAD = """
## Which judge reaches what

`--voicemail skip` hangs up on a machine: on the corpus above, how many calls of a long message end so, with
`--amd local` and with `--amd auto`, and how long after the answer (median). Behind the message `auto` takes a
guess for true: then nobody is cut short any more, and the next person is called.
"""
CARRIER = """
`--amd carrier` and `both` cannot be measured here: the built-in network's verdicts are scripted and say
nothing about Twilio's. Twilio named an accuracy of 94 % over a large sample of calls in the United States and
Canada (announcement of 23 March 2017), tuned with a bias towards people; for the engine that replaced it in
2019 no figure of Twilio's is known to us. It charges for each call on which it listens, whatever it finds.
With `both` our guess silences us, and Twilio's verdict decides. `auto` and `local` cost nothing.
"""


def table(judged: Sequence[Judged]) -> Iterator[str]:
    """One row for each kind of callee."""
    yield "| who | calls | `local` hangs up | after | `auto` hangs up | after | `auto`, behind the message |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    known = {truth for _, truth in _GROUPS}
    for name, truth in _GROUPS:
        yield _row(name, [heard for case, heard in judged if case.truth == truth])
    yield _row(_OTHERS, [heard for case, heard in judged if case.truth not in known])


def _row(name: str, all_heard: Sequence[Heard]) -> str:
    local_s = [hangs_up_at_s(heard, is_sure=False) for heard in all_heard]
    auto_s = [hangs_up_at_s(heard, is_sure=True) for heard in all_heard]
    later = sum(auto is None and local is not None for auto, local in zip(auto_s, local_s, strict=True))
    cells = [name, str(len(all_heard)), *_figures(local_s), *_figures(auto_s), str(later)]
    return f"| {' | '.join(cells)} |"


def _figures(times_s: Sequence[float | None]) -> tuple[str, str]:
    """How many, and their median."""
    known_s = [time_s for time_s in times_s if time_s is not None]
    return str(len(known_s)), f"{statistics.median(known_s):.1f} s" if known_s else "-"
