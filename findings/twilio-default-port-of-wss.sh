#!/usr/bin/env bash
# twilio's RequestValidator takes 80 for the usual port of wss.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check twilio==9.13.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import twilio
from twilio.request_validator import RequestValidator

validator = RequestValidator("evidently-fake-token")


def fits(signed: str, asked: str) -> bool:
    """Whether a request for `asked` may carry a signature that was made over `signed`."""
    return validator.validate(asked, {}, validator.compute_signature(signed, {}))


seen = {
    scheme: fits(f"{scheme}://example.com:443/media", f"{scheme}://example.com/media")
    for scheme in ("https", "wss")
}
print(f"twilio {twilio.__version__}; the sender signs an address with :443, the receiver sees it without a port")
print("one would guess: validate() tries the scheme's usual port, and 443 is that of wss as it is of https")
print("what happens: it tries 443 for https only, and 80 for all else; the right signature of a stream is refused")
print(f"seen: https {'accepted' if seen['https'] else 'refused'}, wss {'accepted' if seen['wss'] else 'refused'}")
if seen != {"https": True, "wss": False}:
    sys.exit("the behaviour has changed")
PYTHON
