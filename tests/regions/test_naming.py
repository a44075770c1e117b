"""Which provider or number is meant."""

from __future__ import annotations

import pytest

from cartesia_call.errors import InputError
from cartesia_call.region_ports import HeldNumber, Provider
from cartesia_call.regions.naming import chosen_number, chosen_provider

US = Provider(id="ata_1", type="twilio", account_sid="AC1", region="us1", label="Main")
IE = Provider(id="ata_2", type="twilio", account_sid="AC1", region="ie1", label="us1-old")
OTHER_IE = Provider(id="ata_3", type="twilio", account_sid="AC2", region="ie1", label="ata_1")
TRUNK = Provider(id="sip_1", type="sip_trunk")
ALL = [US, IE, OTHER_IE, TRUNK]
NUMBER = HeldNumber(id="ap_1", number="+12025550100", label=None, agent_id=None, agent_name=None, provider=US)


@pytest.mark.parametrize(
    ("name", "provider"),
    [("ata_1", US), ("Main", US), ("main", US), ("us1", US), ("us1-old", IE), ("ata_3", OTHER_IE)],
)
def test_a_provider_has_an_id_a_label_and_a_region(name: str, provider: Provider) -> None:
    """An id is exact and wins, even over somebody's label."""
    assert chosen_provider(name, ALL) == provider


def test_an_ambiguous_name_lists_what_it_may_mean() -> None:
    """Two accounts in one region."""
    with pytest.raises(InputError) as error:
        chosen_provider("ie1", ALL)
    assert str(error.value) == '\'ie1\' means 2 providers: ata_2 (ie1, "us1-old"), ata_3 (ie1, "ata_1")'
    assert error.value.hint == "name one of them by its id"


def test_an_unknown_name_lists_what_there_is() -> None:
    """Or says that there is nothing."""
    with pytest.raises(InputError, match=r"it holds ata_1 \(us1, \"Main\"\), .*sip_1 \(sip_trunk\)"):
        chosen_provider("au1", ALL)
    with pytest.raises(InputError, match="it holds none"):
        chosen_provider("au1", [])


@pytest.mark.parametrize("name", ["ap_1", "+12025550100"])
def test_a_number_has_an_id_and_its_e164_form(name: str) -> None:
    """Nothing else: labels need not be unique."""
    assert chosen_number(name, [NUMBER]) == NUMBER
    with pytest.raises(InputError, match="holds no number"):
        chosen_number(name, [])
