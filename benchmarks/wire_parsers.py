"""A million hostile inputs for the parsers of what comes over a wire.

    python -m benchmarks.wire_parsers --inputs 1000000

Hypothesis makes the inputs (tests/wire_parsers.py says which, and what each parser promises), an equal share
for each, in batches with a seed of their own: the same command makes the same inputs. Ends with status 1 if
a promise was broken, after showing the smallest input that breaks it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections import Counter

from hypothesis.configuration import set_hypothesis_home_dir

from tests.wire_parsers import PARSERS, Parser, drive

BATCH = 2_000
"""Hypothesis remembers every input of a batch."""


def feed(parser: Parser, inputs: int, first_seed: int) -> tuple[Counter[str], bool]:
    """What `parser` said to so many inputs or until the first finding, and whether there was none."""
    said: Counter[str] = Counter()
    batch_seed = first_seed
    while said.total() < inputs:
        try:
            batch = drive(parser, min(BATCH, inputs - said.total()), random_seed=batch_seed)
        except Exception:
            print(f"\n{parser.name}, seed {batch_seed}:")
            traceback.print_exc(file=sys.stdout)
            return said, False
        said += batch
        batch_seed += 1
        if not batch:  # a batch of nothing would go on for ever
            break
    return said, True


def main(inputs: int, first_seed: int) -> int:
    """A row per parser; the exit status."""
    share = -(-inputs // len(PARSERS))
    total, findings = 0, 0
    for parser in PARSERS:
        began_s = time.perf_counter()
        said, is_clean = feed(parser, share, first_seed)
        took_s = time.perf_counter() - began_s
        total += said.total()
        findings += not is_clean
        answers = ", ".join(f"{count:,} {word}" for word, count in said.most_common())
        print(
            f"{parser.name:<28}{said.total():>9,} inputs {took_s:>6.0f} s  "
            f"{'nothing found' if is_clean else 'FOUND ONE'}: {answers}",
            flush=True,
        )
    print(f"{total:,} inputs, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--inputs", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        set_hypothesis_home_dir(folder)
        sys.exit(main(chosen.inputs, chosen.seed))
