"""Twilio's signature of the requests that it sends.

With the account's auth token as twilio.com/docs/usage/webhooks/webhooks-security defines it, or with a
SharedKey (docs/usage/webhooks/webhook-shared-keys, a public beta of September 2026): of the same text another
hash, and a header that says so.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class SharedKey:
    """The key that the account has Twilio sign with in the place of its auth token."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Whatever one region sends to the customer is signed with its auth token, or with the SharedKey if there
    is one."""

    auth_token: str = field(repr=False)
    shared_key: SharedKey | None = None

    def headers(self, url: str, form: Mapping[str, str] | None = None) -> dict[str, str]:
        """Those of a request: a hash over the URL and a POST's sorted parameters, and how it was made."""
        text = url + "".join(name + value for name, value in sorted((form or {}).items()))
        if self.shared_key is None:  # SHA-1 is what the vendor signs with
            return {"X-Twilio-Signature": _hmac(self.auth_token, text, hashlib.sha1)}
        return {
            "X-Twilio-Signature": _hmac(self.shared_key.secret, text, hashlib.sha256),
            "X-Twilio-Webhooks-Signature-Settings": f"key={self.shared_key.id},algorithm=HMAC_SHA256",
        }


def _hmac(key: str, text: str, hash_function: Callable[..., Any]) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hash_function).digest()).decode()
