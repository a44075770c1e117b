"""Signatures as Twilio's own validator computes them; nothing but the right token and URL passes."""

from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator

from cartesia_call.vendors.twilio_signature import SignatureVerifier

TOKEN = "not-a-real-auth-token"
STREAM = "wss://calls.example.com/media/s3cret"
STATUS = "https://calls.example.com/status/s3cret?CallSid=CA1&From=%2B12025550100&Note=a+b%20c"


def signed(url: str, token: str = TOKEN) -> str:
    signature: str = RequestValidator(token).compute_signature(url, {})
    return signature


@pytest.mark.parametrize(
    ("written", "signed_by_twilio"),
    [
        (STREAM, STREAM),
        (STREAM, "wss://calls.example.com:443/media/s3cret"),
        ("wss://calls.example.com:443/media/s3cret", STREAM),
        (STATUS, STATUS),
        (STATUS, STATUS.replace(".com/", ".com:443/")),
        ("https://calls.example.com:8443/x", "https://calls.example.com:8443/x"),
        ("https://calls.example.com:8443/x", "https://calls.example.com/x"),
        ("ws://127.0.0.1:40123/media/x", "ws://127.0.0.1:40123/media/x"),
        ("http://127.0.0.1:40123/status/x?A=1", "http://127.0.0.1:40123/status/x?A=1"),
        ("wss://[2001:db8::1]/media/x", "wss://[2001:db8::1]:443/media/x"),
    ],
)
def test_the_port_may_be_written_or_not(written: str, signed_by_twilio: str) -> None:
    assert SignatureVerifier((TOKEN,)).accepts(written, signed(signed_by_twilio))


@pytest.mark.parametrize("slashed", [f"{STREAM}/", "wss://calls.example.com:443/media/s3cret/"])
def test_a_trailing_slash_counts_only_where_it_is_allowed(slashed: str) -> None:
    verifier = SignatureVerifier((TOKEN,))
    assert verifier.accepts(STREAM, signed(slashed), trailing_slash=True)
    assert not verifier.accepts(STREAM, signed(slashed))
    assert verifier.accepts(STREAM, signed(STREAM), trailing_slash=True)


def test_every_token_is_tried() -> None:
    """While a token is rotated, or with one per region, nobody knows which one signed."""
    verifier = SignatureVerifier(("an-older-token", TOKEN, ""))
    assert verifier.accepts(STREAM, signed(STREAM))
    assert verifier.accepts(STREAM, signed(STREAM, "an-older-token"))
    assert not verifier.accepts(STREAM, signed(STREAM, "a-stranger's-token"))


@pytest.mark.parametrize(
    "other",
    [
        STREAM.replace("wss", "https"),
        STREAM.replace("wss", "ws"),
        STREAM.replace("calls", "call"),
        STREAM.replace("s3cret", "s3cre"),
        STREAM.replace("s3cret", "S3cret"),
        f"{STREAM}?x=1",
        "wss://calls.example.com:80/media/s3cret",
    ],
)
def test_another_url_is_another_signature(other: str) -> None:
    assert not SignatureVerifier((TOKEN,)).accepts(STREAM, signed(other), trailing_slash=True)


def test_the_query_counts_as_it_was_received() -> None:
    """Re-encoded or reordered parameters are not what Twilio signed."""
    verifier = SignatureVerifier((TOKEN,))
    assert not verifier.accepts(STATUS.replace("a+b%20c", "a%20b+c"), signed(STATUS))


@pytest.mark.parametrize(
    "signature", [None, "", "x", "é" * 28, "\udcff", signed(STREAM)[:-1], signed(STREAM) + " "]
)
def test_missing_and_malformed_signatures_are_refused(signature: str | None) -> None:
    assert not SignatureVerifier((TOKEN,)).accepts(STREAM, signature)


@pytest.mark.parametrize(
    "url", ["", "calls.example.com", "ftp://calls.example.com", "wss://h/\udcff", "wss://"]
)
def test_no_url_raises(url: str) -> None:
    assert not SignatureVerifier((TOKEN,)).accepts(url, signed(STREAM), trailing_slash=True)


def test_without_a_token_nothing_is_accepted() -> None:
    assert not SignatureVerifier(()).accepts(STREAM, signed(STREAM))
    assert not SignatureVerifier(("",)).accepts(STREAM, signed(STREAM, ""))


SHARED_KEY = "not-a-real-shared-key"
SHARED = "key=webhooks_sharedkey_01jfake,algorithm=HMAC_SHA256"


def signed_with_shared_key(url: str, key: str = SHARED_KEY, algorithm: str = "HMAC_SHA256") -> str:
    signature: str = RequestValidator(key).compute_signature(url, {}, algorithm)
    return signature


@pytest.mark.parametrize(
    ("signed_how", "algorithm"),
    [
        (SHARED, "HMAC_SHA256"),
        (" key=x , algorithm = hmac_sha256 ", "HMAC_SHA256"),
        ("algorithm=HMAC_SHA1", "HMAC_SHA1"),
    ],
)
def test_a_shared_key_signs_as_twilios_own_package_computes_it(signed_how: str, algorithm: str) -> None:
    verifier = SignatureVerifier((TOKEN,), SHARED_KEY)
    signature = signed_with_shared_key(STREAM.replace(".com/", ".com:443/"), algorithm=algorithm)
    assert verifier.accepts(STREAM, signature, signed_how)
    assert verifier.accepts(STREAM, signed(STREAM)), "a token's signature counts as before"


@pytest.mark.parametrize(
    "signed_how", [None, "", SHARED, "algorithm=none", "algorithm=HMAC_MD5", "key=x", "=,="]
)
def test_what_a_request_says_of_itself_makes_no_key_good(signed_how: str | None) -> None:
    """Neither a token in the place of the SharedKey nor the other way round, nor another hash."""
    verifier = SignatureVerifier((TOKEN,), SHARED_KEY)
    for key, algorithm in ((TOKEN, "HMAC_SHA256"), (SHARED_KEY, "HMAC_SHA1"), ("", "HMAC_SHA256")):
        assert not verifier.accepts(STREAM, signed_with_shared_key(STREAM, key, algorithm), signed_how)


def test_a_shared_key_that_is_not_set_is_named() -> None:
    """It is refused as a forgery is, and the result says what would mend it."""
    verifier = SignatureVerifier((TOKEN,))
    signature = signed_with_shared_key(STREAM)
    assert not verifier.accepts(STREAM, signature, SHARED)
    assert "TWILIO_SHARED_KEY is not set" in verifier.why_refused(signature, SHARED)
    assert "fits no known auth token" in verifier.why_refused(signature, None)
    assert "no X-Twilio-Signature" in verifier.why_refused(None, SHARED)
    assert "does not fit TWILIO_SHARED_KEY" in SignatureVerifier((), SHARED_KEY).why_refused("x", SHARED)


@pytest.mark.parametrize(
    ("by_twilio", "name"),
    [
        (STREAM, "as written"),
        ("wss://calls.example.com:443/media/s3cret", "with :443"),
        (f"{STREAM}/", "with a slash"),
        ("wss://calls.example.com:443/media/s3cret/", "with :443, with a slash"),
        (STREAM.replace("wss", "https"), "with https"),
        (f"{STREAM}?extra=1", "none"),
    ],
)
def test_a_trace_says_over_which_form_it_was_made(by_twilio: str, name: str) -> None:
    assert SignatureVerifier(("an-older-token", TOKEN)).variant(STREAM, signed(by_twilio)) == name


def test_a_signature_that_leaves_the_query_out_is_told_so() -> None:
    without = STATUS.partition("?")[0]
    assert SignatureVerifier((TOKEN,)).variant(STATUS, signed(without)) == "without query"
    assert SignatureVerifier((TOKEN,)).variant("no address", signed(STATUS)) == "none"
