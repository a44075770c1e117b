"""What programs write for a terminal and nobody means to be said: colours, cursor moves, titles, links."""

from __future__ import annotations

from cartesia_call.patterns import regex
from cartesia_call.quoting import without_control_sequences

_SPELLED = regex(r"#033(?:\[[0-9;?]{0,40}[A-Za-z]|\([0B])")
"""As rsyslog writes colours and character sets: the escape character in octal."""


def without_terminal_codes(text: str) -> str:
    """`text` without terminal control sequences, each as a whole; of a hyperlink its text stays."""
    bare = without_control_sequences(text)
    return _SPELLED.sub("", bare) if "#033" in bare else bare
