"""A message as whole sentences, while it is written: no sentence too early, none lost, no tag cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.errors import InputError
from cartesia_call.speech.message_text import Message, MessageText


def fed(*pieces: str) -> MessageText:
    """A text to which these pieces were written."""
    text = MessageText()
    for piece in pieces:
        text.feed(piece)
    return text


def test_slices_are_messages_with_their_own_ends() -> None:
    """Cut where sentences end."""
    message = Message.of("One. Two! Three?")
    assert (len(message), message.ends, message.start_of(0), message.start_of(2)) == (3, (5, 10, 16), 0, 10)
    assert message[1:] == Message("Two! Three?", (5, 11)) == Message.joined(("Two! ", "Three?"))
    assert message[1:2].text == "Two! "
    assert message[:] == message
    assert message[3:] == message[2:1] == message[9:] == Message.of("")
    assert not message[3:]


@given(st.text(alphabet="ab .!?\n<>/3。", max_size=200), st.integers(0, 9), st.integers(0, 9))
def test_a_slice_has_the_sentences_of_the_whole(text: str, first: int, last: int) -> None:
    """Wherever it is cut, nothing is lost, and no sentence end is found anew."""
    message = Message.of(text)
    assert message[first:last].sentences == message.sentences[first:last]
    assert message[:first].text + message[first:].text == text


def test_a_whole_message_has_all_its_sentences_at_once() -> None:
    """It is that message."""
    message = Message.of("The disk is full. Call the operator.")
    text = MessageText.whole(message)
    assert text.message is message
    assert (text.has_ended, text.is_whole, text.error) == (True, True, None)


@pytest.mark.parametrize(
    ("pieces", "sentences"),
    [
        (["The disk is"], ()),
        (["The disk is full."], ()),
        (["It is 3.", "5 degrees."], ()),
        (["The disk is full. "], ("The disk is full. ",)),
        (["The disk is full.", " Call"], ("The disk is full. ",)),
        (["line one\n"], ("line one\n",)),
        (["Ask Dr. "], ()),
        (["Ask Dr. ", "Who. "], ("Ask Dr. Who. ",)),
        (["磁盘已满。"], ("磁盘已满。",)),
        (["\n\n", "  "], ()),
        (["Wait <break ", 'time="1s. "/> here. '], ('Wait <break time="1s. "/> here. ',)),
        (["Room <spell>A. ", "B</spell> is hot. "], ("Room <spell>A. B</spell> is hot. ",)),
        (["Is a < 5. Yes. "], ("Is a < 5. ", "Yes. ")),
    ],
)
def test_a_sentence_counts_once_it_is_whole(pieces: list[str], sentences: tuple[str, ...]) -> None:
    """Neither a dot within a number nor one within a tag ends it; a line's end does."""
    assert fed(*pieces).message.sentences == sentences


def test_the_end_completes_the_last_sentence() -> None:
    """Whatever it ends with."""
    text = fed("The disk is full. Call")
    text.end()
    assert text.message.sentences == ("The disk is full. ", "Call")
    assert text.is_whole


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ("Three.", "Three."),
        ('"Three!"', '"Three!"'),
        ("Three", None),
        ("At 9 p.m.", "At 9 p.m."),
        ("At 9 a.", None),
    ],
)
def test_what_is_left_is_a_sentence_if_it_ends_as_one(left: str, said: str | None) -> None:
    """Nobody writes the white space behind it who falls silent: `printf`, language models."""
    text = MessageText()
    text.feed(f"One. {left}")
    assert text.settle() == (said is not None)
    assert text.message.sentences == ("One. ", *([said] if said else []))
    text.feed(" More. ")
    other = MessageText()
    other.feed(f"One. {left}")
    other.break_off(InputError("the input broke"))
    assert other.message.sentences == ("One. ", *([said] if said else []))


def test_what_is_left_of_a_broken_text_is_not_said() -> None:
    """A half sentence may say the opposite of the whole one."""
    text = fed("The disk is full. Do not")
    text.break_off(InputError("the input broke"))
    assert text.message.sentences == ("The disk is full. ",)
    assert (text.has_ended, text.is_whole) == (True, False)


def test_it_ends_once() -> None:
    """And takes no more text then."""
    text = fed("Hello. ")
    text.end()
    for action in (text.end, lambda: text.feed("x"), lambda: text.break_off(InputError("no"))):
        with pytest.raises(ValueError, match=r"ended|once"):
            action()


def test_listeners_hear_of_every_sentence_and_of_the_end() -> None:
    """Until they leave."""
    text = MessageText()
    told: list[int] = []
    leave = text.subscribe(lambda: told.append(len(text.message)))
    text.feed("One. ")
    text.feed("Tw")
    text.feed("o. Three")
    text.end()
    assert told == [1, 2, 3, 3]
    leave()


def test_a_sentence_is_said_as_it_is_to_be_spoken() -> None:
    """And not at all if that leaves nothing."""
    text = MessageText(spoken=lambda sentence: sentence.replace("22%", "22 percent").replace("***", ""))
    text.feed("It is 22%. ")
    text.feed("***\n")
    text.end()
    assert text.message.sentences == ("It is 22 percent. ",)


@given(st.text(alphabet="ab .!?\n<>/3。", max_size=200), st.lists(st.integers(0, 200), max_size=8))
def test_nothing_but_white_space_is_lost_however_it_is_cut(written: str, cuts: list[int]) -> None:
    """In order, and once."""
    ends = sorted({*(cut for cut in cuts if cut < len(written)), len(written)})
    text = MessageText()
    for start, end in zip([0, *ends], ends, strict=False):
        text.feed(written[start:end])
    text.end()
    assert "".join("".join(text.message.sentences).split()) == "".join(written.split())
