"""The file of a dial list: told from others, looked through once, and read row by row as often as asked."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import math
import os
import select
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cartesia_call.dial_list.layout import HEAD_BYTES, layout_of
from cartesia_call.dial_list.rows import ListRow, ListRules, RowProblem, read_rows
from cartesia_call.errors import DialListError, InputError
from cartesia_call.settings.model import Settings
from cartesia_call.telephony.estimates import pauses_s
from cartesia_call.wiring.dial_list import RowSettings

IN_MEMORY_BYTES = 1_000_000
"""Of a file at once."""

MOST_PROBLEMS = 1_000
"""Of so many the rows are told; a list with more is no list of ours."""

MOST_VOICES = 50
"""Each name is looked up before anybody is called."""

SHOWN_MESSAGES = 3

CHARACTERS_PER_S = 15.0
"""About 170 words a minute, as voices speak."""


@dataclass(kw_only=True)
class Survey:
    """What a list holds, good rows and bad. `characters` are those of all messages, `distinct_characters` of
    each text once; `messages` are the first of them, as they are said. `talk_s` is about how long all of it
    takes to say, in `billed_minutes`, of which the carrier counts each that was begun.
    """

    rows: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    bad_rows: int = 0
    characters: int = 0
    talk_s: float = 0.0
    billed_minutes: int = 0
    distinct_texts: int = 0
    distinct_characters: int = 0
    messages: list[str] = field(default_factory=list)
    voices: Counter[str] = field(default_factory=Counter)


class ListFile:
    """A dial list that can be read again and again; a context, for standard input is kept meanwhile."""

    def __init__(self, path: str, rules: ListRules, *, input_timeout_s: float) -> None:
        """`rules` but for their source. `input_timeout_s` limits silence on standard input."""
        self._path = path
        self._input_timeout_s = input_timeout_s
        self._stack = contextlib.ExitStack()
        self._content: BinaryIO = io.BytesIO()
        self.name = "standard input" if path == "-" else Path(path).name
        self._rules = dataclasses.replace(rules, source=self.name)

    def __enter__(self) -> ListFile:
        """InputError if there is no such file, DialListError if it is none that can be read."""
        try:
            if self._path == "-":
                self._content = self._stack.enter_context(tempfile.TemporaryFile())
                for block in _standard_input(self._input_timeout_s):
                    self._content.write(block)
            else:
                self._content = self._stack.enter_context(Path(self._path).open("rb"))
        except OSError as error:
            self._stack.close()
            raise InputError(
                f"the list {self._path} cannot be read: {error.strerror or error}",
                hint="name a CSV file, or - for standard input",
            ) from None
        self._content.seek(0)
        self.layout = layout_of(self._content.read(HEAD_BYTES), source=self.name)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def digest(self, *beside: str | None) -> str:
        """What tells this list from others: the file, byte for byte, and what is said `beside` it."""
        self._content.seek(0)
        digest = hashlib.sha256()
        while block := self._content.read(IN_MEMORY_BYTES):
            digest.update(block)
        for text in beside:
            digest.update(b"\0" if text is None else b"\1" + text.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def entries(self) -> Iterator[ListRow | RowProblem]:
        """Every row, good or bad, one at a time. One iteration at a time."""
        self._content.seek(0)
        text = io.TextIOWrapper(
            self._content, encoding=self.layout.encoding, errors=self.layout.errors, newline=""
        )
        try:
            yield from read_rows(text, self.layout, self._rules)
        finally:
            text.detach()

    def rows(self) -> Iterator[ListRow]:
        """The good rows."""
        return (entry for entry in self.entries() if isinstance(entry, ListRow))


def _standard_input(timeout_s: float) -> Iterator[bytes]:
    """InputError for a writer that falls silent."""
    while select.select([0], [], [], timeout_s)[0]:
        block = os.read(0, IN_MEMORY_BYTES)
        if not block:
            return
        yield block
    raise InputError(
        f"nothing came from standard input for {timeout_s:g}s, and the list had not ended",
        hint="--input-timeout sets how long to wait",
    )


def survey(file: ListFile, rows: RowSettings, settings: Settings) -> Survey:
    """Look the whole list through. DialListError, for all rows at once, unless bad ones are to be skipped."""
    found = Survey()
    texts: set[bytes] = set()
    for entry in file.entries():
        problem = entry if isinstance(entry, RowProblem) else _counted(found, entry, rows, texts)
        if problem is not None:
            found.bad_rows += 1
            found.problems += [problem] * (len(found.problems) < MOST_PROBLEMS)
    if found.problems and not (settings.dial_list.skips_bad and found.rows):
        raise DialListError(
            found.problems, source=file.name, more=max(0, found.bad_rows - len(found.problems))
        )
    if len(found.voices) > MOST_VOICES:
        raise InputError(
            f"the list names {len(found.voices)} voices, and {MOST_VOICES} are looked up at the most",
            hint="name voices by their id, or call several lists",
        )
    return found


def _counted(found: Survey, row: ListRow, rows: RowSettings, texts: set[bytes]) -> RowProblem | None:
    """Count a row, or say why nothing can be said to it."""
    try:
        message = rows.message(row)
    except InputError as error:
        return RowProblem(
            number=row.number, line=row.line, column="message", reason=error.message, hint=error.hint
        )
    found.rows += 1
    found.characters += len(message.text)
    talk_s = len(message.text) / CHARACTERS_PER_S + pauses_s(message.text)
    found.talk_s += talk_s
    found.billed_minutes += math.ceil(talk_s / 60)
    if row.voice is not None:
        found.voices[row.voice] += 1
    key = hashlib.blake2b(
        "\0".join((message.text, row.voice or "", row.language or "")).encode("utf-8", "surrogatepass"),
        digest_size=16,
    ).digest()
    if key not in texts:
        texts.add(key)
        found.distinct_texts += 1
        found.distinct_characters += len(message.text)
        if len(found.messages) < SHOWN_MESSAGES:
            found.messages.append(message.text)
    return None
