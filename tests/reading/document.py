"""docs/reading.md, made from the table of rules and their examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cartesia_call.reading.layout import LAYOUT
from cartesia_call.reading.rule import Rule
from cartesia_call.reading.table import WORDS
from tests.reading.examples import LAYOUT_EXAMPLES, OTHER_LANGUAGE, UNCHANGED, WORDS_EXAMPLES, Example

_HEAD = """\
# Machine text made speakable

What `--read-as alert` makes of a message. Made by `python -m tests.reading` from the table of rules and from
the examples that the test suite holds them to. `--print` shows what will be said and dials nothing. The
default, `--read-as plain`, changes nothing but control characters, codes for terminals and invalid Unicode.

First markup is taken away, by the rules of the first table, each in its turn. Then the rules of the second
table go through the text once: at each place the first one that recognises what stands there says it, and
nothing that was said is read again. With `--spell`, identifiers stand between `<spell>` and `</spell>`.

Cartesia's own tags, obeyed with `--tags`, are never touched, nor is what stands in `<spell>`. Lines stay
lines, and sentences sentences. A text of which nothing would be left stays as it is. What a rule *leaves
out* is not heard; all others say every digit. The words that are put in are English: with another
`--language` only the rules marked ○ apply, without words of their own, and what the other rules recognise
stays as it is.

"""

_MARKDOWN = str.maketrans({"|": "\\|", "\n": "⏎"})


def document() -> str:
    """The whole file."""
    sections = [
        _HEAD + _table("Markup", LAYOUT, LAYOUT_EXAMPLES),
        _table("Words", WORDS, WORDS_EXAMPLES),
        "## Another language\n\n| written | said with `--language de` |\n| --- | --- |\n"
        + "".join(f"| {_code(written)} | {_code(said)} |\n" for written, said in OTHER_LANGUAGE),
        "## What stays as it is\n\n" + "".join(f"- {_code(text)}\n" for text in UNCHANGED),
    ]
    return "\n".join(sections)


def _table(title: str, rules: Iterable[Rule], examples: Mapping[str, tuple[Example, ...]]) -> str:
    lines = [f"## {title}", "", "| rule | what it does | written | said |", "| --- | --- | --- | --- |"]
    for rule in rules:
        for index, example in enumerate(examples[rule.name]):
            name, does = (
                (f"{rule.name}{' ○' if rule.any_language else ''}", _does(rule)) if index == 0 else ("", "")
            )
            lines.append(f"| {name} | {does} | {_code(example.written)} | {_said(example)} |")
    return "\n".join(lines) + "\n"


def _does(rule: Rule) -> str:
    return f"{rule.does} *Leaves out* {rule.leaves_out}." if rule.leaves_out else rule.does


def _said(example: Example) -> str:
    if example.spelled is None:
        return _code(example.said)
    return f"{_code(example.said)}; with `--spell` {_code(example.spelled)}"


def _code(text: str) -> str:
    """Line ends are shown as ⏎."""
    mark = "``" if "`" in text else "`"
    space = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{mark}{space}{text.translate(_MARKDOWN)}{space}{mark}"
