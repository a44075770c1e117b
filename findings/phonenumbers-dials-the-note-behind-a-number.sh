#!/usr/bin/env bash
# phonenumbers takes the words behind a number for more of its digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check phonenumbers==9.0.43
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import phonenumbers

WRITTEN = ("+1 202 555 0143", "+1 202 555 0143 #5", "+1 202 555 0143 (office)", "+1 202 555 0143 w 5")


def read(text: str) -> tuple[str, bool]:
    number = phonenumbers.parse(text, None)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), phonenumbers.is_valid_number(number)


seen = {text: read(text) for text in WRITTEN}
print(f"phonenumbers {phonenumbers.__version__}; parse() of a number with something behind it, then E.164")
print("one would guess: what is no number is left out or refused, as parse() refuses 'office' alone")
print("what happens: three letters in a row make it a vanity number, whose letters are keys; one letter is dropped")
for text, (number, is_valid) in seen.items():
    print(f"seen: {text!r} becomes {number}, {'valid' if is_valid else 'and not valid'}")
if seen != {
    WRITTEN[0]: ("+12025550143", True),
    WRITTEN[1]: ("+12025550143", True),
    WRITTEN[2]: ("+12025550143633423", False),
    WRITTEN[3]: ("+120255501435", False),
}:
    sys.exit("the behaviour has changed")
PYTHON
