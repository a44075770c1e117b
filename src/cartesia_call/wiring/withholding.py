"""The rules beside the guard that hold back a call on purpose, as the settings set them."""

from __future__ import annotations

from collections.abc import Callable

from cartesia_call.policy.fences import (
    withheld_by_countries,
    withheld_by_range,
    withheld_by_short_code,
)
from cartesia_call.policy.number_list import NumberLists, withheld_by_allow, withheld_by_do_not_call
from cartesia_call.policy.window import withheld_by_not_after, withheld_by_window
from cartesia_call.policy.withheld import Withheld
from cartesia_call.ports import Clock
from cartesia_call.settings.model import Settings


def withholds(settings: Settings, lists: NumberLists, clock: Clock) -> Callable[[str], Withheld | None]:
    """Whether, and by which rule, a call to somebody is held back now."""
    guard = settings.guard
    fenced = fenced_off(settings, lists)

    def rule_against(to: str) -> Withheld | None:
        now = clock.utc_now().astimezone()
        for name, numbers in lists.do_not_call.items():
            if withheld := withheld_by_do_not_call(to, numbers, name=name):
                return withheld
        withheld = fenced(to)
        if withheld is None and guard.not_after is not None:
            withheld = withheld_by_not_after(guard.not_after, now)
        if withheld is None and guard.window is not None:
            from cartesia_call.telephony.time_zones import callee_zone  # with all zones there are

            zone = callee_zone(to, timezone=guard.timezone, now=now)
            withheld = withheld_by_window(guard.window, zone, now)
        return withheld

    return rule_against


def fenced_off(settings: Settings, lists: NumberLists) -> Callable[[str], Withheld | None]:
    """Whether, and by which fence, somebody is never called, whatever the time."""
    fences = settings.fences

    def fence_against(to: str) -> Withheld | None:
        for name, numbers in lists.allow.items():
            if withheld := withheld_by_allow(to, numbers, name=name):
                return withheld
        withheld = None
        if not fences.allows_premium:
            withheld = withheld_by_range(to, home=fences.home, forbidden_at=fences.premium_forbidden_at)
        if withheld is None:
            withheld = withheld_by_countries(
                to, fences.countries, home=fences.home, configured_at=fences.countries_at
            )
        if withheld is None and not lists.allow:
            withheld = withheld_by_short_code(to, home=fences.home)
        return withheld

    return fence_against
