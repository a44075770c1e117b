"""A message with placeholders, which each row of a dial list fills with its own fields."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cartesia_call.dial_list.showing import shown_name
from cartesia_call.errors import InputError
from cartesia_call.records import dataclass
from cartesia_call.telephony.numbers import plainly_spaced

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_HINT = "Write a column's name in braces, such as {name}; a brace that is part of the message is {{ or }}."


def column_key(name: str) -> str:
    """`name` as columns are compared: in any case, however it is spaced."""
    return " ".join(plainly_spaced(name).split()).casefold()


@dataclass(frozen=True)
class Template:
    """A message with columns' names in its place: before each name a text, and one behind the last.

    What comes from a field is words: braces in it name no column.
    """

    texts: tuple[str, ...]
    places: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """`text` with `{name}` for the field of the column `name`; `{{` and `}}` are braces.

        Any name of a column will do, with spaces and signs in it. InputError for a brace without its other
        half, and for braces without a name.
        """
        texts, places = [""], list[str]()
        end = 0
        for token in _TOKEN.finditer(text):
            texts[-1] += text[end : token.start()]
            end = token.end()
            if token[0] in {"{{", "}}"}:
                texts[-1] += token[0][0]
            elif token[1] is None:
                raise _unpaired(text, token)
            elif not token[1].strip():
                raise InputError(
                    f"the message has {shown_name(token[0])} in it at character {token.start() + 1}, "
                    "without a column's name",
                    hint=_HINT,
                )
            else:
                places.append(token[1].strip())
                texts.append("")
        texts[-1] += text[end:]
        return cls(tuple(texts), tuple(places))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of columns in it as they are written, each once, in their order."""
        by_key: dict[str, str] = {}
        for place in self.places:
            by_key.setdefault(column_key(place), place)
        return tuple(by_key.values())

    def with_columns(self, columns: Mapping[str, str]) -> Template:
        """The same with a header's own spellings; `columns` has each by its `column_key`. KeyError for a name
        that is not among them."""
        return Template(self.texts, tuple(columns[column_key(place)] for place in self.places))

    def render(self, fields: Mapping[str, str]) -> str:
        """The message for one row: `fields` by the names of their columns, in any spelling of them.

        White space around a field is left out. KeyError for a name that is not among them.
        """
        values = [fields.get(place) for place in self.places]
        if None in values:
            by_key = {column_key(name): field for name, field in fields.items()}
            values = [by_key[column_key(place)] for place in self.places]
        said = [value.strip() for value in values if value is not None]
        return "".join(
            [*(part for pair in zip(self.texts, said, strict=False) for part in pair), self.texts[-1]]
        )


def _unpaired(text: str, brace: re.Match[str]) -> InputError:
    what = "is never closed" if brace[0] == "{" else "closes none"
    around = shown_name(text[max(0, brace.start() - 10) : brace.start() + 20].strip())
    return InputError(
        f"the brace at character {brace.start() + 1} of the message {what}: {around!r}", hint=_HINT
    )
