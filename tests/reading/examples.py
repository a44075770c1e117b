"""What the rules of reading are shown by: the tests hold them to it, and docs/reading.md prints it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """What is written, what is said of it, and, where that differs, with `--spell`."""

    written: str
    said: str
    spelled: str | None = None


def _same(*rows: tuple[str, str]) -> tuple[Example, ...]:
    return tuple(Example(*row) for row in rows)


LAYOUT_EXAMPLES: dict[str, tuple[Example, ...]] = {
    "terminal code": _same(("^[[31mdisk^[[0m full", "disk full"), (r"\e[1;31mdown\x1b[0m", "down")),
    "rsyslog's escapes": _same(
        ("Disk full#012on web#011now", "Disk full\non web now"),
        ("down.#012#012 see ticket #12", "down.\n\nsee ticket number 12"),
    ),
    "code fence": _same(("Log:\n```text\nout of memory\n```\nend", "Log:\n\nout of memory\n\nend")),
    "HTML": _same(("<b>Disk</b> full<br>on web", "Disk full\non web")),
    "entity": _same(
        ("load &gt; 5 &amp; rising", "load more than 5 and rising"),
        ("load &gt;= 5, &#34;foo&#x27;s&#34;", 'load at least 5, "foo\'s"'),
        ("5&deg;, 3&euro;, &amp;#34;twice&amp;#34;", '5 degrees, 3€, "twice"'),
    ),
    "escaped line end": _same(
        (r"Disk full\non web\r\nnow\tup", "Disk full\non web\nnow up"),
        (r"see C:\Program Files\nginx", "see C drive backslash Program Files nginx"),
        (r"in C:\new\table\nnow", "in C drive backslash new backslash table backslash nnow"),
    ),
    "link": _same(
        ("See [the runbook](https://wiki.example.com/db?id=7).", "See the runbook."),
        ("![chart](https://example.com/c.png) attached", "chart attached"),
    ),
    "angle brackets": _same(
        ("<https://example.com/r/7|Runbook> for <host>", "Runbook for host"),
        ("<!here> look", "here look"),
    ),
    "JSON": _same(
        ('{"level":"error", "host":"db-03","code":500}', "level: error, host: D B 0 3, code: 500"),
        (
            r'{"a":"load \u003e 5","b":"say \"no\" and\/or \ud83d\udd25"}',
            'a: load more than 5, b: say "no" and/or fire',
        ),
        (r'{"path":"C:\\temp\\new.log"}', "path: C drive backslash temp backslash new dot log"),
    ),
    "label": _same(
        (
            'InstanceDown{instance="10.0.0.7:9100",job="node"}',
            "Instance Down, instance is 10 dot 0 dot 0 dot 7 port 9100, job is node",
        ),
        ('msg="disk full" code=5', "msg is disk full, code is 5"),
    ),
    "performance data": _same(("15% free|swap=310MB;409;204;0;2047", "15 percent free")),
    "heading": _same(("## Disk full", "Disk full")),
    "line": _same(("up\n-----\ndown", "up\n\ndown"), ("[=>........] recovery", "recovery")),
    "table row": _same(("| host | state |\n|---|---|\n| web | down |", "host, state.\n\nweb, down.")),
    "bullet": _same(("- first\n* second\n> third", "first\nsecond\nthird")),
    "code": _same(("run `reboot` now", "run reboot now")),
    "bold and italic": _same(("**Disk** is *nearly* full", "Disk is nearly full")),
    "underscores": _same(("_nearly_ full, ~~empty~~ again", "nearly full, empty again")),
}

WORDS_EXAMPLES: dict[str, tuple[Example, ...]] = {
    "URL": _same(
        ("https://status.example.com/incidents/42", "status dot example dot com slash incidents slash 42"),
        (
            "See https://grafana.example.com:3000/d/disk?orgId=1.",
            "See grafana dot example dot com port 3000 slash D slash disk, and more.",
        ),
    ),
    "e-mail address": _same(
        ("Mail ops+db@example.com.", "Mail ops plus db at example dot com."),
        ("Cron <root@db-03>", "Cron root at D B 0 3"),
    ),
    "MAC address": (
        Example(
            "00:1a:2b:3c:4d:5e",
            "0 0, 1 A, 2 B, 3 C, 4 D, 5 E",
            "<spell>00</spell>, <spell>1a</spell>, <spell>2b</spell>, "
            "<spell>3c</spell>, <spell>4d</spell>, <spell>5e</spell>",
        ),
    ),
    "IPv4 address": _same(
        ("10.0.0.7 is down", "10 dot 0 dot 0 dot 7 is down"),
        ("10.0.0.7:8080", "10 dot 0 dot 0 dot 7 port 8080"),
        ("10.0.0.0/24", "10 dot 0 dot 0 dot 0 slash 24"),
    ),
    "IPv6 address": (
        Example(
            "[2001:db8::7]:443",
            "2 0 0 1 colon D B 8 double colon 7 port 443",
            "<spell>2001</spell> colon <spell>db8</spell> double colon <spell>7</spell> port 443",
        ),
    ),
    "offset from UTC": _same(
        ("in UTC+02:00, GMT-5", "in UTC plus 2, GMT minus 5"),
        ("(UTC+00:00)", "(UTC)"),
        ("GMT+05:30", "GMT plus 5 30"),
    ),
    "clock's duration": _same(
        ("took 01:30:05", "took 1 hour 30 minutes 5 seconds"),
        ("in 00:00:01 with 0 errors", "in 1 second with 0 errors"),
        ("after 00:20:40, lag 00:00:00", "after 20 minutes 40 seconds, lag 0 seconds"),
        ("2 days, 3:04, 1:00 long", "2 days, 3 hours 4 minutes, 1 hour long"),
        ("lasted 5:30 minutes", "lasted 5 minutes 30 seconds"),
        ("up 36:00:00 now", "up 36 hours now"),
        ("[01:02:03.456]", "[1 hour 2 minutes 3.456 seconds]"),
    ),
    "dated name": _same(("web01-2026-11-29T03:15:42", "web 0 1, November 29, 2026, 3 15 AM")),
    "timestamp": _same(
        ("2026-11-21T03:15:00Z", "November 21, 2026, 3 15 AM UTC"),
        ("2026-11-21 15:05:42,123", "November 21, 2026, 3 oh 5 PM"),
        ("2026-11-21T00:00:00+05:30", "November 21, 2026, midnight UTC plus 5 30"),
        ("20261121T031500Z", "November 21, 2026, 3 15 AM UTC"),
    ),
    "log's timestamp": _same(
        ("Nov 21 03:15:42 up", "November 21, 3 15 AM up"),
        ("Nov 28 12:00:00 2026 GMT", "November 28, 2026, noon GMT"),
        ("[21/Nov/2026:03:05:42 +0000]", "[November 21, 2026, 3 oh 5 AM UTC]"),
    ),
    "date": _same(
        ("expires 2027-01-03.", "expires January 3, 2027."),
        ("on 2026.11.21", "on November 21, 2026"),
    ),
    "time": _same(
        ("since 03:05", "since 3 oh 5"),
        ("at 14:00 UTC", "at 2 PM UTC"),
        ("at 3:15pm", "at 3 15 PM"),
        ("started at 03:15:42", "started at 3 15 AM"),
        ("03:15:42 sshd failed", "3 15 AM sshd failed"),
        ("since 01:00:00", "since 1 AM"),
        ("between 01:00:00 and 02:00:00", "between 1 AM and 2 AM"),
        ("last seen 03:15:42", "last seen 3 15 AM"),
    ),
    "UUID": (
        Example(
            "123e4567-e89b-12d3-a456-426614174000",
            "1 2 3 E 4 5 6 7, and more",
            "<spell>123e4567</spell>, and more",
        ),
    ),
    "telephone number": _same(("call +12025550143", "call plus 1 2 0 2 5 5 5 0 1 4 3")),
    "hexadecimal": (
        Example("commit 7f3a9c0", "commit 7 F 3 A 9 C 0", "commit <spell>7f3a9c0</spell>"),
        Example("0x1f", "0 X 1 F", "<spell>0x1f</spell>"),
        Example(
            "9fceb02d0ae598e95dc970b74767f19372d61af8 fails",
            "9 F C E B 0 2 D, and more, fails",
            "<spell>9fceb02d</spell>, and more, fails",
        ),
    ),
    "ticket": (
        Example("INC0012345 opened", "INC 0 0 1 2 3 4 5 opened", "<spell>INC0012345</spell> opened"),
        Example("OPS-123", "OPS 123", "<spell>OPS-123</spell>"),
    ),
    "long number": (Example("order 0012345", "order 0 0 1 2 3 4 5", "order <spell>0012345</spell>"),),
    "Windows path": _same((r"C:\Logs\error.log", "C drive backslash Logs backslash error dot log")),
    "path": _same(
        ("/dev/sda1 is full", "slash dev slash S D A 1 is full"),
        ("Look into /var/log/nginx.", "Look into slash var slash log slash nginx."),
        ("~/app", "home slash app"),
    ),
    "AWS resource": (
        Example(
            "arn:aws:ec2:eu-west-1:123456789012:instance/i-0a1b2c",
            "A R N, E C 2, E U west 1, instance slash I 0 A 1 B 2 C",
            "A R N, E C 2, E U west 1, instance slash I <spell>0a1b2c</spell>",
        ),
    ),
    "root": _same(
        ("2% free on / only", "2 percent free on slash only"), ("/: 512 MB", "slash: 512 megabytes")
    ),
    "relative path": _same(("src/app/main.py", "S R C slash app slash main dot P Y")),
    "version": _same(
        ("v1.2.3", "version 1 dot 2 dot 3"),
        ("nginx/1.25.3-rc1", "nginx 1 dot 25 dot 3 R C 1"),
    ),
    "duration": _same(
        ("down for 1h30m", "down for 1 hour 30 minutes"), ("real 0m42.101s", "real 0 minutes 42.101 seconds")
    ),
    "power of ten": _same(("value 9.7e+01, 1.6384e+10", "value 97, 16,384,000,000")),
    "quantity": _same(
        ("CPU at 97%", "CPU at 97 percent"),
        ("512MB of 5 GiB", "512 megabytes of 5 gibibytes"),
        ("250ms, 3.5s", "250 milliseconds, 3.5 seconds"),
        ("10k/s or 300 kB/s", "10 thousand per second or 300 kilobytes per second"),
        ("5-10%", "5 to 10 percent"),
        ("rss:4096kB, 1.1G left", "rss: 4096 kilobytes, 1.1 G left"),
        ("-21.5°C", "minus 21.5 degrees Celsius"),
    ),
    "count": _same(
        ("failed x3", "failed 3 times"),
        ("×12", "12 times"),
        ("(x72 over 20m)", "(72 times over 20 minutes)"),
        ("3 x 500 GB", "3 times 500 gigabytes"),
    ),
    "ratio": _same(
        ("3/5 replicas", "3 of 5 replicas"),
        ("128Mi/4Gi", "128 mebibytes of 4 gibibytes"),
        ("level 2/1", "level 2 slash 1"),
    ),
    "range": _same(("nodes 5-10", "nodes 5 to 10")),
    "sign": _same(("-5, +3", "minus 5, plus 3")),
    "log level": _same(
        ("[ERROR] disk full", "error: disk full"),
        ("[FIRING:2] Disk full", "firing 2: Disk full"),
        ("WARN: slow, CRIT, FATAL", "warning: slow, critical, fatal"),
    ),
    "process ID": _same(("sshd[812]: failed", "sshd: failed")),
    "RAID": _same(("md state [UU_]", "md state 2 of 3 up")),
    "redirection": _same(("backup --all >/dev/null 2>&1", "backup all")),
    "signal": _same(("killed by SIGKILL", "killed by sig kill")),
    "pod": (Example("api-7d9c5b8f6b-x2x7k", "A P I, pod X 2 X 7 K", "A P I, pod <spell>x2x7k</spell>"),),
    "wildcard": _same(("for *.example.com", "for star dot example dot com")),
    "host or file name": (
        Example("db-03.eu-west.example.com", "D B 0 3 dot E U west dot example dot com"),
        Example("error.log, main.py:42", "error dot log, main dot P Y line 42"),
        Example(
            "web-7d9c5b8f6b.local:9100",
            "web 7 D 9 C 5 B 8 F 6 B dot local port 9100",
            "web <spell>7d9c5b8f6b</spell> dot local port 9100",
        ),
    ),
    "name with digits": (
        Example("db-03:5432", "D B 0 3 port 5432"),
        Example("web-x2x7k", "web X 2 X 7 K", "web <spell>x2x7k</spell>"),
    ),
    "localhost": _same(("localhost:3000", "localhost port 3000")),
    "snake_case": _same(("node_disk_full", "node disk full")),
    "camelCase": _same(("DiskUsageHigh", "Disk Usage High"), ("HTTPServerError", "HTTP Server Error")),
    "letters and digits": (
        Example("eth0, web01", "eth 0, web 0 1"),
        Example("linux x86: x64, x509: expired", "linux X 86: X 64, X 509: expired"),
        Example("nvme0n1", "N V M E 0 N 1", "<spell>nvme0n1</spell>"),
    ),
    "number behind a colon": _same(
        ("UID:113, redis:6379", "UID: 113, redis: 6379"),
        ("image nginx:1.25", "image nginx: 1.25"),
        ("ext4_find_entry:1455: inode", "ext 4 find entry: 1455: inode"),
    ),
    "port": _same(("listens on :8080", "listens on port 8080")),
    "number sign": _same(("build #7", "build number 7")),
    "about": _same(("~5 minutes", "about 5 minutes")),
    "emoji shortcode": _same((":fire: Disk full", "fire, Disk full")),
    "arrow and operator": _same(
        ("up -> down", "up to down"),
        ("status=500, a != b", "status is 500, a is not b"),
        ("load >= 5 && rising", "load at least 5 and rising"),
    ),
    "emoji": _same(("🔥 Disk full ⚠️", "fire, Disk full warning"), ("done 🎉", "done")),
    "option": _same(("run it with --force", "run it with force")),
    "repeated punctuation": _same(("Help!!! Now..... please", "Help! Now... please")),
    "drawn line": _same(("disk -- full | now", "disk, full, now")),
    "stray sign": _same(("{up} to $HOME", "up to HOME")),
}

OTHER_LANGUAGE: tuple[tuple[str, str], ...] = (
    ("## Platte **voll** auf `web`", "Platte voll auf web"),
    ("🔥 NodeDiskFull: node_disk_full!!!", "Node Disk Full: node disk full!"),
    (
        "10.0.0.7 am 2026-11-21 um 03:15, 97% von 5GB: /dev/sda1 auf db-03.example.com",
        "10.0.0.7 am 2026-11-21 um 03:15, 97% von 5GB: /dev/sda1 auf db-03.example.com",
    ),
    ("Commit 7f3a9c0", "Commit 7 F 3 A 9 C 0"),
)
"""In German."""

UNCHANGED: tuple[str, ...] = (
    "The database is down.",
    "It's 3 o'clock, e.g. now: call +1-202-555-0143!",
    'The on-call engineer (24-hour shift) said: "No."',
    "Prices: $5, €3.50 and 1,234.5 items on the 3rd floor, as in the 1990s.",
    "CPU / memory, and/or, [maybe] or 'not'?\nSecond line.\n\nSecond paragraph.",
    "Ünïcode, 日本語。 Ελληνικά.",
    'Wait <break time="1s"/> for <spell>INC-7.3 x3</spell> and <emotion value="calm"/> more.',
)
"""Prose, and tags of Cartesia's."""
