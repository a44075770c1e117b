"""Conversations with machines, by what is to be done about them, who judges, and when the judge is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from cartesia_call.telephony.outcomes import Evidence, Outcome
from tests.conversations.case import Case, case

DELIVERED, EARLY = Outcome.DELIVERED, Outcome.HUNG_UP_EARLY
LEFT, SKIPPED, FAX = Outcome.VOICEMAIL_LEFT, Outcome.VOICEMAIL_SKIPPED, Outcome.UNREACHABLE
LEAVE, SKIP = "--voicemail leave", "--voicemail skip"
LEAVE_BY_CARRIER, SKIP_BY_CARRIER = f"{LEAVE} --amd carrier", f"{SKIP} --amd carrier"
LEAVE_BY_BOTH, SKIP_BY_BOTH = f"{LEAVE} --amd both", f"{SKIP} --amd both"
SKIP_BY_EAR = f"{SKIP} --amd local"
OTHER_WORDS = "--voicemail-message 'Somebody will call again later.'"

BEGUN = "beginning of message"
AGAIN = f"{BEGUN}, message"
BY_EAR, BY_CARRIER = "machine (local)", "machine (carrier)"


def cases() -> Iterator[Case]:
    """All of them, in the order of the table."""
    for made in (_ignored, _left, _skipped, _network, _people, _by_carrier, _by_both, _wrong, _late, _faults):
        yield from made()


def _in_vain(callee: str, options: str, heard: str = AGAIN, by: str = BY_EAR, voicemail: str = "") -> Case:
    """What is left without a beep counts for nothing."""
    mark = Evidence.MARK
    return case(callee, options, SKIPPED, heard, answered_by=by, voicemail=voicemail, evidence=mark)


def _ignored() -> Iterator[Case]:
    yield case("voicemail,greeting:2s", "", DELIVERED, "message", voicemail="rest of message")
    yield case("fax", "", DELIVERED, "message")


def _left() -> Iterator[Case]:
    for callee in ("voicemail", "voicemail,greeting:2s", "voicemail-silent"):
        yield case(callee, LEAVE, LEFT, AGAIN, answered_by=BY_EAR, voicemail="message")
    yield _in_vain("voicemail,beep:none", LEAVE, voicemail="message")
    counts = f"{LEAVE} --voicemail-beep optional"
    yield case("voicemail,beep:none", counts, LEFT, AGAIN, answered_by=BY_EAR, voicemail="message")
    words = f"{LEAVE} {OTHER_WORDS}"
    yield case("voicemail", words, LEFT, f"{BEGUN}, voicemail", answered_by=BY_EAR, voicemail="voicemail")
    asking = f"{LEAVE} --ack 1"
    no_key = Outcome.NOT_ACKNOWLEDGED
    yield case("voicemail", asking, no_key, AGAIN, answered_by=BY_EAR, voicemail="message")
    may_opt_out = f"{LEAVE} --key 9=opt-out --do-not-call never.txt"
    yield case("voicemail", may_opt_out, LEFT, AGAIN, answered_by=BY_EAR, voicemail="message")
    unheard = "voicemail-silent,beep:none"
    yield case(
        unheard, LEAVE, DELIVERED, "message", answered_by="unknown (local)", voicemail="rest of message"
    )
    yield case("voicemail,records:2s", LEAVE, EARLY, f"{BEGUN}, {BEGUN}", answered_by=BY_EAR, voicemail=BEGUN)
    yield case("voicemail,hangs-up@3s", LEAVE, EARLY, BEGUN)
    yield case("fax", LEAVE, FAX, BEGUN, answered_by="fax (local)")
    digits = f"{LEAVE} --send-digits w12 --amd carrier"
    yield case("voicemail", digits, LEFT, AGAIN, answered_by=BY_EAR, voicemail="message")


def _skipped() -> Iterator[Case]:
    yield case("voicemail", SKIP, SKIPPED, "message", answered_by=BY_EAR)
    yield case("voicemail,beep:none", SKIP, SKIPPED, "message", answered_by=BY_EAR)
    yield case("fax", SKIP, FAX, BEGUN, answered_by="fax (local)")
    yield case("hold-music", SKIP, SKIPPED, BEGUN, answered_by=BY_EAR)
    asking = f"{SKIP_BY_EAR} --ack 1"
    for options, heard in ((SKIP_BY_EAR, BEGUN), (asking, BEGUN), (f"{SKIP_BY_EAR} --greeting wait", "")):
        yield case("voicemail", options, SKIPPED, heard, answered_by=BY_EAR)


def _network() -> Iterator[Case]:
    """The network's tones behind the answer, and a recorded line's: nobody's beep."""
    busy = Outcome.BUSY
    for tone in ("busy-tone", "reorder"):
        yield case(tone, LEAVE, busy, f"{BEGUN}, {BEGUN}, {BEGUN}")
        yield case(tone, SKIP, busy, BEGUN)
    yield case("busy-tone", f"{LEAVE} --greeting wait", busy, f"{BEGUN}, {BEGUN}")
    yield case("rings-on", LEAVE, DELIVERED, "message, message", answered_by="human (local)")
    for mode in (LEAVE, SKIP):
        yield case("announcement", mode, FAX, BEGUN)
    yield _in_vain("announcement,sit:none", LEAVE)
    yield case("announcement,sit:none", SKIP, SKIPPED, "message", answered_by=BY_EAR)
    for mode in (LEAVE, SKIP):
        yield case("recorded-line", mode, DELIVERED, "message", answered_by="human (local)")
    asking = f"{SKIP} --ack 1"
    heard = "message, prompt, confirmation"
    yield case("recorded-line,presses:1@16s", asking, Outcome.ACKNOWLEDGED, heard, digits="1")


def _people() -> Iterator[Case]:
    """Who are no machines, and some of whom sound like one."""
    yield case("answers", LEAVE, DELIVERED, "message", answered_by="unknown (local)")
    for mode in (LEAVE, SKIP):
        yield case("answers,says:1s", mode, DELIVERED, "message", answered_by="human (local)")
    talker = "answers,says:4s"
    yield _in_vain(talker, LEAVE)
    yield case(talker, SKIP, SKIPPED, "message", answered_by=BY_EAR)
    yield case(talker, SKIP_BY_EAR, SKIPPED, BEGUN, answered_by=BY_EAR)
    answer = f"{talker},presses:1@8s"
    yield case(answer, f"{SKIP} --ack 1", Outcome.ACKNOWLEDGED, "message, prompt, confirmation", digits="1")
    heard = f"{BEGUN}, {BEGUN}, confirmation"
    asking = f"{LEAVE} --ack 1"
    yield case(f"{talker},presses:1@9s", asking, Outcome.ACKNOWLEDGED, heard, digits="1")
    music = "hold-music,music:8s"
    yield case(music, LEAVE, DELIVERED, AGAIN, answered_by="human (local)")
    yield case(f"{music},presses:1@7s", asking, Outcome.ACKNOWLEDGED, heard, digits="1")


def _by_carrier() -> Iterator[Case]:
    heard = "message, message"
    yield case("voicemail", LEAVE_BY_CARRIER, LEFT, heard, answered_by=BY_CARRIER, voicemail="message")
    yield _in_vain("voicemail,beep:none", LEAVE_BY_CARRIER, heard, BY_CARRIER, voicemail="message")
    yield case("voicemail", SKIP_BY_CARRIER, SKIPPED, "message", answered_by=BY_CARRIER)
    yield case("fax", LEAVE_BY_CARRIER, FAX, BEGUN, answered_by="fax (carrier)")
    yield case("answers", LEAVE_BY_CARRIER, DELIVERED, "message", answered_by="human (carrier)")
    talker = "answers,says:3s"
    yield _in_vain(talker, LEAVE_BY_CARRIER, by=BY_CARRIER)
    silent = "voicemail-silent,silence:9s"
    yield case(silent, LEAVE_BY_CARRIER, DELIVERED, "message", answered_by="unknown (carrier)")
    music = "hold-music,music:8s"
    yield _in_vain(music, LEAVE_BY_CARRIER, "message, message", BY_CARRIER)


def _by_both() -> Iterator[Case]:
    yield case("voicemail", LEAVE_BY_BOTH, LEFT, AGAIN, answered_by=BY_CARRIER, voicemail="message")
    yield case("voicemail", SKIP_BY_BOTH, SKIPPED, "message", answered_by=BY_CARRIER)
    yield case("answers,says:1s", LEAVE_BY_BOTH, DELIVERED, "message", answered_by="human (carrier)")
    yield case("fax", SKIP_BY_BOTH, FAX, BEGUN, answered_by="fax (carrier)")


def _wrong() -> Iterator[Case]:
    """What Twilio says is early, wrong, or not what our own ear says."""
    early = "voicemail,amd:machine_start@1s"
    yield case(early, LEAVE_BY_BOTH, LEFT, AGAIN, answered_by=BY_CARRIER, voicemail="message")
    for options in (LEAVE_BY_CARRIER, LEAVE_BY_BOTH, SKIP_BY_BOTH):
        human = "voicemail,greeting:8s,amd:human@2s"
        yield case(human, options, DELIVERED, "message", answered_by="human (carrier)")
    unknown = "voicemail,amd:unknown@4s"
    yield case(unknown, LEAVE_BY_CARRIER, DELIVERED, "message", answered_by="unknown (carrier)")
    yield case(unknown, LEAVE_BY_BOTH, LEFT, AGAIN, answered_by=BY_EAR, voicemail="message")
    person = "answers,amd:machine_end_beep@2s"
    yield case(person, LEAVE_BY_CARRIER, LEFT, AGAIN, answered_by=BY_CARRIER)
    yield case(person, SKIP_BY_CARRIER, SKIPPED, BEGUN, answered_by=BY_CARRIER)
    heard = f"{BEGUN}, {BEGUN}, confirmation"
    asking = f"{LEAVE_BY_CARRIER} --ack 1"
    yield case(f"{person},presses:1@5s", asking, Outcome.ACKNOWLEDGED, heard, digits="1")
    fax = "answers,amd:fax@2s"
    yield case(fax, LEAVE_BY_CARRIER, FAX, BEGUN, answered_by="fax (carrier)")


def _late() -> Iterator[Case]:
    """What Twilio says comes behind the message, or never."""
    late, never = "voicemail,amd:human@9s", "voicemail,amd:never"
    human = "human (carrier)"
    yield case(late, LEAVE_BY_BOTH, DELIVERED, AGAIN, voicemail="message", answered_by=human)
    words = f"{LEAVE_BY_BOTH} --voicemail-message '{'We call again. ' * 4}'"
    heard = f"{BEGUN}, beginning of voicemail, message"
    recorded = "beginning of voicemail, message"
    yield case("voicemail,amd:human@9s", words, DELIVERED, heard, voicemail=recorded, answered_by=human)
    yield case(never, LEAVE_BY_CARRIER, DELIVERED, "message")
    yield case(never, LEAVE_BY_BOTH, LEFT, AGAIN, answered_by=BY_EAR, voicemail="message")
    yield case(never, SKIP_BY_BOTH, SKIPPED, "message", answered_by=BY_EAR)
    yield case("voicemail", LEAVE_BY_CARRIER, DELIVERED, "message", "amd-late")
    patient = f"{LEAVE_BY_CARRIER} --amd-timeout 15s"
    twice = "message, message"
    yield case("voicemail", patient, LEFT, twice, "amd-late", answered_by=BY_CARRIER, voicemail="message")


def _faults() -> Iterator[Case]:
    lost, twice = "callbacks-lost", "message, message"
    yield case("voicemail", LEAVE_BY_CARRIER, LEFT, twice, lost, answered_by=BY_CARRIER, voicemail="message")
    by_time = Evidence.WATCHDOG
    yield case(
        "voicemail",
        LEAVE,
        LEFT,
        AGAIN,
        "mark-never",
        answered_by=BY_EAR,
        voicemail="message",
        evidence=by_time,
    )
    by_say = Evidence.DURATION
    yield case(
        "voicemail,greeting:20s", LEAVE, DELIVERED, "message (carrier)", "stream-never", evidence=by_say
    )
