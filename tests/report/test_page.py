"""A report is one well-formed file that needs nothing else, and tells nobody's words or whole numbers."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import re

import pytest

from cartesia_call.report.page import render
from cartesia_call.report.reported import ListReport
from cartesia_call.report.sections import MOST_NOT_REACHED
from cartesia_call.report.timelines import MOST_TIMELINES
from cartesia_call.telephony.outcomes import Outcome
from tests.report.attempts import SECRETS, attempt, of_every_kind, report
from tests.report.pages import drawings, read, style_of

REPORTS = {
    "nothing": report(),
    "nobody was called": report(rows=7),
    "one": report([attempt()]),
    "every kind": of_every_kind(),
    "a history": report([attempt(row=None), attempt("busy", row=None, after_s=9)], list_id=None, rows=2),
    "a rehearsal": report([attempt()], rehearsal=True),
    "only an open one": report([attempt(None, took_s=None)]),
}


@pytest.fixture(params=[*REPORTS.values()], ids=[*REPORTS])
def page(request: pytest.FixtureRequest) -> str:
    return render(request.param)


def test_it_is_well_formed(page: str) -> None:
    """Every element is closed where it belongs, every drawing is XML, and no id is there twice."""
    document = read(page)
    drawings(page)
    ids = [node.attributes["id"] for node in document.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    named = {
        name
        for node in document.walk()
        for attribute in ("aria-labelledby", "aria-describedby")
        for name in (node.attributes.get(attribute) or "").split()
    }
    links = {(node.attributes["href"] or "").removeprefix("#") for node in document.all("a")}
    patterns = set(re.findall(r"url\(#([\w-]+)\)", style_of(page)))
    assert named | links | patterns <= set(ids)


def test_it_opens_without_a_network(page: str) -> None:
    """No address, nothing that is fetched or run, and a policy that would forbid it."""
    assert "://" not in page
    assert "@import" not in page
    document = read(page)
    assert document.all("script", "link", "img", "iframe", "object", "base", "form", "use", "image") == []
    for node in document.walk():
        assert {"style", "src", "srcset", "xlink:href"}.isdisjoint(node.attributes)
        assert not any(name.startswith("on") for name in node.attributes)
    (policy,) = (
        node.attributes["content"]
        for node in document.all("meta")
        if node.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    digest = base64.b64encode(hashlib.sha256(style_of(page).encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_it_is_fit_for_a_telephone_and_for_paper(page: str) -> None:
    (viewport,) = (n for n in read(page).all("meta") if n.attributes.get("name") == "viewport")
    assert viewport.attributes["content"] == "width=device-width, initial-scale=1"
    assert "@media print" in style_of(page)
    assert "@media (prefers-color-scheme:dark)" in style_of(page)


def test_headings_lead_from_one_to_the_next(page: str) -> None:
    """One h1, and no level is left out."""
    levels = [int(node.tag[1]) for node in read(page).all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_tables_can_be_listened_to(page: str) -> None:
    """Each has a caption, every heading its scope and words, every row as many cells as there are columns."""
    for table in read(page).all("table"):
        (caption,) = table.all("caption")
        assert caption.text
        assert all(node.text and node.attributes["scope"] in {"col", "row"} for node in table.all("th"))
        columns, *rows = ([n for n in row.walk() if n.tag in {"th", "td"}] for row in table.all("tr"))
        assert {len(row) for row in rows} == {len(columns)}
        assert {row[0].attributes["scope"] for row in rows} == {"row"}


def test_drawings_can_be_listened_to(page: str) -> None:
    """A title and a description for each, unless its words stand beside it."""
    for drawing in drawings(page):
        if drawing.get("aria-hidden") == "true":
            assert drawing.findall(".//text") == []
            continue
        assert drawing.get("role") == "img"
        names = {node.get("id"): node.text for node in drawing if node.tag in {"title", "desc"}}
        assert names[drawing.get("aria-labelledby")]
        assert names[drawing.get("aria-describedby")]


def test_every_chart_has_its_figures_in_a_table() -> None:
    """The same numbers: whoever cannot see the one reads the other."""
    document = read(render(of_every_kind()))
    assert len(document.all("figure")) > 3
    for beside in document.walk():
        if beside.attributes.get("class") == "beside":
            assert (len(beside.all("figure")), bool(beside.all("table"))) == (1, True)
    assert len([n for n in document.walk() if n.attributes.get("class") == "beside"]) == len(
        document.all("figure")
    )


def test_nobodys_words_and_no_whole_number_are_in_it(page: str) -> None:
    """They are in every result that the reports were made of."""
    for secret in SECRETS:
        assert secret not in page


def test_numbers_are_shown_as_they_were_given() -> None:
    assert "+12025550143" in render(report([attempt(to="+12025550143")]))


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "</title><b>", "</style>", "a&b<c>'\"", "&lt;", "]]>", "<!--", "x" * 5000),
        *(
            '"><script>alert(1)</script>',
            "\ud800",
            "\x1b[31m",
            "\u202e\u2066",
            "line\nline",
            "\0",
            "\U000e0041",
        ),
    ],
)
def test_text_stays_text(text: str) -> None:
    """Whatever stands in a name, an id, a number, a sentence or another release's word."""
    made = [attempt(text or "x", to=text, sentence=text), attempt("busy", row=2, to=text, sentence=text)]
    page = render(report(made, name=text, list_id=text))
    usual = render(report([attempt("x"), attempt("busy", row=2)]))
    assert [n.tag for n in read(page).walk()] == [n.tag for n in read(usual).walk()]
    drawings(page)
    page.encode()
    assert all(character.isprintable() or character == "\n" for character in page)


def test_times_are_local_and_have_their_offset() -> None:
    document = read(render(report([attempt(took_s=90)])))
    assert "2026-03-01 09:00:00 +02:00" in document.text
    assert "2026-03-01 09:01:30 +02:00, after 1 min 30 s" in document.text
    assert "Made by cartesia-call at 2026-03-01 12:00:00 +02:00" in document.text
    for node in document.all("time"):
        assert re.search(r"\+02:00$", node.attributes["datetime"] or "")


def test_another_carrier_is_named() -> None:
    """As it is in every line about such a call; one that was cut off has no result that says which."""
    made = attempt()
    assert made.result is not None
    through = [
        dataclasses.replace(made, result=dataclasses.replace(made.result, carrier=f"http://127.0.0.1:{port}"))
        for port in range(8001, 8006)
    ]
    said = "NOT TWILIO (http://127.0.0.1:8001): another carrier had these calls"
    assert said in read(render(report(through[:1], other_carrier=True))).text
    assert (
        "8002, http://127.0.0.1:8003 and 2 more): " in read(render(report(through, other_carrier=True))).text
    )
    cut_off = dataclasses.replace(made, result=None)
    assert "NOT TWILIO: " in read(render(report([cut_off], other_carrier=True))).text
    assert "NOT TWILIO" not in read(render(report([made]))).text


def test_a_rehearsal_says_so() -> None:
    rehearsed = REPORTS["a rehearsal"]
    assert "REHEARSAL" in read(render(rehearsed)).text
    assert "REHEARSAL" not in read(render(dataclasses.replace(rehearsed, rehearsal=False))).text


def test_the_same_report_is_the_same_page() -> None:
    assert render(of_every_kind()) == render(of_every_kind())


def long_list(rows: int) -> ListReport:
    """Half of them busy twice, the other half reached; a tenth never called."""
    attempts = [
        attempt(
            Outcome.BUSY if row % 2 else Outcome.DELIVERED, row=row, number=number, after_s=row + number * 600
        )
        for row in range(1, rows + 1)
        for number in ((1, 2) if row % 2 else (1,))
    ]
    return report(attempts, rows=rows + rows // 10)


def test_of_a_long_list_a_part_is_listed_and_the_rest_counted() -> None:
    document = read(render(long_list(2100)))
    (missed,) = (
        table for table in document.all("table") if "without success" in table.all("caption")[0].text
    )
    assert len(missed.all("tbody")[0].all("tr")) == MOST_NOT_REACHED
    assert "1,050 rows without success, in order; 50 more are not listed" in missed.text
    assert "210 rows not called" in document.text
    assert 0 < len(document.all("details")) <= MOST_TIMELINES


def test_the_page_of_a_longer_list_is_no_longer() -> None:
    """So that of 100,000 attempts anybody can open it."""
    assert len(render(long_list(5000))) < len(render(long_list(2001))) * 1.02 < 500_000
