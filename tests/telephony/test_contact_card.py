"""The caller ID as a vCard that telephones read."""

from __future__ import annotations

import pytest

from cartesia_call.errors import InputError
from cartesia_call.telephony.contact_card import LINE_END, contact_card

NUMBER = "+12025550100"


def test_a_card_has_what_version_3_cannot_do_without() -> None:
    """RFC 2426, 3.1.1 and 3.1.2: the name as it is shown, and in its parts."""
    assert contact_card("Acme alerts", NUMBER) == [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "N:;Acme alerts;;;",
        "FN:Acme alerts",
        "TEL;TYPE=WORK,VOICE:+12025550100",
        "END:VCARD",
    ]
    assert LINE_END == "\r\n"


def test_what_would_end_a_value_is_escaped() -> None:
    assert contact_card(r"Acme, Inc.; a\b: c", NUMBER)[3] == r"FN:Acme\, Inc.\; a\\b: c"
    assert contact_card("  two\nlines\t", NUMBER)[3] == "FN:two lines"


def test_long_lines_are_folded_between_characters() -> None:
    """At 75 bytes; whoever unfolds them has the name whole."""
    name = "Störungsmeldung der Wärmeversorgung für die Straße am Überlandwerk 电话 Nr. 7"
    lines = contact_card(name, NUMBER)
    assert max(len(line.encode()) for line in lines) <= 75
    assert f"FN:{name}" in LINE_END.join(lines).replace(f"{LINE_END} ", "").split(LINE_END)


@pytest.mark.parametrize("name", ["", " \n", "a\x1bb", "a\udcffb", "\u202e", "x" * 101])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="is no name for a contact"):
        contact_card(name, NUMBER)
