"""What people have reported to be read wrongly, row by row: each stands for its kind."""

from __future__ import annotations

import pytest

from cartesia_call.reading.speakable import speakable

COLOURS = (
    *("\x1b[31mERROR\x1b[0m", "\x1b[1;31mERROR\x1b[m", "\x1b[38;5;196mERROR", "\x1b[KERROR"),
    *("\x1b[2K\x1b[1GERROR", "\x1b(BERROR", "\x1b]8;;https://example.com\x1b\\ERROR\x1b]8;;\x1b\\"),
    *("#033[31mERROR#033[0m", r"\033[31mERROR\033[0m", r"\e[31mERROR\e[0m", "^[[31mERROR^[[0m"),
)
NAMES = {
    "tls: failed to verify certificate: x509: certificate has expired": (
        "tls: failed to verify certificate: X 509: certificate has expired"
    ),
    "x64": "X 64",
    "linux x86": "linux X 86",
    "x11 server": "X 11 server",
    "X11": "X 11",
    "x86_64": "X 86 64",
    "1920x1080": "1920 X 1080",
    "3 x 500 GB": "3 times 500 gigabytes",
    "10 x 20": "10 times 20",
    "(x72 over 20m)": "(72 times over 20 minutes)",
    "failed x3": "failed 3 times",
}
DURATIONS = {
    "scrub repaired 0B in 00:00:01 with 0 errors": "scrub repaired 0 bytes in 1 second with 0 errors",
    "Noticed at: 2022-01-24 07:53:37 (UTC+00:00)": "Noticed at: January 24, 2022, 7 53 AM (UTC)",
    "took 01:00:00": "took 1 hour",
    "1:00 long": "1 hour long",
    "TTL 12:00:00": "TTL 12 hours",
    "Elapsed time: 00:00:42": "Elapsed time: 42 seconds",
    "lag 00:00:05": "lag 5 seconds",
    "after 00:20:40": "after 20 minutes 40 seconds",
    "Duration 00:12:30": "Duration 12 minutes 30 seconds",
    "remaining 00:00:00": "remaining 0 seconds",
    "2 days, 0:00:00": "2 days, 0 seconds",
    "lasted 5:00 minutes": "lasted 5 minutes",
    "UTC+02:00": "UTC plus 2",
    "GMT+01:00": "GMT plus 1",
    "01:02:03.456": "1 hour 2 minutes 3.456 seconds",
    "00:00:05,250": "5.250 seconds",
    "real 0m42.101s": "real 0 minutes 42.101 seconds",
    "1m30.5s": "1 minute 30.5 seconds",
    "1h0m3.201s": "1 hour 0 minutes 3.201 seconds",
    "web01-2026-11-29T03:15:42": "web 0 1, November 29, 2026, 3 15 AM",
}
LINE_ENDS = {
    r"Notification Type: PROBLEM\nService: Disk\nHost: web01": (
        "Notification Type: PROBLEM\nService: Disk\nHost: web 0 1"
    ),
    r"Disk full\non web": "Disk full\non web",
    r"a\r\nb\n\nc\\nd\te": "a\nb\n\nc\nd e",
    r'msg="Disk full\non web"': "msg is Disk full\non web",
    r"C:\new\table": "C drive backslash new backslash table",
    "Disk full<br>on web": "Disk full\non web",
    "Disk full#012on web#011now": "Disk full\non web now",
}
ESCAPES = {
    "Server &#34;foo&#34; is down": 'Server "foo" is down',
    "1 &#43; 1 &#61; 2&#10;now": "1 + 1 is 2\nnow",
    "&#x27;a&#x27;": "'a'",
    "5 &deg; and 3 &euro; &hellip;": "5 degrees and 3 € …",
    "&amp;#34;a&amp;#34;": '"a"',
    "load &gt;= 5": "load at least 5",
    r'{"summary":"load \u003e 5"}': "summary: load more than 5",
    r'{"path":"C:\\temp\\app.log"}': "path: C drive backslash temp backslash app dot log",
    r'{"a":"b\/c"}': "a: b/c",
    r'{"a":"say \"hi\" now"}': 'a: say "hi" now',
}
HALF_READ = {
    "UID:113": "UID: 113",
    "nginx:1.25": "nginx: 1.25",
    "EXT4-fs error: ext4_find_entry:1455: inode": "EXT 4 F S error: ext 4 find entry: 1455: inode",
    'said "10.0.0.5 is down"': 'said "10 dot 0 dot 0 dot 5 is down"',
    'host "db-03", up': 'host "D B 0 3", up',
}


@pytest.mark.parametrize("coloured", COLOURS)
def test_colours_are_not_read(coloured: str) -> None:
    """Nor are cursor moves, character sets and the addresses of links."""
    assert speakable(f"{coloured} disk full on db-03", spells=False) == "error disk full on D B 0 3"


@pytest.mark.parametrize(
    ("written", "said"), [*(NAMES | DURATIONS | LINE_ENDS | ESCAPES | HALF_READ).items()], ids=repr
)
def test_what_was_reported(written: str, said: str) -> None:
    assert speakable(written, spells=False) == said
