"""Each rule of reading does what the document shows of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.reading.layout import LAYOUT
from cartesia_call.reading.rule import Manner, Rule
from cartesia_call.reading.speakable import pieces, speakable, spoken_text, without_layout
from cartesia_call.reading.table import WORDS
from tests.reading.document import document
from tests.reading.examples import LAYOUT_EXAMPLES, OTHER_LANGUAGE, UNCHANGED, WORDS_EXAMPLES, Example

DOCUMENT = Path(__file__).parents[2] / "docs" / "reading.md"
ALL = [example for examples in (*LAYOUT_EXAMPLES.values(), *WORDS_EXAMPLES.values()) for example in examples]


@pytest.mark.parametrize("example", ALL, ids=lambda example: example.written)
def test_examples(example: Example) -> None:
    """Read as the document says, with --spell and without."""
    assert speakable(example.written, spells=False) == example.said
    assert speakable(example.written, spells=True) == (example.spelled or example.said)


@pytest.mark.parametrize("example", ALL, ids=lambda example: example.written)
def test_what_was_read_is_read_no_more(example: Example) -> None:
    """Reading what was read changes nothing. Of any text that is not true: markup may hide markup."""
    assert speakable(example.said, spells=False) == example.said
    if example.spelled is not None:
        assert speakable(example.spelled, spells=True) == example.spelled


@pytest.mark.parametrize("rule", WORDS, ids=lambda rule: rule.name)
def test_every_rule_has_an_example_that_it_reads(rule: Rule) -> None:
    """The rule itself, not another one before it, reads each of its examples."""
    manner = Manner(spells=False, is_english=True)
    for example in WORDS_EXAMPLES[rule.name]:
        assert rule in [piece.rule for piece in pieces(without_layout(example.written, manner), manner)]


@pytest.mark.parametrize("rule", LAYOUT, ids=lambda rule: rule.name)
def test_every_rule_of_markup_has_an_example(rule: Rule) -> None:
    """And finds something in it."""
    assert all(rule.pattern.search(example.written) for example in LAYOUT_EXAMPLES[rule.name])


def test_examples_are_of_rules_and_names_are_unique() -> None:
    """No example is left of a rule that went."""
    names = [rule.name for rule in (*LAYOUT, *WORDS)]
    assert sorted(names) == sorted({*LAYOUT_EXAMPLES, *WORDS_EXAMPLES})


@pytest.mark.parametrize(("written", "said"), OTHER_LANGUAGE)
def test_another_language(written: str, said: str) -> None:
    """No English word in it."""
    assert speakable(written, spells=False, language="de") == said


@pytest.mark.parametrize("text", UNCHANGED)
@pytest.mark.parametrize("spells", [False, True])
def test_prose_and_tags_stay(text: str, spells: bool) -> None:
    """What a person wrote for a voice is left alone."""
    assert speakable(text, spells=spells) == text


def test_plain_changes_nothing() -> None:
    """--read-as plain is what is written, to the byte."""
    text = "  **x3** 10.0.0.7\x00\n"
    assert spoken_text(text, read_as="plain", spells=False, language="en") == text
    assert spoken_text("x3", read_as="alert", spells=False, language="en-GB") == "3 times"


@pytest.mark.parametrize("text", ["```", "---", "😀", "🎉 <break time='1s'/>", "{}", " "])
def test_without_words_nothing_is_invented(text: str) -> None:
    """A text without letters and digits may come to nothing; the caller refuses it as it refuses silence."""
    assert not any(map(str.isalnum, speakable(text, spells=False).replace("<break time='1s'/>", "")))


def test_the_document_is_up_to_date() -> None:
    """docs/reading.md shows these rules and examples."""
    assert document() == DOCUMENT.read_text(encoding="utf-8"), (
        "make it anew: python -m tests.reading > docs/reading.md"
    )


def test_a_number_that_stands_apart_is_no_escape() -> None:
    """rsyslog writes its own where the character stood."""
    assert speakable("ticket #012 is open", spells=False) == "ticket number 0 1 2 is open"
