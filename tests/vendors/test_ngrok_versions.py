"""Which agents ngrok still lets in, and which of them can read our file."""

from __future__ import annotations

from datetime import date

import pytest

from cartesia_call.errors import TunnelError
from cartesia_call.vendors.ngrok_versions import GET_ANOTHER, RELEASED, end_of_life, judge

TODAY = date(2026, 11, 29)
AGENT = "/usr/local/bin/ngrok"


@pytest.mark.parametrize("version", ["2.3.41", "2.3.40", "1.7", "0.1.2-beta"])
def test_an_agent_of_version_2_opens_no_tunnel(version: str) -> None:
    """An error before anything is tried, with what to do."""
    with pytest.raises(TunnelError, match=version) as caught:
        judge(AGENT, version, TODAY)
    assert caught.value.hint == GET_ANOTHER


@pytest.mark.parametrize("version", ["3.0.7", "3.19.1", "3.20.0", "3.27.0-rc1", "3.29.0"])
def test_an_agent_past_its_end_of_life_is_doubted(version: str) -> None:
    """It may be let in: paid plans are."""
    facts = judge(AGENT, version, TODAY)
    assert facts.doubts == ("past its end of life, it is refused on free plans",)
    assert facts.hint == GET_ANOTHER


@pytest.mark.parametrize("version", ["3.31.0", "3.39.10", "3.40.0", "3.99.0", "4.0", "unstable", "", "3"])
def test_an_agent_that_is_current_or_newer_than_anybody_knows_is_not(version: str) -> None:
    """Nor one whose version says nothing."""
    facts = judge(AGENT, version, TODAY)
    assert (facts.doubts, facts.hint) == ((), None)


def test_a_release_is_let_in_for_fourteen_months() -> None:
    """From the day on which it came out."""
    assert end_of_life((3, 39)) == date(2027, 6, 27)
    assert end_of_life((3, 30)) == date(2026, 11, 23)
    assert not judge(AGENT, "3.39.0", date(2027, 6, 26)).doubts
    assert judge(AGENT, "3.39.0", date(2027, 6, 27)).doubts
    days = [RELEASED[release] for release in sorted(RELEASED)]
    assert len(days) == 20
    assert days == sorted(days)


@pytest.mark.parametrize(
    "path", ["/snap/bin/ngrok", "/snap/ngrok/315/ngrok", "/var/lib/snapd/snap/bin/ngrok"]
)
def test_an_agent_from_snap_is_doubted(path: str) -> None:
    """However new it is: the file that it is started with is in a hidden folder."""
    facts = judge(path, "3.39.10", TODAY)
    assert facts.doubts == ("from snap, it may not read hidden folders, where this program's file for it is",)
    assert facts.hint == GET_ANOTHER
    assert not judge("/home/anna/snap/ngrok", "3.39.10", TODAY).doubts
