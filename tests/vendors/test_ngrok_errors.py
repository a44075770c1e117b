"""ngrok's refusals: the sentence, the code, and what may be tried again."""

from __future__ import annotations

import json

import pytest

from cartesia_call.errors import TunnelError, Unauthorized
from cartesia_call.vendors.ngrok_errors import hint_for, read_refusal
from tests.vendors.hints import unknown_names

DOMAIN_TAKEN = 334
TOKEN = "2fakeNgrokToken_0000000000000000"  # evidently fake


def test_a_start_error_is_one_clean_line_without_the_token() -> None:
    """The log's literal line ends and the token are taken out; the code stands once."""
    refusal = read_refusal(
        "authentication failed: it is invalid.\\nYour authtoken: 2fakeNgrokToken_0000000000000000\\r\\n\\r\\n"
        "ERR_NGROK_107\\r\\n",
        authtoken=TOKEN,
    )

    assert refusal.sentence == ("authentication failed: it is invalid. Your authtoken: *** (ERR_NGROK_107)")
    assert not refusal.passes


def test_a_token_is_hidden_even_where_ngrok_shortens_it() -> None:
    """What follows `Your authtoken:` is never shown, whether or not it is the token as we know it."""
    refusal = read_refusal("Your authtoken: 2fakeNg… is malformed ERR_NGROK_105", authtoken=TOKEN)

    assert refusal.text == "Your authtoken: *** is malformed"


def test_the_code_is_found_in_an_http_answer() -> None:
    """pyngrok does not read the code of a 502; it stands inside the answer's details."""
    body = json.dumps(
        {
            "error_code": 103,
            "status_code": 502,
            "msg": "failed to start tunnel",
            "details": {"err": "failed to start tunnel: it is already online.\r\n\r\nERR_NGROK_334\r\n"},
        }
    )

    refusal = read_refusal(body, authtoken=TOKEN)

    assert refusal.sentence == "failed to start tunnel: it is already online (ERR_NGROK_334)"
    assert refusal.passes


@pytest.mark.parametrize("code", [105, 106, 107, 300, 4018])
def test_credentials_are_unauthorized(code: int) -> None:
    """These say that the token is missing, malformed or revoked: no waiting helps."""
    refusal = read_refusal(f"no. ERR_NGROK_{code}", authtoken=TOKEN)

    assert isinstance(refusal.as_error(), Unauthorized)
    assert refusal.as_error().hint
    assert not refusal.passes


@pytest.mark.parametrize("code", [108, 324, DOMAIN_TAKEN, 348, 349, 350, 351, 734])
def test_what_another_job_causes_passes(code: int) -> None:
    """Another job or too many at once: seconds later it may be granted."""
    refusal = read_refusal(f"no. ERR_NGROK_{code}", authtoken=TOKEN)

    error = refusal.as_error()
    assert refusal.passes
    assert isinstance(error, TunnelError)
    assert error.code == f"ERR_NGROK_{code}"
    assert error.hint


def test_each_error_is_one_line_with_its_code_and_a_hint_that_names_what_there_is() -> None:
    """Text of ngrok's own, without the token, even for unknown codes."""
    hinted = [number for number in range(20_000) if hint_for(f"ERR_NGROK_{number}")]
    assert len(hinted) > 30
    for number in (*hinted, 18019, 99999):
        said = f"it says no.\r\nYour authtoken: {TOKEN}\r\n\r\nERR_NGROK_{number}\r\n"
        refusal = read_refusal(said, authtoken=TOKEN)
        error = refusal.as_error()
        assert str(error).endswith(f": it says no. Your authtoken: *** (ERR_NGROK_{number})")
        assert (error.hint is not None) == (number in hinted or number == DOMAIN_TAKEN)
        assert not (error.hint or "").endswith(".")
        assert not unknown_names(error.hint), number
        assert type(error) is TunnelError or not refusal.passes


def test_a_domain_in_use_is_named_with_whoever_may_hold_it() -> None:
    """By ngrok's text: without NGROK_DOMAIN nobody here knows the account's own domain."""
    said = (
        "The endpoint 'https://fake-name.ngrok-free.dev' is already online. Either\n1. stop it ERR_NGROK_334"
    )
    hint = read_refusal(said, authtoken=TOKEN).hint or ""
    assert hint.startswith("fake-name.ngrok-free.dev is held by another call of this account")
    assert "left-over agent" in hint
    assert "NGROK_DOMAIN" in hint
    unnamed = read_refusal("it is already online ERR_NGROK_334", authtoken=TOKEN).hint or ""
    assert unnamed.startswith("the domain is held by")


@pytest.mark.parametrize(
    "said", ["dial tcp: lookup connect.ngrok-agent.com: no such host", "Failed to dial ngrok"]
)
def test_no_network_passes(said: str) -> None:
    """The agent has no code for it."""
    refusal = read_refusal(said, authtoken=TOKEN)
    assert refusal.passes
    assert "network" in (refusal.hint or "")


@pytest.mark.parametrize(
    "code", ["", "ERR_NGROK_", "ERR_NGROK_3200 and more", "ERR_NGROK_" + "9" * 5000, "3200"]
)
def test_what_is_no_code_has_no_hint(code: str) -> None:
    """A header may hold anything."""
    assert hint_for(code) is None


def test_a_taken_port_passes() -> None:
    """The agent's local port may be free again in a moment."""
    said = "listen tcp 127.0.0.1:4040: bind: address already in use"

    assert read_refusal(said, authtoken=TOKEN).passes


@pytest.mark.parametrize("said", ["", "null", "[1]", "{}", '{"msg": 1, "details": []}', "ERR_NGROK_9999"])
def test_any_answer_is_a_sentence(said: str) -> None:
    """Whatever an unknown agent answers, an error comes of it that can be read."""
    error = read_refusal(said, authtoken=TOKEN).as_error()

    assert str(error)
    assert error.hint is None


def test_a_long_text_is_cut() -> None:
    """A wall of text does not fill the terminal, and no part of the token survives the cut."""
    assert len(read_refusal("long " * 1000, authtoken="").text) <= 300
    assert TOKEN[:5] not in read_refusal("x" * 290 + TOKEN, authtoken=TOKEN).text


def test_nothing_controls_the_terminal() -> None:
    """Neither a log line nor an answer of the agent's API carries escape sequences or control characters."""
    said = "\x1b[31mno\x1b[0m\x07 tunnel\u202e today\x9b2J"

    for text in (said, json.dumps({"msg": said})):
        assert read_refusal(text, authtoken=TOKEN).text == "no tunnel today"


def test_an_agent_that_may_not_read_its_file_is_from_snap() -> None:
    """The file is the user's own, who started the agent: something else forbids it."""
    said = (
        "Error reading configuration file '/home/anna/.local/state/cartesia-call/ngrok.yml': "
        "open /home/anna/.local/state/cartesia-call/ngrok.yml: permission denied"
    )
    refusal = read_refusal(said, authtoken=TOKEN)
    assert not refusal.passes
    assert "snap" in (refusal.hint or "")
    assert "check --install-agent" in (refusal.hint or "")
    assert read_refusal("listen tcp: permission denied", authtoken=TOKEN).hint is None
