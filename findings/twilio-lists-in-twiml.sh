#!/usr/bin/env bash
# twilio-python writes a list in TwiML as Python prints it, where its REST client and twilio-node know lists.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" twilio@6.3.1
cat >"$folder/gather.cjs" <<'NODE'
const response = new (require("twilio").twiml.VoiceResponse)();
response.gather({ input: ["dtmf", "speech"] });
console.log(response.toString());
NODE
by_node=$(cd "$folder" && node gather.cjs)
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check twilio==9.13.0
BY_NODE=$by_node "$folder/venv/bin/python" - <<'PYTHON'
import json
import os
import sys
import xml.etree.ElementTree as ElementTree

import twilio
from twilio.http.response import Response
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse


class Recorder:
    """An HTTP client that keeps the form and answers with a call."""

    def request(self, method, uri, data=None, **_):
        self.form = data
        return Response(201, json.dumps({"sid": "CA0"}))


def gathered(twiml: str) -> str:
    return ElementTree.fromstring(twiml)[0].attrib["input"]


response = VoiceResponse()
response.gather(input=["dtmf", "speech"])
recorder = Recorder()
client = Client("AC" + "0" * 32, "evidently-fake-token", http_client=recorder)
client.calls.create(
    to="+12025550143", from_="+12025550144", twiml="<Response/>", status_callback_event=["ringing", "answered"]
)
by_python, by_node, in_form = gathered(str(response)), gathered(os.environ["BY_NODE"]), recorder.form["StatusCallbackEvent"]
print(f"twilio {twilio.__version__} (Python) and 6.3.1 (Node.js); gather(input=['dtmf', 'speech']), which Twilio wants as words with spaces")
print("one would guess: a list becomes such words, as in Node.js, or is refused; calls.create() takes lists too")
print("what happens: the attribute gets the list's repr, with brackets and quotation marks, and nothing is raised")
print(f"seen: Python {by_python!r}, Node.js {by_node!r}; calls.create() sends {in_form!r}")
if (by_python, by_node, in_form) != ("['dtmf', 'speech']", "dtmf speech", ["ringing", "answered"]):
    sys.exit("the behaviour has changed")
PYTHON
