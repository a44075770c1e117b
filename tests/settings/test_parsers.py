"""Texts of settings and their values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cartesia_call.settings import parsers
from cartesia_call.speech.choices import parse_voice
from tests.vendors.http_peers import CERTIFICATE

READABLE: list[tuple[Callable[[str], object], str, object]] = [
    (parsers.words, "stream-drop@3s, mark-late", ("stream-drop@3s", "mark-late")),
    (parsers.fallback, "none", ()),
    (parsers.fallback, "say", ("say",)),
    (parsers.fallback, "LOCAL", ("local",)),
    (parsers.fallback, "say, local", ("local", "say")),
    (parsers.fallback, "local,say", ("local", "say")),
    (parsers.sid("AC"), "AC" + "0a" * 16, "AC" + "0a" * 16),
    (parsers.origin, "https://calls.example.com/", "https://calls.example.com"),
    (parsers.origin, "https://Calls.Example.com:8443", "https://calls.example.com:8443"),
    (parsers.origin, "https://calls.example.com:443", "https://calls.example.com"),
    (parsers.origin, "HTTPS://[2001:DB8::1]:", "https://[2001:db8::1]"),
    (parsers.origin, "http://localhost.:80", "http://localhost.:80"),
    (parsers.origin, "http://[::ffff:127.0.0.1]:80", "http://[::ffff:127.0.0.1]:80"),
    (parsers.origin, "http://127.8.9.10:80", "http://127.8.9.10:80"),
    (parsers.origin, "http://localhost:80", "http://localhost:80"),
    (parsers.origin, "http://[::1]:80", "http://[::1]:80"),
    (parsers.ngrok_domain, "https://Name.ngrok.app/", "name.ngrok.app"),
    (parsers.bind_address, "127.0.0.1:0", ("127.0.0.1", 0)),
    (parsers.bind_address, "[::1]:8080", ("::1", 8080)),
    (parsers.bind_address, "localhost:8080", ("127.0.0.1", 8080)),
    (parsers.proxy_url, "proxy.example.com:3128", "http://proxy.example.com:3128"),
    (parsers.proxy_url, "HTTPS://user:p%40ss@proxy.example.com/", "https://user:p%40ss@proxy.example.com"),
    (parsers.proxy_url, "http://user:@my_proxy:3128", "http://user:@my_proxy:3128"),
    (parsers.ca_file, str(CERTIFICATE), str(CERTIFICATE)),
    (parsers.ca_file, str(CERTIFICATE.parent), str(CERTIFICATE.parent)),
]

UNREADABLE: list[tuple[Callable[[str], object], str, str]] = [
    (parsers.count, "-1", "whole number"),
    (parsers.fallback, "shout", "'shout' is not a fallback; write say, local"),
    (parsers.fallback, "say,none", "none goes with no other"),
    (parsers.fallback, "none,none", "none goes with no other"),
    (parsers.fallback, "say,local,say", "does not name each fallback once"),
    (parsers.fallback, ",", "does not name each fallback once"),
    (parsers.country, "USA", "two letters"),
    (parsers.model_id, "sonic 3", "model ID"),
    (parsers.api_version, "latest", "a date"),
    (parsers.api_version, "٢٠٢٦-٠٣-٠١", "a date"),
    (parsers.count, "٢", "whole number"),
    (parsers.sid("SK"), "AC" + "0" * 32, "SK and 32 hexadecimal digits"),
    (parsers.origin, "calls.example.com", "https://host"),
    (parsers.origin, "ftp://calls.example.com", "https://host"),
    (parsers.origin, "https://calls.example.com/path", "after the host"),
    (parsers.origin, "https://calls.example.com?a=b", "after the host"),
    (parsers.origin, "https://my_host.example.com", "underscore"),
    (parsers.origin, "http://calls.example.com", "loopback addresses only"),
    (parsers.origin, "http://127.0.0.1.example.com", "loopback addresses only"),
    (parsers.origin, "http://10.0.0.1", "loopback addresses only"),
    (parsers.origin, "http://calls.localhost", "loopback addresses only"),
    (parsers.origin, "http://[::ffff:10.0.0.1]", "loopback addresses only"),
    (parsers.origin, "https://host:99999", "https://host:port"),
    (parsers.ngrok_domain, "name", "not a domain"),
    (parsers.bind_address, "8080", "HOST:PORT"),
    (parsers.bind_address, "127.0.0.1:99999", "HOST:PORT"),
    (parsers.bind_address, "calls.example.com:80", "not an IP address"),
    (parsers.proxy_url, "socks5://proxy:1080", "not supported"),
    (parsers.proxy_url, "http://user@proxy.example.com", "without the other"),
    (parsers.proxy_url, "http://:word@proxy.example.com", "without the other"),
    (parsers.proxy_url, "http://proxy.example.com/path", "after the host"),
    (parsers.proxy_url, "http://proxy.example.com?a=b", "after the host"),
    (parsers.proxy_url, "http://proxy.example.com#", "after the host"),
    (parsers.proxy_url, "http://user:w%ff@proxy.example.com", "non-ASCII"),
    (parsers.proxy_url, "http://user:wört@proxy.example.com", "non-ASCII"),
    (parsers.ca_file, "/nowhere/ca.pem", "there is no file"),
    (parsers.ca_file, __file__, "it holds no certificates"),
]


@pytest.mark.parametrize(("parse", "text", "value"), READABLE)
def test_reads(parse: Callable[[str], object], text: str, value: object) -> None:
    """What people write has one value."""
    assert parse(text) == value


@pytest.mark.parametrize(("parse", "text", "reason"), UNREADABLE)
def test_refuses(parse: Callable[[str], object], text: str, reason: str) -> None:
    """What cannot be meant is refused with what to write instead."""
    with pytest.raises(ValueError, match=reason):
        parse(text)


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parsers.secret, "sk_car_hush hush"),
        (parsers.secret, "sk_car_hush\x7f"),
        (parsers.secret, "sk_car_hush\u2026"),
        (parsers.secret, '"sk_car_hush"'),
        (parsers.secret, "'sk_car_hush'"),
        (parsers.sid("AC"), "sk_car_hush"),
        (parse_voice, "sk_car_hush"),
        (parsers.origin, "https://user:hush@example.com"),
        (parsers.origin, "https://user:hush@[example.com"),
        (parsers.proxy_url, "socks5://user:hush@example.com"),
        (parsers.proxy_url, "http://user:hush@example.com:port"),
        (parsers.proxy_url, "http://hush@example.com"),
        (parsers.proxy_url, "http://user:hush@example.com/path"),
        (parsers.proxy_url, "http://user:hush%ff@example.com"),
    ],
)
def test_never_quotes_what_may_be_secret(parse: Callable[[str], object], text: str) -> None:
    """Neither secrets nor what a secret is easily pasted into appear in a message."""
    with pytest.raises(ValueError) as refusal:
        parse(text)
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize(
    ("host", "instead"),
    [
        ("api.ie1.twilio.com", "write https://api.dublin.ie1.twilio.com, or leave it out"),
        ("api.br1.twilio.com", "more; leave it out"),
    ],
)
def test_hosts_that_twilio_switched_off_are_refused(host: str, instead: str) -> None:
    """And the one that took their place is named."""
    with pytest.raises(ValueError, match=instead):
        parsers.twilio_origin(f"https://{host}")
    assert parsers.twilio_origin("https://api.dublin.ie1.twilio.com") == "https://api.dublin.ie1.twilio.com"
