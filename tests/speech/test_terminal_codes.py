"""Control sequences of terminals go as a whole, and nothing else does."""

from __future__ import annotations

import pytest

from cartesia_call.speech.terminal_codes import without_terminal_codes


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("\x1b[31mERROR\x1b[0m disk full on db-03", "ERROR disk full on db-03"),
        ("\x1b[1;31mERROR\x1b[m", "ERROR"),
        ("\x1b[38;5;196mERROR\x1b[K", "ERROR"),
        ("\x1b[38:2::255:0:0mERROR", "ERROR"),
        ("\x1b[2K\x1b[1Gdone", "done"),
        ("\x1b[?25l50%\x1b[?25h", "50%"),
        ("\x1b(Bdone\x1b)0", "done"),
        ("\x1b]0;title\x07done", "done"),
        ("see \x1b]8;;https://example.com\x1b\\the log\x1b]8;;\x1b\\ now", "see the log now"),
        ("\x1b]8;;https://example.com\nnext", "\nnext"),
        ("\x9b31mERROR\x9b0m", "ERROR"),
        ("\x1bPq#0\x1b\\picture", "picture"),
        ("\x1b7saved\x1b8\x1b=", "saved"),
        ("cut off \x1b[3", "cut off "),
        ("cut off \x1b", "cut off "),
        ("#033[31mERROR#033[0m disk full#033(B", "ERROR disk full"),
        ("ticket #033[1] is text", "ticket #033[1] is text"),
        ("[31m is text", "[31m is text"),
    ],
)
def test_sequences_go_whole(written: str, said: str) -> None:
    """Colours, erasures, character sets, titles and links; a cut one as far as it goes."""
    assert without_terminal_codes(written) == said
