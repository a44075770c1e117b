"""TwiML as the carrier reads it."""

from __future__ import annotations

import pytest

from cartesia_simulator.carrier.twiml import (
    APPLICATION_ERROR,
    ConnectStream,
    Document,
    Hangup,
    Pause,
    Say,
    parse_twiml,
)


def codes(document: Document) -> list[int]:
    return [problem.code for problem in document.problems]


def test_verbs_keep_the_order_of_the_document() -> None:
    """Every verb this carrier performs, with its attributes."""
    document = parse_twiml(
        """<?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Connect><Stream url="wss://example.com/a&amp;b" name="n" statusCallback="https://example.com/s"
              statusCallbackMethod="GET"><Parameter name="t" value="x"/></Stream></Connect>
          <Pause length="3"/>
          <Say language="en-GB" voice="alice" loop="2">Two &lt; three.
             <break/>Yes.</Say>
          <Hangup/>
        </Response>"""
    )
    assert document.verbs == (
        ConnectStream(
            url="wss://example.com/a&b",
            name="n",
            status_callback="https://example.com/s",
            status_callback_method="GET",
            parameters=(("t", "x"),),
        ),
        Pause(length_s=3),
        Say(text="Two < three. Yes.", language="en-GB", voice="alice", loop=2),
        Hangup(),
    )
    assert document.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "<Response>",
        "<Response><Say>a & b</Say></Response>",
        "<Twiml/>",
        ' <?xml version="1.0"?><Response/>',
    ],
)
def test_what_is_not_twiml_becomes_the_application_error(text: str) -> None:
    """Twilio speaks its sentence and hangs up (12100)."""
    document = parse_twiml(text)
    assert document.verbs == (Say(text=APPLICATION_ERROR), Hangup())
    assert codes(document) == [12100]


@pytest.mark.parametrize(
    "text",
    [
        "<Response><Dance/><Hangup/></Response>",
        "<Response><hangup/><Hangup/></Response>",
        '<Response><Hangup reason="x"/></Response>',
        '<Response version="2"><Hangup/></Response>',
        "<Response>hello<Hangup/></Response>",
        "<Response><Connect/><Hangup/></Response>",
        "<Response><Connect><Room>r</Room></Connect><Hangup/></Response>",
        "<Response><Connect><Stream/></Connect><Hangup/></Response>",
        '<Response><Connect><Stream url=""/></Connect><Hangup/></Response>',
        '<Response><Say language="xx-YY">Hello</Say><Hangup/></Response>',
    ],
)
def test_what_the_schema_does_not_know_is_warned_about_and_left_out(text: str) -> None:
    """Unknown verbs, attributes and text do not keep the rest from running (12200)."""
    document = parse_twiml(text)
    assert document.verbs == (Hangup(),)
    assert set(codes(document)) == {12200}


def test_unknown_attributes_and_parameters_of_a_stream_are_warned_about() -> None:
    """The stream itself still connects; 500 characters are too many for one parameter."""
    document = parse_twiml(
        '<Response><Connect><Stream url="wss://example.com/" bidirectional="true">'
        f'<Parameter name="a" value="{"x" * 499}"/><Parameter name="b" value="{"x" * 498}"/><Other/>'
        "</Stream></Connect></Response>"
    )
    assert document.verbs == (ConnectStream(url="wss://example.com/", parameters=(("b", "x" * 498),)),)
    assert codes(document) == [12200, 12200, 12200]


def test_a_second_stream_in_one_connect_is_left_out() -> None:
    """One bidirectional stream per call at a time."""
    document = parse_twiml(
        '<Response><Connect><Stream url="wss://a.example/"/><Stream url="wss://b.example/"/></Connect></Response>'
    )
    assert document.verbs == (ConnectStream(url="wss://a.example/"),)
    assert codes(document) == [12200]


def test_a_callback_method_that_is_none_is_the_default() -> None:
    """With a warning; the stream connects."""
    document = parse_twiml(
        '<Response><Connect><Stream url="wss://example.com/" statusCallbackMethod="PUT"/></Connect>'
        "</Response>"
    )
    assert document.verbs == (ConnectStream(url="wss://example.com/", status_callback_method="POST"),)
    assert codes(document) == [12200]


def test_an_empty_response_is_no_mistake() -> None:
    """The call just ends."""
    assert parse_twiml("<Response/>") == Document(verbs=())


def test_a_voice_that_nobody_has_is_not_spoken() -> None:
    """13511, and the next verb runs."""
    document = parse_twiml('<Response><Say voice="robot">Hello</Say><Hangup/></Response>')
    assert document.verbs == (Hangup(),)
    assert codes(document) == [13511]


def test_a_sentence_that_is_too_long_is_spoken_with_a_warning() -> None:
    """13521."""
    document = parse_twiml(f'<Response><Say voice="Polly.Amy">{"x" * 3001}</Say></Response>')
    assert document.verbs == (Say(text="x" * 3001, voice="Polly.Amy"),)
    assert codes(document) == [13521]


def test_a_sentence_of_nothing_is_not_spoken() -> None:
    """An empty Say is 13520."""
    document = parse_twiml("<Response><Say> </Say></Response>")
    assert document.verbs == ()
    assert codes(document) == [13520]


def test_numbers_that_are_none_are_defaults() -> None:
    """With a warning; that of Say has a code of its own."""
    document = parse_twiml('<Response><Pause length="long"/><Say loop="-1">Hello</Say></Response>')
    assert document.verbs == (Pause(length_s=1), Say(text="Hello"))
    assert codes(document) == [12200, 13510]


def test_a_number_of_thousands_of_digits_is_none() -> None:
    """Python converts no more than 4,300 of them: the call would end of it."""
    document = parse_twiml(f'<Response><Pause length="{"9" * 5000}"/></Response>')
    assert document.verbs == (Pause(length_s=1),)
    assert codes(document) == [12200]
