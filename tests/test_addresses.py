"""Which hosts are this machine itself."""

from __future__ import annotations

import dataclasses

import pytest

from cartesia_call.addresses import NetworkRules, is_loopback

PROXY = "http://proxy.example:3128"
RULES = NetworkRules(https_proxy=PROXY)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost.",
        "127.0.0.1",
        "127.0.0.2",
        "127.255.255.254",
        "::1",
        "0:0:0:0:0:0:0:1",
        "::ffff:127.0.0.1",
        "::FFFF:7f00:1",
    ],
)
def test_this_machine(host: str) -> None:
    """The name, the whole of 127.0.0.0/8 and ::1, in every spelling."""
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "0.0.0.0",
        "::",
        "10.0.0.1",
        "::ffff:10.0.0.1",
        "128.0.0.1",
        "127.0.0.1.example.com",
        "localhost.example.com",
        "calls.localhost",
        "notlocalhost",
        "[::1]",
    ],
)
def test_other_machines(host: str) -> None:
    """What a name server could answer is another machine, *.localhost too; so is every address at once."""
    assert not is_loopback(host)


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
    [
        "",
        ",",
        ".",
        ":443",
        "nottwilio.com",
        "io.com",
        "api.twilio.com:8443",
        "com.example",
        "*:8443",
        "api.twilio.com:" + "4" * 5000,
    ],
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
