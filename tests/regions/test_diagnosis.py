"""What is wrong with a picture of both sides, and which commands put it right."""

from __future__ import annotations

import dataclasses

import pytest

from cartesia_call.errors import CarrierUnavailable, SpeechUnavailable, Unauthorized
from cartesia_call.region_ports import Provider
from cartesia_call.regions.diagnosis import Finding, diagnose, key_there
from cartesia_call.regions.survey import Acceptance, NumberView, Picture, RegionView
from tests.regions.scene import ACCOUNT_SID, NUMBER, accepted, number, plan, provider, refused, without

US, IE = provider("us1", "1"), provider("ie1", "2")


def picture(
    *regions: RegionView, providers: tuple[Provider, ...] = (), numbers: tuple[NumberView, ...] = ()
) -> Picture:
    return Picture(regions=regions, providers=providers, numbers=numbers)


def only(found: list[Finding]) -> Finding:
    (finding,) = found
    return finding


def test_nothing_is_wrong() -> None:
    """Both sides agree, and every provider is used."""
    good = picture(
        accepted("us1", "1"),
        without("ie1"),
        providers=(US,),
        numbers=(number(US, is_reachable=True, voice_region="us1"),),
    )
    assert diagnose(good) == []
    assert key_there(US, good) is True
    assert diagnose(picture(without("us1"))) == []


def test_a_refused_key_at_both_ends() -> None:
    """Where it was made, what to make instead, and the provider that is to get it."""
    fault = only(
        diagnose(
            picture(
                accepted("us1", "1"),
                refused("ie1", "2", valid_in="us1"),
                providers=(US, IE),
                numbers=(number(US), number(IE)),
            )
        )
    )
    assert (fault.kind, fault.is_fault, type(fault.error)) == ("key-refused", True, Unauthorized)
    assert "a us1 key does not work in ie1; Cartesia's provider ata_ie1 has it, too" in fault.detail
    assert "with region Ireland (ie1), set TWILIO_API_KEY_SID_IE1 and" in fault.fix
    assert fault.commands == ("cartesia-call providers update ata_ie1",)


@pytest.mark.parametrize("ours", [accepted("ie1", "2"), refused("ie1", "3")])
def test_a_provider_with_the_key_of_another_region(ours: RegionView) -> None:
    """The guide's first row; without a good key of the region one is to be made first."""
    wrong = provider("ie1", "1")
    faults = [
        finding
        for finding in diagnose(picture(accepted("us1", "1"), ours, providers=(wrong,)))
        if finding.provider_id == "ata_ie1" and finding.is_fault
    ]
    fault = only(faults)
    assert (fault.kind, type(fault.error)) == ("key-of-other-region", Unauthorized)
    assert fault.commands == ("cartesia-call providers update ata_ie1",)
    assert fault.fix.startswith("make an API key") is (ours.acceptance is Acceptance.REFUSED)


@pytest.mark.parametrize(
    ("view", "shown", "said"),
    [
        (accepted("ie1", "2"), "SK33****3333", "is not the settings' SK2222"),
        (accepted("ie1", "2"), "****", "too little is shown of the key ****"),
        (
            RegionView(plan=plan("ie1", has_token=True), acceptance=Acceptance.ACCEPTED),
            "SK22****2222",
            "the settings hold the auth token of ie1, not the API key",
        ),
    ],
)
def test_a_key_that_is_not_ours_is_a_note(view: RegionView, shown: str, said: str) -> None:
    """Cartesia may well have one of its own, and whether it works cannot be seen from here."""
    other = dataclasses.replace(IE, api_key_sid=shown)
    note = only(diagnose(picture(view, providers=(other,), numbers=(number(other),))))
    assert (note.kind, note.is_fault) == ("key-differs", False)
    assert said in note.detail


@pytest.mark.parametrize(
    ("providers", "commands"),
    [
        ((US, IE), (f"cartesia-call numbers move {NUMBER} --to ata_ie1",)),
        (
            (US,),
            (
                "cartesia-call providers add --region ie1",
                f"cartesia-call numbers move {NUMBER} --to ie1",
            ),
        ),
    ],
)
def test_a_number_under_the_wrong_provider(
    providers: tuple[Provider, ...], commands: tuple[str, ...]
) -> None:
    """The guide's second row: Twilio's routing decides, and a provider that is missing is added."""
    found = diagnose(
        picture(
            accepted("us1", "1"),
            accepted("ie1", "2"),
            providers=providers,
            numbers=(number(US, is_reachable=True, voice_region="ie1"),),
        )
    )
    assert (found[0].kind, found[0].is_fault, found[0].error) == ("wrong-provider", True, None)
    assert found[0].commands == commands
    assert "or, if us1 is meant, choose it in the Twilio console" in found[0].fix


@pytest.mark.parametrize(
    ("seen_in", "agent_id", "commands"),
    [
        (None, None, ("cartesia-call numbers remove ap_1",)),
        (None, "agent_1", ("cartesia-call numbers unassign ap_1", "cartesia-call numbers remove ap_1")),
        ("us1", "agent_1", (f"cartesia-call numbers move {NUMBER} --to ata_us1",)),
    ],
)
def test_a_number_that_the_key_does_not_reach(
    seen_in: str | None, agent_id: str | None, commands: tuple[str, ...]
) -> None:
    """The guide's third row. An unreachable number's routing is nobody's business."""
    view = number(IE, is_reachable=False, seen_in=seen_in, voice_region="us1")
    view = dataclasses.replace(view, held=dataclasses.replace(view.held, agent_id=agent_id))
    found = diagnose(picture(accepted("us1", "1"), accepted("ie1", "2"), providers=(US, IE), numbers=(view,)))
    fault = only([finding for finding in found if finding.is_fault])
    assert (fault.kind, fault.commands) == ("unreachable-number", commands)
    assert ("and agent agent_1 cannot use it" in fault.detail) is (agent_id is not None)


@pytest.mark.parametrize(
    ("e164", "nearest"),
    [("+442079460123", "ie1"), ("+61255500123", "au1"), ("+12025550100", None)],
)
def test_a_far_region_is_a_note_where_routing_is_not_known(e164: str, nearest: str | None) -> None:
    """The guide's warning about a UK number under us1; what Twilio says of the routing goes before it."""
    view = number(US, is_reachable=True)
    far = dataclasses.replace(view, held=dataclasses.replace(view.held, number=e164))
    found = diagnose(picture(accepted("us1", "1"), providers=(US,), numbers=(far,)))
    assert [finding.kind for finding in found] == (["far-region"] if nearest else [])
    assert all(not finding.is_fault and f"--to {nearest}" in finding.fix for finding in found)
    known = dataclasses.replace(far, voice_region="us1")
    assert diagnose(picture(accepted("us1", "1"), providers=(US,), numbers=(known,))) == []


def test_notes_about_what_one_side_lacks() -> None:
    """A provider of somebody else's, one without credentials here, one without numbers; a key not linked."""
    foreign = dataclasses.replace(provider("us1", "9", account_sid="AC" + "9" * 32), id="ata_foreign")
    au = provider("au1", "4")
    trunk = Provider(id="sip_1", type="sip_trunk")
    found = diagnose(
        picture(
            accepted("us1", "1"),
            without("au1"),
            providers=(foreign, au, trunk),
            numbers=(number(foreign),),
        )
    )
    assert [(finding.kind, finding.provider_id, finding.is_fault) for finding in found] == [
        ("other-account", "ata_foreign", False),
        ("no-credentials", "ata_au1", False),
        ("idle-provider", "ata_au1", False),
        ("no-provider", None, False),
    ]
    assert found[-1].commands == ("cartesia-call providers add --region us1",)
    assert ACCOUNT_SID in found[-1].detail


def test_a_service_that_cannot_be_asked_is_a_fault() -> None:
    """Its error says how the command ends. Of a record that cannot be read nothing else is said."""
    unread = Picture(regions=(accepted("us1", "1"),), record_error=SpeechUnavailable("no connection"))
    fault = only(diagnose(unread))
    assert (fault.kind, type(fault.error)) == ("record-unreadable", SpeechUnavailable)
    silent = RegionView(
        plan=plan("us1", digit="1"), acceptance=Acceptance.UNKNOWN, error=CarrierUnavailable("no connection")
    )
    fault = only(diagnose(picture(silent, providers=(US,), numbers=(number(US),))))
    assert (fault.kind, type(fault.error)) == ("twilio-unknown", CarrierUnavailable)


def test_numbers_that_could_not_be_looked_up_are_told() -> None:
    """What was not seen is not right: reach is a fault, for calls may fail; routing is a note."""
    busy = CarrierUnavailable("too many requests", hint="wait")
    unseen = Picture(
        regions=(accepted("us1", "1"),),
        providers=(US,),
        numbers=(number(US),),
        lookup_errors={"us1": busy},
        routing_error=busy,
    )
    fault, note = diagnose(unseen)
    assert (fault.kind, fault.is_fault, fault.error, fault.fix) == ("numbers-unknown", True, busy, "wait")
    assert f"whether the API key SK{'1' * 32} sees all numbers that live in us1 is not known" in fault.detail
    assert (note.kind, note.is_fault) == ("routing-unknown", False)


def test_a_fix_begins_with_the_key_that_its_commands_need() -> None:
    """An auth token proves a region; to link it takes an API key."""
    by_token = RegionView(plan=plan("us1", has_token=True), acceptance=Acceptance.ACCEPTED)
    key = "set TWILIO_API_KEY_SID_US1 and TWILIO_API_KEY_SECRET_US1"
    view = number(IE, is_reachable=True, voice_region="us1")
    fault = diagnose(picture(by_token, accepted("ie1", "2"), providers=(IE,), numbers=(view,)))[0]
    assert (fault.kind, fault.fix.startswith(key)) == ("wrong-provider", True)
    swapped = dataclasses.replace(provider("us1", "2"), id="ata_swapped")
    (fault, *_) = diagnose(picture(by_token, accepted("ie1", "2"), providers=(swapped,)))
    assert (fault.kind, key in fault.fix) == ("key-of-other-region", True)
    differs = diagnose(picture(by_token, providers=(US,), numbers=(number(US),)))[0]
    assert (differs.kind, f"{key} to a key made in us1, then: " in differs.fix) == ("key-differs", True)


def test_a_provider_of_a_region_that_is_not_told() -> None:
    """No sentence speaks of None."""
    odd = dataclasses.replace(US, region=None)
    found = diagnose(picture(accepted("us1", "1"), providers=(odd,)))
    assert [finding.kind for finding in found] == ["no-credentials", "idle-provider", "no-provider"]
    assert not [finding for finding in found if "None" in finding.detail + finding.fix]


def test_faults_come_first() -> None:
    """Whoever reads the first line reads what matters most."""
    found = diagnose(picture(accepted("us1", "1"), refused("ie1", "2")))
    assert [finding.is_fault for finding in found] == [True, False]
