"""A monitor that was set up once is heard, whatever it sends; what is wrong with the body is told."""

from __future__ import annotations

import json

import pytest

from cartesia_call.alerts.formats import METAVAR, AlertFormat, parse_format, read_alert
from cartesia_call.alerts.notices import MOST_CHARACTERS, Alert
from tests.alerts.bodies import recorded

KINDS = [kind for kind in METAVAR.split("|") if kind != "json:FIELD,FIELD"]
OF_TEXT = [kind for kind in KINDS if kind != "nagios"]


def read(form: str, body: object, *, tells_resolved: bool = False) -> Alert:
    text = body if isinstance(body, str) else json.dumps(body)
    return read_alert(parse_format(form), text, {}, tells_resolved=tells_resolved)


@pytest.mark.parametrize("kind", KINDS)
def test_a_format_is_named_in_any_case(kind: str) -> None:
    """And reads the environment or a text."""
    assert parse_format(kind.upper()) == AlertFormat(kind)
    assert parse_format(kind).is_of_environment == (kind == "nagios")


def test_fields_are_paths() -> None:
    """Numbers count from 0 in lists."""
    form = parse_format("json:host, error.message,tags.0")
    assert form == AlertFormat("json", (("host",), ("error", "message"), ("tags", "0")))
    body = {"host": "db-03", "error": {"message": "disk full"}, "tags": ["prod", "eu"]}
    assert read_alert(form, json.dumps(body), {}).message == "db-03. disk full. prod."


@pytest.mark.parametrize("text", ["", "nagios4", "json", "json:", "json:a,,b", "json:a..b", "grafana:x"])
def test_what_is_no_format_is_told_with_those_there_are(text: str) -> None:
    """Whoever sets it up sees it at once."""
    with pytest.raises(ValueError, match=r"write (one of alertmanager, .*json:FIELD|1 to 20, such as json:)"):
        parse_format(text)


@pytest.mark.parametrize("kind", [kind for kind in OF_TEXT if kind != "zabbix"])
def test_what_is_no_json_is_the_message(kind: str) -> None:
    """With a remark that says what is wrong and where."""
    alert = read(kind, "disk full on 'db-03'\n")
    assert alert.message == "disk full on 'db-03'."
    [remark] = alert.remarks
    assert remark.startswith(f"{kind}: it is not JSON: Expecting value at line 1, column 1")


@pytest.mark.parametrize("kind", OF_TEXT)
@pytest.mark.parametrize("body", [{"text": "disk full"}, [{"a": 1, "text": "disk full"}]])
def test_json_of_another_kind_is_searched_for_words(kind: str, body: object) -> None:
    """The wrong format was named: the words are said, and the log has the names of the fields."""
    alert = read(kind, body)
    assert alert.message == "disk full."
    assert "text" in alert.remarks[0]


@pytest.mark.parametrize("kind", OF_TEXT)
@pytest.mark.parametrize("body", ["5", "null", "[]", "{}", '{"alerts":null}', '{"a":{"b":1}}', '"words"'])
def test_json_without_words_is_read_out(kind: str, body: str) -> None:
    """It was sent to have somebody called."""
    alert = read(kind, body)
    assert alert.message.rstrip(".") == body
    assert not alert.is_resolved
    assert alert.remarks


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, "9" * 10_000])
@pytest.mark.parametrize("kind", OF_TEXT)
def test_what_python_cannot_read_is_cut_and_said(kind: str, body: str) -> None:
    """Depth and long numbers are no fault of ours."""
    assert 0 < len(read(kind, body).message) <= MOST_CHARACTERS + 1


def test_fields_without_words_are_left_out_and_told() -> None:
    """A template that changed silences nobody."""
    alert = read("json:host,problem.text", {"host": "db-03", "problem": "x"})
    assert (alert.message, alert.remarks) == ("db-03.", ("json: no words in problem.text; left out",))
    alert = read("json:host", {"summary": "disk full"})
    assert alert.message == "disk full."
    assert "none of the fields host has words" in alert.remarks[0]


def test_lists_numbers_and_switches_are_words() -> None:
    """Objects are not."""
    body = {"a": ["x", 1, None, {"b": 2}], "b": True, "c": 1.5, "d": {"e": 1}}
    assert read("json:a,b,c", body).message == "x, 1. true. 1.5."
    assert "no words in d" in read("json:a,d", body).remarks[0]


def test_fields_that_are_not_known_are_ignored() -> None:
    """Monitors add some with every version."""
    body = json.loads(recorded("alertmanager-firing"))
    body["new"], body["alerts"][0]["newer"] = {"a": [1]}, "x"
    assert read("alertmanager", body) == read("alertmanager", recorded("alertmanager-firing"))


def test_field_names_cannot_steer_the_log() -> None:
    """They are anybody's words."""
    remark = read("grafana", {"\x1b[2Ja\nb" + "x" * 5_000: 1}).remarks[0]
    assert remark.isprintable()
    assert len(remark) < 500
