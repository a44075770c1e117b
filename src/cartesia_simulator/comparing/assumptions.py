"""What the program believes of the vendors and no document settles; docs/assumptions.md is made of it.

A line of code that rests on a belief has the mark `# assumes: NAME`. Every mark has a row here and every row
has a mark; a test holds both in step.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """`if_wrong` is what becomes of a call. `settled_by` is what a trace has to show, empty where none can:
    then `untraced` says why. `needs` is what a call must do for it, in words for whoever makes one.
    """

    believed: str
    if_wrong: str
    settled_by: str = ""
    untraced: str = ""


ASSUMPTIONS: dict[str, Assumption] = {
    # --- media stream
    "mark-means-played": Assumption(
        believed="A mark is echoed when the audio before it has been played, not earlier.",
        if_wrong="An echo more than 250 ms early counts as dropped audio: the stream is closed and the "
        "carrier's voice says all of it again.",
        settled_by="the time between the end of the audio that was sent and the mark's echo",
    ),
    "mark-comes-promptly": Assumption(
        believed="The echo comes within half a second of that; three seconds later it is lost.",
        if_wrong="The call hangs up later by the difference, and beyond 3 s with the evidence `watchdog`.",
        settled_by="the same time",
    ),
    "mark-returns-its-name": Assumption(
        believed="An echo has the name of a mark that we sent, each once, in their order.",
        if_wrong="An echo of an unknown name proves nothing: evidence `watchdog`.",
        settled_by="names of marks sent and echoed",
    ),
    "no-marks-after-the-end": Assumption(
        believed="Marks that are outstanding as the call ends are not echoed.",
        if_wrong="Nothing is lost: a `stop` inside the silent tail is `delivered` in either case.",
        settled_by="a callee who hangs up inside the message: marks between that and `stop`",
    ),
    "stream-fields": Assumption(
        believed="Messages of the media stream have the fields that the documents show, of the same types.",
        if_wrong="A message without a field that is read is a protocol error, and the stream is given up.",
        settled_by="every message of the stream",
    ),
    "order-means-nothing": Assumption(
        believed="Fields may come in any order.",
        if_wrong="Nothing: JSON is read by names.",
        settled_by="the order of fields in every message",
    ),
    "unknown-fields-come": Assumption(
        believed="Vendors add fields and kinds of messages without notice; what is not known may be ignored.",
        if_wrong="A field that changes the meaning of others is overlooked.",
        settled_by="fields and kinds that the built-in network does not send",
    ),
    "frames-of-20-ms": Assumption(
        believed="The callee's audio comes in frames of 160 bytes, 50 a second, silence too, numbered"
        " without gaps.",
        if_wrong="A silence of 10 s counts as a dead connection; sizes and gaps are measured, not assumed.",
        settled_by="sizes, numbers and times of inbound media",
    ),
    "connected-then-start": Assumption(
        believed="`connected` comes first, `start` second, within a second of the handshake.",
        if_wrong="Audio waits for `start`; after --stream-timeout the carrier's voice speaks.",
        settled_by="the order and times of the first messages",
    ),
    "stream-follows-answer": Assumption(
        believed="The stream is connected within three seconds of the answer.",
        if_wrong="After --stream-timeout (10 s) the carrier's voice speaks.",
        settled_by="the time from `in-progress` to the handshake",
    ),
    "stop-names-the-call": Assumption(
        believed="`stop` comes when the call ends, names account and call, and the stream is closed "
        "behind it.",
        if_wrong="The end is learnt from the `completed` callback or by asking, some seconds later.",
        settled_by="the last messages of the stream",
    ),
    "one-stream-a-call": Assumption(
        believed="The carrier connects to the address that the TwiML names, once, and changes nothing in it.",
        if_wrong="What comes to another address is a stranger; no stream, so the carrier's voice speaks.",
        settled_by="handshakes with a signature at addresses that were never given away",
    ),
    # --- signatures and callbacks
    "stream-is-signed": Assumption(
        believed="The stream's handshake is signed with the account's auth token over the wss address"
        " in the TwiML.",
        if_wrong="The stream is refused, the carrier's voice speaks; --no-verify-signature lets it in.",
        settled_by="over which form of the address the signature was made",
    ),
    "callbacks-are-signed": Assumption(
        believed="Callbacks by GET are signed over the address with its query exactly as it comes.",
        if_wrong="They are refused, and the call's state is asked for instead, every five seconds.",
        settled_by="over which form of the address the signature was made",
    ),
    "port-and-slash-vary": Assumption(
        believed="A signature may be over the address with :443, and the stream's with a slash at its end.",
        if_wrong="Nothing: more forms are accepted than come.",
        settled_by="which form it was, where it is not the address as we wrote it",
    ),
    "region-signs-with-its-token": Assumption(
        believed="What a call of region ie1 or au1 sends is signed with that region's auth token.",
        if_wrong="The stream is refused, unless the token of us1 is configured as well: each known "
        "one is tried.",
        settled_by="a call in such a region whose requests verify",
    ),
    "shared-key-signs-streams": Assumption(
        believed="Where a SharedKey signs callbacks, it signs the stream's handshake, too.",
        if_wrong="The stream is refused unless the auth token is known as well; the carrier's voice speaks.",
        settled_by="which key the stream and the callbacks of one call were signed with",
    ),
    "callbacks-come-by-get": Assumption(
        believed="Status callbacks come by GET where that is asked for, with all parameters in the query.",
        if_wrong="A POST gets 404, and the call's state is asked for instead, every five seconds.",
        settled_by="method and parameters of callbacks",
    ),
    "verdicts-come-by-get": Assumption(
        believed="The detection's verdict comes by GET where that is asked for: one page says GET or "
        "POST, another POST.",
        if_wrong="A POST gets 404; the verdict is asked for every three seconds.",
        settled_by="the method of the callback with AnsweredBy",
    ),
    "callback-fields": Assumption(
        believed="Callbacks have the parameters that the documents show.",
        if_wrong="Without CallStatus a callback is ignored; without SequenceNumber it counts as the newest.",
        settled_by="every callback",
    ),
    "callbacks-in-sequence": Assumption(
        believed="SequenceNumber counts a call's callbacks from 0, one by one, in the order of events.",
        if_wrong="An older state may hide a newer one until the next question.",
        settled_by="sequence numbers, states and times of callbacks",
    ),
    "completed-is-told-soon": Assumption(
        believed="The `completed` callback comes within two seconds of the hang-up.",
        if_wrong="The call is confirmed by asking; the command ends up to a second later.",
        settled_by="the time from the answer to the hang-up to the callback",
    ),
    "sip-code-is-told": Assumption(
        believed="The last callback has SipResponseCode, and 603 is what a callee who declines makes of it.",
        if_wrong="A declined call is 11 (no-answer) instead of 12.",
        settled_by="the last callback of a call, of one that is declined above all",
    ),
    "statuses-are-known": Assumption(
        believed="A call's status is one of the nine documented words.",
        if_wrong="Another word counts as a call under way: it is watched and hung up.",
        settled_by="every status in answers and callbacks",
    ),
    "detection-beside-stream": Assumption(
        believed="Asynchronous detection works beside a media stream.",
        if_wrong="No verdict comes; --amd-timeout ends the wait for it, and our own listening decides.",
        settled_by="a call with --amd carrier: verdict and stream in one trace",
    ),
    # --- REST
    "call-fields": Assumption(
        believed="The call resource has the documented fields, all of them text or null.",
        if_wrong="Without `sid` the answer to a placing request is one that cannot be understood: status 30.",
        settled_by="every answer about a call",
    ),
    "error-fields": Assumption(
        believed="Errors are JSON with code, message, more_info and status; newer services may write "
        "RFC 9457.",
        if_wrong="The sentence names the HTTP status instead of the reason.",
        settled_by="every refusal",
    ),
    "errors-by-status": Assumption(
        believed="212xx comes with 400, 20003 with 401, 20404 with 404, 20429 with 429.",
        if_wrong="A refusal by another status is still told by its code; a 5xx to a placing request "
        "is status 30.",
        settled_by="status and code of every refusal",
    ),
    "young-404-passes": Assumption(
        believed="A 404 about a call that is younger than ten seconds passes: the resource is not "
        "everywhere yet.",
        if_wrong="The hang-up is asked for until --hangup-timeout, and is status 31 then.",
        settled_by="a 404 about a call that an earlier answer named, and what later answers say",
    ),
    "ended-call-is-refused": Assumption(
        believed="A request to end a call that is over gets 400 with 21220, or 404.",
        if_wrong="The hang-up is confirmed by another question.",
        settled_by="the answer to a hang-up behind `completed`",
    ),
    "completed-ends-the-call": Assumption(
        believed="Status=completed, once answered with 200, ends the call within five seconds.",
        if_wrong="The hang-up is tried again, then by TwiML; unconfirmed it is status 31.",
        settled_by="`stop`, `completed` or an answer behind the hang-up",
    ),
    "lost-call-is-listed": Assumption(
        believed="Two seconds after it was placed, a call is in the list of calls to its number.",
        if_wrong="A call whose answer was lost is found later, or by its callbacks alone; else status 30.",
        settled_by="a list behind a placing request without answer",
    ),
    "notes-tell-stream-errors": Assumption(
        believed="Errors 319xx of the stream are in the call's Notifications.",
        if_wrong="A broken stream is told without Twilio's reason.",
        settled_by="the notifications of a call whose stream failed",
    ),
    "next-verb-speaks": Assumption(
        believed="Once a stream is closed, the next verb of the document runs within a second or two.",
        if_wrong="The callee hears silence for longer before the carrier's voice; nothing is said twice.",
        untraced="what the callee hears of the carrier's own voice passes no socket of ours",
    ),
    "pings-may-stay-unanswered": Assumption(
        believed="The carrier answers pings, or ignores them; neither ends the stream.",
        if_wrong="A stream ends after 20 s, where the first ping is; the carrier's voice says the rest.",
        settled_by="a stream of more than 25 s that is still open",
    ),
    # --- speech
    "speech-fields": Assumption(
        believed="Cartesia's messages have the fields that the documents show, of the same types.",
        if_wrong="A malformed message ends the context: the next voice says the rest.",
        settled_by="every message of the speech socket",
    ),
    "done-is-the-end": Assumption(
        believed="`done` comes once, behind all audio of its context.",
        if_wrong="Audio behind it is lost: the end of the message is missing.",
        settled_by="chunks behind `done`",
    ),
    "context-is-named": Assumption(
        believed="Every message names its context; one that does not is about the only one that is open.",
        if_wrong="The connection is not kept for the next message.",
        settled_by="messages without context_id",
    ),
    "flush-follows-sentence": Assumption(
        believed="Unbuffered, each transcript ends in a `flush_done`, and flush_id goes up by one.",
        if_wrong="Where a sentence ends is not known: speech that breaks is resumed at an earlier one.",
        settled_by="transcripts sent and `flush_done` received",
    ),
    "audio-outruns-playing": Assumption(
        believed="Audio comes faster than it plays.",
        if_wrong="The callee hears gaps; after 1.5 s of silence the next voice says the rest.",
        settled_by="times and sizes of chunks",
    ),
    "message-fits": Assumption(
        believed="No message of the speech socket is larger than 4 MiB.",
        if_wrong="The connection is closed with 1009: the next voice speaks.",
        settled_by="the size of every message",
    ),
    "close-codes-refuse": Assumption(
        believed="A close with 1002, 1003 or 1007 to 1010 is about what we sent; any other may pass.",
        if_wrong="The message is tried once more in vain, or not although it would help.",
        settled_by="close codes of the speech socket before `done`",
    ),
    "idle-socket-lives": Assumption(
        believed="A connection may be idle for a minute.",
        if_wrong="The next message opens another one, some 200 ms later.",
        settled_by="two messages on one connection, seconds apart",
    ),
    "errors-of-speech-by-status": Assumption(
        believed="An error of the speech service that we do not know is judged by its status: 408, "
        "429 and 5xx may pass.",
        if_wrong="One that would pass is not tried again: the next voice speaks.",
        settled_by="status and code of every error",
    ),
    # --- public path
    "tunnel-lets-carrier-in": Assumption(
        believed="ngrok lets the carrier's websocket and callbacks through as they are, on a free "
        "domain too.",
        if_wrong="No stream comes: the carrier's voice speaks.",
        settled_by="the carrier's handshake through a tunnel",
    ),
    "tunnel-routes-soon": Assumption(
        believed="A tunnel's address leads here within --tunnel-timeout of being told.",
        if_wrong="The carrier's voice speaks.",
        settled_by="probes until one comes through",
    ),
    "taken-domain-frees": Assumption(
        believed="ERR_NGROK_334 about an agent that was killed passes within seconds.",
        if_wrong="After --tunnel-timeout the carrier's voice speaks.",
        settled_by="refusals of the tunnel, and the one that opened it",
    ),
    # --- what is heard of the callee
    "screening-tone": Assumption(
        believed="Apple's call screening sounds one steady tone behind its question: below.",
        if_wrong="Below.",
        untraced="a trace holds no audio, and nobody but the callee knows that the call was screened",
    ),
    "mailbox-or-robot": Assumption(
        believed="Who has sounded a tone and is silent for 30 s is a mailbox: below.",
        if_wrong="Below.",
        untraced="a trace holds no audio, and who was there is known to the callee alone",
    ),
    "no-beep-no-mailbox": Assumption(
        believed="A machine that falls silent without a beep is more often an announcement: below.",
        if_wrong="Below.",
        untraced="a trace holds no audio, and only the mailbox's owner knows whether it recorded",
    ),
    "music-is-hold": Assumption(
        believed="What sounds for four seconds without the pauses of speech is music: below.",
        if_wrong="Below.",
        untraced="a trace holds no audio",
    ),
}  # fmt: skip
"""Every belief by its name."""
