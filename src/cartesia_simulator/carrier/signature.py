"""Twilio's request signature, as twilio.com/docs/usage/webhooks/webhooks-security defines it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping


def sign(auth_token: str, url: str, form: Mapping[str, str] | None = None) -> str:
    """The `X-Twilio-Signature` of a request: HMAC-SHA1 over the URL and a POST's sorted parameters."""
    text = url + "".join(name + value for name, value in sorted((form or {}).items()))
    # SHA-1 is what the vendor signs with.
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()
