"""The header of a dial list: which column is what, and what is missing in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from cartesia_call.dial_list.layout import DELIMITERS
from cartesia_call.dial_list.showing import shown_name
from cartesia_call.dial_list.template import Template, column_key
from cartesia_call.errors import DialListError, ListProblem
from cartesia_call.records import dataclass

MESSAGE = "message"
OPTIONS = ("voice", "language", "timezone", "not_after")
"""Columns with a choice for one row, where the list has them."""

_BETWEEN_WORDS = re.compile(r"[\s_.-]+")
_NUMBER_NAME = re.compile(
    r"phone|mobil|cell|number|nummer|n[uú]m[eé]ro|telefon|t[eé]l[eé]|m[oó]vil|\btel\b|handy|msisdn|e\.?164"
)
"""In what people call the column of numbers, in the languages of most lists."""
_MOST_NAMES = 10


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where in a row stands what, counted from 0.

    `names` are the header's, without white space around them; those that have none, or stand behind the last
    that does, are "" or missing. `options` has those of `OPTIONS` that there are. The message is `template`,
    which says the columns in `said`, by their names; without one it is the column `message`. A row
    has to reach `needed` columns; the rest of a short one is empty.
    """

    names: tuple[str, ...]
    to: int
    message: int | None
    template: Template | None
    said: dict[str, int]
    options: dict[str, int]
    needed: int

    def name(self, place: int) -> str | None:
        """The name of the column at `place`, as it is shown; None if it has none."""
        return (shown_name(self.names[place]) or None) if place < len(self.names) else None


def read_columns(
    header: Sequence[str], *, line: int, to_column: str, template: Template | None, source: str
) -> Columns:
    """The columns of a list, by its `header` in that line; DialListError with all that is wrong in it.

    Names are compared by their `column_key`, those of `OPTIONS` however their words are joined:
    a `not after` must not go unheeded.
    """
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    places: dict[str, int] = {}
    problems = []
    for place, name in enumerate(names):
        key = _key(name)
        if key and places.setdefault(key, place) != place:
            problems.append(
                ListProblem(
                    line=line,
                    column=shown_name(name),
                    reason=f"columns {places[key] + 1} and {place + 1} have this name",
                    hint="Give each column a name of its own.",
                )
            )
    to = places.get(_key(to_column))
    if to is None:
        problems.insert(0, _without_numbers(names, line, to_column))
        raise DialListError(problems[: 1 if _is_a_row(names) else None], source=source)
    message = places.get(MESSAGE)
    problems += _message_problems(places, names, template, line)
    if problems:
        raise DialListError(problems, source=source)
    if template is not None:
        template = template.with_columns({column_key(name): name for name in names if name})
        message = None
    said = {name: names.index(name) for name in (template.names if template else ())}
    return Columns(
        names=tuple(names),
        to=to,
        message=message,
        template=template,
        said=said,
        options={option: places[option] for option in OPTIONS if option in places},
        needed=max(to, message or 0, *said.values()) + 1,
    )


def _key(name: str) -> str:
    key = column_key(name)
    joined = _BETWEEN_WORDS.sub("", key)
    return next((option for option in OPTIONS if option.replace("_", "") == joined), key)


def _message_problems(
    places: dict[str, int], names: list[str], template: Template | None, line: int
) -> list[ListProblem]:
    if template is None:
        if MESSAGE in places:
            return []
        return [
            ListProblem(
                line=line,
                reason='there is no column "message", and no --message',
                hint=f"Say what is to be said with --message, or in a column called {MESSAGE}.",
            )
        ]
    keys = {column_key(name): name for name in names if name}
    problems = [
        ListProblem(
            line=line,
            reason=f"the message has {{{shown_name(name)}}} in it, and there is no such column",
            hint=_placeholder_hint(name, keys),
        )
        for name in template.names
        if column_key(name) not in keys
    ]
    if MESSAGE in places and MESSAGE not in map(column_key, template.names):
        problems.append(
            ListProblem(
                line=line,
                column=shown_name(names[places[MESSAGE]]),
                reason="the list has messages of its own, and there is --message, too",
                hint="Leave one of them out, or put {message} where the list's is to be said.",
            )
        )
    return problems


def _placeholder_hint(name: str, keys: dict[str, str]) -> str:
    key = column_key(name)
    bare = re.split(r"[!:.\[]", key, maxsplit=1)[0].strip()
    if bare in keys:
        return f"Write {{{shown_name(keys[bare])}}} alone: a field is said as it stands."
    if near := get_close_matches(key, keys, n=1):
        return f"Perhaps {{{shown_name(keys[near[0]])}}} is meant."
    return _columns_there(list(keys.values()))


def _columns_there(names: list[str]) -> str:
    there = [shown_name(name) for name in names if name]
    more = f" and {len(there) - _MOST_NAMES} more" if len(there) > _MOST_NAMES else ""
    return f"The list has {', '.join(there[:_MOST_NAMES])}{more}."


def _without_numbers(names: list[str], line: int, to_column: str) -> ListProblem:
    """What to say of a header without the column of numbers."""
    if _is_a_row(names):
        return ListProblem(
            line=line,
            reason="there is no header: the first line has a number in it",
            hint=f"Begin the list with a line of names, such as {to_column},name.",
        )
    keys = {column_key(name): name for name in names if name}
    near = [name for key, name in keys.items() if _NUMBER_NAME.search(key)]
    near = near or [keys[key] for key in get_close_matches(column_key(to_column), keys, n=1)]
    if near:
        ways = " or ".join(f'--to-column "{shown_name(name)}"' for name in near[:3])
        hint = f"Perhaps {ways} is meant."
    elif len(keys) == 1:
        *others, last = (f"a {name}" for name in DELIMITERS.values())
        hint = f"{_columns_there(names)} Columns are separated by {', '.join(others)} or {last}."
    else:
        hint = f"{_columns_there(names)} Say which has the numbers with --to-column."
    return ListProblem(line=line, reason=f'there is no column "{shown_name(to_column)}"', hint=hint)


def _is_a_row(names: list[str]) -> bool:
    """Whether one of a header's names is a number."""
    return any(
        sum(character.isdigit() for character in name) >= 7 and not any(map(str.isalpha, name))
        for name in names
    )
