"""Healthchecks' webhooks: the object of a check, or what its user wrote."""

from __future__ import annotations

import pytest

from tests.alerts.bodies import HEALTHCHECKS
from tests.alerts.test_formats import read


def test_a_check_that_is_down_is_named_with_its_description() -> None:
    """The id is the check's, but not the key by which anybody can report for it."""
    alert = read("healthchecks", HEALTHCHECKS)
    assert alert.message == "The check Nightly backup is down. Call Anna."
    assert alert.id == read("healthchecks", HEALTHCHECKS | {"status": "up", "name": "x"}).id
    assert "7d0a1b52" not in alert.id


def test_only_up_is_resolved() -> None:
    """`grace`, `new` and what may come are not."""
    assert read("healthchecks", HEALTHCHECKS | {"status": "up"}).is_resolved
    assert not read("healthchecks", HEALTHCHECKS | {"status": "grace"}).is_resolved


def test_the_body_of_the_recipe_is_read() -> None:
    """`{"name": $NAME_JSON, "status": "$STATUS", "code": "$CODE"}`."""
    alert = read("healthchecks", '{"name": "It\'s \\"x\\"", "status": "down", "code": "7d0a-11"}')
    assert alert.message == 'The check It\'s "x" is down.'
    assert read("healthchecks", {"name": "x"}).message == "The check x has changed."


def test_a_check_may_be_part_of_another_object() -> None:
    """As the form of the webhook shows it: `{"now": "$NOW", "check": $JSON}`."""
    alert = read("healthchecks", {"now": "2026-11-29T03:00:02+00:00", "check": HEALTHCHECKS})
    assert alert == read("healthchecks", HEALTHCHECKS)


@pytest.mark.parametrize("body", [{"status": "down"}, {"name": "", "status": "down", "code": "7d0a-11"}])
def test_a_check_needs_no_name(body: dict[str, str]) -> None:
    """Healthchecks asks for none, and the form's own example has the status alone."""
    assert read("healthchecks", body).message == "A check is down."
    assert read("healthchecks", body | {"status": "up"}).is_resolved
