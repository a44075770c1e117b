"""Which certificate authorities count, for every library alike."""

from __future__ import annotations

import functools
import ssl
import threading
from pathlib import Path

import certifi

from cartesia_call.addresses import NetworkRules
from cartesia_call.errors import SettingsError

_one_at_a_time = threading.Lock()


def ssl_context(rules: NetworkRules) -> ssl.SSLContext:
    """A context that verifies names and certificates; the same one for all who ask, and not to be changed.

    With `ca_file` (a PEM file or a directory of them) only these authorities count. Without it the
    system's do, together with certifi's: some Python installations on macOS know no others.
    SettingsError if `ca_file` cannot be read. The first call takes some 70 ms: authorities are read.
    """
    with _one_at_a_time:
        return _loaded_context(rules.ca_file)


@functools.lru_cache(maxsize=1)
def _loaded_context(ca_file: str | None) -> ssl.SSLContext:
    if not ca_file:
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
        return context
    is_directory = Path(ca_file).is_dir()
    try:
        return ssl.create_default_context(
            cafile=None if is_directory else ca_file,
            capath=ca_file if is_directory else None,
        )
    except OSError as error:  # ssl.SSLError is one
        reason = error.strerror or "not a file of PEM certificates"
        raise SettingsError(
            [f"SSL_CERT_FILE or REQUESTS_CA_BUNDLE: {ca_file} cannot be used: {reason}"]
        ) from None
