"""What reading promises of any text."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cartesia_call.reading.layout import LAYOUT
from cartesia_call.reading.rule import HIDDEN, Manner
from cartesia_call.reading.speakable import pieces, speakable
from cartesia_call.reading.table import WORDS
from cartesia_call.speech.script import says_nothing
from cartesia_call.speech.tags import TAG, find_tags
from cartesia_call.speech.terminal_codes import without_terminal_codes
from tests.reading.examples import LAYOUT_EXAMPLES, WORDS_EXAMPLES

WRITTEN = [
    shown.written for examples in (*LAYOUT_EXAMPLES.values(), *WORDS_EXAMPLES.values()) for shown in examples
]
ONE_LINE = [
    (shown.written.rstrip("."), shown.said.rstrip("."))
    for examples in WORDS_EXAMPLES.values()
    for shown in examples
]
SIGNS = [*"aA1x0.,:;/-_*`|<>[](){}~=&#%@+!?\\ \t\n\"'$é×→🔥\u200d\ufe0f\0"]
TAGS = ['<break time="1s"/>', "<spell>", "</spell>", "<spell>db-03 x3</spell>", '<speed ratio="1.2"/>']
TEXTS = st.lists(
    st.sampled_from([*SIGNS, *WRITTEN, *TAGS, "spell", "/spell", " and "]) | st.text(max_size=3)
).map("".join)
MANNERS = st.tuples(st.booleans(), st.sampled_from(["en", "de"]))


@given(TEXTS, MANNERS)
@example("<*spell*>", (False, "en"))
@example("<<b>spell>a", (False, "de"))
@example("<🔥spell>", (False, "de"))
def test_tags_pass_through_and_none_arises(text: str, manner: tuple[bool, str]) -> None:
    """Cartesia's tags are those of the text, in order; `<spell>` around identifiers comes in pairs."""
    spells, language = manner
    said = speakable(text, spells=spells, language=language)
    added = re.sub(r"<spell>[0-9A-Za-z-]+</spell>", "", said) if spells else said
    given_tags = TAG.findall(re.sub(r"<spell>[0-9A-Za-z-]+</spell>", "", text) if spells else text)
    assert TAG.findall(added) == given_tags
    if not any(tag.problem for tag in find_tags(text)):
        assert not any(tag.problem for tag in find_tags(said))


@given(TEXTS, MANNERS)
@example("\x1b0", (False, "en"))
@example("\x1b7a", (False, "de"))
def test_what_had_words_has_words(text: str, manner: tuple[bool, str]) -> None:
    """A letter or a digit outside tags and terminal codes is enough for a message that is not empty."""
    spells, language = manner
    if any(map(str.isalnum, TAG.sub("", without_terminal_codes(text)))):
        assert not says_nothing(speakable(text, spells=spells, language=language))


@given(TEXTS, MANNERS)
def test_digits_are_lost_only_where_the_table_says_so(text: str, manner: tuple[bool, str]) -> None:
    """All of them are said, in their order, by every rule that does not say what it leaves out."""
    how = Manner(spells=manner[0], is_english=manner[1] == "en")
    text = TAG.sub("", text)
    for rule in LAYOUT:
        for found in rule.pattern.finditer(text):
            if not rule.leaves_out:
                assert _digits(rule.say(found, how) or found[0]) == _digits(found[0]), rule.name
    walk = list(pieces(text, how))
    assert "".join(piece.written for piece in walk) == text
    for piece in walk:
        if piece.rule is None:
            assert piece.said == piece.written
        elif not piece.rule.leaves_out:
            assert _digits(piece.said) == _digits(piece.written), piece.rule.name


@given(
    st.lists(st.sampled_from(ONE_LINE), min_size=1, max_size=6), st.sampled_from([". ", "!\n", "\n", "? "])
)
def test_sentences_are_read_as_they_are_alone(lines: list[tuple[str, str]], between: str) -> None:
    """What stands before and behind a sentence changes nothing in it, and no two become one."""
    written = between.join(line for line, _ in lines)
    assert speakable(written, spells=False) == between.join(said for _, said in lines)


@given(TEXTS)
def test_lines_stay_lines(text: str) -> None:
    """No rule joins two lines that both say something."""
    lines = [line for line in TAG.sub("", text).split("\n") if any(map(str.isalpha, line))]
    if "<" not in text and "```" not in text:
        said = [line for line in speakable("\n".join(lines), spells=False).split("\n") if line]
        assert len(said) >= sum(any(map(str.isalpha, speakable(line, spells=False))) for line in lines)


@given(TEXTS)
@example("|\0")
@example("|\0|\0")
def test_no_rule_matches_nothing_or_loses_a_hidden_tag(text: str) -> None:
    """An empty match would be found for ever. A table's row keeps the tags in its cells; no other match has
    any."""
    how = Manner(spells=False, is_english=True)
    for rule in (*LAYOUT, *WORDS):
        for found in rule.pattern.finditer(text):
            assert found[0], rule.name
            if rule.name == "table row":
                assert (rule.say(found, how) or found[0]).count(HIDDEN) == found[0].count(HIDDEN)
            else:
                assert HIDDEN not in found[0], rule.name


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


HOSTILE = [
    *(*WRITTEN, *SIGNS, *TAGS),
    *("a.", "a-", "1.", "1:", "a/", "/a+", "*a ", "_a", "[a", "[a](", "<a", "a@", ":a:", "aA", "|-", "| "),
    *("~~a", "**a", ":fire", "http://", "<break ", "<spell>a", "Z:\\", "1-1%", "SIG", "f0", "-- ", "a|"),
]


PLAIN = "Somebody should look at it, please. "
LOOKED_AT = 2000
"""Characters: a rule that looks at all of a text for each of them takes five times as long by then."""


@pytest.mark.long
def test_time_is_linear() -> None:
    """Four times the text takes about four times as long, not sixteen: looked at closely for what takes more
    than three times as long as plain words."""
    limit_s = 3 * min(_cpu_s(PLAIN, LOOKED_AT) for _ in range(3))
    dear = [unit for unit in HOSTILE if all(_cpu_s(unit, LOOKED_AT) > limit_s for _ in range(3))]
    assert [unit for unit in dear if not _is_linear(unit)] == []


def _is_linear(unit: str) -> bool:
    short_s, long_s = (min(_cpu_s(unit, length) for _ in range(2)) for length in (4000, 16_000))
    return long_s < 9 * short_s + 0.05


def _cpu_s(unit: str, length: int) -> float:
    """How long a text of so many characters takes that says `unit` again and again."""
    text = unit * (length // len(unit)) + "\x7f"
    start = time.process_time()
    speakable(text, spells=False)
    return time.process_time() - start
