"""Bodies and tokens nearly as the built-in speech service knows them, and what it promises of each."""

from __future__ import annotations

from hypothesis import strategies as st

from cartesia_simulator.speech.access import grants_of, issue
from cartesia_simulator.speech.generation import read_message
from cartesia_simulator.speech.posts import Endpoint, parse_body
from cartesia_simulator.speech.refusals import Refusal
from tests.hostile_json import broken_text, near_json
from tests.simulator.speech.client import API_KEY, body_of

_WAV = {"container": "wav", "encoding": "pcm_s16le", "sample_rate": 24000}
_TOKEN = issue({"grants": {"tts": True}}, key=API_KEY, at_s=0)

odd_posts = st.tuples(
    near_json(
        body_of("Hello."),
        body_of("Hello.", output_format=_WAV, save=True),
        body_of("Hello.", context_id="a", add_timestamps=True, language=None),
    ),
    st.sampled_from(("2024-11-13", "2025-04-16", "2026-03-01", "2026-08-14")),
    st.sampled_from(Endpoint),
)
odd_tokens = broken_text(st.just(_TOKEN))


def read_post(given_input: tuple[str, str, Endpoint]) -> str:
    """A whole text that ends its context, or a Refusal."""
    text, version, endpoint = given_input
    try:
        post = parse_body(read_message(text), version, endpoint)
    except Refusal:
        return "refused"
    assert post.generation.transcript.strip()
    assert not post.generation.continues
    return post.container


def read_token(token: str) -> str:
    """What was granted, to the token as it was issued and to no other."""
    try:
        granted = grants_of(token, key=API_KEY, at_s=0)
    except Refusal:
        return "refused"
    assert (token, granted) == (_TOKEN, frozenset({"tts"}))
    return "granted"
