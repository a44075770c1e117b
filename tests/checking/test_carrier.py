"""The lines about Twilio: what each answer means for a call, and what is honest where there is none."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from cartesia_call.check_ports import AccountFacts, Balance, OwnedNumber
from cartesia_call.checking.carrier import CarrierChecks
from cartesia_call.checking.findings import Finding, Status
from cartesia_call.errors import (
    CallRefused,
    CarrierError,
    CarrierUnavailable,
    CartesiaCallError,
    StreamNeverStarted,
    Unauthorized,
)
from tests.checking.told import (
    ACCOUNT,
    CALLER_ID,
    HEALTHY,
    NOON,
    StandingClock,
    ToldAccount,
    seconds,
)

REFUSED = Unauthorized("Twilio refuses the credentials", http_status=401, hint="check them")
UNREACHABLE = CarrierUnavailable("Twilio cannot be reached")


async def checked(account: ToldAccount, *, region: str = "us1", skew_s: float = 0) -> dict[str, Finding]:
    checks = CarrierChecks(replace(ACCOUNT, region=region), account, StandingClock(NOON + seconds(skew_s)))
    async with asyncio.timeout(10):
        findings = await asyncio.gather(
            checks.account(),
            checks.balance(),
            checks.caller_id(CALLER_ID),
            checks.permission("US"),
            checks.profile(),
            checks.clock(),
            checks.signature(),
            checks.credentials(),
        )
    await checks.close()
    return {finding.name: finding for finding in findings}


async def test_a_healthy_account_passes_every_line() -> None:
    """It is asked for once, whichever line waits for it."""
    account = ToldAccount()
    findings = await checked(account)
    assert {finding.status for finding in findings.values()} == {Status.PASS}
    assert account.questions.count("account") == 1
    assert account.questions[-1] == "close"


@pytest.mark.parametrize("error", [REFUSED, UNREACHABLE])
async def test_without_an_account_nothing_else_is_asked(error: CartesiaCallError) -> None:
    """One line fails, with what a call would meet; those that depend on it are skipped."""
    account = ToldAccount(facts=error)
    findings = await checked(account)
    assert (findings["credentials"].status, findings["credentials"].error) == (Status.FAIL, error)
    skipped = {name for name, finding in findings.items() if finding.status is Status.SKIPPED}
    assert skipped == {"account", "balance", "caller-id", "permission", "profile", "signature", "clock"}
    assert all("see credentials" in findings[name].detail for name in skipped)
    assert account.questions == ["account", "close"]


@pytest.mark.parametrize(
    ("facts", "status", "error"),
    [
        (replace(HEALTHY, is_trial=True), Status.FAIL, StreamNeverStarted),
        (replace(HEALTHY, status="suspended"), Status.FAIL, Unauthorized),
        (replace(HEALTHY, status="closed", is_trial=True), Status.FAIL, Unauthorized),
        (AccountFacts(is_trial=None, status=None, answered_at=None), Status.SKIPPED, None),
        (replace(HEALTHY, is_trial=None), Status.PASS, None),
    ],
)
async def test_an_account_must_be_active_and_no_trial(
    facts: AccountFacts, status: Status, error: type[CartesiaCallError] | None
) -> None:
    """A trial's call would connect and never stream; another status is refused as credentials are."""
    finding = (await checked(ToldAccount(facts=facts)))["account"]
    assert finding.status is status
    assert finding.error is None if error is None else isinstance(finding.error, error)


@pytest.mark.parametrize(
    ("amount", "status", "words"),
    [
        ("25.00", Status.PASS, "25.00 USD are left"),
        ("1", Status.PASS, "1.00 USD"),
        ("0.99", Status.WARNING, "is low: 0.99 USD"),
        ("0", Status.WARNING, "is empty (0.00 USD)"),
        ("-3.5", Status.WARNING, "is empty (-3.50 USD)"),
    ],
)
async def test_a_balance_that_is_low_is_a_warning(amount: str, status: Status, words: str) -> None:
    """Also an empty one: Twilio bills some accounts by invoice."""
    left = Balance(amount=Decimal(amount), currency="USD")
    finding = (await checked(ToldAccount(left=left)))["balance"]
    assert (finding.status, words in finding.detail) == (status, True)
    assert finding.value == {"balance": amount, "currency": "USD"}
    assert bool(finding.hint) is (status is Status.WARNING)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (None, "subaccount"),
        (REFUSED, "the auth token may not read the balance"),
        (CarrierError("not supported in realm ie1"), "realm ie1"),
        (UNREACHABLE, "cannot be reached"),
    ],
)
async def test_a_balance_that_nobody_can_see_is_said(left: CartesiaCallError | None, words: str) -> None:
    """And why."""
    finding = (await checked(ToldAccount(left=left)))["balance"]
    assert (finding.status, words in finding.detail) == (Status.SKIPPED, True)


@pytest.mark.parametrize(
    ("account", "region", "status", "word"),
    [
        (ToldAccount(), "us1", Status.PASS, "takes voice"),
        (ToldAccount(owned=OwnedNumber(takes_voice=False)), "us1", Status.FAIL, "no voice calls"),
        (ToldAccount(owned=None, verified=True), "us1", Status.PASS, "verified"),
        (ToldAccount(owned=None, verified=True), "ie1", Status.FAIL, "ie1 takes no verified"),
        (ToldAccount(), "ie1", Status.PASS, "takes voice"),
        (ToldAccount(owned=None), "us1", Status.FAIL, "neither"),
        (ToldAccount(owned=CarrierError("the key may not")), "us1", Status.SKIPPED, "the key may not"),
        (ToldAccount(owned=None, verified=CarrierError("not in au1")), "au1", Status.SKIPPED, "not in au1"),
    ],
)
async def test_a_caller_id_is_owned_with_voice_or_verified(
    account: ToldAccount, region: str, status: Status, word: str
) -> None:
    """Verified numbers do not exist in ie1, and what cannot be asked is skipped."""
    finding = (await checked(account, region=region))["caller-id"]
    assert finding.status is status
    assert word in finding.detail
    if status is Status.FAIL:
        assert isinstance(finding.error, CallRefused)
        assert finding.hint
    if region == "ie1":
        assert "verified" not in account.questions


@pytest.mark.parametrize(
    ("permission", "status"),
    [
        (True, Status.PASS),
        (False, Status.FAIL),
        (None, Status.SKIPPED),
        (CarrierError("not for this key"), Status.SKIPPED),
    ],
)
async def test_only_a_forbidden_country_fails(
    permission: bool | CartesiaCallError | None, status: Status
) -> None:
    """What cannot be known is skipped: Twilio decides at the call."""
    finding = (await checked(ToldAccount(permission=permission)))["permission"]
    assert finding.status is status
    assert isinstance(finding.error, CallRefused) is (status is Status.FAIL)


@pytest.mark.parametrize(
    ("account", "status", "words"),
    [
        (ToldAccount(), Status.PASS, "is approved"),
        (ToldAccount(profile=False), Status.WARNING, "error 21216"),
        (ToldAccount(profile=REFUSED), Status.SKIPPED, "refuses the credentials"),
        (ToldAccount(facts=replace(HEALTHY, is_subaccount=True)), Status.SKIPPED, "is a subaccount"),
        (ToldAccount(facts=replace(HEALTHY, is_subaccount=None)), Status.SKIPPED, "is not known"),
    ],
)
async def test_without_a_customer_profile_calls_may_be_blocked(
    account: ToldAccount, status: Status, words: str
) -> None:
    """A warning, where the account is one that can show it."""
    finding = (await checked(account))["profile"]
    assert (finding.status, words in finding.detail) == (status, True)
    assert ("profile" in account.questions) is (account.facts == HEALTHY)


async def test_a_number_of_no_country_has_no_permission() -> None:
    checks = CarrierChecks(ACCOUNT, ToldAccount(), StandingClock())
    await checks.credentials()
    assert (await checks.permission(None)).status is Status.SKIPPED


@pytest.mark.parametrize(
    ("has_token", "verifies", "status"),
    [(True, True, Status.PASS), (False, True, Status.WARNING), (True, False, Status.WARNING)],
)
async def test_signatures_need_a_token_and_somebody_who_looks(
    has_token: bool, verifies: bool, status: Status
) -> None:
    """Without either, the secrets in the addresses decide alone, and the line says so."""
    plan = replace(ACCOUNT, has_auth_token=has_token, verifies_signatures=verifies)
    checks = CarrierChecks(plan, ToldAccount(), StandingClock())
    await checks.credentials()
    finding = await checks.signature()
    assert finding.status is status
    assert ("secrets" in finding.detail) is (status is Status.WARNING)


@pytest.mark.parametrize(
    ("skew_s", "status", "measured_s"),
    [
        (0, Status.PASS, 0),
        (0.9, Status.PASS, 0),  # Twilio's clock drops the fraction
        (2.9, Status.PASS, 1.9),
        (3.1, Status.WARNING, 2.1),
        (90, Status.WARNING, 89),
        (-2, Status.PASS, -2),
        (-2.1, Status.WARNING, -2.1),
    ],
)
async def test_clocks_may_differ_as_far_as_reconciling_forgives(
    skew_s: float, status: Status, measured_s: float
) -> None:
    """Two seconds either way; a call would work, so it is a warning."""
    finding = (await checked(ToldAccount(), skew_s=skew_s))["clock"]
    assert finding.status is status
    assert finding.value is not None
    assert finding.value["skew_s"] == pytest.approx(measured_s)


async def test_a_carrier_that_tells_no_time_proves_no_clock() -> None:
    finding = (await checked(ToldAccount(facts=replace(HEALTHY, answered_at=None))))["clock"]
    assert finding.status is Status.SKIPPED
