"""A hundred thousand texts that a monitor might hand over, and whether somebody is called about each.

    python -m benchmarks.any_text --texts 100000

Hypothesis makes them (tests/any_text.py says which, and what is promised), in batches with a seed of their
own: the same command makes the same texts. Each goes as far as the request that places the call. About some
others, one for each five hundred or as many as `--calls` says, a rehearsed call is made to its end. Ends with
status 1 if a promise was broken, after showing the smallest text that breaks it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from hypothesis.configuration import set_hypothesis_home_dir

from benchmarks.wire_parsers import feed
from cartesia_call.cli import exit_status
from cartesia_call.skipping_loop import SkippingLoop
from tests.any_text import CASES, NUMBERS, TEXTS, Case, call, says_something
from tests.isolation import home_variables
from tests.wire_parsers import Parser

TEXTS_PER_CALL = 500


def make_call(case: Case) -> str:
    """Its exit status; AssertionError for one that means that nobody was called."""
    loop = SkippingLoop()
    try:
        status = loop.run_until_complete(call(case))
    finally:
        loop.close()
    assert status not in {exit_status.BUG, exit_status.USAGE}, status
    assert status is not None or not says_something(case.written), "nobody is called"
    return "nothing to say" if status is None else f"status {status}"


def main(texts: int, calls: int, first_seed: int) -> int:
    """A row for each; the exit status."""
    findings = 0
    for parser, inputs in (
        (TEXTS, texts),
        (NUMBERS, texts // 10),
        (Parser("calls", CASES, make_call), calls),
    ):
        said, is_clean = feed(parser, inputs, first_seed)
        findings += not is_clean
        answers = ", ".join(f"{count:,} {word}" for word, count in said.most_common())
        print(f"{parser.name:<26}{'nothing found' if is_clean else 'FOUND ONE'}: {answers}", flush=True)
    return 1 if findings else 0


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--texts", type=int, default=100_000)
    arguments.add_argument("--calls", type=int)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(home_variables(Path(folder)))
        set_hypothesis_home_dir(folder)
        calls = chosen.texts // TEXTS_PER_CALL if chosen.calls is None else chosen.calls
        sys.exit(main(chosen.texts, calls, chosen.seed))
