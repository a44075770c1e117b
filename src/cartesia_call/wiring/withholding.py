"""The rules beside the guard that hold back a call on purpose, as the settings set them."""

from __future__ import annotations

from collections.abc import Callable

from cartesia_call.policy.do_not_call import withheld_by_do_not_call
from cartesia_call.policy.window import withheld_by_not_after, withheld_by_window
from cartesia_call.policy.withheld import Withheld
from cartesia_call.ports import Clock
from cartesia_call.settings.model import Settings
from cartesia_call.telephony.time_zones import callee_zone


def withholds(
    settings: Settings, do_not_call: frozenset[str], clock: Clock
) -> Callable[[str], Withheld | None]:
    """Whether, and by which rule, a call to somebody is held back now."""
    guard = settings.guard

    def rule_against(to: str) -> Withheld | None:
        now = clock.utc_now().astimezone()
        withheld = withheld_by_do_not_call(to, do_not_call, name=str(guard.do_not_call_file))
        if withheld is None and guard.not_after is not None:
            withheld = withheld_by_not_after(guard.not_after, now)
        if withheld is None and guard.window is not None:
            zone = callee_zone(to, timezone=guard.timezone, now=now)
            withheld = withheld_by_window(guard.window, zone, now)
        return withheld

    return rule_against
