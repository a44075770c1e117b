"""Who says what when: the conversation of one answered call, as far as this program can lead one.

Sans I/O. **Feed** `started`, `played`, `pressed`, `judged`, `heard`; **ask** `actions`, `next_deadline_s`
and the properties; `check` when the deadline has come. Time is an argument, in call seconds.
"""

from __future__ import annotations

from cartesia_call.conversation.callee import Callee
from cartesia_call.conversation.callee_speech import CalleeSpeech
from cartesia_call.conversation.dialogue_state import TO_MACHINE, TO_PERSON, TO_ROBOT, DialogueState, Phase
from cartesia_call.conversation.keys import REPEAT_KEY
from cartesia_call.conversation.limits import (
    GREETING_LIMIT_S,
    HELLO_SILENCE_S,
    HOLD_LIMIT_S,
    HOLD_OVER_S,
    MACHINE_LIMIT_S,
    PERSON_LIMIT_S,
    QUESTION_LIMIT_S,
    QUESTION_TONE_S,
    RINGING_LIMIT_S,
    RINGING_OVER_S,
    ROBOT_REPLY_S,
    SCREENER_LIMIT_S,
    TONE_PERSON_S,
)
from cartesia_call.conversation.parts import (
    Action,
    Answerer,
    Clear,
    Finish,
    Judge,
    Manner,
    Part,
    Say,
    Verdict,
    VoicemailMode,
)
from cartesia_call.listening.cadence import NetworkTone
from cartesia_call.listening.sounds import (
    Beep,
    MusicHeard,
    NetworkHeard,
    Sound,
    SoundGoesOn,
    SpeechBegan,
    SpeechEnded,
)
from cartesia_call.telephony.outcomes import Outcome, Played

_AWAITING = frozenset({Phase.MACHINE, Phase.HOLD})
"""A machine may come to record, and is not spoken to before."""

_NOT_ON_HOLD = frozenset(
    {Phase.NOT_STARTED, Phase.IDENTITY, Phase.SEEKING_PERSON, Phase.CONFIRMATION, Phase.FINISHED}
)
"""Music heard then changes nothing."""


class Dialogue(DialogueState):
    """Leads one conversation.

    A message left on a machine ends, if a key was asked for, with `NOT_ACKNOWLEDGED`. A key counts as long as
    the line is up, also while the confirmation is cut off by a hang-up or behind `Finish`: ask `outcome` and
    `acknowledged` when the call is down.

    A guess of ours (`Judge.LOCAL`) may silence us, but while the carrier's verdict is still expected it does
    not end the call without the message: for that it counts only when there is nothing left to wait for. Nor
    does it where proof is wanted, and what we heard is none.

    Behind a beep that may be the network's tone nothing ends before that is known. A busy tone ends the call,
    so do special information tones; while it rings, or music plays, nobody has heard anything, and who picks
    up hears the message from its first word.

    A tone behind an early, short question is a mailbox's or call screening's: we answer it as both, and who
    then says hello hears the message from its first word. A second beep is a mailbox's.
    """

    # --- feed ---

    def started(self, now_s: float) -> None:
        """The media stream is open: what is said now is heard."""
        if self._phase is not Phase.NOT_STARTED:
            return
        self._callee.answered_at_s = now_s
        self._enter(Phase.GREETING, until_s=now_s + HELLO_SILENCE_S)
        self._act_on_judgement(now_s)
        if self._phase in TO_PERSON and not self._plan.waits_for_greeting:
            self._say_message()

    def played(self, part: Part, now_s: float) -> None:
        """The whole `part` of the latest `Say` was played: its mark came back, or its time is over."""
        if part is not self._saying:
            return
        self._saying, self._now_s = None, now_s
        match self._phase:
            case Phase.MESSAGE if self._words and Part.PROMPT in self._plan.parts:
                self._enter(Phase.PROMPT, say=Part.PROMPT)
            case Phase.MESSAGE | Phase.PROMPT:
                self._message_is_over(now_s)
            case Phase.VOICEMAIL:
                self._voicemail_left = True
                self._machine_is_told(now_s)
            case Phase.IDENTITY:
                self._callee.speech = CalleeSpeech()
                is_patient = self._plan.voicemail is VoicemailMode.SKIP or not self._callee.tone_may_screen
                self._tone_at_s = now_s
                limit_s = PERSON_LIMIT_S if is_patient else ROBOT_REPLY_S
                self._enter(Phase.SEEKING_PERSON, until_s=now_s + limit_s)
            case Phase.CONFIRMATION:
                self._finish(Outcome.ACKNOWLEDGED)

    def pressed(self, digit: str, now_s: float) -> None:
        """The callee pressed a key. The first one that answers the message decides; all are kept."""
        self._digits += digit
        self._now_s = now_s
        self._callee.judgement.key_pressed()
        self._callee.may_screen = self._callee.tone_may_screen = self._callee.is_on_hold = False
        if self.decided_by_key is not None:
            return
        answer = self._answers.get(digit)
        self._outcome = answer or self._outcome
        self._key = self._words.get(digit)
        if self._phase is Phase.FINISHED:
            return
        if answer is Outcome.ACKNOWLEDGED and Part.CONFIRMATION in self._plan.parts:
            self._enter(Phase.CONFIRMATION, say=Part.CONFIRMATION)
        elif answer is not None:
            self._finish(answer)
        elif digit == REPEAT_KEY or self._phase in TO_ROBOT or self._phase is Phase.HOLD:
            self._say_message()
        else:
            self._met_person(now_s)

    def judged(self, verdict: Verdict, now_s: float) -> None:
        """A judge has a verdict: early, late, for the second time, or against another one."""
        self._now_s = now_s
        if self._callee.is_on_hold and verdict.judge is Judge.LOCAL:
            return  # music is long, and has notes like beeps
        holds = self._callee.judgement.add(verdict)
        if holds and verdict.heard_beep:
            self._callee.speech.beeped(now_s)
            if verdict.judge is Judge.CARRIER:
                self._callee.tone_may_screen = self._callee.is_on_hold = False
        if holds and self._callee.judgement.is_person:
            self._met_person(now_s)
        else:
            self._act_on_judgement(now_s)

    def receive_sound(self, sound: Sound, now_s: float) -> None:
        """The detector heard `sound`, which may have been a moment before `now_s`."""
        self._now_s = now_s
        if isinstance(sound, Beep) and self._callee.is_on_hold and not self._callee.speech.is_long:
            return  # a note, unless somebody has greeted
        self._callee.speech.receive_sound(sound)
        match sound:
            case NetworkHeard(tone=tone):
                self._network_heard(tone, now_s)
            case MusicHeard():
                self._music_heard(now_s)
            case SoundGoesOn(at_s=at_s):
                self._callee.sounded_at_s = at_s
            case Beep(at_s=at_s):
                self._beep_heard(at_s, now_s)
            case SpeechBegan(at_s=at_s):
                self._speech_began(at_s, now_s)
            case SpeechEnded():
                self._speech_ended(now_s)

    def check(self, now_s: float) -> None:
        self._now_s = now_s
        deadline_s = self.next_deadline_s()
        if deadline_s is None or now_s < deadline_s:
            return
        if deadline_s == self._silence_ends_at_s:
            self._silence_is_over(now_s)
        else:
            self._phase_is_over(now_s)

    # --- ask ---

    def actions(self) -> list[Action]:
        """What to do now, in this order, since the last time somebody asked. `Finish` comes once, last."""
        actions, self._actions = self._actions, []
        return actions

    def next_deadline_s(self) -> float | None:
        """When to `check` although nothing happened; a moment in the past means at once. None: never."""
        deadlines_s = (self._silence_ends_at_s, self._ends_at_s)
        return min((at_s for at_s in deadlines_s if at_s is not None), default=None)

    # --- what the callee is ---

    def _act_on_judgement(self, now_s: float) -> None:
        """Bring what we do in line with what is known of the callee."""
        if self._phase in TO_PERSON and self._callee.judgement.is_machine:
            self._met_machine(now_s)
        elif self._phase in _AWAITING and self._callee.is_recording:
            self._say_to_recorder()
        elif self._phase in TO_ROBOT and self._callee.is_recording and not self._callee.tone_may_screen:
            if self._said_in_doubt:
                self._finish(self.without_key)
            else:
                self._say_to_recorder()
        is_decided = not self._callee.is_undecided and not self._callee.may_be_music(now_s)
        if self._phase is Phase.VERDICT and is_decided:
            self._phase_is_over(now_s)

    def _met_machine(self, now_s: float) -> None:
        if self._plan.voicemail is VoicemailMode.IGNORE:
            return
        if self._callee.gets_nothing:
            if not self._callee.judgement.is_settled:
                return
            if self._callee.judgement.is_fax or not self._may_come_to_person(now_s):
                self._finish(self._callee.skipped)
                return
        self._callee.speech.listened_from(now_s)
        limit_s = now_s + MACHINE_LIMIT_S
        if self._callee.gets_nothing and not self._callee.can_be_told:
            began_at_s = self._callee.speech.began_at_s or now_s
            limit_s = max(now_s, began_at_s + QUESTION_LIMIT_S + QUESTION_TONE_S)
        self._enter(Phase.MACHINE, until_s=limit_s)
        if self._callee.is_recording:
            self._say_to_recorder()

    def _may_come_to_person(self, now_s: float) -> bool:
        """A machine that is told nothing may be one that puts a person on: it asks, or has sounded a tone."""
        callee = self._callee
        return callee.can_be_told or callee.may_sound_tone(now_s) or callee.tone_may_screen

    def _met_person(self, now_s: float) -> None:
        """The machine is none. Who is hearing the message already goes on hearing it."""
        self._callee.tone_may_screen = self._callee.is_on_hold = False
        if self._settling is not None and self._settling.means.played is Played.WHOLE:
            return
        if self._phase in TO_MACHINE and self._saying is Part.MESSAGE:
            self._phase = Phase.MESSAGE
        elif self._phase in TO_MACHINE:
            self._say_message()
        else:
            self._act_on_judgement(now_s)

    def _network_heard(self, tone: NetworkTone, now_s: float) -> None:
        """Nobody was there so far: what was begun is taken back."""
        if self._phase in {Phase.NOT_STARTED, Phase.FINISHED} or self._callee.judgement.is_proven:
            return
        self._nobody_was_there(now_s)
        if tone is NetworkTone.BUSY:
            self._finish(Outcome.BUSY, Manner.NETWORK_TONE)
            return
        if tone is NetworkTone.INFORMATION:
            self._finish(Outcome.UNREACHABLE, Manner.INFORMATION_TONES)
            return
        if self._phase is not Phase.RINGING:
            self._rings_until_s = now_s + RINGING_LIMIT_S
        self._enter(Phase.RINGING, until_s=min(now_s + RINGING_OVER_S, self._rings_until_s))

    def _music_heard(self, now_s: float) -> None:
        """We are kept on hold; not behind a beep, for a mailbox plays no music."""
        callee = self._callee
        is_elsewhere = self._phase in _NOT_ON_HOLD or self._plan.voicemail is VoicemailMode.IGNORE
        if is_elsewhere or callee.judgement.is_sure_of_person or self._left_behind_beep:
            return
        is_skipped = self._plan.voicemail is VoicemailMode.SKIP and self._phase is not Phase.HOLD
        if is_skipped and not callee.judgement.is_person:
            callee.judgement.add(Verdict(answerer=Answerer.MACHINE, judge=Judge.LOCAL))
            if callee.judgement.is_settled:
                self._finish(callee.skipped)
            return
        self._music_at_s = now_s
        self._said_in_doubt = False
        if self._phase is not Phase.HOLD:
            self._nobody_was_there(now_s)
            self._callee.may_screen, self._callee.is_on_hold = False, True
            self._holds_until_s = self._holds_until_s or now_s + HOLD_LIMIT_S
            self._enter(Phase.HOLD, until_s=self._holds_until_s)

    def _mailbox_behind_hold(self) -> None:
        """A greeting was heard behind the music, and a beep behind that."""
        self._callee.is_on_hold = False
        found = Verdict(answerer=Answerer.MACHINE, judge=Judge.LOCAL, may_record=True, heard_beep=True)
        self._callee.judgement.add(found)
        self._say_to_recorder()

    def _nobody_was_there(self, now_s: float) -> None:
        self._callee = Callee(self._plan)
        self._callee.answered_at_s = now_s
        if self._screened:
            self._callee.may_screen = False  # they were told, once
        self._settling = self._manner = None
        self._nothing_said_yet()

    # --- what is heard ---

    def _beep_heard(self, at_s: float, now_s: float) -> None:
        callee = self._callee
        match self._phase:
            case Phase.HOLD:
                self._mailbox_behind_hold()
            case Phase.IDENTITY | Phase.SEEKING_PERSON:
                callee.tone_may_screen = False
                self._say_to_recorder()
            case Phase.VOICEMAIL if at_s > self._voicemail_from_s and not self._began_anew:
                self._began_anew = True
                callee.tone_may_screen = callee.is_on_hold = False
                self._say_to_recorder()
            case phase if phase in TO_PERSON or phase is Phase.MACHINE:
                callee.tone_heard()
                self._tone_at_s = now_s
                if callee.tone_may_screen and callee.may_screen:
                    self._tell_who_calls()
                elif phase is Phase.MACHINE:
                    self._say_to_recorder()
                elif phase is Phase.GREETING:
                    self._say_message()
                else:
                    self._act_on_judgement(now_s)

    def _speech_began(self, at_s: float, now_s: float) -> None:
        limit_s = SCREENER_LIMIT_S if self._callee.may_screen else GREETING_LIMIT_S
        match self._phase:
            case Phase.RINGING:
                self._callee.answered_at_s = at_s
                self._enter(Phase.GREETING, until_s=at_s + limit_s)
            case Phase.GREETING:
                self._ends_at_s = self._callee.answered_at_s + limit_s
            case Phase.SEEKING_PERSON if self._callee.tone_may_screen:
                self._ends_at_s = now_s + PERSON_LIMIT_S

    def _speech_ended(self, now_s: float) -> None:
        callee = self._callee
        match self._phase:
            case Phase.GREETING if not callee.may_be_asking:
                self._say_message()
            case Phase.VERDICT:
                self._act_on_judgement(now_s)
            case Phase.SEEKING_PERSON if not callee.speech.is_long:
                self._person_came()
            case Phase.MESSAGE | Phase.VOICEMAIL if callee.may_be_person and callee.says_hello:
                self._person_came()

    def _person_came(self) -> None:
        """Somebody said hello where a machine was heard."""
        callee = self._callee
        if callee.is_on_hold:
            callee.judgement.hello_came()
        else:
            callee.judgement.person_came()
        callee.tone_may_screen = callee.is_on_hold = False
        self._nothing_said_yet()
        self._say_message()

    # --- deadlines ---

    @property
    def _silence_ends_at_s(self) -> float | None:
        """When the callee's silence will mean something."""
        match self._phase:
            case Phase.MACHINE:
                is_awaited = True
            case Phase.HOLD:
                return self._hold_over_at_s
            case Phase.SEEKING_PERSON:
                is_awaited = self._callee.speech.is_long
            case phase:
                is_awaited = phase in TO_PERSON and self._callee.may_be_asking
        return self._callee.speech.over_at_s if is_awaited else None

    @property
    def _hold_over_at_s(self) -> float | None:
        """When the silence behind music means that somebody is there; None while somebody speaks."""
        speech = self._callee.speech
        if speech.is_speaking:
            return None
        if speech.quiet_since_s is None:
            return self._music_at_s + HOLD_OVER_S
        return speech.quiet_since_s + (HELLO_SILENCE_S if self._callee.says_hello else HOLD_OVER_S)

    def _silence_is_over(self, now_s: float) -> None:
        if self._phase is Phase.SEEKING_PERSON:
            self._phase_is_over(now_s)
        elif self._phase is Phase.HOLD:
            self._hold_is_over()
        elif self._callee.can_be_told:
            self._tell_who_calls()
        else:
            self._say_to_recorder()

    def _hold_is_over(self) -> None:
        if self._callee.speech.began_at_s is not None and self._callee.says_hello:
            self._person_came()
        elif self._said_in_doubt:
            self._finish(self.without_key)
        else:
            self._voicemail_from_s = self._now_s
            self._enter(Phase.VOICEMAIL, say=Part.MESSAGE)

    def _phase_is_over(self, now_s: float) -> None:
        """The time of a silent phase is up."""
        match self._phase:
            case Phase.KEY | Phase.VERDICT if self._callee.gets_nothing and self._callee.judgement.is_machine:
                self._finish(self._callee.skipped)
            case Phase.KEY if self._repeats_left == 0:
                self._await_verdict(now_s)
            case Phase.KEY:
                self._repeats_left -= 1
                self._say_message()
            case Phase.VERDICT:
                self._finish(self.without_key)
            case Phase.SETTLING if self._settling is not None:
                self._finish(self._settling)
            case Phase.RINGING if now_s >= self._rings_until_s:
                self._finish(Outcome.NO_ANSWER, Manner.RANG_ON)
            case Phase.HOLD:
                self._finish(Outcome.NO_ANSWER, Manner.ON_HOLD)
            case Phase.SEEKING_PERSON if self._said_in_doubt:
                self._waited_in_vain = True
                self._finish(self.without_key)
            case Phase.MACHINE | Phase.SEEKING_PERSON if self._callee.judgement.is_machine:
                self._say_to_recorder()
            case Phase.GREETING | Phase.RINGING | Phase.MACHINE | Phase.SEEKING_PERSON:
                self._say_message()

    # --- act ---

    def _say_message(self) -> None:
        self._enter(Phase.MESSAGE, say=Part.MESSAGE)

    def _tell_who_calls(self) -> None:
        self._callee.may_screen = False
        self._screened = True
        self._enter(Phase.IDENTITY, say=Part.IDENTITY)

    def _machine_is_told(self, now_s: float) -> None:
        """All was said to it. Where it may be none, somebody may say hello yet."""
        if self._callee.is_on_hold:
            self._said_in_doubt = True
            self._callee.speech = CalleeSpeech()
            self._music_at_s = now_s
            self._enter(Phase.HOLD, until_s=self._holds_until_s)
        elif self._callee.tone_may_screen:
            self._said_in_doubt = True
            limit_s = PERSON_LIMIT_S if self._screened else TONE_PERSON_S
            until_s = max(now_s + ROBOT_REPLY_S, self._tone_at_s + limit_s)
            self._enter(Phase.SEEKING_PERSON, until_s=until_s)
        else:
            self._finish(self.without_key)

    def _message_is_over(self, now_s: float) -> None:
        self._said_at_s = now_s
        if self._words:
            self._enter(Phase.KEY, until_s=now_s + self._plan.ack_timeout_s)
        else:
            self._await_verdict(now_s)

    def _await_verdict(self, now_s: float) -> None:
        """Nothing is left to say to a person: is anything left to find out?"""
        if self._callee.tone_may_screen and self._screened and not self._asks_for_key:
            self._machine_is_told(now_s)
            return
        until_s = self._said_at_s + self._plan.amd_timeout_s
        if self._callee.may_be_asking:
            until_s = max(until_s, self._callee.answered_at_s + SCREENER_LIMIT_S)
        if self._callee.is_undecided or self._callee.may_be_music(now_s):
            self._enter(Phase.VERDICT, until_s=until_s)
        else:
            self._finish(self.without_key)

    def _say_to_recorder(self) -> None:
        """Do what is to be done where everything that is said stays on the machine, if it is one."""
        callee = self._callee
        self._left_behind_beep = self._left_behind_beep or callee.speech.has_beeped or callee.tone_may_screen
        is_left = self._plan.voicemail is VoicemailMode.LEAVE
        self._met_silence = self._met_silence or is_left or not callee.speech.is_speaking
        match self._plan.voicemail:
            case VoicemailMode.IGNORE:
                self._say_message()
            case VoicemailMode.SKIP if callee.tone_may_screen and self._phase is not Phase.SEEKING_PERSON:
                self._enter(Phase.SEEKING_PERSON, until_s=self._tone_at_s + TONE_PERSON_S)
            case VoicemailMode.SKIP:
                self._finish(callee.skipped)
            case VoicemailMode.LEAVE:
                part = Part.VOICEMAIL if Part.VOICEMAIL in self._plan.parts else Part.MESSAGE
                self._voicemail_from_s = self._now_s
                self._enter(Phase.VOICEMAIL, say=part)
        if callee.tone_may_screen:
            callee.speech = CalleeSpeech()  # whoever speaks now is no longer asking

    def _finish(self, outcome: Outcome, manner: Manner | None = None) -> None:
        if self._callee.judgement.is_fax and outcome is Outcome.UNREACHABLE:
            manner = Manner.FAX
        self._manner = manner
        settled_at_s = self._callee.speech.settled_at_s
        if self._now_s < settled_at_s and outcome not in self._answers.values():
            self._settling = outcome
            self._enter(Phase.SETTLING, until_s=settled_at_s)
            return
        self._enter(Phase.FINISHED)
        self._outcome = outcome
        self._actions.append(Finish(outcome=outcome))

    def _enter(self, phase: Phase, *, say: Part | None = None, until_s: float | None = None) -> None:
        """Go over to `phase`, whatever is being said, and stay until `until_s` or what it says is played."""
        if self._saying is not None:
            self._actions.append(Clear())
        self._phase, self._saying, self._ends_at_s = phase, say, until_s
        if say is not None:
            self._actions.append(Say(part=say))
