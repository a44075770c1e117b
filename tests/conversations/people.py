"""Conversations with people: keys, the greeting, screening robots; and what breaks while a key is awaited."""

from __future__ import annotations

from collections.abc import Iterator

from cartesia_call.telephony.outcomes import Evidence, Outcome
from tests.conversations.case import Case, case

ACK = "--ack 1"
REJECT = "--ack 1 --reject 9"
ONCE = "--ack 1 --repeat 0 --ack-timeout 3s"
TWICE = "--ack 1 --ack-timeout 3s"
WORDS = "--key 1=confirmed,2=cancelled,9=opt-out --do-not-call never.txt"
NO_MORE = "--key 9=opt-out --do-not-call never.txt"
CUT = "beginning of message, confirmation"
ROUND = "message, prompt"

IDENTIFY = "--identify 'Acme alerts, about your server.'"
PATIENT = f"{IDENTIFY} --greeting wait"
ROBOT = "screens,greeting:5s"

ACKNOWLEDGED, DELIVERED = Outcome.ACKNOWLEDGED, Outcome.DELIVERED
EARLY, NO_KEY = Outcome.HUNG_UP_EARLY, Outcome.NOT_ACKNOWLEDGED


def cases() -> Iterator[Case]:
    """All of them, in the order of the table."""
    for made in (_keys, _words, _keys_and_ends, _nobody, _greeting, _screening, _faults):
        yield from made()


def _keys() -> Iterator[Case]:
    yield case("answers", "", DELIVERED, "message")
    yield case("answers", ONCE, NO_KEY, ROUND)
    yield case("answers", TWICE, NO_KEY, f"{ROUND}, {ROUND}")
    yield case("answers,presses:1@2s", ACK, ACKNOWLEDGED, CUT, digits="1")
    at_prompt = "message, beginning of prompt, confirmation"
    long_prompt = f"{ACK} --prompt 'Press 1 to confirm. Press nothing, and we will call somebody else.'"
    yield case("answers,presses:1@9s", long_prompt, ACKNOWLEDGED, at_prompt, digits="1")
    yield case("answers,presses:1@14s", ACK, ACKNOWLEDGED, f"{ROUND}, confirmation", digits="1")
    yield case("answers,presses:1@16s", TWICE, ACKNOWLEDGED, f"{ROUND}, {CUT}", digits="1")
    yield case("answers,presses:11@2s", ACK, ACKNOWLEDGED, CUT, digits="11")
    yield case("answers,presses:19@2s", REJECT, ACKNOWLEDGED, CUT, digits="19")
    yield case("answers,presses:9@2s", REJECT, Outcome.REJECTED, "beginning of message", digits="9")
    yield case("answers,presses:9@2s", ONCE, NO_KEY, ROUND, digits="9")
    yield case("answers,presses:#@2s", "--ack '#'", ACKNOWLEDGED, CUT, digits="#")
    again = "answers,presses:*@2s,presses:1@5s"
    yield case(again, ACK, ACKNOWLEDGED, f"beginning of message, {CUT}", digits="*1")
    yield case("answers,presses:*@2s", "", DELIVERED, "beginning of message, message", digits="*")
    yield case("answers,presses:1@2s", "", DELIVERED, "message", digits="1")
    yield case(
        "answers,presses:1@10s", f"{ACK} --prompt ''", ACKNOWLEDGED, "message, confirmation", digits="1"
    )
    silent = f"{ACK} --confirmation ''"
    yield case(
        "answers,presses:1@2s",
        silent,
        ACKNOWLEDGED,
        "beginning of message",
        digits="1",
        evidence=Evidence.NONE,
    )
    yield case("answers,presses:1@14s", silent, ACKNOWLEDGED, ROUND, digits="1")


def _words() -> Iterator[Case]:
    """Any word acknowledges but those that decline; who may only opt out has heard the message anyway."""
    yield case("answers", f"{WORDS} --repeat 0", NO_KEY, ROUND)
    yield case("answers,presses:2@2s", WORDS, ACKNOWLEDGED, CUT, digits="2")
    yield case("answers,presses:32@2s", WORDS, ACKNOWLEDGED, CUT, digits="32")
    yield case("answers,presses:9@2s", WORDS, Outcome.REJECTED, "beginning of message", digits="9")
    mixed = "--ack 1 --key 2=cancelled --reject 3"
    yield case("answers,presses:2@2s", mixed, ACKNOWLEDGED, CUT, digits="2")
    yield case("answers,presses:3@2s", mixed, Outcome.REJECTED, "beginning of message", digits="3")
    yield case("answers", NO_MORE, DELIVERED, ROUND)
    yield case("answers,presses:1@2s", NO_MORE, DELIVERED, ROUND, digits="1")
    yield case("answers,presses:9@14s", NO_MORE, Outcome.REJECTED, ROUND, digits="9")
    yield case("answers,hangs-up@14s", NO_MORE, DELIVERED, ROUND)


def _keys_and_ends() -> Iterator[Case]:
    yield case("answers,hangs-up@2s", "", EARLY, "beginning of message")
    yield case("answers,hangs-up@2s", ACK, EARLY, "beginning of message")
    yield case("answers,hangs-up@14s", ACK, NO_KEY, ROUND)
    thanks = "beginning of message, beginning of confirmation"
    yield case(
        "answers,presses:1@2s,hangs-up@3s", ACK, ACKNOWLEDGED, thanks, digits="1", evidence=Evidence.NONE
    )
    yield case("answers", f"{ACK} --max-duration 14s", NO_KEY, ROUND)
    yield case("answers", f"{ACK} --max-duration 2s", Outcome.CUT_SHORT, "beginning of message")


def _nobody() -> Iterator[Case]:
    yield case("busy", ACK, Outcome.BUSY, "")
    yield case("no-answer", f"{ACK} --ring-timeout 5s", Outcome.NO_ANSWER, "")
    yield case("declines", ACK, Outcome.DECLINED, "")
    yield case("blocked", ACK, Outcome.BLOCKED, "")
    yield case("blocked,noted:32203@3s", ACK, Outcome.BLOCKED, "")
    yield case("blocked,noted:never", ACK, Outcome.DECLINED, "")
    yield case("unreachable", ACK, Outcome.UNREACHABLE, "")


def _greeting() -> Iterator[Case]:
    wait = "--greeting wait"
    yield case("answers", wait, DELIVERED, "message")
    yield case("answers,says:1s", wait, DELIVERED, "message")
    yield case("answers,says:8s", wait, DELIVERED, "message")
    yield case("answers,says:1s,presses:1@0.5s", f"{wait} --ack 1", ACKNOWLEDGED, "confirmation", digits="1")
    yield case("answers,says:1s,hangs-up@1.2s", wait, EARLY, "")
    yield case("voicemail,greeting:8s", wait, DELIVERED, "message", voicemail="rest of message")


def _screening() -> Iterator[Case]:
    yield case(ROBOT, "", DELIVERED, "message")
    yield case(ROBOT, IDENTIFY, DELIVERED, "message, identity, message", screened=True)
    yield case(ROBOT, PATIENT, DELIVERED, "identity, message", screened=True)
    yield case(f"{ROBOT},refuses", PATIENT, EARLY, "identity", screened=True)
    yield case(f"{ROBOT},refuses", IDENTIFY, EARLY, "message, identity", screened=True)
    presses = f"{ROBOT},presses:1@4s"
    heard = "identity, beginning of message, confirmation"
    yield case(presses, f"{PATIENT} --ack 1", ACKNOWLEDGED, heard, digits="1", screened=True)
    machine = "machine (local)"
    for mode in ("leave", "skip"):
        options = f"{PATIENT} --voicemail {mode}"
        yield case(ROBOT, options, DELIVERED, "identity, message", answered_by=machine, screened=True)
        tone = f"{ROBOT},tone"
        yield case(tone, options, DELIVERED, "identity, message", answered_by=machine, screened=True)
    yield case(f"{ROBOT},tone", PATIENT, DELIVERED, "identity, message", screened=True)
    yield case(f"{ROBOT},tone", IDENTIFY, DELIVERED, "message, identity, message", screened=True)
    yield case(f"{ROBOT},tone,refuses", PATIENT, EARLY, "identity", screened=True)
    unasked = "beginning of message, message, message"
    yield case(f"{ROBOT},tone", "--voicemail leave", DELIVERED, unasked, answered_by=machine)
    yield case("answers,says:1s", PATIENT, DELIVERED, "message")
    firm = "answers,says:4s,says:1s@10s"
    yield case(firm, PATIENT, DELIVERED, "identity, message", screened=True)
    options, told = f"{PATIENT} --voicemail leave", "identity, message"
    left = Outcome.VOICEMAIL_LEFT
    yield case("voicemail,greeting:9s", options, left, "message", answered_by=machine, voicemail="message")
    mailbox = "voicemail,greeting:5s"
    yield case(mailbox, options, left, told, answered_by=machine, voicemail=told, screened=True)
    in_vain, mark = Outcome.VOICEMAIL_SKIPPED, Evidence.MARK
    no_beep = f"{mailbox},beep:none"
    yield case(
        no_beep, options, in_vain, told, answered_by=machine, voicemail=told, screened=True, evidence=mark
    )


def _faults() -> Iterator[Case]:
    pressing = "answers,presses:1@2s"
    by_time = Evidence.WATCHDOG
    yield case(pressing, ACK, ACKNOWLEDGED, CUT, "mark-never", digits="1", evidence=by_time)
    yield case("answers", ONCE, NO_KEY, ROUND, "mark-never", evidence=by_time)
    yield case(pressing, ACK, ACKNOWLEDGED, CUT, "callbacks-lost", digits="1")
    yield case(pressing, f"{ACK} --fallback local,say", ACKNOWLEDGED, CUT, "speech-401", digits="1")
    for fault in ("speech-401", "tunnel-refused", "stream-never", "audio-dropped"):
        yield case("answers", ACK, NO_KEY, "message (carrier)", fault, evidence=Evidence.DURATION)
    broken = "beginning of message, message (carrier)"
    yield case("answers", ACK, NO_KEY, broken, "stream-drop@3s", evidence=Evidence.DURATION)
    late = "answers,presses:1@5s"
    yield case(late, ACK, NO_KEY, broken, "stream-drop@3s", evidence=Evidence.DURATION)
    yield case(
        "answers", f"{ACK} --fallback none", Outcome.STREAM_FAILED, "beginning of message", "stream-drop@3s"
    )
