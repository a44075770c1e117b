"""`python -m benchmarks.leg_orders --orders 100000`: the two laws of a leg, in so many orders of events.

The suite plays some dozens; this is the long mode. It ends with status 1 and the smallest order that breaks
a law if there is one, and prints how many were played, how often each state was entered, and from how many
others.
"""

from __future__ import annotations

import argparse
from collections import Counter

from hypothesis import HealthCheck, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from cartesia_call.leg.states import State
from tests.leg.orders import Orders


def main() -> None:
    """Play them, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=30, help="in one order, at the most")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    played, entered = 0, Counter[tuple[State, State]]()

    class Counted(Orders):
        def teardown(self) -> None:
            nonlocal played
            super().teardown()
            if hasattr(self, "driven"):
                played += 1
                entered.update(zip(self.states, self.states[1:], strict=False))

    run_state_machine_as_test(
        seed(options.seed)(Counted),
        settings=settings(
            max_examples=options.orders,
            stateful_step_count=options.events,
            deadline=None,
            database=None,
            verbosity=Verbosity.normal,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{played} orders of up to {options.events} events, seed {options.seed}: both laws hold")
    for state in State:
        times = sum(count for (_, to), count in entered.items() if to is state)
        sources = sum(to is state for _, to in entered)
        print(f"  {state:22} entered {times:8} times, from {sources} states")


if __name__ == "__main__":
    main()
