"""What is said on the line reads back as it was; anything else is a ValueError, however odd."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.sharing.messages import (
    MOST_BYTES,
    Agent,
    Answer,
    Failure,
    Nothing,
    Offer,
    Question,
    State,
    answer_line,
    question_line,
    read_answer,
    read_question,
)

OFFER = Offer(
    line_id="1a2b",
    public_url="https://calls.example.com",
    opened_at="2026-11-02T10:00:00+00:00",
    agent=Agent(pid=4242, started="123.5"),
    warnings=("the agent is old",),
)
FAILURE = Failure(message="no tunnel", hint=None, code="ERR_NGROK_334", is_unauthorized=False, is_final=True)


@pytest.mark.parametrize("question", Question)
def test_questions(question: Question) -> None:
    assert read_question(question_line(question)) is question


@pytest.mark.parametrize(
    "answer",
    [
        OFFER,
        Offer(line_id="", public_url="http://127.0.0.1:1", opened_at="now"),
        FAILURE,
        Nothing(),
        State(pid=1, does="calls", line=None),
        State(pid=1, does="calls", line=OFFER),
    ],
)
def test_answers(answer: Answer) -> None:
    assert read_answer(answer_line(answer)) == answer


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"{}\n",
        b"[]\n",
        b"null\n",
        b'"offer"\n',
        b'{"answer": "more"}\n',
        b'{"answer": "offer"}\n',
        b'{"answer": "state", "pid": "1", "does": ""}\n',
        b'{"answer": "state", "pid": 1, "does": "", "line": 3}\n',
        answer_line(OFFER).replace(b"[4242, ", b'["4242", '),
        answer_line(OFFER).replace(b'"the agent is old"', b"3"),
        answer_line(OFFER)[:-1],
        b"[" * MOST_BYTES,
        b"[" * (MOST_BYTES - 1) + b"\n",
        b"\xff\n",
    ],
)
def test_what_is_no_answer(line: bytes) -> None:
    with pytest.raises(ValueError):  # of whatever wording
        read_answer(line)
    with pytest.raises(ValueError):
        read_question(line)


@given(st.binary(max_size=200))
def test_any_bytes(line: bytes) -> None:
    """They are read or refused."""
    for read in (read_answer, read_question):
        try:
            read(line + b"\n")
        except ValueError:
            continue


def test_an_answer_is_bounded() -> None:
    failure = Failure(message="x" * MOST_BYTES, hint=None, code=None, is_unauthorized=False, is_final=False)
    with pytest.raises(ValueError, match="bytes"):
        answer_line(failure)
