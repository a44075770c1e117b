"""The one-line language for what a callee does."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from cartesia_call.audio.mulaw import silence
from cartesia_call.errors import InputError
from cartesia_simulator.callee import (
    BEHAVIOURS,
    KEY_INTERVAL_S,
    VERDICTS,
    CalleeScript,
    ScriptedNote,
    ScriptedVerdict,
    Utterance,
    parse_callee,
)


def test_every_detail_of_a_person_is_read() -> None:
    """Details follow the behaviour after commas, in any order, words and keys as often as wanted."""
    script = parse_callee(
        "answers, ring:500ms,says:1s@4s,says:1.5s,presses:1@5s,presses:#@6,hangs-up@3s,amd:human@2s"
    )
    assert script == CalleeScript(
        behaviour="answers",
        ring_s=0.5,
        utterances=(Utterance(length_s=1.5), Utterance(length_s=1.0, begins_s=4.0)),
        hangs_up_after_s=3.0,
        presses=(("1", 5.0), ("#", 6.0)),
        verdict=ScriptedVerdict(answered_by="human", after_s=2.0),
    )


def test_every_detail_of_a_machine_is_read() -> None:
    """Of each behaviour that has details of its own."""
    assert parse_callee("voicemail,greeting:9s,beep:440hz,beep-length:1s,records:30s") == CalleeScript(
        behaviour="voicemail", greeting_s=9.0, beep_hz=440, beep_length_s=1.0, records_s=30.0
    )
    assert parse_callee("voicemail-silent,silence:1s,beep:none") == CalleeScript(
        behaviour="voicemail-silent", silence_s=1.0, beep_hz=None
    )
    assert parse_callee("screens,greeting:4s,refuses") == CalleeScript(
        behaviour="screens", greeting_s=4.0, refuses=True
    )
    assert parse_callee("hold-music,music:90s") == CalleeScript(behaviour="hold-music", music_s=90.0)
    assert parse_callee("screens,tone") == CalleeScript(behaviour="screens", sounds_tone=True)
    assert parse_callee("announcement,sit:none,greeting:4s") == CalleeScript(
        behaviour="announcement", sounds_sit=False, greeting_s=4.0
    )
    assert parse_callee("fax,ring:1s") == CalleeScript(behaviour="fax", ring_s=1.0)


def test_a_block_says_what_is_noted_of_it_and_when() -> None:
    """Or that nothing is."""
    noted = ScriptedNote(code=32203, after_s=2.0)
    assert parse_callee("blocked,noted:32203@2s") == CalleeScript(behaviour="blocked", noted=noted)
    assert parse_callee("blocked,noted:never") == CalleeScript(behaviour="blocked", noted=None)


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_behaviour_alone_is_a_script(behaviour: str) -> None:
    """Details have defaults."""
    assert parse_callee(behaviour) == CalleeScript(behaviour=behaviour)


def test_details_without_a_behaviour_mean_that_somebody_answers() -> None:
    """`hangs-up@3s` is complete."""
    assert parse_callee("hangs-up@3s") == CalleeScript(behaviour="answers", hangs_up_after_s=3.0)


def test_keys_in_a_row_are_pressed_one_after_the_other() -> None:
    """The first at the moment that is written."""
    assert parse_callee("presses:12@5s").presses == (("1", 5.0), ("2", 5.0 + KEY_INTERVAL_S))


@pytest.mark.parametrize("verdict", VERDICTS)
def test_any_verdict_can_be_wanted(verdict: str) -> None:
    """A wrong one too, or none at all."""
    wanted = ScriptedVerdict(answered_by=verdict, after_s=9.0)
    assert parse_callee(f"voicemail,amd:{verdict}@9s").verdict == wanted
    assert parse_callee("voicemail,amd:never").verdict == ScriptedVerdict(answered_by=None)


@pytest.mark.parametrize("spec", ["voice-mail", "", "answers,", "answers,sings:2s", "busy,busy"])
def test_an_unknown_word_lists_the_known_ones(spec: str) -> None:
    """One sentence names every behaviour and every detail."""
    with pytest.raises(InputError) as refused:
        parse_callee(spec)
    details = ("ring:", "says:", "presses:", "hangs-up@", "greeting:", "silence:", "beep:", "beep-length:")
    others = ("records:", "refuses", "tone", "sit:", "plays:", "music:", "noted:", "amd:")
    for word in (*BEHAVIOURS, *details, *others):
        assert word in str(refused.value)


@pytest.mark.parametrize(
    ("spec", "goes_with"),
    [
        ("busy,ring:2s", "answers"),
        ("no-answer,says:1s", "answers, screens, hold-music, rings-on, recorded-line"),
        ("declines,hangs-up@3s", "answers"),
        ("voicemail,says:1s", "answers, screens, hold-music, rings-on, recorded-line"),
        ("fax,presses:1@2s", "answers, screens, hold-music, rings-on, recorded-line"),
        ("answers,greeting:2s", "voicemail, screens, announcement"),
        ("voicemail-silent,greeting:2s", "voicemail, screens, announcement"),
        ("voicemail,tone", "screens"),
        ("fax,sit:none", "announcement"),
        ("voicemail,plays:a.wav", "answers"),
        ("voicemail,silence:2s", "voicemail-silent"),
        ("answers,beep:none", "voicemail, voicemail-silent"),
        ("voicemail,refuses", "screens"),
        ("screens,records:9s", "voicemail, voicemail-silent"),
        ("unreachable,amd:never", "answers"),
        ("declines,noted:never", "blocked"),
    ],
)
def test_a_detail_that_cannot_happen_is_refused(spec: str, goes_with: str) -> None:
    """A detail is never silently without effect; the sentence says where it has one."""
    with pytest.raises(InputError, match=f"means nothing .* goes with {goes_with}"):
        parse_callee(spec)


@pytest.mark.parametrize(
    "spec",
    [
        "screens,refuses,says:1s",
        "screens,presses:1@2s,refuses",
        "voicemail,beep:none,beep-length:1s",
        "answers,ring:1s,ring:2s",
        "answers,amd:never,amd:human@2s",
    ],
)
def test_details_that_contradict_each_other_are_refused(spec: str) -> None:
    """Only one of them could hold."""
    with pytest.raises(InputError, match="--callee: "):
        parse_callee(spec)


@pytest.mark.parametrize(
    "spec",
    [
        "answers,ring:soon",
        "answers,presses:1",
        "answers,presses:@3s",
        "answers,presses:1A@3s",
        "hangs-up@",
        "answers,says:1s@",
        "answers,says:2s,says:1s@1s",
        "voicemail,beep:loud",
        "voicemail,beep:1000",
        "voicemail,beep:299hz",
        "voicemail,beep:3401hz",
        "voicemail,greeting:",
        "screens,refuses:politely",
        "screens,tone:1000hz",
        "announcement,sit:short",
        "answers,plays:",
        "answers,amd:human",
        "answers,amd:person@2s",
        "answers,amd:never@2s",
        "blocked,noted:32017",
        "blocked,noted:31920@2s",
        "blocked,noted:@2s",
    ],
)
def test_a_malformed_detail_is_named(spec: str) -> None:
    """The sentence says which detail, and what it should look like."""
    with pytest.raises(InputError, match="--callee: in"):
        parse_callee(spec)


def test_a_file_may_be_played_and_somebody_speak_behind_it(tmp_path: Path) -> None:
    """But not into it."""
    path = tmp_path / "hello.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    script = parse_callee(f"plays:{path},says:1s@2s")
    assert (script.plays, script.utterances) == (silence(1000), (Utterance(length_s=1.0, begins_s=2.0),))
    with pytest.raises(InputError, match=r"lasts 1\.0 s, and they would speak into it; .* says:1s@2s"):
        parse_callee(f"answers,plays:{path},says:1s@0.5s")


def test_a_file_that_cannot_be_played_is_named(tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(InputError, match=r"--callee: cannot play .*nothing\.wav: there is no such file"):
        parse_callee(f"answers,plays:{tmp_path / 'nothing.wav'}")
