"""Everybody can read it: contrast by WCAG's formula in every theme, and no colour says anything alone."""

from __future__ import annotations

import itertools
import re

import pytest

from cartesia_call.report import charts
from cartesia_call.report.kinds import Kind
from cartesia_call.report.page import render
from cartesia_call.report.theme import style_sheet
from tests.report.attempts import of_every_kind
from tests.report.pages import contrast, drawings, read, style_of, themes

PAGE = render(of_every_kind())
STYLE = style_of(PAGE)
LIGHT, DARK, PAPER = themes(STYLE)
KINDS = [kind.value.style for kind in Kind]

TEXT = 7.0
"""WCAG 2.2, 1.4.6: AAA."""
GRAPHIC = 3.0
"""WCAG 2.2, 1.4.11: what is needed to understand a drawing, and the edge of a field."""


def test_the_formula_is_that_of_the_standard() -> None:
    """Black on white is 21, a colour on itself 1; #767676 on white is known as the lightest grey with 4.5."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#123456", "#123456") == 1
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_and_drawings_stand_out(theme: dict[str, str]) -> None:
    """Texts from both backgrounds, bars from the page and from the lines of their pattern, which have its
    colour."""
    for ground in ("paper", "panel"):
        for text in ("ink", "soft", "link"):
            assert contrast(theme[text], theme[ground]) >= TEXT, (text, ground)
    for drawn in ("rule", "soft", *KINDS):
        assert contrast(theme[drawn], theme["paper"]) >= GRAPHIC, drawn
    assert contrast(theme["panel"], theme["rule"]) >= GRAPHIC


def test_both_themes_name_every_colour_and_paper_is_light() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert PAPER == LIGHT
    used = set(re.findall(r"var\(--([a-z]+)\)", STYLE))
    assert used == LIGHT.keys()


def test_colours_stand_in_the_themes_alone() -> None:
    """What has its colour elsewhere would keep it in the dark."""
    elsewhere = re.sub(r":root\{[^}]*\}", "", STYLE)
    assert re.findall(r"#[0-9a-f]{3,8}\b(?!-)|rgb|hsl", elsewhere.replace("url(#fill", "url(")) == []
    assert re.findall(r'(?:fill|stroke|color)="', PAGE) == []


def test_kinds_differ_without_their_colours() -> None:
    """By word, by sign and by pattern: solid is one of them alone."""
    assert len({kind.value.word for kind in Kind}) == len({kind.value.sign for kind in Kind}) == len(Kind)
    patterns = re.findall(r'<pattern id="fill-(\w+)".*?</pattern>', charts.patterns().text)
    drawn = [re.sub(r"(fill|on)-\w+", "", found[0]) for found in re.finditer(r"<pattern.*?</pattern>", PAGE)]
    assert set(KINDS) - set(patterns) == {Kind.REACHED.value.style}
    assert all(one != other for one, other in itertools.combinations(drawn, 2))
    for style in patterns:
        assert f".of-{style}{{fill:url(#fill-{style})" in STYLE


def test_what_has_a_kinds_colour_has_its_word_beside_it() -> None:
    """Bars of outcomes have their words above them, stacked ones a legend, the tracks of calls a summary."""
    document = read(PAGE)
    (legend,) = (node for node in document.all("ul") if node.attributes.get("class") == "legend")
    for entry in legend.all("li"):
        (style,) = re.findall(r"of-(\w+)", str([node.attributes for node in entry.all("rect")]))
        look = next(kind.value for kind in Kind if kind.value.style == style)
        assert entry.text == f"{look.sign}\N{NO-BREAK SPACE}{look.word}".replace("\N{NO-BREAK SPACE}", " ")
    outcomes = next(one for one in drawings(PAGE) if one.get("aria-labelledby") == "outcomes-chart-title")
    bars, words = outcomes.findall("rect"), outcomes.findall("text")
    assert len(bars) == len(words)
    signs = {kind.value.style: kind.value.sign for kind in Kind}
    for bar, word in zip(bars, words, strict=True):
        style = (bar.get("class") or "").partition("of-")[2]
        assert (word.text or "").startswith(f"{signs[style]} ")
    for details in document.all("details"):
        (summary,) = details.all("summary")
        styles = re.findall(r"of-(\w+)", str([node.attributes for node in details.all("rect")]))
        assert all(f"{signs[style]} " in summary.text for style in styles)


def test_what_stays_on_one_line_gives_way_in_the_tables_of_a_telephone() -> None:
    """A number and a time side by side are wider than 320 pixels, and the page would have to be shifted."""
    _, narrow = style_sheet().split("@media (max-width:30rem){")
    assert "td .nowrap{white-space:normal}" in narrow[: narrow.index("\n}\n")]
