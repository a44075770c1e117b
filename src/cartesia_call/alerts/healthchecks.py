"""What a Healthchecks webhook posts, whose body its user writes: `$JSON`, alone or, as its form shows, as
the `check` of an object, or an object with `$NAME_JSON`, `$STATUS` and `$CODE` (Healthchecks 4,
integrations/webhook)."""

from __future__ import annotations

from cartesia_call.alerts.fields import bodies, first_text, inside, text_at
from cartesia_call.alerts.notices import Notice


def notices(value: object) -> list[Notice]:
    """One: the check, what became of it, and what it is for. A check needs no name there."""
    found = []
    for outer in bodies(value):
        body = next(iter(bodies(inside(outer, "check"))), outer)
        name, status = first_text(body, "name", "slug"), text_at(body, "status")
        if name or status:
            who = f"The check {name}" if name else "A check"
            said = f"{who} {f'is {status}' if status else 'has changed'}."
            key = first_text(body, "code", "uuid", "ping_url", "unique_key", "slug") or name or status
            # Whoever knows it can report for the check, so it is no part of an id.
            hidden = f"check {key}"
            found.append(
                Notice(f"{said} {text_at(body, 'desc')}".strip(), hidden, is_resolved=status == "up")
            )
    return found
