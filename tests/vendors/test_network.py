"""One set of certificate authorities, given to every library."""

from __future__ import annotations

import dataclasses
import ssl
from pathlib import Path

import pytest

from cartesia_call.addresses import NetworkRules
from cartesia_call.errors import SettingsError
from cartesia_call.vendors.network import ssl_context
from tests.vendors.http_peers import CERTIFICATE

PROXY = "http://proxy.example:3128"
RULES = NetworkRules(https_proxy=PROXY, no_proxy=None, ca_file=None)


def test_default_context_verifies_names_and_certificates() -> None:
    context = ssl_context(RULES)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) > 50


def test_a_ca_file_replaces_the_default_authorities() -> None:
    context = ssl_context(dataclasses.replace(RULES, ca_file=str(CERTIFICATE)))
    assert context.verify_mode is ssl.CERT_REQUIRED
    (authority,) = context.get_ca_certs()
    assert "for tests only" in str(authority["subject"])


def test_a_directory_of_authorities_is_accepted(tmp_path: Path) -> None:
    """REQUESTS_CA_BUNDLE may name one; its certificates are looked up when they are needed."""
    context = ssl_context(dataclasses.replace(RULES, ca_file=str(tmp_path)))
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.get_ca_certs() == []


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_a_ca_file_that_cannot_be_used_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError, match=r"SSL_CERT_FILE or REQUESTS_CA_BUNDLE: .*ca\.pem cannot be used"):
        ssl_context(dataclasses.replace(RULES, ca_file=str(file)))
