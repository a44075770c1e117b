""".env.example, made from the table of settings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from cartesia_call.declarations.setting import Section, Setting, Shape
from cartesia_call.declarations.trust import WHAT_IS_FOUND_MAY_SET, Trust
from cartesia_call.settings.table import SECTIONS

_WIDTH = 110

_HEAD = f"""\
# Settings of cartesia-call. Copy to cartesia-call/.env in your configuration directory (~/.config on Linux,
# ~/Library/Application Support on macOS), or anywhere and name it with --env-file, and make it private:
# chmod 600 .env. Or let `cartesia-call init` write it.
#
# A .env of the working directory is found as well, and whoever filled the directory may have written it. It
# may set {WHAT_IS_FOUND_MAY_SET}, which are
# marked [found] below. Anything else in it is an error: it belongs in the environment or in the files above.
#
# A line is NAME=value, taken literally: nothing is interpolated. Put values with spaces or # into 'quotes'.
# A value that is left empty counts as unset. Precedence: command line, environment, this file, default.
# Every option also reads CARTESIA_CALL_ and its name in capitals (CARTESIA_CALL_RING_TIMEOUT).
# Durations take a unit (500ms, 30s, 2m); a bare number means seconds. Switches are 1 or 0.
# What is commented out shows the default. Behind each explanation: the option, and other names that are read.
#
# Read from the process environment only, an error in any file:
#   CARTESIA_CALL_REHEARSE=1   turns every `dial` of a script into a rehearsal (--no-rehearse overrides)
#   CARTESIA_CALL_ENV_FILE     names another file than this one (--env-file)
"""


def example() -> str:
    """The whole file. What a call cannot do without stands first, and is not commented out."""
    settings = [one for section in SECTIONS for one in section.settings if one.least_trust < Trust.PROCESS]
    needed = sorted((one for one in settings if one.remedy), key=lambda setting: setting.title)
    blocks = [_HEAD, _heading("What a call needs"), *(_block(one, prefix="") for one in needed)]
    for section in SECTIONS:
        blocks += _section(section, needed)
    return "\n".join(blocks)


def _section(section: Section, without: Iterable[Setting[object]]) -> list[str]:
    left = [one for one in section.settings if one.least_trust < Trust.PROCESS and one not in without]
    return [_heading(section.heading), *(_block(one, prefix="# ") for one in left)]


def _heading(text: str) -> str:
    return f"# --- {text} ".ljust(_WIDTH, "-") + "\n"


def _block(setting: Setting[object], *, prefix: str) -> str:
    words = textwrap.fill(
        _explanation(setting),
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_on_hyphens=False,
        break_long_words=False,
    )
    return f"{words}\n{prefix}{setting.title}={setting.default or ''}\n"


def _explanation(setting: Setting[object]) -> str:
    sentences = [setting.help]
    if setting.shape is Shape.LIST:
        sentences.append("Several are separated by commas.")
    if setting.file_note:
        sentences.append(setting.file_note)
    if setting.remedy:
        sentences.append(f"{setting.remedy[0].upper()}{setting.remedy[1:]}.")
    elif setting.default_note:
        sentences.append(f"Default: {setting.default_note.removesuffix('.')}.")
    names = [*setting.options, *(name for name in setting.names if name != setting.title)]
    if names:
        sentences.append(f"({', '.join(names)})")
    if setting.least_trust is Trust.FOUND:
        sentences.append("[found]")
    return " ".join(sentences)
