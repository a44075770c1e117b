"""Rows of a list that were read once, until they are written elsewhere: reading is most of the work."""

from __future__ import annotations

import contextlib
import marshal
import struct
import tempfile
from collections.abc import Iterator
from datetime import time
from typing import IO, Any

from cartesia_call.dial_list.rows import ListRow

AT_ONCE = 1000
"""So many rows make one piece of the file, and are held."""

IN_MEMORY_BYTES = 16_000_000
"""Beyond it the rows lie in the folder of temporary files, under no name."""

_LENGTH = struct.Struct("<I")


@contextlib.contextmanager
def kept_rows() -> Iterator[KeptRows]:
    """A place for them, which is gone behind the block."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
        yield KeptRows(file)


class KeptRows:
    """Rows in `file`: `keep` comes first and `rows` then."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._piece: list[tuple[Any, ...]] = []

    def keep(self, row: ListRow) -> None:
        """One more; what is only told of a row (`fields`, `warning`) is not kept."""
        not_after = None if row.not_after is None else row.not_after.isoformat()
        own = (row.voice, row.language, row.timezone, not_after)
        self._piece.append((row.number, row.line, row.to, row.message, *own))
        if len(self._piece) >= AT_ONCE:
            self._write()

    def _write(self) -> None:
        piece = marshal.dumps(self._piece)
        self._file.write(_LENGTH.pack(len(piece)) + piece)
        self._piece = []

    def rows(self) -> Iterator[ListRow]:
        """All of them, in their order."""
        self._write()
        self._file.seek(0)
        while length := self._file.read(_LENGTH.size):
            for number, line, to, message, voice, language, timezone, not_after in marshal.loads(  # noqa: S302
                self._file.read(*_LENGTH.unpack(length))
            ):
                yield ListRow(
                    number=number,
                    line=line,
                    to=to,
                    message=message,
                    voice=voice,
                    language=language,
                    timezone=timezone,
                    not_after=None if not_after is None else time.fromisoformat(not_after),
                    fields={},
                )
