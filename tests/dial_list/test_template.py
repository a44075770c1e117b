"""A message with placeholders: what it says, and what is refused in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.dial_list.template import Template
from cartesia_call.errors import InputError

FIELDS = {"to": "+12025550143", "Name": " Anna ", "First  Name": "Ann", "a.b": "x", "Time (UTC): [h]": "9:30"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello {name}.", "Hello Anna."),
        ("Hello { NAME }, {name}!", "Hello Anna, Anna!"),
        ("{first name}", "Ann"),
        ("{First\nName}{a.b}", "Annx"),
        ("{Time (utc): [H]}", "9:30"),
        ("No one.", "No one."),
        ("{{name}} is {name}", "{name} is Anna"),
        ("{{{name}}}", "{Anna}"),
        ("}}{{", "}{"),
        ("", ""),
    ],
)
def test_says(text: str, said: str) -> None:
    """A name in any case and spacing; no white space around its field; braces that are written twice."""
    assert Template.parse(text).render(FIELDS) == said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Hello {}.", "the message has {} in it at character 7, without a column's name"),
        ("Hello { }.", "the message has { } in it at character 7, without a column's name"),
        ("Hello {name, you", "the brace at character 7 of the message is never closed: 'Hello {name, you'"),
        ("Hello name}.", "the brace at character 11 of the message closes none: 'Hello name}.'"),
        ("Hello {{name}.", "the brace at character 13 of the message closes none: 'llo {{name}.'"),
        ("Hello {na{me}}.", "the brace at character 7 of the message is never closed: 'Hello {na{me}}.'"),
    ],
)
def test_refuses(text: str, reason: str) -> None:
    """A brace without its other half, at its place; and says how a column is written."""
    with pytest.raises(InputError) as caught:
        Template.parse(text)
    assert str(caught.value) == reason
    assert caught.value.hint is not None
    assert "{name}" in caught.value.hint


def test_names_are_each_told_once() -> None:
    """As they are written first, in their order."""
    assert Template.parse("{b}{ A }{a}{B}{c}").names == ("b", "A", "c")


def test_a_column_that_is_missing_is_no_empty_word() -> None:
    """Whoever has not looked at the header hears of it."""
    with pytest.raises(KeyError):
        Template.parse("{nobody}").render(FIELDS)
    with pytest.raises(KeyError):
        Template.parse("{nobody}").with_columns({"name": "Name"})


@given(st.text(), st.text())
def test_fields_bring_no_placeholders(one: str, other: str) -> None:
    """Whatever stands in them, it is said as it stands, once."""
    fields = {"one": f"{{other}}{one}{{one}}", "other": other}
    assert Template.parse("<{one}|{other}>").render(fields) == f"<{{other}}{one}{{one}}|{other.strip()}>"


@given(st.text())
def test_every_text_can_be_said(text: str) -> None:
    """With its braces written twice."""
    assert Template.parse(text.replace("{", "{{").replace("}", "}}")).render({}) == text
