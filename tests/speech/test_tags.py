"""Cartesia's tags: what is wrong with each, and where."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.speech.tags import EMOTIONS, break_s, check_emotion, find_tags


def problems_of(text: str) -> list[str]:
    """A sentence for each tag with a problem, which names it and its place."""
    return [f"{tag.quoted(text)}: {tag.problem}" for tag in find_tags(text) if tag.problem]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a < b and c > d",
        "<html> </html> <unknown/> <breakfast> <speed-limit> <3",
        "<<k|a|r>> and 1 << 4",
        'Wait.<break time="1s"/>Now.',
        '<break time="1.5s"/><break time="500ms" /><BREAK Time="1S"/>',
        "<spell>A7X</spell> and <Spell>B</SPELL>",
        '<spell>A<break time="1s"/>B</spell>',
        '<speed ratio="0.6"/><speed ratio="1.5"/><volume ratio="0.5"/><volume ratio="2"/>',
        "<emotion value='angry'/>",
        '<emotion value = "sad" />',
    ],
)
def test_documented_tags_and_plain_text_are_fine(text: str) -> None:
    """However the tag's name is written; any other `<` is text."""
    assert problems_of(text) == []


@pytest.mark.parametrize(
    ("tag", "what"),
    [
        ("<break/>", "takes time"),
        ('<break time="1"/>', "is no time"),
        ('<break time="-1s"/>', "is no time"),
        ('<break time="1m"/>', "is no time"),
        ('<break strength="weak"/>', "takes time"),
        ('<break time="1s" strength="weak"/>', "takes time"),
        ('<break time="1s" time="2s"/>', "takes time"),
        ("<break time=1s/>", "takes time"),
        ('<break time="1s">', "takes time"),
        ('<break "1s"/>', "takes time"),
        ('<break time="1s"', "does not end"),
        ("</break>", "no end of its own"),
        ('<speed ratio="0.59"/>', "from 0.6 to 1.5"),
        ('<speed ratio="1.51"/>', "from 0.6 to 1.5"),
        ('<speed ratio="fast"/>', "from 0.6 to 1.5"),
        ('<speed ratio="nan"/>', "from 0.6 to 1.5"),
        ('<volume level="1.5"/>', "takes ratio"),
        ('<volume ratio="2.1"/>', "from 0.5 to 2.0"),
        ('<emotion value="hangry"/>', "no emotion"),
        ('<emotion value="Angry"/>', "no emotion"),
        ("<spell>", "never closed"),
        ("</spell>", "no <spell> is open"),
        ('<spell mode="x">', "takes no attribute"),
        ("<spell", "does not end"),
    ],
)
def test_a_tag_that_would_be_read_aloud_is_one_problem(tag: str, what: str) -> None:
    """It says which one, where, and what to do."""
    (problem,) = problems_of(f"Hello. {tag}")
    assert what in problem
    assert "character 8:" in problem
    assert problem.startswith(f"the tag {tag[:20]}")
    assert problem.isprintable()
    assert not problem.endswith(".")


def test_each_tag_has_its_own_problem() -> None:
    """In the order in which they stand; one `<spell>` in another is not closed twice."""
    problems = problems_of("<spell><spell>A</spell><break/></spell>")
    assert [re.search(r"character (\d+)", problem)[1] for problem in problems] == ["8", "24", "32"]  # type: ignore[index]  # each names one


@pytest.mark.parametrize(
    ("inside", "seconds"), [(' time="1.5s"/', 1.5), (" time='250ms' /", 0.25), (' Time = "2 S"/', 2.0)]
)
def test_a_break_tells_its_length(inside: str, seconds: float) -> None:
    """In every form that is fine."""
    assert problems_of(f"<break{inside}>") == []
    assert break_s(inside) == seconds


def test_a_long_tag_is_cut() -> None:
    (problem,) = problems_of(f'<break time="{"9" * 500}"/>')
    assert len(problem) < 200
    (problem,) = problems_of(f"<break \x1b[31m\x00{'x' * 500}/>")
    assert len(problem) < 200


@pytest.mark.parametrize("inside", [" " * 200_000 + "x", "a =" * 100_000, 'a="b" ' * 50_000])
def test_a_monstrous_tag_is_read_at_once(inside: str) -> None:
    """Whoever wrote it must not wait for the answer."""
    assert len(problems_of(f"<break {inside}/>")) == 1


def test_emotions_are_those_of_the_enumeration() -> None:
    """And what only Cartesia's page names; each is good in a tag, too."""
    assert len(EMOTIONS) == 59
    for name in EMOTIONS:
        assert problems_of(f'<emotion value="{name}"/>') == []
    assert check_emotion("calm") is None
    assert "'hangry'" in (check_emotion("hangry") or "")


@given(
    st.text(st.sampled_from("<>/ \"'=1sa"))
    | st.lists(st.sampled_from(("<spell>", "</spell>", "<break", "/>", " time=", '"1s"', "<"))).map("".join)
)
def test_whatever_is_written_has_an_answer(text: str) -> None:
    assert all(problem.isprintable() and len(problem) < 300 for problem in problems_of(text))
