"""Everything that must hold before a call can work, found out at the same time, told in a fixed order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from cartesia_call.checking import carrier
from cartesia_call.checking.findings import Finding, Status, failed, passed, skipped, warned
from cartesia_call.checking.number import check_number
from cartesia_call.checking.path import AGENT, PATH, PathChecks
from cartesia_call.checking.plan import CheckPlan, CheckPorts
from cartesia_call.checking.voice import LOCAL_VOICE, SPEECH, check_voice
from cartesia_call.errors import LedgerError
from cartesia_call.speech_ports import SpeechService
from cartesia_call.telephony.numbers import country_of

_NORTH_AMERICA = "+1"

LEDGER = "ledger"
CREDITS = "credits"

_UNSEEN_CREDITS = "an API key cannot see how many credits are left at Cartesia"
_WHERE_CREDITS_ARE = "play.cartesia.ai shows them"

Check = Coroutine[Any, Any, Finding]


class Checkup:
    """One run of all checks. A failed one never stops the others."""

    def __init__(self, plan: CheckPlan, ports: CheckPorts) -> None:
        self._plan = plan
        self._ports = ports
        self._carrier: carrier.CarrierChecks | None = None
        if plan.account is not None and ports.account is not None:
            self._carrier = carrier.CarrierChecks(plan.account, ports.account, ports.clock)

    async def run(self, report: Callable[[Finding], None]) -> None:
        """Report each finding as soon as those before it are reported. Nothing is left when it returns."""
        tasks = [asyncio.create_task(check) for check in self._checks()]
        try:
            for task in tasks:
                report(await task)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            if self._carrier is not None:
                await self._carrier.close()

    def _checks(self) -> list[Check]:
        return [
            *self._checks_of_the_carrier(),
            *self._checks_of_voices(),
            *self._checks_of_the_path(),
            self._ledger(),
        ]

    def _checks_of_the_carrier(self) -> list[Check]:
        plan, checks = self._plan, self._carrier
        number = None
        about_number: list[Check] = []
        if plan.to is not None:
            finding, number = check_number(
                plan.to, country=plan.country, caller_id=plan.caller_id, fence=plan.fence
            )
            about_number = [_known(finding)]
        if checks is None:
            return [*about_number, _unset(carrier.CREDENTIALS)]
        about_caller_id = checks.caller_id(plan.caller_id) if plan.caller_id else _unset(carrier.CALLER_ID)
        about_permission: list[Check] = []
        if number is not None:
            about_permission.append(checks.permission(country_of(number.e164)))
            if number.e164.startswith(_NORTH_AMERICA):
                about_permission.append(checks.profile())
        return [
            *about_number,
            checks.credentials(),
            checks.account(),
            checks.balance(),
            about_caller_id,
            *about_permission,
            checks.signature(),
            checks.clock(),
        ]

    def _checks_of_voices(self) -> list[Check]:
        plan, ports = self._plan, self._ports
        checks: list[Check] = []
        if ports.speech is None:
            checks.append(_unset(SPEECH))
        elif not plan.spends:
            why = "--no-spend: nothing was synthesised, so key, model and voice are not proven"
            checks.append(_known(skipped(SPEECH, why)))
        else:
            checks.append(
                check_voice(SPEECH, ports.speech, plan.word, ports.clock, limit_s=plan.word_limit_s)
            )
        if ports.speech is not None:
            checks.append(_known(skipped(CREDITS, _UNSEEN_CREDITS, _WHERE_CREDITS_ARE)))
        if plan.fallback_refused is not None:
            checks.append(_known(failed(LOCAL_VOICE, plan.fallback_refused)))
        elif ports.local_voice is not None:
            checks.append(self._local_voice(ports.local_voice))
        return checks

    async def _local_voice(self, voice: SpeechService) -> Finding:
        """A fallback that is missing stops no call: at most a warning."""
        plan, clock = self._plan, self._ports.clock
        found = await check_voice(LOCAL_VOICE, voice, plan.word, clock, limit_s=plan.word_limit_s)
        return found if found.status is Status.PASS else warned(LOCAL_VOICE, found.detail, found.hint)

    def _checks_of_the_path(self) -> list[Check]:
        ports, plan = self._ports, self._plan
        checks: PathChecks | None = None
        if ports.path is not None and ports.bridge is not None:
            checks = PathChecks(
                ports.bridge,
                ports.path,
                ports.agent,
                ports.clock,
                limit_s=plan.limits.tunnel_timeout_s,
            )
        about_agent: list[Check] = []
        if checks is not None and ports.agent is not None:
            about_agent = [self._agent(checks)]
        elif plan.download_failed is not None:
            about_agent = [_known(failed(AGENT, plan.download_failed))]
        return [*about_agent, checks.path() if checks is not None else _unset(PATH)]

    async def _agent(self, checks: PathChecks) -> Finding:
        """Looked for after a failed download, too: one that was there before can open the path."""
        found = await checks.agent()
        error = self._plan.download_failed
        return found if error is None else failed(AGENT, error)

    async def _ledger(self) -> Finding:
        """A ledger that cannot be written costs the history, never the call."""
        try:
            await self._ports.ledger.prove_writable()
        except LedgerError as error:
            return warned(LEDGER, str(error), error.hint)
        return passed(LEDGER, "the ledger of calls can be written")


async def _known(finding: Finding) -> Finding:
    return finding


async def _unset(name: str) -> Finding:
    return skipped(name, "not looked at: see settings")
