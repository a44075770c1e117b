"""How long a conversation waits for what it cannot know, in seconds, and where each number is from."""

from __future__ import annotations

from cartesia_call.listening.limits import BEEP_WAIT_S, MACHINE_SPEECH_S, RING_SETTLES_S, SPEECH_END_S

HELLO_SILENCE_S = SPEECH_END_S
"""Who says nothing for so long after the answer waits for us: by the same silence, a greeting is over."""

GREETING_LIMIT_S = 5.0
"""From the stream's start: when we speak although the callee still does, and when talking is too late to be
an answer to the ringing. Asterisk must tell a machine in this time (amd.conf, `total_analysis_time`)."""

SCREENER_LIMIT_S = 12.0
"""From the stream's start: until when a screening robot's question is let finish. An estimate: the questions
that users report are read in 5 to 8 s; half as much again."""

PERSON_LIMIT_S = 30.0  # assumes: mailbox-or-robot
"""How long the robot may look for the person after our answer: the phone rings again meanwhile, so it is
the default of `--ring-timeout`."""

PART_SILENCE_S = 5.0
"""How long nothing may be heard of a part that the conversation can do without, before it goes on. A service
that works brings its first audio within one to two seconds (1.5 s is also when somebody who speaks next is
looked for); who waits longer on a silent line hangs up."""

LONG_SPEECH_S = MACHINE_SPEECH_S
"""Who talks longer at a stretch is taken for a machine, as the free detector does."""

GREETING_OVER_S = BEEP_WAIT_S
"""Silence after which a machine's greeting is over, as for the free detector; some recorders give up after
3 s of it (46elks)."""

QUESTION_LIMIT_S = 7.0  # assumes: screening-tone
"""A tone behind an early question no longer than that may be call screening's. The question that Twilio tells
of ("Hi, if you record your name and reason for calling, I'll see if this person is available", November 2025)
has 17 words: 5.2 s of espeak-ng's, 6.8 s at 150 words a minute."""

QUESTION_TONE_S = 1.0
"""Behind the longest such question the tone is known by then: 0.3 s of it, the silence that tells it
(`QUIET_AFTER_BEEP_MS`), and a pause before it."""

ROBOT_REPLY_S = 5.0
"""How long a machine that may screen calls, and may as well record, is left to react to our answer: below the
silence at which recorders give up (10 s in Asterisk's voicemail.conf.sample, `maxsilence`)."""

TONE_PERSON_S = 12.0
"""Where nobody was told who calls: until when, from such a tone on, somebody may come to the telephone. An
estimate: a glance at the telephone, and what it takes to pick up; more would be silence on a recording."""

MACHINE_LIMIT_S = 60.0
"""How long a machine may greet before we speak regardless: just above the longest MachineDetectionTimeout
that Twilio takes, 59 s."""

RINGING_OVER_S = RING_SETTLES_S
"""Who picks up and says nothing has done so when it has not rung for as long."""

SOUNDS_TOLD_EVERY_S = 1.2
"""A second, and the jitter of a usable path: who was told of no sound for longer is told of none."""

HOLD_OVER_S = 5.0
"""Music has stopped, and nobody says hello: so long between two pieces it may be silent."""

HOLD_LIMIT_S = 120.0
"""How long music may play, for the call is charged meanwhile: twice as long as it may ring, since somebody
knows of the call."""

RINGING_LIMIT_S = 60.0
"""How long it may ring on behind the answer: twice the default of `--ring-timeout`, for a call is charged
meanwhile."""
