"""Settings of what happens behind the answer: the key, the machine, the robot that asks who is calling."""

from __future__ import annotations

from collections.abc import Iterable

from cartesia_call.settings.model import AckSettings, AnswerSettings, VoicemailSettings
from cartesia_call.settings.reader import Reader

_ABOUT_THE_KEY = ("reject", "prompt", "confirmation", "ack_timeout", "repeat")
_KEYS_SPOKEN = {"#": "the pound key"}


def read_ack(reader: Reader) -> AckSettings | None:
    """The key that is asked for and what belongs to it; None if none is."""
    key: str | None = reader.value("ack")
    reject_key: str | None = reader.value("reject")
    prompt: str | None = reader.value("prompt")
    confirmation: str | None = reader.value("confirmation")
    timeout_s = reader.value("ack_timeout")
    repeats = reader.value("repeat")
    asked = reader.find("ack")
    if asked is None:
        if options := _on_command_line(reader, _ABOUT_THE_KEY):
            reader.problems.append(f"{options}: no key is asked for; add --ack KEY, such as --ack 1")
        return None
    if key is None:
        return None
    rejecting = reader.find("reject")
    if rejecting is not None and reject_key == key:
        reader.problems.append(f"{rejecting.where} and {asked.where} name the same key {key!r}: write two")
    if reader.find("prompt") is None:
        prompt = _default_prompt(key, reject_key)
    _warn_of_english(reader)
    return AckSettings(
        key=key,
        reject_key=reject_key,
        prompt=prompt or None,
        confirmation=confirmation or None,
        timeout_s=timeout_s,
        repeats=repeats,
    )


def read_answer(reader: Reader) -> AnswerSettings:
    """How the answer is taken."""
    return AnswerSettings(
        send_digits=reader.value("send_digits"),
        waits_for_greeting=reader.value("greeting") == "wait",
        identity=reader.value("identify"),
    )


def read_voicemail(reader: Reader, answer: AnswerSettings) -> VoicemailSettings:
    """What is done about a machine. Behind digits to send Twilio does not listen, so we must."""
    mode = reader.value("voicemail")
    detects_local, detects_carrier = reader.value("amd") or (True, False)
    if mode == "ignore" and (option := reader.given_on_command_line("amd_timeout")):
        reader.problems.append(f"{option}: no verdict is waited for; add --voicemail skip or leave")
    if mode in {"ignore", "skip"} and (option := reader.given_on_command_line("voicemail_message")):
        reader.problems.append(f"{option}: nothing is left on a machine; add --voicemail leave")
    if answer.send_digits is not None and detects_carrier:
        reader.warnings.append(
            "Twilio does not detect machines in a call that sends digits: "
            "what tells them from people is this program's own guess (--amd local)"
        )
        detects_local, detects_carrier = True, False
    return VoicemailSettings(
        mode=mode,
        message=reader.value("voicemail_message"),
        amd_timeout_s=reader.value("amd_timeout"),
        detects_local=detects_local,
        detects_carrier=detects_carrier,
    )


def _default_prompt(key: str, reject_key: str | None) -> str:
    decline = f", or {_KEYS_SPOKEN.get(reject_key, reject_key)} to decline" if reject_key else ""
    return f"Press {_KEYS_SPOKEN.get(key, key)} to confirm{decline}."


def _warn_of_english(reader: Reader) -> None:
    """The texts that we bring are English, and so would be read by a voice of another language."""
    language = reader.value("language")
    unset = [name for name in ("prompt", "confirmation") if reader.find(name) is None]
    if language not in {None, "en"} and unset:
        options = " and ".join(f"--{name}" for name in unset)
        reader.warnings.append(
            f"the default text of {options} is English, and --language is {language}: write your own"
        )


def _on_command_line(reader: Reader, keys: Iterable[str]) -> str:
    """Those of these options that stand on the command line, for a sentence; empty if none does."""
    return ", ".join(option for key in keys if (option := reader.given_on_command_line(key)))
