"""HTML from parts: text is escaped because it is text, and only what was built here is markup."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from cartesia_call.quoting import one_line
from cartesia_call.records import dataclass

_WITHOUT_END = frozenset({"meta", "br"})


@dataclass(frozen=True)
class Markup:
    """What may stand in a page as it is."""

    text: str


Content = Markup | str
"""A string is text: whatever is in it, nothing of it becomes markup."""


def escaped(text: str) -> str:
    """`text` for a page: on one line, without what turns the reading direction, its signs written out."""
    return html.escape(one_line(text))


def element(tag: str, *content: Content, **attributes: str | bool) -> Markup:
    """An element. Attributes are written as in `class_="wide"`, `aria_label="Ring times"`; True stands alone,
    False is left out."""
    written = [f"<{tag}"]
    for name, value in attributes.items():
        if value is not False:
            plain = name.rstrip("_").replace("_", "-")
            written.append(f" {plain}" if value is True else f' {plain}="{escaped(str(value))}"')
    written.append(">")
    if tag not in _WITHOUT_END:
        written += [joined(content).text, f"</{tag}>"]
    return Markup("".join(written))


def joined(parts: Iterable[Content], between: str = "") -> Markup:
    """One after the other."""
    return Markup(between.join(part.text if isinstance(part, Markup) else escaped(part) for part in parts))


def table(
    caption: Content, headings: Sequence[str], rows: Iterable[Sequence[Content]], *, numbers_from: int = 99
) -> Markup:
    """A table with caption and scopes; the first cell of a row is its heading. Columns from `numbers_from` on
    hold figures."""

    def style(column: int) -> str | bool:
        return "figure" if column >= numbers_from else False

    head = [element("th", text, scope="col", class_=style(at)) for at, text in enumerate(headings)]
    body = [
        element(
            "tr",
            element("th", first, scope="row"),
            *(element("td", cell, class_=style(at)) for at, cell in enumerate(cells, start=1)),
        )
        for first, *cells in rows
    ]
    return element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *head)),
        element("tbody", joined(body, "\n")),
    )
