"""The file of a dial list, as it was when it was opened: told from others, and read as often as asked."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import os
import select
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cartesia_call.dial_list.layout import HEAD_BYTES, layout_of
from cartesia_call.dial_list.records import BrokenRecord, records
from cartesia_call.dial_list.rows import Entry, ListRow, ListRules, RowProblem, read_rows
from cartesia_call.errors import InputError

BLOCK_BYTES = 1_000_000
"""Of a file at once."""

IN_MEMORY_BYTES = 16_000_000
"""Of a list, some hundred thousand rows; the copy of a longer one lies in the folder of temporary files."""


class ListFile:
    """A dial list that can be read again and again; a context, for a copy is kept meanwhile.

    What was checked is what is called, whatever becomes of the file while a list goes on for hours; and a
    pipe can be read once only.
    """

    def __init__(self, path: str, rules: ListRules, *, input_timeout_s: float) -> None:
        """`rules` but for their source. `input_timeout_s` limits silence on standard input."""
        self._path = path
        self._input_timeout_s = input_timeout_s
        self._stack = contextlib.ExitStack()
        self._content: IO[bytes] = io.BytesIO()
        self._left_out: dict[int, RowProblem] = {}
        self.name = "standard input" if path == "-" else Path(path).name
        self._rules = dataclasses.replace(rules, source=self.name)

    def __enter__(self) -> ListFile:
        """InputError if there is no such file, DialListError if it is none that can be read."""
        try:
            self._content = self._stack.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES))
            with self._descriptor() as descriptor:
                for block in _blocks(descriptor, self.name, self._input_timeout_s):
                    self._content.write(block)
        except OSError as error:
            self._stack.close()
            raise InputError(
                f"the list {self._path} cannot be read: {error.strerror or error}",
                hint="name a CSV file, or - for standard input",
            ) from None
        except InputError:
            self._stack.close()
            raise
        self._content.seek(0)
        self.layout = layout_of(self._content.read(HEAD_BYTES), source=self.name)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def _descriptor(self) -> Iterator[int]:
        if self._path == "-":
            yield 0
            return
        # Not blocking: opening a named pipe that nobody writes to would wait without a limit.
        descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def digest(self, *beside: str | None) -> str:
        """What tells this list from others: the file, byte for byte, and what is said `beside` it."""
        self._content.seek(0)
        digest = hashlib.sha256()
        while block := self._content.read(BLOCK_BYTES):
            digest.update(block)
        for text in beside:
            digest.update(b"\0" if text is None else b"\1" + text.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def entries(self) -> Iterator[Entry]:
        """Every row, good, bad or passed over, one at a time. One iteration at a time."""
        with self._text() as text:
            for entry in read_rows(text, self.layout, self._rules):
                yield self._left_out.get(entry.number, entry)

    def leave_out(self, problem: RowProblem) -> None:
        """From now on that row is a bad one, for a reason that its fields alone do not tell."""
        self._left_out[problem.number] = problem

    @contextlib.contextmanager
    def _text(self) -> Iterator[io.TextIOWrapper]:
        self._content.seek(0)
        text = io.TextIOWrapper(
            self._content, encoding=self.layout.encoding, errors=self.layout.errors, newline=""
        )
        try:
            yield text
        finally:
            text.detach()

    def names(self) -> list[str]:
        """The names of the header's columns that have one. One iteration at a time, as `entries`."""
        with self._text() as text:
            header = next(records(text, self.layout, self.name))
        fields = () if isinstance(header, BrokenRecord) else header.fields
        return [name for field in fields if (name := field.strip())]

    def rows(self) -> Iterator[ListRow]:
        """The good rows."""
        return (entry for entry in self.entries() if isinstance(entry, ListRow))


def _blocks(descriptor: int, source: str, timeout_s: float) -> Iterator[bytes]:
    """InputError for a writer that falls silent."""
    while select.select([descriptor], [], [], timeout_s)[0]:
        try:
            block = os.read(descriptor, BLOCK_BYTES)
        except BlockingIOError:  # somebody else was faster, or made the pipe non-blocking
            continue
        if not block:
            return
        yield block
    raise InputError(
        f"nothing came from {source} for {timeout_s:g}s, and the list had not ended",
        hint="--input-timeout sets how long to wait",
    )
