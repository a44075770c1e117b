"""What is wrong between Twilio's regions and Cartesia's record of them, and what to do about it.

The faults are those of the troubleshooting table in Cartesia's page on regional routing; notes are what may
well be meant so.
"""

from __future__ import annotations

from collections.abc import Iterator

from cartesia_call.errors import CartesiaCallError, Unauthorized
from cartesia_call.records import dataclass
from cartesia_call.region_ports import Provider
from cartesia_call.regions.survey import Acceptance, NumberView, Picture, RegionView
from cartesia_call.regions.visible_key import is_same_key

COUNTRY_OF_REGION = {"us1": "United States", "ie1": "Ireland", "au1": "Australia"}

_NEAREST = (("+3", "ie1"), ("+4", "ie1"), ("+61", "au1"), ("+64", "au1"))
"""By calling code: zones 3 and 4 are Europe (ITU-T E.164, annex), 61 and 64 Australia and New Zealand."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that both sides do not agree on, or one side lacks.

    `kind` is a word for programs, `fix` a sentence, `commands` what of it this program does, in order.
    `is_fault`: calls fail or go the wrong way; else it may be meant so. `error` is what a request meets,
    None where it is only the record that is wrong.
    """

    kind: str
    detail: str
    fix: str
    is_fault: bool = False
    region: str | None = None
    provider_id: str | None = None
    number: str | None = None
    commands: tuple[str, ...] = ()
    error: CartesiaCallError | None = None


def diagnose(picture: Picture) -> list[Finding]:
    """Everything that is found, faults first, each in the order of regions, providers and numbers."""
    found = [
        *_of_record(picture),
        *(finding for view in picture.regions for finding in _of_credentials(view, picture)),
        *_of_lookups(picture),
        *(finding for provider in picture.providers for finding in _of_provider(provider, picture)),
        *(finding for view in picture.numbers for finding in _of_number(view, picture)),
        *_of_unlinked(picture),
    ]
    return [*(one for one in found if one.is_fault), *(one for one in found if not one.is_fault)]


def key_there(provider: Provider, picture: Picture) -> bool | None:
    """Whether a provider has the settings' key of its region; None if that cannot be told."""
    view = picture.region(provider.region)
    return is_same_key(provider.api_key_sid, view.plan.api_key_sid) if view is not None else None


def _of_record(picture: Picture) -> Iterator[Finding]:
    error = picture.record_error
    if error is not None:
        yield Finding(
            kind="record-unreadable",
            detail=f"Cartesia's side is not known: {error}",
            fix=error.hint or "try again later",
            is_fault=True,
            error=error,
        )


def _of_credentials(view: RegionView, picture: Picture) -> Iterator[Finding]:
    plan = view.plan
    if view.acceptance is Acceptance.UNKNOWN and view.error is not None:
        yield Finding(
            kind="twilio-unknown",
            detail=f"whether Twilio accepts {plan.signed_with} in {plan.region} is not known: {view.error}",
            fix=view.error.hint or "try again later",
            is_fault=True,
            region=plan.region,
            error=view.error,
        )
    if view.acceptance is not Acceptance.REFUSED:
        return
    made_elsewhere = ""
    if view.valid_in is not None:
        made_elsewhere = (
            f", and accepts it in {view.valid_in}: a {view.valid_in} key does not work in {plan.region}"
        )
    same = [p for p in picture.providers if p.region == plan.region and key_there(p, picture)]
    at_cartesia = "".join(f"; Cartesia's provider {provider.id} has it, too" for provider in same)
    commands = tuple(_update(provider) for provider in same)
    yield Finding(
        kind="key-refused",
        detail=f"Twilio refuses {plan.signed_with} ({plan.variables}) in {plan.region}"
        f"{made_elsewhere}{at_cartesia}",
        fix=f"{_make_key(view)}{_then(commands)}",
        is_fault=True,
        region=plan.region,
        commands=commands,
        error=view.error,
    )


def _of_lookups(picture: Picture) -> Iterator[Finding]:
    for region, error in picture.lookup_errors.items():
        view = picture.region(region)
        key = view.plan.signed_with if view is not None else "the settings' key"
        yield Finding(
            kind="numbers-unknown",
            detail=f"whether {key} sees all numbers that live in {region} is not known: {error}",
            fix=error.hint or "try again later",
            is_fault=True,
            region=region,
            error=error,
        )
    if picture.routing_error is not None:
        yield Finding(
            kind="routing-unknown",
            detail=f"which region takes the calls of each number is not known: {picture.routing_error}",
            fix=picture.routing_error.hint or "try again later",
        )


def _of_provider(provider: Provider, picture: Picture) -> Iterator[Finding]:
    if provider.type != "twilio":
        return
    view = picture.region(provider.region)
    ours = {other.plan.account_sid for other in picture.regions} - {None}
    if ours and provider.account_sid not in ours:
        yield Finding(
            kind="other-account",
            detail=f"Cartesia's provider {provider.id} is of the account {provider.account_sid}, "
            "which the settings do not hold: nothing is known of it",
            fix="set TWILIO_ACCOUNT_SID and that account's credentials to look at it",
            region=provider.region,
            provider_id=provider.id,
        )
    elif view is None or view.acceptance is None:
        yield _unknown_credentials(provider, view, picture)
    elif key_there(provider, picture) is not True:
        yield from _other_key(provider, view, picture)
    if picture.record_error is None and not picture.numbers_of(provider):
        commands = (f"cartesia-call numbers import NUMBER --provider {provider.id}",)
        yield Finding(
            kind="idle-provider",
            detail=f"no number lives under Cartesia's provider {provider.id} "
            f"({provider.region or provider.type})",
            fix=f"to use it: {commands[0]}",
            region=provider.region,
            provider_id=provider.id,
            commands=commands,
        )


def _unknown_credentials(provider: Provider, view: RegionView | None, picture: Picture) -> Finding:
    where = provider.region or "the region that Cartesia does not tell"
    fix = f"this program knows only {', '.join(other.plan.region for other in picture.regions)}"
    if view is not None:
        fix = f"set {view.plan.variables} to look at it"
    return Finding(
        kind="no-credentials",
        detail=f"the settings hold no credentials for {where}, so whether the key of Cartesia's "
        f"provider {provider.id} works is not known",
        fix=fix,
        region=provider.region,
        provider_id=provider.id,
    )


def _other_key(provider: Provider, view: RegionView, picture: Picture) -> Iterator[Finding]:
    """A provider whose key is not the settings' for its region, or not known to be."""
    commands = (_update(provider),)
    for other in picture.regions:
        same = is_same_key(provider.api_key_sid, other.plan.api_key_sid)
        if other.plan.region != view.plan.region and other.acceptance is Acceptance.ACCEPTED and same:
            detail = (
                f"Cartesia's provider {provider.id} says {provider.region}, and its key "
                f"{provider.api_key_sid} is the one of {other.plan.region}: outbound calls and transfers "
                "fail with an authentication error"
            )
            works = view.acceptance is Acceptance.ACCEPTED and view.plan.api_key_sid is not None
            prepared = "" if works else f"{_make_key(view)}, then: "
            yield Finding(
                kind="key-of-other-region",
                detail=detail,
                fix=prepared + commands[0],
                is_fault=True,
                region=provider.region,
                provider_id=provider.id,
                commands=commands,
                error=Unauthorized(detail),
            )
            return
    if view.acceptance is Acceptance.REFUSED:
        return
    if view.plan.api_key_sid is None:
        sentence = f"the settings hold the auth token of {provider.region}, not the API key"
    elif key_there(provider, picture) is None:
        sentence = f"too little is shown of the key {provider.api_key_sid}"
    else:
        sentence = f"its key {provider.api_key_sid} is not the settings' {view.plan.api_key_sid}"
    yield Finding(
        kind="key-differs",
        detail=f"whether the key of Cartesia's provider {provider.id} ({provider.region}) works is not "
        f"known: {sentence}",
        fix=f"if agents' calls fail with an authentication error: {_key_first(view)}{commands[0]}",
        region=provider.region,
        provider_id=provider.id,
        commands=commands,
    )


def _of_number(view: NumberView, picture: Picture) -> Iterator[Finding]:
    held, provider = view.held, view.provider
    if provider.type != "twilio":
        return
    if view.is_reachable is False:
        yield _unreachable(view, picture)
        return
    wanted = view.voice_region
    if wanted is not None and wanted != provider.region:
        commands = _move(view, wanted, picture)
        yield Finding(
            kind="wrong-provider",
            detail=f"Twilio routes {held.number} to {wanted}, and Cartesia has it under provider "
            f"{provider.id} ({provider.region}): its calls are taken in one region and acted upon in another",
            fix=f"{_do(commands, wanted, picture)} (or, if {provider.region} is meant, choose it in the "
            "Twilio console: Phone Numbers > Manage > Active numbers)",
            is_fault=True,
            region=provider.region,
            provider_id=provider.id,
            number=held.number,
            commands=commands,
        )
    nearest = next((region for code, region in _NEAREST if held.number.startswith(code)), None)
    if wanted is None and nearest is not None and nearest != provider.region:
        commands = _move(view, nearest, picture)
        yield Finding(
            kind="far-region",
            detail=f"the calls of {held.number} are processed in {provider.region}, by its provider "
            f"{provider.id}, whatever its country code says; {nearest} is nearer",
            fix=f"if it is not meant so: {_do(commands, nearest, picture)}",
            region=provider.region,
            provider_id=provider.id,
            number=held.number,
            commands=commands,
        )


def _unreachable(view: NumberView, picture: Picture) -> Finding:
    held, provider = view.held, view.provider
    ours = picture.region(provider.region)
    key = ours.plan.signed_with if ours is not None else "the settings' key"
    agent = f", and agent {held.agent_id} cannot use it" if held.agent_id else ""
    commands: tuple[str, ...] = (f"cartesia-call numbers remove {held.id}",)
    fix = f"use a key that has access to all numbers of the account; if the number is gone: {commands[0]}"
    if held.agent_id:
        commands = (f"cartesia-call numbers unassign {held.id}", *commands)
        fix = (
            "use a key that has access to all numbers of the account; if the number is gone: "
            f"{' && '.join(commands)}"
        )
    if view.seen_in is not None:
        commands = _move(view, view.seen_in, picture)
        fix = f"use a key that sees it; or put it where it is seen: {_do(commands, view.seen_in, picture)}"
    return Finding(
        kind="unreachable-number",
        detail=f"{key} does not see {held.number} in {provider.region}, where Cartesia has it under provider "
        f"{provider.id}{agent}; an update of the provider with this key would be rejected",
        fix=fix,
        is_fault=True,
        region=provider.region,
        provider_id=provider.id,
        number=held.number,
        commands=commands,
    )


def _of_unlinked(picture: Picture) -> Iterator[Finding]:
    if picture.record_error is not None:
        return
    linked = {(provider.account_sid, provider.region) for provider in picture.providers}
    for view in picture.regions:
        plan = view.plan
        if view.acceptance is not Acceptance.ACCEPTED or (plan.account_sid, plan.region) in linked:
            continue
        commands = (f"cartesia-call providers add --region {plan.region}",)
        yield Finding(
            kind="no-provider",
            detail=f"Cartesia has no provider for {plan.account_sid} in {plan.region}",
            fix=f"if agents are to call through it: {_key_first(view)}{commands[0]}",
            region=plan.region,
            commands=commands,
        )


def _make_key(view: RegionView) -> str:
    """`view`'s key, made anew where it counts."""
    region = view.plan.region
    return (
        "make an API key in the Twilio console with region "
        f"{COUNTRY_OF_REGION.get(region, region)} ({region}), "
        f"set {view.plan.sid_variable} and {view.plan.secret_variable} to it"
    )


def _key_first(view: RegionView | None) -> str:
    """What comes before a command that gives Cartesia the settings' key of a region, if they hold none."""
    if view is None or view.plan.api_key_sid is not None:
        return ""
    plan = view.plan
    return f"set {plan.sid_variable} and {plan.secret_variable} to a key made in {plan.region}, then: "


def _do(commands: tuple[str, ...], region: str, picture: Picture) -> str:
    """`_move`'s commands in a sentence."""
    is_provider_there = len(commands) == 1
    return ("" if is_provider_there else _key_first(picture.region(region))) + " && ".join(commands)


def _update(provider: Provider) -> str:
    return f"cartesia-call providers update {provider.id}"


def _move(view: NumberView, region: str, picture: Picture) -> tuple[str, ...]:
    """The commands that put a number under the provider of `region`, which may have to be made."""
    there = [
        provider
        for provider in picture.providers
        if (provider.region, provider.account_sid) == (region, view.provider.account_sid)
    ]
    move = f"cartesia-call numbers move {view.held.number} --to"
    if there:
        return (f"{move} {there[0].id}",)
    return (f"cartesia-call providers add --region {region}", f"{move} {region}")


def _then(commands: tuple[str, ...]) -> str:
    return f", then: {' && '.join(commands)}" if commands else ""
