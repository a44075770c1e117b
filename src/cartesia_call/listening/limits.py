"""How long some sounds and silences take to mean something, in seconds, where others go by it as well."""

from __future__ import annotations

MACHINE_SPEECH_S = 2.4
"""Speech of that length, short pauses included, is a machine's: Twilio's `MachineDetectionSpeechThreshold`.
Asterisk's `greeting` is 1.5 s, which takes more people for machines."""

SPEECH_END_S = 1.2
"""Silence after which a short greeting is over, and a person's: Twilio's
`MachineDetectionSpeechEndThreshold`. Sooner than that, more speech belongs to the same greeting."""

BEEP_WAIT_S = 2.5
"""Silence after a long greeting after which no beep is expected any more. Twilio's documentation tells of
1.2 to 2.4 s of silence in the greetings of mailboxes."""

RING_SETTLES_S = 6.6
"""Ringing comes again by then: 6 s of silence, and what tells a tone."""
