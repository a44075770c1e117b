"""Rules for words and signs of logs, shells and chats."""

from __future__ import annotations

import re

from cartesia_call.reading.rule import Manner, Rule, always

_LEVELS = {
    **{"ERR": "error", "ERROR": "error", "WARN": "warning", "WARNING": "warning", "CRIT": "critical"},
    **{"CRITICAL": "critical", "FATAL": "fatal", "EMERG": "emergency", "SEVERE": "severe", "INFO": "info"},
    **{"FIRING": "firing", "RESOLVED": "resolved", "NOTICE": "notice", "DEBUG": "debug", "TRACE": "trace"},
}
_LEVEL = re.compile(
    rf"(?<![\w.-])(\[?)({'|'.join(sorted(_LEVELS, key=len, reverse=True))})(?![\w]|[.-]\w)"
    r"(?::([0-9]{1,6})(?=\]))?(\]?)(:?)"
)
_SIGNAL = re.compile(
    r"(?<![\w.-])SIG(HUP|INT|QUIT|ILL|TRAP|ABRT|BUS|FPE|KILL|SEGV|PIPE|ALRM|TERM|CHLD|CONT|STOP|TSTP|USR1|USR2)(?!\w)"
)
_EMOJI_WORDS = {
    **{
        "🔥": "fire",
        "🚨": "alarm",
        "⚠": "warning",
        "🛑": "stop",
        "⛔": "no entry",
        "💥": "crash",
        "🆘": "S O S",
    },
    **{
        "✅": "check mark",
        "✔": "check mark",
        "☑": "check mark",
        "❌": "cross mark",
        "✖": "cross mark",
        "❎": "cross mark",
    },
    **{
        "🔴": "red",
        "🟠": "orange",
        "🟡": "yellow",
        "🟢": "green",
        "🔵": "blue",
        "ℹ": "information",
        "❗": "attention",
    },
    **{
        "‼": "attention",
        "❓": "question",
        "📈": "rising",
        "📉": "falling",
        "⏰": "alarm clock",
        "☠": "dead",
        "💀": "dead",
    },
    **{
        "🐛": "bug",
        "🚀": "rocket",
        "🔔": "bell",
        "🔕": "muted",
        "👍": "thumbs up",
        "👎": "thumbs down",
        "🔒": "locked",
    },
}
_SHORTCODES = {
    **{"rotating_light": "alarm", "warning": "warning", "fire": "fire", "white_check_mark": "check mark"},
    **{
        "heavy_check_mark": "check mark",
        "x": "cross mark",
        "red_circle": "red",
        "large_green_circle": "green",
    },
    **{
        "large_yellow_circle": "yellow",
        "green_circle": "green",
        "boom": "crash",
        "bell": "bell",
        "skull": "dead",
    },
    **{
        "information_source": "information",
        "octagonal_sign": "stop",
        "exclamation": "attention",
        "sos": "S O S",
    },
    **{
        "thumbsup": "thumbs up",
        "thumbsdown": "thumbs down",
        "bug": "bug",
        "rocket": "rocket",
        "no_entry": "no entry",
    },
}
_PICTURE = r"[\u2139\u203c\u2049\u231a-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2b05-\u2b55\U0001f000-\U0001faff]"
_EMOJI = re.compile(rf"(?:{_PICTURE}[\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f]*\u200d?|[\ufe0e\ufe0f\u20e3])+")
_SHORTCODE = re.compile(rf"(?<![\w:])(?::({'|'.join(_SHORTCODES)}):)+(?![\w:])")
_ARROW_WORDS = {
    **dict.fromkeys(("->", "-->", "=>", "==>", "→", "⇒", "➜", "➔"), " to "),
    **dict.fromkeys(("<-", "<--", "←"), " from "),
    **dict.fromkeys(("!=", "≠", "<>"), " is not "),
    **dict.fromkeys((">=", "≥"), " at least "),
    **dict.fromkeys(("<=", "≤"), " at most "),
    **dict.fromkeys(("=", "==", "===", ":=", "=~"), " is "),
    **{
        "&&": " and ",
        "&": " and ",
        "||": " or ",
        ">": " more than ",
        "<": " less than ",
        ">>": " ",
        "<<": " ",
    },
    **{"±": " plus or minus ", "≈": " about ", "↑": " up ", "↓": " down ", "§": " section ", "×": " times "},
}
_ARROW = re.compile(
    r"-{1,2}>|={1,2}>|<-{1,2}(?![0-9])|!=|<>|>=|<=|={1,3}~?|:=|&&?|\|\||>+|<+|[→⇒➜➔←≠≥≤±≈↑↓§×]"
)


def _level(found: re.Match[str], manner: Manner) -> str:
    is_bracketed = found[1] and found[4]
    opened, closed = ("", ":") if is_bracketed else (found[1], found[4] + found[5])
    return f"{opened}{_LEVELS[found[2]]}{' ' + found[3] if found[3] else ''}{closed}"


def _raid(found: re.Match[str], manner: Manner) -> str:
    return f" {found[1].count('U')} of {len(found[1])} up "


def _emoji(found: re.Match[str], manner: Manner) -> str:
    if not manner.is_english:
        return " "
    words = [_EMOJI_WORDS[sign] for sign in dict.fromkeys(found[0]) if sign in _EMOJI_WORDS]
    return f" {', '.join(words)}, " if words else " "


def _shortcode(found: re.Match[str], manner: Manner) -> str:
    if not manner.is_english:
        return " "
    return f" {', '.join(_SHORTCODES[name] for name in dict.fromkeys(found[0].strip(':').split('::')))}, "


def _arrow(found: re.Match[str], manner: Manner) -> str:
    if not manner.is_english:
        return " " if "<" in found[0] or ">" in found[0] else found[0]
    return _ARROW_WORDS.get(found[0], " ")


def _run(found: re.Match[str], manner: Manner) -> str:
    return "..." if found[0][0] == "." else found[0][0]


LEVELS = (
    Rule(
        name="log level",
        does="In words, where it is written in capitals.",
        pattern=_LEVEL,
        read=_level,
    ),
    Rule(
        name="process ID",
        does="The number behind a program's name, or the kernel's clock, goes.",
        pattern=re.compile(r"(?<=[A-Za-z])\[[0-9]{1,10}\](?=:)|\[ {0,6}[0-9]{1,10}\.[0-9]{6}\]"),
        read=always(" "),
        leaves_out="all of it",
    ),
    Rule(
        name="RAID",
        does="How many disks of a Linux RAID are up, where one is not.",
        pattern=re.compile(r"\[((?=U*_)[U_]{2,64})\]"),
        read=_raid,
        leaves_out="which of them",
    ),
    Rule(
        name="redirection",
        does="That a command's output goes to `/dev/null`, or with its errors, is not said.",
        pattern=re.compile(r"(?<![\w<>-])[0-9&]?>{1,2} ?(?:&[0-9]|/dev/null)(?!\w)"),
        read=always(" "),
        leaves_out="all of it",
    ),
    Rule(
        name="signal",
        does="In two words.",
        pattern=_SIGNAL,
        read=lambda found, manner: f" sig {found[1].lower().replace('usr', 'user ')} ",
    ),
)

SIGNS = (
    Rule(
        name="port",
        does="A colon in front of a number of its own.",
        pattern=re.compile(r"(?<![^\s(\[{\"'])(?<!\w[\"'])[:*]?:([0-9]{2,5})(?!\w|[.:-]\w)"),
        read=lambda found, manner: f" port {found[1]} ",
    ),
    Rule(
        name="number sign",
        does='"Number" in front of a number.',
        pattern=re.compile(r"(?<![\w#&])#(?=[0-9])"),
        read=always(" number "),
    ),
    Rule(
        name="about",
        does='"About" for a tilde in front of a number.',
        pattern=re.compile(r"(?<![\w~/])~ ?(?=[0-9])"),
        read=always(" about "),
    ),
    Rule(
        name="emoji shortcode",
        does="Like the emoji.",
        pattern=_SHORTCODE,
        read=_shortcode,
        any_language=True,
    ),
    Rule(
        name="arrow and operator",
        does="In words. In other languages angle brackets go, and the rest stays.",
        pattern=_ARROW,
        read=_arrow,
        any_language=True,
    ),
    Rule(
        name="emoji",
        does="Those of alerts by name; all others go, and in other languages all.",
        pattern=_EMOJI,
        read=_emoji,
        leaves_out="pictures without a name in the table, and numbers inside a circle",
        any_language=True,
    ),
    Rule(
        name="option",
        does="The dashes in front of an option go.",
        pattern=re.compile(r"(?<![\w-])--?(?=[A-Za-z])"),
        read=always(" "),
        any_language=True,
    ),
    Rule(
        name="repeated punctuation",
        does="Once; of dots, three.",
        pattern=re.compile(r"([!?,;:])\1+|\.{4,}"),
        read=_run,
        any_language=True,
    ),
    Rule(
        name="drawn line",
        does="Dashes and other signs in a row are a pause, and so is a brace between a name and its labels.",
        pattern=re.compile(r"(?<=\w)\{(?=\w{1,60}[=!])|-{2,}|_{2,}|~{2,}|(?<!\|)[|¦](?!\|)"),
        read=always(", "),
        any_language=True,
    ),
    Rule(
        name="stray sign",
        does="Signs of markup and programs that are left over go.",
        pattern=re.compile(r"[*`_\\{}^~#|]+|\$(?=[A-Za-z_{(])"),
        read=always(" "),
        any_language=True,
    ),
)
