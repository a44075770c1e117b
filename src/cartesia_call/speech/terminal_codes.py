"""What programs write for a terminal and nobody means to be said: colours, cursor moves, titles, links."""

from __future__ import annotations

import re

_CODE = re.compile(
    r"\x1b\][^\x07\x1b\x9c\n]{0,2000}(?:\x07|\x1b\\|\x9c|(?=\n|$))"  # OSC, perhaps without its end
    r"|\x1b[PX^_][^\x1b\x9c\n]{0,2000}(?:\x1b\\|\x9c|(?=\n|$))"  # DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]?"  # CSI
    r"|\x1b[ -/]{1,4}[0-~]?"  # character sets
    r"|\x1b[0-~]?",
    re.MULTILINE,
)
"""Control sequences by ECMA-48, section 5, and xterm's OSC, which BEL may end."""


def without_terminal_codes(text: str) -> str:
    """`text` without terminal control sequences, each as a whole; of a hyperlink its text stays."""
    return _CODE.sub("", text) if "\x1b" in text or "\x9b" in text else text
