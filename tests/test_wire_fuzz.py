"""Whatever comes over a wire becomes a value or the documented exception, never anything else."""

from __future__ import annotations

import pytest

from tests.wire_parsers import PARSERS, Parser, drive

INPUTS = 50
"""Of each parser, the same every time. `python -m benchmarks.wire_parsers` gives them a million."""


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_any_input_is_a_value_or_the_documented_exception(parser: Parser) -> None:
    """Wrong types, huge numbers, NaN, depth, surrogates, doubled fields, broken texts."""
    said = drive(parser, INPUTS)
    assert said.total() >= INPUTS / 2  # some parsers' inputs are fewer than asked for
