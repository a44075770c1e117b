"""`python -m tests.listening`: judge the corpus and print the report; the cost goes to standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from tests.listening.corpus import Case, cases, spoken_cases
from tests.listening.document import beeps_in_noise, document, rows_of


def _all() -> Iterator[Case]:
    yield from cases()
    try:
        yield from spoken_cases()
    except (ImportError, OSError, RuntimeError) as reason:
        sys.stderr.write(f"without espeak-ng: {reason}\n")


def main() -> None:
    """Print the document."""
    corpus = list(_all())
    audio_s = sum(len(case.mulaw) for case in corpus) / 8000
    began_s = time.process_time()
    rows = rows_of(corpus)
    cost = (time.process_time() - began_s) / audio_s
    sys.stdout.write(document(rows, beeps_in_noise()))
    sys.stderr.write(f"{audio_s:.0f} s of audio, {cost:.2%} of a processor core in real time\n")


if __name__ == "__main__":
    main()
