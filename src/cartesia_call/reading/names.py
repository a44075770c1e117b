"""Rules for what people call machines and parts of programs: paths, hosts, files, identifiers."""

from __future__ import annotations

import re

from cartesia_call.reading.part_words import LEFT_OUT, part_words, words_of_letters
from cartesia_call.reading.rule import Manner, Rule, always

_NAME = (
    r"(?:(?<![\w.@$-])|(?<=\*\.))[A-Za-z0-9_](?:[A-Za-z0-9_]|[.-](?=[A-Za-z0-9_]))*+"
    r"(?!\w)(?::([0-9]{1,5})(?![\w:]|[.-]\w))?"
)
"""Words and what is written like one: parts between dots, dashes and underscores, perhaps with a port."""

_UNIX_PATH = re.compile(r"(?<![\w/.~@\\-])(~|\.{1,2})?((?:/[A-Za-z0-9_.@%+,=~-]+)++)(/?)")
_RELATIVE_PATH = re.compile(
    r"(?<![\w/.~@\\-])([A-Za-z0-9_][A-Za-z0-9_.-]*+(?:/[A-Za-z0-9_.-]*[A-Za-z0-9_-]){2,20})(?![\w/])"
)
_ARN = re.compile(
    r"(?<![\w:/.-])arn:aws[a-z-]{0,12}:([a-z0-9-]{1,40}):([a-z0-9-]{0,30}):(?:[0-9]{12})?:([\w/:.+=@-]{1,200})"
)
_POD_LETTERS = "[bcdfghjklmnpqrstvwxz2456789]"
"""Of what Kubernetes puts behind a name: k8s.io/apimachinery/pkg/util/rand."""
_POD = re.compile(
    r"(?<![\w.@$-])([a-z0-9]{1,63}(?:-[a-z0-9]{1,63}){0,12}?)"
    rf"-(?=[a-z]*[0-9]){_POD_LETTERS}{{8,10}}-({_POD_LETTERS}{{5}})(?!\w|[.-]\w)"
)
_WINDOWS_PATH = re.compile(r"(?<!\w)([A-Za-z]):\\((?:[\w.$~-]++\\?)*+)")
_PROGRAM_FILES = "c cc cpp cs go h java js jsx kt php pl py rb rs scala sh sql swift ts tsx yaml yml"
_LINE_FILES = frozenset(_PROGRAM_FILES.split())
_HUMP = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]{2}")
_ORDINAL = re.compile(r"[0-9]+(?:st|nd|rd|th|s)")


def dotted_words(name: str, manner: Manner) -> str:
    """A host's or a file's name: "dot" for each dot, a pause in speech for nothing else."""
    dot = " dot " if manner.is_english else "."
    return dot.join(_label_words(label, manner) for label in name.split(".") if label)


def path_words(path: str, manner: Manner) -> str:
    """A path: "slash" for each slash."""
    parts = path.split("/")
    return " slash ".join(dotted_words(part, manner) for part in parts)


def _label_words(label: str, manner: Manner) -> str:
    parts = re.split(r"([^A-Za-z0-9]+)", label)
    said = [
        part_words(part, manner) if index % 2 == 0 else _sign_words(part)
        for index, part in enumerate(parts)
        if part
    ]
    return " ".join(said)


def _sign_words(signs: str) -> str:
    return " ".join(_SIGNS.get(sign, sign) for sign in signs)


_SIGNS = {
    "-": "",
    "_": "",
    "@": " at ",
    "%": " percent ",
    "+": " plus ",
    "=": " equals ",
    "~": " tilde ",
    "$": " dollar ",
}


def _unix_path(found: re.Match[str], manner: Manner) -> str:
    start = {"~": " home", ".": "", "..": " parent", None: ""}[found[1]]
    path, rest = (found[2], "") if found[3] else _without_end(found[2])
    return f"{start} {path_words(path, manner)} {rest}" if path.strip("/") else found[0]


def _relative_path(found: re.Match[str], manner: Manner) -> str | None:
    if not any(map(str.isalpha, found[1])):  # a date in one of its many orders
        return None
    return f" {path_words(found[1], manner)} "


def _arn(found: re.Match[str], manner: Manner) -> str:
    resource, rest = _without_end(found[3])
    parts = [_label_words(found[1], manner), _label_words(found[2], manner)]
    parts += [path_words(part, manner) for part in resource.split(":")]
    return f" A R N, {', '.join(filter(None, parts))} {rest}"


def _pod(found: re.Match[str], manner: Manner) -> str:
    return f" {_label_words(found[1], manner)}, pod {manner.letters(found[2])}"


def _windows_path(found: re.Match[str], manner: Manner) -> str:
    path, rest = _without_end(found[2])
    parts = [dotted_words(part, manner) for part in path.split("\\") if part]
    return f" {' backslash '.join([f'{found[1].upper()} drive', *parts])} {rest}"


def _without_end(path: str) -> tuple[str, str]:
    """`path`, and the full stop or comma behind it that belongs to the sentence."""
    bare = path.rstrip(".,")
    return bare, path[len(bare) :]


def _dotted(found: re.Match[str], manner: Manner) -> str | None:
    name = _without_port(found)
    labels = name.split(".")
    if len(labels) < 2 or not any(map(str.isalpha, name)) or all(len(label) < 2 for label in labels):
        return None
    if len(labels) == 2 and all(map(str.isalpha, labels)) and labels[1].istitle():  # "Done.Next step"
        return None
    return f" {dotted_words(name, manner)} {_port_words(found[1], labels[-1])}"


def _dashed(found: re.Match[str], manner: Manner) -> str | None:
    """Only with a digit in it: "on-call" needs no help, and neither does "24-hour"."""
    name = _without_port(found)
    first, *others = re.split("[-_]", name)
    if not others or not any(map(str.isdigit, name)) or (first.isdigit() and all(map(str.isalpha, others))):
        return None
    if not any(map(str.isalpha, name)):
        return None
    return f" {_label_words(name, manner)} {_port_words(found[1], '')}"


def _snake(found: re.Match[str], manner: Manner) -> str | None:
    name = _without_port(found)
    if "_" not in name.strip("_") or "." in name:
        return None
    return f" {_label_words(name, manner)}{': ' + found[1] if found[1] else ''} "


def _camel(found: re.Match[str], manner: Manner) -> str | None:
    name = found[0]
    if len(name) < 5 or not name.isalpha() or not _HUMP.search(name):
        return None
    return f" {words_of_letters(name)} "


def _glued(found: re.Match[str], manner: Manner) -> str | None:
    name = _without_port(found)
    if not name.isalnum() or name.isalpha() or name.isdigit() or _ORDINAL.fullmatch(name):
        return None
    return f" {part_words(name, manner)} {_port_words(found[1], '')}"


def _local(found: re.Match[str], manner: Manner) -> str:
    return f" localhost port {found[1]} "


def _without_port(found: re.Match[str]) -> str:
    return found[0][: found.start(1) - found.start() - 1] if found[1] else found[0]


def _port_words(number: str | None, last_label: str) -> str:
    if number is None:
        return ""
    if last_label in _LINE_FILES:
        return f"line {number} "
    return f"port {number} " if len(number) > 1 else f": {number} "


PATHS = (
    Rule(
        name="AWS resource",
        does="Service, region and the resource of an ARN.",
        pattern=_ARN,
        read=_arn,
        leaves_out="the account; " + LEFT_OUT,
    ),
    Rule(
        name="Windows path",
        does='The drive\'s letter, and "backslash" between the parts.',
        pattern=_WINDOWS_PATH,
        read=_windows_path,
        leaves_out=LEFT_OUT,
    ),
    Rule(
        name="path",
        does='"Slash" for each slash; names as below.',
        pattern=_UNIX_PATH,
        read=_unix_path,
        leaves_out=LEFT_OUT,
    ),
    Rule(
        name="relative path",
        does="The same where there are two slashes or more.",
        pattern=_RELATIVE_PATH,
        read=_relative_path,
        leaves_out=LEFT_OUT,
    ),
    Rule(
        name="root",
        does='A slash alone, if it is not between two words or behind "on".',
        pattern=re.compile(
            r"(?<![^\s\"'(=])/(?=[\s\"'),;:.]|$)(?:(?<!\w /)|(?<=\bon /)|(?! [^\W\d]))", re.MULTILINE
        ),
        read=always(" slash "),
    ),
)

NAMES = (
    Rule(
        name="pod",
        does="A name that Kubernetes made: the name, and the last five characters one by one.",
        pattern=_POD,
        read=_pod,
        leaves_out="the characters between them, those of the replica set",
    ),
    Rule(
        name="wildcard",
        does='"Star dot" in front of a name.',
        pattern=re.compile(r"(?<![\w*])\*\.(?=[A-Za-z0-9_])"),
        read=always(" star dot "),
    ),
    Rule(
        name="host or file name",
        does='"Dot" for each dot, nothing for a dash; a port is said, behind a program\'s file its line.',
        pattern=re.compile(_NAME),
        read=_dotted,
        leaves_out=LEFT_OUT,
    ),
    Rule(
        name="name with digits",
        does="Parted where letters meet digits. A number that begins with 0 or is long is said digit by "
        "digit, letters that make no word letter by letter.",
        pattern=re.compile(_NAME),
        read=_dashed,
        leaves_out=LEFT_OUT,
    ),
    Rule(
        name="localhost",
        does="A port behind it is said.",
        pattern=re.compile(r"(?<![\w.@-])localhost:([0-9]{1,5})(?![\w:])", re.IGNORECASE),
        read=_local,
    ),
    Rule(
        name="snake_case",
        does="The words, without the underscores.",
        pattern=re.compile(_NAME),
        read=_snake,
        leaves_out=LEFT_OUT,
        any_language=True,
    ),
    Rule(
        name="camelCase",
        does="The words, one by one.",
        pattern=re.compile(_NAME),
        read=_camel,
        any_language=True,
    ),
    Rule(
        name="letters and digits",
        does="Like names with digits.",
        pattern=re.compile(_NAME),
        read=_glued,
        leaves_out=LEFT_OUT,
    ),
    Rule(
        name="number behind a colon",
        does="With a space before it, so that it is a number.",
        pattern=re.compile(r"(?<=[^\W\d_]):(?=[0-9])"),
        read=always(": "),
        any_language=True,
    ),
)
