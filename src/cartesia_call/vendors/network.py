"""Which certificate authorities count, for every library alike."""

from __future__ import annotations

import ssl
from pathlib import Path

import certifi

from cartesia_call.addresses import NetworkRules
from cartesia_call.errors import SettingsError


def ssl_context(rules: NetworkRules) -> ssl.SSLContext:
    """A context of its own for each caller, which verifies names and certificates.

    With `ca_file` (a PEM file or a directory of them) only these authorities count. Without it the
    system's do, together with certifi's: some Python installations on macOS know no others.
    SettingsError if `ca_file` cannot be read.
    """
    if not rules.ca_file:
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
        return context
    is_directory = Path(rules.ca_file).is_dir()
    try:
        return ssl.create_default_context(
            cafile=None if is_directory else rules.ca_file,
            capath=rules.ca_file if is_directory else None,
        )
    except OSError as error:  # ssl.SSLError is one
        reason = error.strerror or "not a file of PEM certificates"
        raise SettingsError(
            [f"SSL_CERT_FILE or REQUESTS_CA_BUNDLE: {rules.ca_file} cannot be used: {reason}"]
        ) from None
