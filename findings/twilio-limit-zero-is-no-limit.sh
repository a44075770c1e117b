#!/usr/bin/env bash
# twilio's list(limit=0) reads everything there is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check twilio==9.13.0
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys

import twilio
from twilio.http.response import Response
from twilio.rest import Client

PAGES = 7


class Pages:
    """An HTTP client that answers seven pages of three calls."""

    def __init__(self):
        self.asked = 0

    def request(self, method, uri, params=None, **_):
        self.asked += 1
        following = f"/2010-04-01/more?Page={self.asked}" if self.asked < PAGES else None
        calls = [{"sid": f"CA{self.asked}{position}"} for position in range(3)]
        return Response(200, json.dumps({"calls": calls, "page": self.asked, "next_page_uri": following}))


seen = {}
for limit in (1, 0):
    pages = Pages()
    client = Client("AC" + "0" * 32, "evidently-fake-token", http_client=pages)
    seen[limit] = len(client.calls.list(limit=limit)), pages.asked
print(f"twilio {twilio.__version__}; calls.list(limit=...) on an account with {PAGES} pages of calls")
print("one would guess: limit=0 returns nothing, and asks for nothing")
print("what happens: 0 is taken as not given, and every page is fetched")
for limit, (found, requests) in seen.items():
    print(f"seen: limit={limit}: {found} calls by {requests} requests")
if seen != {1: (1, 1), 0: (3 * PAGES, PAGES)}:
    sys.exit("the behaviour has changed")
PYTHON
