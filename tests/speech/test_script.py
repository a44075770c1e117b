"""Tags, and what makes no sound."""

from __future__ import annotations

import pytest

from cartesia_call.speech.script import says_nothing, without_tags


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Code <spell>AB12</spell> now", "Code AB12 now"),
        ('One<break time="1s"/>two', "One two"),
        ('<emotion value="angry"/>No.', "No."),
        ("a < b > c", "a < b > c"),
    ],
)
def test_tags_are_removed_for_other_voices(text: str, plain: str) -> None:
    """Their contents stay; what is no tag of Cartesia's is text."""
    assert without_tags(text) == plain


@pytest.mark.parametrize("text", ["", " \n", '<break time="1s"/>', "\u200b", "<spell></spell> \u202e"])
def test_silence_is_recognised(text: str) -> None:
    """Tags, white space and invisible characters make no sound."""
    assert says_nothing(text)
    assert not says_nothing(text + "!")
