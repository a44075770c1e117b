"""What the telephony endpoints say when they refuse. The words are ours: the API's are not documented."""

from __future__ import annotations

from collections.abc import Sequence

from cartesia_simulator.speech.refusals import Refusal


class UnreachableNumbers(Refusal):
    """New credentials that do not reach all numbers of a provider: the body lists the others."""

    def __init__(self, numbers: Sequence[str]) -> None:
        super().__init__(
            400,
            "Unreachable phone numbers",
            f"The new credentials do not reach {len(numbers)} of the provider's phone numbers: "
            f"{', '.join(numbers)}. Nothing was changed.",
        )
        self.numbers = tuple(numbers)

    def _structure(self, request_id: str) -> dict[str, object]:
        return super()._structure(request_id) | {"unreachable_numbers": list(self.numbers)}


def bad_credentials(reason: str) -> Refusal:
    return Refusal(400, "Invalid provider credentials", f"{reason}. Nothing was changed.")


def already_linked(provider_id: str, account_sid: str, region: str) -> Refusal:
    """Each pair of account and region can be linked once."""
    return Refusal(
        409,
        "Provider already exists",
        f"Account {account_sid} is linked in region {region} already, as provider {provider_id}. "
        f"Use PATCH /agents/phone-numbers/providers/{provider_id} to update it.",
    )


def has_numbers(provider_id: str, count: int) -> Refusal:
    return Refusal(
        409,
        "Provider has phone numbers",
        f"{count} of your phone numbers use provider {provider_id}. Move or delete them first.",
    )


def no_such(what: str, which: str) -> Refusal:
    return Refusal(404, f"{what.capitalize()} not found", f"There is no {what} {which!r}.")


def not_in_account(number: str, account_sid: str) -> Refusal:
    return Refusal(
        400,
        "Phone number not found in provider account",
        f"The credentials of account {account_sid} do not reach {number}.",
    )


def lookup_failed(number: str, reason: str) -> Refusal:
    return Refusal(400, "Provider lookup failed", f"{number} could not be looked up: {reason}.")


def already_imported(number: str, number_id: str) -> Refusal:
    return Refusal(
        409, "Phone number already imported", f"{number} is imported already, as phone number {number_id}."
    )


def webhooks_failed(number: str, outcome: str) -> Refusal:
    return Refusal(
        400, "Webhook configuration failed", f"The webhooks of {number} could not be set. {outcome}."
    )


def still_assigned(number: str, agent_id: str) -> Refusal:
    return Refusal(
        400,
        "Phone number is assigned",
        f"{number} is assigned to agent {agent_id}. Unassign it first: PATCH with agent_id null.",
    )
