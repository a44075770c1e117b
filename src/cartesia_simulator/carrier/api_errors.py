"""Refusals of the REST API, with the codes and the body of Twilio's."""

from __future__ import annotations


class ApiError(Exception):
    """A request that is answered with an error: Twilio's `code`, the HTTP `status`, a sentence."""

    def __init__(self, code: int, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def body(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def unauthenticated() -> ApiError:
    return ApiError(20003, "Authenticate", status=401)


def not_found(path: str) -> ApiError:
    return ApiError(20404, f"The requested resource {path} was not found", status=404)


def not_in_region(region: str) -> ApiError:
    """The sentence is Twilio's (twilio-java#864); its code and status were not found."""
    return ApiError(20404, f"Endpoint is not supported in realm '{region}'", status=404)


def not_in_progress() -> ApiError:
    return ApiError(21220, "Call is not in-progress. Cannot redirect.")


def source_not_verified(caller_id: str) -> ApiError:
    return ApiError(
        21210,
        f"The source phone number provided, {caller_id}, is not yet verified for your account. You may only "
        "make calls from phone numbers that you've verified or purchased from Twilio.",
    )


def destination_not_valid(to: str) -> ApiError:
    return ApiError(21211, f"The phone number you are attempting to call, {to}, is not valid.")


def premium_number(to: str) -> ApiError:
    return ApiError(21202, f"The phone number you are attempting to call, {to}, is a premium number.")


def invalid_parameter(reason: str) -> ApiError:
    return ApiError(20422, f"Invalid Parameter: {reason}")


def not_permitted_country(to: str) -> ApiError:
    return ApiError(
        21215,
        f"Account not authorized to call {to}. Perhaps you need to enable some international permissions: "
        "https://www.twilio.com/console/voice/calls/geo-permissions/low-risk",
    )


def too_many_requests() -> ApiError:
    return ApiError(20429, "Too Many Requests", status=429)


def internal_error() -> ApiError:
    return ApiError(20500, "Internal Server Error", status=500)
