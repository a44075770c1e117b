"""One set of rules for proxies and certificate authorities, given to every library."""

from __future__ import annotations

import dataclasses
import ssl
from pathlib import Path

import pytest

from cartesia_call.errors import SettingsError
from cartesia_call.vendors.network import NetworkRules
from tests.vendors.http_peers import CERTIFICATE

PROXY = "http://proxy.example:3128"
RULES = NetworkRules(https_proxy=PROXY, no_proxy=None, ca_file=None)


@pytest.mark.parametrize("url", ["https://api.twilio.com/x", "wss://api.cartesia.ai/tts", "https://10.0.0.1"])
def test_tls_goes_through_the_proxy(url: str) -> None:
    assert RULES.proxy_for(url) == PROXY


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost:8443",
        "https://LOCALHOST",
        "https://localhost.:8443",
        "https://127.0.0.1:8080/x",
        "wss://127.8.9.1",
        "https://[::1]:8080",
        "https://[::ffff:127.0.0.1]:8080",
        "http://127.0.0.1:8080",
        "ws://127.0.0.1:8080",
    ],
)
def test_loopback_never_goes_through_a_proxy(url: str) -> None:
    assert RULES.proxy_for(url) is None


@pytest.mark.parametrize(
    ("no_proxy", "url"),
    [
        ("*", "https://api.twilio.com"),
        ("api.twilio.com", "https://api.twilio.com"),
        ("twilio.com", "https://api.dublin.ie1.twilio.com"),
        (".twilio.com", "https://api.twilio.com"),
        ("example.com, TWILIO.com ", "https://API.Twilio.com"),
        ("api.twilio.com:8443", "https://api.twilio.com:8443"),
        ("10.0.0.1", "wss://10.0.0.1/x"),
        ("api.twilio.com:443", "https://api.twilio.com"),
        ("example.com,*", "https://api.twilio.com"),
        ("api.twilio.com.", "https://api.twilio.com"),
        ("twilio.com.:443", "https://api.twilio.com."),
        ("*.twilio.com", "https://api.twilio.com"),
        ("2001:db8::1", "https://[2001:db8::1]"),
        ("[2001:db8::1]:443", "https://[2001:db8::1]"),
    ],
)
def test_no_proxy_lists_exceptions(no_proxy: str, url: str) -> None:
    assert dataclasses.replace(RULES, no_proxy=no_proxy).proxy_for(url) is None


@pytest.mark.parametrize(
    "no_proxy",
    ["", ",", ".", ":443", "nottwilio.com", "io.com", "api.twilio.com:8443", "com.example", "*:8443"],
)
def test_other_names_still_go_through_the_proxy(no_proxy: str) -> None:
    """A suffix counts at a dot only, a port only if it is the same."""
    assert dataclasses.replace(RULES, no_proxy=no_proxy).proxy_for("https://api.twilio.com") == PROXY


def test_a_proxy_without_scheme_is_an_http_proxy() -> None:
    """As curl reads it; libraries that demand a scheme get one."""
    rules = dataclasses.replace(RULES, https_proxy="proxy.example:3128")
    assert rules.proxy_for("https://api.twilio.com") == PROXY


@pytest.mark.parametrize("empty", [None, ""])
def test_no_proxy_is_set(empty: str | None) -> None:
    assert dataclasses.replace(RULES, https_proxy=empty).proxy_for("https://api.twilio.com") is None


def test_default_context_verifies_names_and_certificates() -> None:
    context = RULES.ssl_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) > 50


def test_a_ca_file_replaces_the_default_authorities() -> None:
    context = dataclasses.replace(RULES, ca_file=str(CERTIFICATE)).ssl_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    (authority,) = context.get_ca_certs()
    assert "for tests only" in str(authority["subject"])


def test_a_directory_of_authorities_is_accepted(tmp_path: Path) -> None:
    """REQUESTS_CA_BUNDLE may name one; its certificates are looked up when they are needed."""
    context = dataclasses.replace(RULES, ca_file=str(tmp_path)).ssl_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.get_ca_certs() == []


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_a_ca_file_that_cannot_be_used_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError, match=r"SSL_CERT_FILE or REQUESTS_CA_BUNDLE: .*ca\.pem cannot be used"):
        dataclasses.replace(RULES, ca_file=str(file)).ssl_context()
