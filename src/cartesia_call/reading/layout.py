"""Rules that take the markup away: markdown, chat links, HTML. Each is applied to the whole text in turn."""

from __future__ import annotations

import html
import re
import unicodedata

from cartesia_call.reading.rule import Manner, Rule, always, group

_HTML_NAMES = (
    "a|abbr|b|big|blockquote|body|br|center|code|dd|del|div|dl|dt|em|font|h[1-6]|head|hr|html|i|img|ins|kbd|li"
    "|ol|p|pre|s|samp|small|span|strike|strong|style|sub|sup|table|tbody|td|tfoot|th|thead|title|tr|tt|u|ul|var"
)
_HTML = re.compile(rf"(?<!<)</?({_HTML_NAMES})(?![\w-])[^<>\x00]{{0,2000}}>", re.IGNORECASE)
_LINE_ENDING_HTML = re.compile(
    r"br|p|div|tr|li|h[1-6]|hr|dd|dt|table|ul|ol|blockquote|pre|title", re.IGNORECASE
)
_TERMINAL_CODE = re.compile(r"(?:\^\[|\\(?:033|x1[bB]|u001[bB]|e))\[[0-9;?]{0,40}[A-Za-z]")
_ENTITY = re.compile(r"&(?:amp;){0,3}(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});(=?)")
"""Escaped twice or more often, too, and what makes "at least" of "more than"."""
_ESCAPE = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+|\\[^\x00]")
_RSYSLOG_ESCAPE = re.compile(r"#(0[0-3][0-7])(?=(\w|#0[0-3][0-7])?)", re.ASCII)
"""Control characters as rsyslog writes them, in octal."""
_ESCAPED_LINE_END = re.compile(r"(?:\\{1,2}r)?\\{1,2}n|\\{1,2}[rt]")
_WINDOWS_PATH = re.compile(
    r'(?:(?:^|[^\w\\])(?:[A-Za-z]:(?:[\\/](?:[^\s"]| (?=[A-Z(]))*)?|\\\\[\w.$-]+(?:\\[^\s"]*)?)'
    r'|"[A-Za-z]:\\[^"\n]*)\Z'
)
"""What may stand before a backslash in a path; spaces in quotes, or before a capital: `Program Files`."""
_LONGEST_PATH_CHARACTERS = 260
"""Windows' own limit for most of its programs."""


def _html(found: re.Match[str], manner: Manner) -> str:
    return "\n" if _LINE_ENDING_HTML.fullmatch(found[1]) else " "


def _sign(character: str) -> str:
    """What was escaped; angle brackets make no tag, and control characters are none of the text."""
    if character in "<>":
        return f" {character} "
    is_plain = unicodedata.category(character) not in {"Cc", "Cs"} and character != "\xa0"
    return character if is_plain or character == "\n" else " "


def _entity(found: re.Match[str], manner: Manner) -> str | None:
    written = f"&{found[1]};"
    meant = html.unescape(written)
    if meant == written:
        meant = html.unescape(written.lower())
    if meant == written.lower():
        return None
    if meant in {"<", ">"} and found[2]:
        return f" {meant}= "
    return "".join(map(_sign, meant)) + found[2]


def _unescaped(found: re.Match[str]) -> str:
    """One escape of JSON, or several of UTF-16 that may belong together."""
    if found[0].startswith("\\u") and len(found[0]) > 2:
        units = bytes.fromhex(found[0].replace("\\u", ""))
        return "".join(map(_sign, units.decode("utf-16-be", errors="replace"))).replace("\n", " ")
    return " " if found[0][1] in "nrtbf" else found[0][1]


def _json(found: re.Match[str], manner: Manner) -> str:
    value = _ESCAPE.sub(_unescaped, found[2] or found[3] or "")
    return f" {found[1]}: {value}{', ' if found[4] else ' '}"


def _escaped_line_end(found: re.Match[str], manner: Manner) -> str | None:
    """None within a path of Windows, whose folders may begin with these letters."""
    before = found.string[max(0, found.start() - _LONGEST_PATH_CHARACTERS) : found.start()]
    is_share = found[0].startswith("\\\\") and not re.search(r"[\w.]\Z", before)
    if is_share and re.match(r"[\w.$-]*\\", found.string[found.end() : found.end() + 64]):
        return None
    if _WINDOWS_PATH.search(before):
        return None
    return "\n" if "n" in found[0] else " "


def _rsyslog_escape(found: re.Match[str], manner: Manner) -> str | None:
    """None for a number of something, "ticket #012", which stands apart."""
    is_attached = found.start() > 0 and not found.string[found.start() - 1].isspace()
    if not is_attached and found[2] is None:
        return None
    return "\n" if found[1] in {"012", "015"} else " "


def _labelled(found: re.Match[str], manner: Manner) -> str:
    return f" {found[1]} " if found[2] is None else f" {found[1]}, "


def _link(found: re.Match[str], manner: Manner) -> str:
    return found[1] if any(map(str.isalnum, found[1])) else found[2]


def _bracketed(found: re.Match[str], manner: Manner) -> str:
    """Slack's `<https://...|text>` too."""
    target, bar, label = found[1].partition("|")
    return f" {label if bar and label.strip() else target.lstrip('!@#')} "


def _row(found: re.Match[str], manner: Manner) -> str:
    cells = (cell.strip() for cell in found[1].split("|"))
    words = ", ".join(filter(None, cells))
    return words if words[-1] in ".!?" else f"{words}."


def _emphasis(mark: str, *, most: int) -> re.Pattern[str]:
    """`mark`, up to `most` times, around something that begins and ends with no space."""
    marks = rf"{mark}{{1,{most}}}"
    return re.compile(
        rf"(?<![\w<{mark}\\/])({marks})(?=[^\s{mark}])([^{mark}\n\x00]*[^\s{mark}])\1(?![\w{mark}])"
    )


LAYOUT = (
    Rule(
        name="terminal code",
        does="Colours and cursor moves of a terminal go, spelled as in logs; real ones, and rsyslog's "
        "`#033[31m`, in `plain` too.",
        pattern=_TERMINAL_CODE,
        read=always(""),
        leaves_out="all of it",
        any_language=True,
    ),
    Rule(
        name="rsyslog's escapes",
        does="Control characters in octal: `#012` and `#015` end a line, `#011` and others are a space.",
        pattern=_RSYSLOG_ESCAPE,
        read=_rsyslog_escape,
        leaves_out="the escape",
        any_language=True,
    ),
    Rule(
        name="code fence",
        does="The lines that fence code go.",
        pattern=re.compile(r"^[ \t]*(?:```|~~~)[^\n`\x00]*$", re.MULTILINE),
        read=always(""),
        leaves_out="the language's name behind the fence",
        any_language=True,
    ),
    Rule(
        name="HTML",
        does="Tags of HTML go; one that begins a line does so here too.",
        pattern=_HTML,
        read=_html,
        leaves_out="the attributes of tags",
        any_language=True,
    ),
    Rule(
        name="entity",
        does="HTML's entities are the signs that they stand for.",
        pattern=_ENTITY,
        read=_entity,
        leaves_out="the number in an entity",
        any_language=True,
    ),
    Rule(
        name="JSON",
        does="The quotes around keys and their values go, commas are a pause, and what is escaped is what it "
        "stands for.",
        pattern=re.compile(
            r'"([\w.@/-]{1,60})" ?: ?(?:"((?:[^"\\\n\x00]|\\[^\n\x00]){0,2000})"|([-+]?[\w.]{1,60}))?( ?, ?)?'
        ),
        read=_json,
        leaves_out="the number of an escaped character",
        any_language=True,
    ),
    Rule(
        name="label",
        does="So do the quotes around what stands behind an equals sign.",
        pattern=re.compile(r'(?<=[\w!]=|=~|!~)"([^"\n\x00]{0,500})"(?:([,;]? ?)(?=[A-Za-z_]))?'),
        read=_labelled,
        any_language=True,
    ),
    Rule(
        name="escaped line end",
        does="`\\n` and `\\r\\n` end a line, and `\\t` is a space, but in a path behind a drive or a share.",
        pattern=_ESCAPED_LINE_END,
        read=_escaped_line_end,
        any_language=True,
    ),
    Rule(
        name="performance data",
        does="What a plugin of Nagios writes behind a bar for programs goes.",
        pattern=re.compile(
            r"(?<=\S) ?\| ?(?:'[^'\n\x00]{1,60}'|[^\s='|;\x00]{1,60})=-?[0-9.]{1,20}[A-Za-z%]{0,3};"
            r"[-+0-9.:~@;]{1,200}(?=\s|$)[^\n|\x00]*$",
            re.MULTILINE,
        ),
        read=always(""),
        leaves_out="values, limits and ranges behind the bar",
        any_language=True,
    ),
    Rule(
        name="link",
        does="Of a link in markdown, its text is said.",
        pattern=re.compile(
            r"!?\[([^\[\]\n\x00]{0,500})\]\((?=[^()\s\x00]{0,20}[/.:#@])([^()\s\x00]{1,2000})\)"
        ),
        read=_link,
        leaves_out="the address behind the text",
        any_language=True,
    ),
    Rule(
        name="angle brackets",
        does="Angle brackets go; of a chat's link, its text is said.",
        pattern=re.compile(r"(?<![\w<])<(?=[^\s<>=-])([^<>\n\x00]{1,2000})(?<=[^\s=-])>(?!>)"),
        read=_bracketed,
        leaves_out="the address of a link that has a text",
        any_language=True,
    ),
    Rule(
        name="heading",
        does="The marks of a heading go.",
        pattern=re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+", re.MULTILINE),
        read=always(""),
        any_language=True,
    ),
    Rule(
        name="line",
        does="A line that is drawn goes, the one below a table's head, and a bar that shows progress.",
        pattern=re.compile(
            r"^[ \t]*+(?:([-=*_~])\1{2,}+[ \t]*+|[|:](?=[|: \t]*+-)[-|: \t]*+)$|\[[=>.#-][=>.# -]{7,98}\]",
            re.MULTILINE,
        ),
        read=always(""),
        any_language=True,
    ),
    Rule(
        name="table row",
        does="The cells of a row are said one after the other, as a sentence.",
        pattern=re.compile(r"^[ \t]*+\|[ \t]*+([^\n]*[^\n\s|])[ \t|]*$", re.MULTILINE),
        read=_row,
        any_language=True,
    ),
    Rule(
        name="bullet",
        does="The mark before an item of a list, or before what is quoted, goes.",
        pattern=re.compile(r"^[ \t]*(?:(?:[-*+•▪◦‣]|>{1,5})(?:[ \t]+|$))+", re.MULTILINE),
        read=always(""),
        any_language=True,
    ),
    Rule(
        name="code",
        does="The marks around code go.",
        pattern=re.compile(r"(?<!<)(`{1,3})([^`\n\x00]+)\1"),
        read=group(2),
        any_language=True,
    ),
    Rule(
        name="bold and italic",
        does="The marks around bold and italic text go.",
        pattern=_emphasis(r"\*", most=3),
        read=group(2),
        any_language=True,
    ),
    Rule(
        name="underscores",
        does="And so do underscores and tildes around it.",
        pattern=re.compile(
            rf"{_emphasis('_', most=2).pattern}|(?<![\w<~])~~(?=[^\s~])([^~\n\x00]*[^\s~])~~(?![\w~])"
        ),
        read=lambda found, manner: found[2] or found[3],
        any_language=True,
    ),
)
"""In the order in which they are applied."""
