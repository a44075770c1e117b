"""A report as one page that needs nothing else: no network, no script, no second file."""

from __future__ import annotations

from cartesia_call.quoting import one_line
from cartesia_call.report import charts, sections, theme
from cartesia_call.report.counting import fates_of, times_of
from cartesia_call.report.markup import Content, Markup, element, joined
from cartesia_call.report.reported import ListReport
from cartesia_call.report.timelines import timelines
from cartesia_call.report.words import length, moment_markup

_MOST_CARRIERS = 3
"""That are named: a simulator may have another address each time."""

_CONTENTS = (
    ("outcomes", "Outcomes"),
    ("over-time", "Over time"),
    ("times", "Ring and talk times"),
    ("not-reached", "Who was not reached"),
    ("calls", "Call by call"),
)


def render(report: ListReport) -> str:
    """The page as HTML, to be written in UTF-8; 100,000 attempts take seconds and some hundred kilobytes.

    What is listed one by one has a limit (`sections.MOST_NOT_REACHED`, `timelines.MOST_TIMELINES`), and the
    page says how many more there are. Message texts and pressed keys are not in it; numbers as
    `ReportedAttempt.to` and `sentence` have them.
    """
    fates, times = fates_of(report), times_of(report.attempts)
    body = element(
        "body",
        charts.patterns(),
        element("header", *_header(report)),
        element(
            "main",
            sections.key_figures(report, fates, times),
            sections.outcomes(report, fates),
            sections.calls_over_time(report),
            sections.ring_and_talk_times(times),
            sections.not_reached(report, fates),
            timelines(report),
        ),
        element("footer", element("p", *_footer(report))),
    )
    page = element("html", _head(report), body, lang="en")
    return f"<!DOCTYPE html>\n{page.text}\n"


def _head(report: ListReport) -> Markup:
    style = theme.style_sheet()
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=theme.policy_for(style)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{one_line(report.name)}: report of calls"),
        element("style", Markup(style)),
    )


def _header(report: ListReport) -> list[Content]:
    found: list[Content] = [element("h1", one_line(report.name))]
    if report.rehearsal:
        found.append(element("p", "REHEARSAL: no telephone rang", class_="rehearsal"))
    elif report.other_carrier:
        found.append(element("p", _not_twilio(report.carriers), class_="rehearsal"))
    facts: list[tuple[str, Content]] = []
    if report.list_id is not None:
        facts.append(("List", one_line(report.list_id)))
    if report.began_at is not None:
        facts.append(("Began", moment_markup(report.began_at)))
        facts.append(("Ended", _end(report)))
    found.append(
        element("dl", *(part for name, value in facts for part in _fact(name, value)), class_="facts")
    )
    links = [element("li", element("a", words, href=f"#{name}")) for name, words in _CONTENTS]
    found.append(element("nav", element("ul", *links), aria_label="Contents"))
    return found


def _not_twilio(carriers: list[str]) -> str:
    """As before every line about such a call."""
    some, more = carriers[:_MOST_CARRIERS], len(carriers) - _MOST_CARRIERS
    named = f" ({', '.join(some)}{f' and {more} more' if more > 0 else ''})" if some else ""
    return one_line(f"NOT TWILIO{named}: another carrier had these calls")


def _fact(name: str, value: Content) -> tuple[Markup, Markup]:
    return element("dt", name), element("dd", value)


def _end(report: ListReport) -> Content:
    if report.began_at is None or report.ended_at is None:
        return "not yet"
    took_s = (report.ended_at - report.began_at).total_seconds()
    return joined([moment_markup(report.ended_at), f", after {length(took_s)}"])


def _footer(report: ListReport) -> list[Content]:
    return [
        "Made by cartesia-call at ",
        moment_markup(report.made_at),
        ". What was said in the calls is not kept, and so not in here.",
    ]
