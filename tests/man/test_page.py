"""The man pages: one for each command, with every option, and nothing that roff would take for its own."""

from __future__ import annotations

import re

import click
import pytest

from cartesia_call.cli.main import COMMANDS, cli
from tests.man.page import escaped, man_pages

PAGES = dict(man_pages(cli, date="2026-01-01"))
MACROS = {"TH", "SH", "PP", "TP", "B", "BR", "nf", "fi"}


def test_every_command_has_a_page() -> None:
    assert {f"cartesia-call-{name}" for name in COMMANDS} <= PAGES.keys()
    assert {"cartesia-call", "cartesia-call-cache-warm", "cartesia-call-providers-add"} <= PAGES.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_has_every_option_and_what_the_help_ends_with(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    page = PAGES[f"cartesia-call-{name}"]
    options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
    assert [option for option in options if escaped(option) not in page] == []
    assert (".SH EXIT STATUSES" in page) == (name == "dial")


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_a_line_is_text_or_one_of_few_macros(page: str) -> None:
    """Text of ours that begins with a dot, or holds a backslash, would be an instruction."""
    requests = set(re.findall(r"^[.'](\w*)", page, re.MULTILINE))
    assert requests <= MACROS
    assert set(re.findall(r"\\(.)", page)) <= {"-", "e", "&"}
    assert not re.search(r"\n\n", page)


def test_hyphens_can_be_copied_and_a_dot_begins_no_request() -> None:
    assert escaped("--ack KEY") == r"\-\-ack KEY"
    assert escaped(".env here") == r"\&.env here"
    assert escaped("'quoted'") == r"\&'quoted'"
    assert escaped("a\\n  b\n") == r"a\en b"
