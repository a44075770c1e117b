"""Tags in a text: obeyed, left out, or words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.speech.script import says_nothing
from cartesia_call.speech.tag_words import EVERY_TAG, NO_TAG, SPELLING, read_tags
from cartesia_call.speech.tags import TAG, break_s, find_tags

TAG_PIECES = (
    *("<", ">", "/", "</", "/>", " ", "\n", "a", "br", "eak", "ell", "<bre", "<sp", "<break", "<break/>"),
    *("<spell>", "</spell>", ' time="1s"', ' time="3600s"/>', '<break time="1s"/>', '<emotion value="sad"/>'),
    "<phoneme>",
)
ANY_TAGS = st.lists(st.sampled_from(TAG_PIECES)).map("".join) | st.text()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("CRIT: GET /?q=<break/>", "CRIT: GET /?q=break"),
        ("GET /?q=</break>&x", "GET /?q=break&x"),
        ("login of <break time=9h> failed", "login of break time=9h failed"),
        ("a<spell>b", "a spell b"),
        ("user <break logged in; disk > 90%", "user break logged in; disk > 90%"),
        ("<speed ratio='9'/>Now", "speed ratio='9' Now"),
        ("<phoneme>x</phoneme>", "phoneme x phoneme"),
        ("<html> a < b <breakfast> <3", "<html> a < b <breakfast> <3"),
    ],
)
def test_what_is_no_tag_as_it_should_be_is_words(written: str, said: str) -> None:
    """Nothing of it is lost but brackets and slashes, and nobody needs to hear of it."""
    reading = read_tags(written, obeyed=NO_TAG)
    assert (reading.text, reading.remarks) == (said, ())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('Wait <break time="1s"/> now.', "Wait now."),
        ('Wait.<break time="1s"/>Now.', "Wait.Now."),
        ('one<break time="1s"/>two', "one two"),
        ("Code <spell>A7X</spell>, please", "Code A7X, please"),
        ('<emotion value="sad"/>Sorry.', "Sorry."),
    ],
)
def test_a_tag_is_left_out_and_that_is_told(written: str, said: str) -> None:
    """Whoever meant it learns what obeys it."""
    reading = read_tags(written, obeyed=NO_TAG)
    assert reading.text == said
    assert all("--tags" in remark for remark in reading.remarks)
    assert reading.remarks


def test_a_text_of_tags_alone_is_words() -> None:
    """Somebody is to be called."""
    for obeyed in (NO_TAG, EVERY_TAG):
        assert read_tags('<break time="1s"/> <spell></spell>', obeyed=obeyed).text == (
            'break time="1s" spell spell'
        )
    assert read_tags('<break time="1s"/>', obeyed=NO_TAG, is_part=True).text == ""


def test_a_bad_tag_among_those_that_are_obeyed_is_told_and_words() -> None:
    """The good ones stay as they are."""
    reading = read_tags('A<break time="1s"/>B <break/> <spell>C', obeyed=EVERY_TAG)
    assert reading.text == 'A<break time="1s"/>B break spell C'
    places = [re.findall(r"character (\d+): it is read as words", remark) for remark in reading.remarks]
    assert places == [["22"], ["31"]]


def test_a_long_break_is_cut_and_that_is_told() -> None:
    reading = read_tags("A <BREAK time='3600s'/> B <break time=\"10s\"/>", obeyed=EVERY_TAG)
    assert reading.text == 'A <break time="10s"/> B <break time="10s"/>'
    (remark,) = reading.remarks
    assert "cut to 10 seconds" in remark


def test_thousands_of_tags_are_told_in_four_sentences() -> None:
    reading = read_tags("<break/>" * 5000, obeyed=EVERY_TAG)
    assert len(reading.remarks) == 4
    assert reading.remarks[-1] == "and of 4997 more tags the same"


def test_what_one_tag_kept_apart_becomes_no_other() -> None:
    """Tags put into each other are a stranger's work."""
    for obeyed in (NO_TAG, SPELLING, EVERY_TAG):
        said = read_tags('<bre<spell></spell>ak time="3600s"/> x', obeyed=obeyed).text
        assert "<break" not in said


@given(ANY_TAGS, st.sampled_from([NO_TAG, SPELLING, EVERY_TAG]))
def test_only_what_is_obeyed_is_a_tag(written: str, obeyed: frozenset[str]) -> None:
    """However it is nested and broken; and what said something says something."""
    said = read_tags(written, obeyed=obeyed).text
    found = list(find_tags(said))
    assert all(tag.name in obeyed and tag.problem is None for tag in found)
    assert len(found) >= len(TAG.findall(said))
    assert all(break_s(tag.inside) <= 10 for tag in found if tag.name == "break")
    assert read_tags(said, obeyed=obeyed).text == said
    if any(map(str.isalnum, written)):
        assert not says_nothing(said)


@given(st.text("<>/ abc"))
def test_words_stay_in_their_order(written: str) -> None:
    """What no tag is made of is there as it was."""
    assert read_tags(written, obeyed=NO_TAG).text == written
