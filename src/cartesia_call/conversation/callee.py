"""The callee as far as they are known: what they sound like, what the judges say, and what follows."""

from __future__ import annotations

from cartesia_call.conversation.callee_speech import CalleeSpeech
from cartesia_call.conversation.judgement import Judgement
from cartesia_call.conversation.limits import LONG_SPEECH_S, SOUNDS_TOLD_EVERY_S
from cartesia_call.conversation.parts import ConversationPlan, Part, VoicemailMode
from cartesia_call.telephony.outcomes import Outcome


class Callee:
    """Whoever is at the other end, to a dialogue that follows `plan`.

    **Feed** `speech` and `judgement`, set `answered_at_s` (call seconds) when the stream starts, and
    `may_screen` to False when we have said who is calling or a person is known to be there; **ask** the
    properties.
    """

    def __init__(self, plan: ConversationPlan) -> None:
        self._mode = plan.voicemail
        self._expects_robot = Part.IDENTITY in plan.parts
        self.speech = CalleeSpeech()
        self.judgement = Judgement(carrier_judges=plan.carrier_judges, needs_proof=plan.needs_proof)
        self.answered_at_s = 0.0
        self.may_screen = self._expects_robot
        self.tone_may_screen = False
        """A tone was heard behind an early, short question, and nothing has shown yet whose it was: a
        mailbox's, or call screening's."""
        self.is_on_hold = False
        """Music was heard, and nobody since."""
        self.sounded_at_s: float | None = None
        """Until then it had not been silent for long; None: it was always."""

    def tone_heard(self) -> None:
        """A beep was heard, and no other before it."""
        self.tone_may_screen = self.speech.may_be_question(self.answered_at_s)

    @property
    def gets_nothing(self) -> bool:
        """If it is a machine, it is not spoken to."""
        is_fax_to_leave_on = self._mode is VoicemailMode.LEAVE and self.judgement.is_fax
        return self._mode is VoicemailMode.SKIP or is_fax_to_leave_on

    @property
    def skipped(self) -> Outcome:
        """How it ends if nothing is said to the machine. Behind a fax machine nobody can be reached."""
        return Outcome.UNREACHABLE if self.judgement.is_fax else Outcome.VOICEMAIL_SKIPPED

    @property
    def can_be_told(self) -> bool:
        """We can still say who is calling, to whatever is no answering machine."""
        return self.may_screen and not self.speech.has_beeped

    def may_be_music(self, now_s: float) -> bool:
        """It is not silent, and whether that is music is still to be found out."""
        sounded_at_s = self.sounded_at_s
        is_sounding = sounded_at_s is not None and now_s - sounded_at_s <= SOUNDS_TOLD_EVERY_S
        wants_to_know = self._mode is not VoicemailMode.IGNORE and not self.judgement.is_sure_of_person
        return is_sounding and wants_to_know

    def may_sound_tone(self, now_s: float) -> bool:
        """They may be asking a question behind which a tone comes, or have just asked it."""
        speech = self.speech
        is_over = speech.over_at_s is not None and now_s >= speech.over_at_s
        return not speech.has_beeped and not is_over and speech.may_be_question(self.answered_at_s)

    @property
    def may_be_person(self) -> bool:
        """Whoever says hello now is a person, though a machine was heard before."""
        return self.tone_may_screen or self.is_on_hold

    @property
    def says_hello(self) -> bool:
        """What they have just said is as short as a person's hello; on hold whatever sounded before it."""
        speech = self.speech
        return speech.utterance_s < LONG_SPEECH_S if self.is_on_hold else not speech.is_long

    @property
    def may_be_asking(self) -> bool:
        """What they say, or have just said, may be a screening robot's question."""
        return self.can_be_told and self.speech.answers_the_ringing(self.answered_at_s)

    @property
    def is_recording(self) -> bool:
        """The machine records: its beep was heard, or a judge says so who cannot mean a screening robot."""
        return self.speech.has_beeped or (self.judgement.may_record and not self._expects_robot)

    @property
    def is_undecided(self) -> bool:
        """There is something left to find out that would change what we do."""
        wants_verdict = self._mode is not VoicemailMode.IGNORE
        return (wants_verdict and not self.judgement.is_settled) or self.may_be_asking
