"""Two laws hold in every order of events: every state has a deadline, and what may be up is hung up."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.leg.orders import Orders

pytestmark = pytest.mark.long

TestOrders = Orders.TestCase
TestOrders.settings = settings(max_examples=200, stateful_step_count=40, deadline=None, database=None)
