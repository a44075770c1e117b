"""The pages of the project as their readers use them: the links, and the commands to copy."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
README = REPOSITORY / "README.md"
INDEX = REPOSITORY / "docs" / "README.md"
SKILL = REPOSITORY / "skills" / "cartesia-call" / "SKILL.md"
ABOUT_OTHERS = frozenset({"docs/recipes.md", "docs/daemons.md", "docs/reading.md"})
"""Pages that name options of other programs, too."""

_BLOCK = re.compile(r"(?<!-->\n)^ *```sh\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
"""A block behind a comment, such as a recipe, has tests of its own or is run by hand."""
_COMMENT = re.compile(r"(^|\s)# .*")
_STATUS = re.compile(r"# exit (\d+)$")
_STAND_INS = {"$FIRST": "+12025550143", "$SECOND": "+12025550144", "$service": "web"}
"""Any other variable is a callee."""
_ANY_CALLEE = "+12025550145"


@dataclass(frozen=True)
class Command:
    """A command of the program in a block of a page: its words, and the status that its comment promises."""

    page: str
    words: tuple[str, ...]
    status: int | None

    def __str__(self) -> str:
        return f"{self.page}: {' '.join(self.words)}"


def pages() -> list[Path]:
    """Every page for users."""
    return [README, SKILL, *sorted((REPOSITORY / "docs").glob("*.md"))]


def name_of(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


def links(page: Path) -> list[tuple[Path, str]]:
    """Where `page` leads in this repository: a file, and the heading in it, which may be empty."""
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            found.append(((page.parent / path).resolve() if path else page, anchor))
    return found


def anchors(page: Path) -> set[str]:
    """The headings of `page` as links name them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(page: Path) -> list[Command]:
    """Every command of the program in the shell blocks of `page`, without repetitions, in order."""
    found = [
        command
        for block in _BLOCK.findall(page.read_text(encoding="utf-8"))
        for line in block.replace("\\\n", " ").splitlines()
        for command in _of_line(name_of(page), line.strip())
    ]
    return list(dict.fromkeys(found))


def _of_line(page: str, line: str) -> Iterator[Command]:
    promised = _STATUS.search(line)
    lexer = shlex.shlex(_COMMENT.sub("", line), posix=True, punctuation_chars=True)
    lexer.wordchars += "$@%{}:+,#"
    lexer.commenters = ""
    try:
        line_words = [*lexer, ";"]
    except ValueError:  # a quotation goes on in the next line: no command to copy by itself
        return
    words: list[str] | None = None
    for word in line_words:
        is_end = set(word) <= set("|&;<>()")
        if word.rpartition("/")[2] == "cartesia-call":
            words = []
        elif is_end and words:
            yield Command(page, tuple(words), int(promised[1]) if promised else None)
            words = None
        elif words is not None and not is_end:
            words.append(_STAND_INS.get(word, _ANY_CALLEE if re.fullmatch(r"\$\w+", word) else word))
