"""Two laws hold in every order of events: every state has a deadline, and what may be up is hung up.

Many more orders: `benchmarks.leg_orders`.
"""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.leg.orders import Orders

pytestmark = pytest.mark.long

TestOrders = Orders.TestCase
TestOrders.settings = settings(max_examples=80, stateful_step_count=40, deadline=None, database=None)
