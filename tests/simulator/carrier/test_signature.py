"""What the carrier sends proves itself to whoever knows the key, by the header that says how."""

from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator

from cartesia_call.vendors.twilio_signature import SIGNATURE_SETTINGS_HEADER, SignatureVerifier
from cartesia_simulator.carrier.signature import SharedKey, Signer

URL = "https://calls.example.com/status/s3cret?CallSid=CA1&CallStatus=ringing"
KEY = SharedKey(id="webhooks_sharedkey_1", secret="evidently-fake-shared-key")


def test_an_auth_token_signs_as_twilio_does() -> None:
    """And brings no other header: without it, SHA-1 and the token are meant."""
    form = {"To": "+12025550143", "CallSid": "CA1"}
    headers = Signer(auth_token="evidently-fake").headers(URL, form)
    assert headers == {"X-Twilio-Signature": RequestValidator("evidently-fake").compute_signature(URL, form)}


def test_a_shared_key_signs_in_its_place() -> None:
    """Whoever knows the key accepts it; nobody takes it for a signature with the token."""
    headers = Signer(auth_token="evidently-fake", shared_key=KEY).headers(URL)
    assert headers[SIGNATURE_SETTINGS_HEADER] == "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    signature, how = headers["X-Twilio-Signature"], headers[SIGNATURE_SETTINGS_HEADER]
    assert SignatureVerifier((), KEY.secret).accepts(URL, signature, how)
    assert not SignatureVerifier(("evidently-fake",), "another-key").accepts(URL, signature, how)
    assert not SignatureVerifier(("evidently-fake", KEY.secret)).accepts(URL, signature)


@pytest.mark.parametrize("shared_key", [None, KEY])
def test_no_key_is_printed(shared_key: SharedKey | None) -> None:
    signer = Signer(auth_token="evidently-fake", shared_key=shared_key)
    assert "evidently" not in repr(signer)
