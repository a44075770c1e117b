"""All lines together: their order, their independence, and what a cancelled check leaves."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from cartesia_call.checking.checkup import Checkup
from cartesia_call.checking.findings import Finding, Status
from cartesia_call.checking.plan import CheckPlan, CheckPorts
from cartesia_call.errors import InputError, LedgerError, SpeechUnavailable, TunnelError, Unauthorized
from cartesia_call.telephony.outcomes import Voice
from cartesia_call.vendors.bridge import MediaBridge
from tests.checking.told import (
    CALLEE,
    PLAN,
    SPOKEN,
    StandingClock,
    ToldAccount,
    ToldAgent,
    ToldLedger,
    ToldPath,
    ToldVoice,
    statuses,
)
from tests.vendors.carriers import DIRECT

ORDER = [
    *("credentials", "account", "balance", "caller-id", "signature", "clock"),
    *("speech", "credits", "public-path", "ledger"),
]


def ports() -> CheckPorts:
    return CheckPorts(
        clock=StandingClock(),
        account=ToldAccount(),
        speech=ToldVoice(SPOKEN),
        local_voice=None,
        path=ToldPath(),
        agent=None,
        bridge=MediaBridge(bind_host="127.0.0.1", bind_port=0, verifier=None, network=DIRECT),
        ledger=ToldLedger(),
    )


async def run(plan: CheckPlan, ports: CheckPorts) -> list[Finding]:
    findings: list[Finding] = []
    async with asyncio.timeout(30):
        await Checkup(plan, ports).run(findings.append)
    return findings


async def test_every_line_comes_in_its_place() -> None:
    """Those about a number and about an agent stand where they belong."""
    assert list(statuses(await run(PLAN, ports()))) == ORDER
    with_all = replace(ports(), agent=ToldAgent(), local_voice=ToldVoice(SPOKEN, voice=Voice.LOCAL))
    findings = statuses(await run(replace(PLAN, to=CALLEE), with_all))
    assert list(findings) == [
        *("number", "credentials", "account", "balance", "caller-id", "permission"),
        *("profile", "signature", "clock"),
        *("speech", "credits", "local-voice", "agent", "public-path", "ledger"),
    ]
    assert {name for name, status in findings.items() if status != "pass"} == {"credits"}


async def test_a_profile_is_asked_for_where_it_decides() -> None:
    """In +1, with a number to call."""
    assert "profile" not in statuses(await run(PLAN, ports()))
    assert "profile" not in statuses(await run(replace(PLAN, to="sip:anna@example.com"), ports()))
    assert "profile" in statuses(await run(replace(PLAN, to=CALLEE), ports()))


async def test_credits_at_cartesia_cannot_be_seen() -> None:
    """The line says so, with where they are; without a key there is none."""
    (found,) = [finding for finding in await run(PLAN, ports()) if finding.name == "credits"]
    assert (found.status, found.hint) == (Status.SKIPPED, "play.cartesia.ai shows them")
    assert "credits" not in statuses(await run(PLAN, replace(ports(), speech=None)))


async def test_a_failed_line_stops_no_other() -> None:
    """Everything is broken at once, and everything is told."""
    broken = replace(
        ports(),
        account=ToldAccount(facts=Unauthorized("refused")),
        speech=ToldVoice(error=SpeechUnavailable("silent")),
        path=ToldPath(error=TunnelError("closed")),
        ledger=ToldLedger(LedgerError("read-only")),
    )
    findings = statuses(await run(replace(PLAN, to="911"), broken))
    assert {name for name, status in findings.items() if status == "fail"} == {
        *("number", "credentials", "speech", "public-path"),
    }
    assert findings["ledger"] == "warning"
    assert "permission" not in findings


async def test_without_settings_lines_are_skipped() -> None:
    """Each names where the reason stands; the ledger needs no settings."""
    bare = replace(ports(), account=None, speech=None, path=None)
    findings = statuses(await run(replace(PLAN, account=None, caller_id=None), bare))
    assert findings == {
        "credentials": "skipped",
        "speech": "skipped",
        "public-path": "skipped",
        "ledger": "pass",
    }
    findings = statuses(await run(replace(PLAN, caller_id=None), ports()))
    assert findings["caller-id"] == "skipped"


async def test_no_spend_synthesises_nothing() -> None:
    """A voice that would break is not asked; that of this machine costs nothing and is."""
    voices = replace(
        ports(),
        speech=ToldVoice(error=SpeechUnavailable("asked")),
        local_voice=ToldVoice(SPOKEN, voice=Voice.LOCAL),
    )
    findings = statuses(await run(replace(PLAN, spends=False), voices))
    assert (findings["speech"], findings["local-voice"]) == ("skipped", "pass")


async def test_a_missing_local_voice_stops_no_call() -> None:
    """It is a fallback: a warning with what to do."""
    silent = ToldVoice(error=SpeechUnavailable("not installed", hint="pip install"), voice=Voice.LOCAL)
    findings = await run(PLAN, replace(ports(), local_voice=silent))
    found = next(finding for finding in findings if finding.name == "local-voice")
    assert (found.status, found.hint, found.error) == (Status.WARNING, "pip install", None)


async def test_a_fallback_that_dial_refuses_fails() -> None:
    """The local voice is not asked: whatever it would say, `dial` sends nothing."""
    refused = InputError("not installed", hint="pip install")
    findings = await run(replace(PLAN, fallback_refused=refused), ports())
    found = next(finding for finding in findings if finding.name == "local-voice")
    assert (found.status, found.error) == (Status.FAIL, refused)


@pytest.mark.parametrize(
    ("agent", "has_settings", "path"),
    [
        (ToldAgent(), True, "pass"),
        (ToldAgent(TunnelError("no agent")), True, "skipped"),
        (None, True, "pass"),
        (None, False, "skipped"),
    ],
    ids=["one was there before", "none", "none is needed", "settings are missing"],
)
async def test_a_failed_download_is_told_once(agent: ToldAgent | None, has_settings: bool, path: str) -> None:
    """As the line about the agent, whether a call needs one or not; the path is opened if it can be."""
    failed = TunnelError("no download")
    given = replace(ports(), agent=agent, path=ToldPath() if has_settings else None)
    findings = await run(replace(PLAN, download_failed=failed), given)
    assert [found.error for found in findings if found.name == "agent"] == [failed]
    assert statuses(findings)["public-path"] == path


async def test_a_cancelled_check_leaves_nothing() -> None:
    """The path is taken down although it was still being opened, and no task goes on."""
    path = ToldPath(hangs=True)
    account = ToldAccount()
    hanging = replace(ports(), path=path, account=account)
    findings: list[Finding] = []
    spoken = asyncio.Event()

    def report(finding: Finding) -> None:
        findings.append(finding)
        if finding.name == "speech":
            spoken.set()

    running = asyncio.create_task(Checkup(PLAN, hanging).run(report))
    async with asyncio.timeout(30):
        await spoken.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert list(statuses(findings)) == ORDER[:8]
    assert not path.is_open
    assert account.questions[-1] == "close"
