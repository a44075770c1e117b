"""What is told of a list that cannot be called."""

from __future__ import annotations

from cartesia_call.errors import DialListError, ListProblem


def _problems(count: int) -> list[ListProblem]:
    return [
        ListProblem(line=line, column="to", reason="it is empty", hint="Fill it in.") for line in range(count)
    ]


def test_at_most_twenty_are_told_and_all_are_counted() -> None:
    """One a line; the same hint once."""
    error = DialListError(_problems(1_020), source="people.csv", more=217)
    assert str(error).split("\n") == [
        *(f'people.csv, line {line}, column "to": it is empty' for line in range(20)),
        "and 1,217 more",
    ]
    assert (error.count, error.hint) == (1_237, "Fill it in.")
    assert error.lines == tuple(str(error).split("\n"))


def test_what_else_is_wrong_in_a_row_is_told_too() -> None:
    """As a problem of its own."""
    further = (ListProblem(line=3, column="voice", reason="it is long"),)
    error = DialListError([ListProblem(line=3, reason="it is bad", further=further)], source="a.csv")
    assert error.lines == ("a.csv, line 3: it is bad", 'a.csv, line 3, column "voice": it is long')
    assert (error.count, error.hint) == (2, None)
