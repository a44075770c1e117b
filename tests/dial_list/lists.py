"""Lists as the program reads them: from the bytes of a file."""

from __future__ import annotations

import io

from cartesia_call.dial_list.layout import HEAD_BYTES, layout_of
from cartesia_call.dial_list.rows import Duplicates, Entry, ListRow, ListRules, RowProblem, read_rows
from cartesia_call.dial_list.template import Template
from cartesia_call.errors import DialListError

NAME = "people.csv"
A, B, C = "+12025550143", "+12025550144", "+12025550145"


def rules_of(
    message: str | None = "Hello {name}.", duplicates: Duplicates = Duplicates.REFUSE, to_column: str = "to"
) -> ListRules:
    """The rules for this message, None for the list's own."""
    template = None if message is None else Template.parse(message)
    return ListRules(source=NAME, template=template, duplicates=duplicates, to_column=to_column)


def results_of(content: bytes | str, rules: ListRules) -> list[Entry]:
    """All that the list in a file with this `content` comes to, text in UTF-8."""
    content = content.encode() if isinstance(content, str) else content
    layout = layout_of(content[:HEAD_BYTES], source=NAME)
    file = io.TextIOWrapper(io.BytesIO(content), encoding=layout.encoding, errors=layout.errors, newline="")
    return list(read_rows(file, layout, rules))


def rows_of(content: bytes | str, rules: ListRules | None = None) -> list[ListRow]:
    """The rows of a list; DialListError with all problems if there are any."""
    results = results_of(content, rules or rules_of())
    problems = [result for result in results if isinstance(result, RowProblem)]
    if problems:
        raise DialListError(problems, source=NAME)
    return [result for result in results if isinstance(result, ListRow)]
