#!/usr/bin/env bash
# twilio's list filters write the wall clock of any zone and call it UTC.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check twilio==9.13.0
"$folder/venv/bin/python" - <<'PYTHON'
import datetime
import json
import sys

import twilio
from twilio.http.response import Response
from twilio.rest import Client


class Recorder:
    """An HTTP client that keeps the query and answers an empty page."""

    def request(self, method, uri, params=None, **_):
        self.params = params
        return Response(200, json.dumps({"calls": [], "page": 0, "page_size": 50, "next_page_uri": None}))


recorder = Recorder()
client = Client("AC" + "0" * 32, "evidently-fake-token", http_client=recorder)
noon_in_utc = datetime.datetime(2026, 1, 15, 12, 0, tzinfo=datetime.timezone.utc)
same_moment = noon_in_utc.astimezone(datetime.timezone(datetime.timedelta(hours=9)))
sent = []
for moment in (noon_in_utc, same_moment):
    client.calls.list(start_time_after=moment)
    sent.append(recorder.params["StartTime>"])
print(f"twilio {twilio.__version__}; calls.list(start_time_after=...) with one moment, told in two zones")
print("one would guess: both ask for the same moment")
print("what happens: the offset is dropped and a Z is put behind the local time")
print(f"seen: {noon_in_utc.isoformat()} becomes {sent[0]}, {same_moment.isoformat()} becomes {sent[1]}")
if sent != ["2026-01-15T12:00:00Z", "2026-01-15T21:00:00Z"]:
    sys.exit("the behaviour has changed")
PYTHON
