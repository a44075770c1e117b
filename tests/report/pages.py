"""A page as its readers meet it: elements, texts, colours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree import ElementTree

_WITHOUT_END = frozenset({"meta", "br"})


@dataclass
class Node:
    """An element with what is in it; of texts, white space at the ends is left out."""

    tag: str
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    def all(self, *tags: str) -> list[Node]:
        return [node for node in self.walk() if node.tag in tags]

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    @property
    def text(self) -> str:
        parts = (child.text if isinstance(child, Node) else child for child in self.children)
        return " ".join("".join(parts).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("document")]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attributes}) == len(attributes), f"<{tag}> has an attribute twice"
        node = Node(tag, dict(attributes))
        self.open[-1].children.append(node)
        if tag not in _WITHOUT_END:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, f"</{tag}> closes another one"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(page: str) -> Node:
    """The document; AssertionError if an element is not closed, or closed by another one's end."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    (document,) = reader.open
    return document


def drawings(page: str) -> list[ElementTree.Element]:
    """Every SVG in it, read as XML."""
    return [ElementTree.fromstring(found) for found in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]


def style_of(page: str) -> str:
    found = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert found is not None
    return found[1]


def themes(style: str) -> list[dict[str, str]]:
    """The colours by name, as each `:root` sets them: light, dark, paper."""
    roots = re.findall(r":root\{([^}]*)\}", style)
    return [dict(re.findall(r"--([a-z]+):(#[0-9a-f]{6})", root)) for root in roots]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two colours `#rrggbb`."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
