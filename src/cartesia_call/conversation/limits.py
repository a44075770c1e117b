"""How long a conversation waits for what it cannot know, in seconds, and where each number is from."""

from __future__ import annotations

from cartesia_call.listening.cadence import RING_SETTLES_S
from cartesia_call.listening.greeting import BEEP_WAIT_S, MACHINE_SPEECH_S, SPEECH_END_S

HELLO_SILENCE_S = SPEECH_END_S
"""Who says nothing for so long after the answer waits for us: by the same silence, a greeting is over."""

GREETING_LIMIT_S = 5.0
"""From the stream's start: when we speak although the callee still does, and when talking is too late to be
an answer to the ringing. Asterisk must tell a machine in this time (amd.conf, `total_analysis_time`)."""

SCREENER_LIMIT_S = 12.0
"""From the stream's start: until when a screening robot's question is let finish. An estimate: the questions
that users report are read in 5 to 8 s; half as much again."""

PERSON_LIMIT_S = 30.0
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

MACHINE_LIMIT_S = 60.0
"""How long a machine may greet before we speak regardless: just above the longest MachineDetectionTimeout
that Twilio takes, 59 s."""

RINGING_OVER_S = RING_SETTLES_S
"""Who picks up and says nothing has done so when it has not rung for as long."""

RINGING_LIMIT_S = 60.0
"""How long it may ring on behind the answer: twice the default of `--ring-timeout`, for a call is charged
meanwhile."""
