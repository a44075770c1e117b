"""Who is never called, and who alone: files as people keep them."""

from __future__ import annotations

import pytest

from cartesia_call.errors import InputError
from cartesia_call.policy.number_list import (
    parse_numbers,
    withheld_by_allow,
    withheld_by_do_not_call,
)
from cartesia_call.policy.withheld import Rule

NAME = "do-not-call.txt"


def test_numbers_comments_and_blank_lines() -> None:
    """A byte-order mark, any end of line, numbers however they are written."""
    text = (
        "\ufeff# asked us to stop\r\n"
        "+12025550143\r\n"
        "\r\n"
        "  +1 (202) 555-0144   # moved\n"
        "(202) 555-0145\t# national\n"
        "#+12025550146\n"
        "sip:alice@Example.com # her desk\n"
        "+12025550143"
    )
    numbers = parse_numbers(text, name=NAME, kind="do-not-call", country="US")
    assert numbers == {"+12025550143", "+12025550144", "+12025550145", "sip:alice@example.com"}


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n# nobody\n"])
def test_a_file_may_name_nobody(text: str) -> None:
    assert parse_numbers(text, name=NAME, kind="do-not-call", country=None) == frozenset()


def test_every_bad_line_is_named_in_one_error() -> None:
    """Whoever stands there would be called by mistake; the reason of the first is told, numbers masked."""
    text = "nobody\n+12025550143\n202 555 0144\n555-0145\n+1202555\n+12025550146\n+12025550143#5\n"
    with pytest.raises(InputError) as caught:
        parse_numbers(text, name=NAME, kind="do-not-call", country=None)
    assert str(caught.value) == (
        "do-not-call.txt cannot be read as a do-not-call file: lines 1, 3-5, 7: "
        "'nobody' is not a telephone number: it has letters in it (line 1)."
    )
    assert caught.value.hint is not None
    assert "--country" in caught.value.hint


def test_one_bad_line_is_told_with_its_reason() -> None:
    with pytest.raises(InputError) as caught:
        parse_numbers("# list\n2025550144\n", name=NAME, kind="do-not-call", country=None)
    assert str(caught.value) == (
        "do-not-call.txt cannot be read as a do-not-call file: line 2: '202***0144' has no country code."
    )


def test_whoever_is_on_the_list_is_never_called() -> None:
    """There is no moment at which that ends."""
    numbers = frozenset({"+12025550143"})
    withheld = withheld_by_do_not_call("+12025550143", numbers, name=NAME)
    assert withheld is not None
    assert (withheld.rule, withheld.until) == (Rule.DO_NOT_CALL, None)
    assert withheld.detail == "the number is on the do-not-call list do-not-call.txt"
    assert withheld_by_do_not_call("+12025550144", numbers, name=NAME) is None


@pytest.mark.parametrize(
    ("to", "listed"),
    [
        ("sip:+12025550143@trunk.example.com", "+12025550143"),
        ("sip:2025550143@trunk.example.com", "+12025550143"),
        ("+12025550143", "sip:12025550143@trunk.example.com"),
        ("sip:anna@example.com.:5061;transport=tls", "sip:anna@example.com"),
        ("+541123456789", "+5491123456789"),
        ("+525512345678", "+5215512345678"),
    ],
)
def test_another_spelling_is_never_called_either(to: str, listed: str) -> None:
    """The list as people typed it, long ago perhaps."""
    numbers = parse_numbers(f"+12025550199\n{listed}\n", name=NAME, kind="do-not-call", country=None)
    assert withheld_by_do_not_call(to, numbers, name=NAME) is not None


def test_only_whoever_is_on_the_list_is_called() -> None:
    """A SIP address stands there itself: what it rings is up to its host."""
    text = "+12025550143\nsip:4711@pbx.example.com\n"
    numbers = parse_numbers(text, name="allow.txt", kind="allow", country=None)
    for to in ("+12025550143", "sip:4711@pbx.example.com:5060"):
        assert withheld_by_allow(to, numbers, name="allow.txt") is None
    for to in ("+12025550144", "sip:+12025550143@trunk.example.com", "sip:4711@example.com"):
        withheld = withheld_by_allow(to, numbers, name="allow.txt")
        assert withheld is not None
        assert (withheld.rule, withheld.until) == (Rule.ALLOW, None)
        assert withheld.detail == "the number is not in allow.txt, and no other is called"
    assert withheld_by_allow("+12025550143", frozenset(), name="allow.txt") is not None
