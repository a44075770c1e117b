"""The one tree of failures. Outcomes of a call (busy, hung up early) are values, not exceptions.

Each class keeps facts as attributes; `str()` gives one sentence for the person who reads the log.
Vendor exceptions are translated into these in `vendors/` only, exit statuses exist in `cli/` only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self, TypeVar

from cartesia_call.records import dataclass

ErrorT = TypeVar("ErrorT", bound=BaseException)


class CartesiaCallError(Exception):
    """Root of everything this package raises on purpose.

    `hint` says what to do about it, or is None. `retryable` is a fact of the class: whether the same
    action may simply be tried again without risk of doing it twice.
    """

    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message

    def again(self) -> Self:
        """The same, to be raised once more: the one that is kept holds no frames for it."""
        another = type(self).__new__(type(self), *self.args)
        another.__dict__.update(self.__dict__)
        return another


def without_frames(error: ErrorT) -> ErrorT:
    """`error`, to be kept: neither it nor what led to it holds the frames that it came through any more.

    Their variables are a whole call, which holds the error in turn: a search for cycles would be needed.
    """
    seen: set[int] = set()
    to_do: list[BaseException | None] = [error]
    while to_do:
        one = to_do.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.__traceback__ = None
            to_do += [one.__cause__, one.__context__]
    return error


class InputError(CartesiaCallError):
    """What the user asked for cannot be done: number, message, file, option. Nothing was sent."""


class SettingsError(CartesiaCallError):
    """Missing or malformed settings, all of them at once. Nothing was sent.

    `problems` holds one sentence per setting, without any secret value.
    """

    def __init__(self, problems: Sequence[str], *, hint: str | None = None) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems), hint=hint)


@dataclass(frozen=True, kw_only=True)
class ListProblem:
    """What is wrong in one place of a dial list.

    `line` is the file's, from 1. `column` is the header's name for it, or None for a row as a whole, or the
    list. `reason` is part of a sentence, numbers in it masked; `hint` a sentence, or None. `further` is what
    else is wrong in the same row.
    """

    line: int
    column: str | None = None
    reason: str
    hint: str | None = None
    further: tuple[ListProblem, ...] = ()


class DialListError(CartesiaCallError):
    """A dial list that cannot be called, with all that is wrong in it. Nothing was sent.

    `source` is what the list is called where it comes from, such as its path. `problems` are in the order of
    their lines; `more` counts those that were found and not kept. `lines` tells the first of them, each in
    one; `count` is how many there are, those in the same row counted apart.
    """

    MOST_TOLD: ClassVar[int] = 20
    _MOST_HINTS: ClassVar[int] = 3

    def __init__(self, problems: Sequence[ListProblem], *, source: str, more: int = 0) -> None:
        self.problems = tuple(problems)
        self.source = source
        each = [one for problem in self.problems for one in (problem, *problem.further)]
        self.count = len(each) + more
        told = each[: self.MOST_TOLD]
        untold = self.count - len(told)
        self.lines = (
            *(f"{self._place(problem)}: {problem.reason}" for problem in told),
            *([f"and {untold:,} more"] if untold else []),
        )
        hints = dict.fromkeys(problem.hint for problem in told if problem.hint)
        super().__init__("\n".join(self.lines), hint=" ".join([*hints][: self._MOST_HINTS]) or None)

    def _place(self, problem: ListProblem) -> str:
        column = "" if problem.column is None else f', column "{problem.column}"'
        return f"{self.source}, line {problem.line}{column}"


class CallWithheld(CartesiaCallError):
    """A rule of the user's own would hold the call back, for good. Where one is placed that is an outcome."""


class CarrierError(CartesiaCallError):
    """The carrier's REST API did not do what was asked.

    `code` is Twilio's own number (21215, 20003) where it gave one; `http_status` that of the answer.
    `account_wide`: every other call of the account would be refused for the same reason.
    """

    def __init__(
        self,
        message: str,
        *,
        code: int | None = None,
        http_status: int | None = None,
        account_wide: bool = False,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.http_status = http_status
        self.account_wide = account_wide


class Unauthorized(CarrierError):
    """Credentials were refused, by whichever vendor the sentence names."""


class CallRefused(CarrierError):
    """The carrier refuses this call: geo permission, caller ID, invalid or blocked number."""


class CarrierUnavailable(CarrierError):
    """It is known that nothing was placed: the request never left, or was a 429."""

    retryable = True


class PlacementUnknown(CarrierError):
    """A call may or may not have been placed. Never to be repeated."""


class CallNotFound(CarrierError):
    """The carrier knows no live call of this SID: it is over, or belongs to another account or region."""


class HangUpNotConfirmed(CartesiaCallError):
    """Nothing proved within the limit that the call is down."""

    def __init__(self, call_sid: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.call_sid = call_sid


class MediaStreamError(CartesiaCallError):
    """The media stream of an answered call did not do its work. `code` is what the carrier noted (31920)."""

    def __init__(self, message: str, *, code: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class PeerProtocolError(MediaStreamError):
    """The peer sent something that Media Streams does not allow."""


class StreamNeverStarted(MediaStreamError):
    """The call was answered and no acceptable stream started within the limit."""


class SpeechError(CartesiaCallError):
    """Speech could not be made. `code` is Cartesia's `error_code` where it gave one."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        http_status: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.http_status = http_status


class SpeechRefused(SpeechError):
    """Asking again would be refused again: unknown voice, sunset model, bad request."""


class SpeechUnavailable(SpeechError):
    """The speech service could not be reached, stalled, or broke off."""

    retryable = True


class ServiceRefused(CartesiaCallError):
    """Cartesia's REST API refused a request. Asking again would be refused again.

    `code` is its `error_code`, `title` and `detail` its own words, fit to be quoted, each None where it gave
    none. `body` is the whole parsed answer, for what else it tells: it is not fit to be quoted.
    """

    def __init__(
        self,
        message: str,
        *,
        http_status: int,
        code: str | None = None,
        title: str | None = None,
        detail: str | None = None,
        request_id: str | None = None,
        body: object = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.http_status = http_status
        self.code = code
        self.title = title
        self.detail = detail
        self.request_id = request_id
        self.body = body


class NumbersUnreachable(ServiceRefused):
    """Cartesia keeps its credentials: the new ones do not reach these `numbers` (E.164), which it holds."""

    def __init__(
        self,
        message: str,
        *,
        numbers: Sequence[str],
        http_status: int,
        code: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, http_status=http_status, code=code, hint=hint)
        self.numbers = tuple(numbers)


class ChangeUnknown(CartesiaCallError):
    """Cartesia was asked to change something, and it is not known whether it did. To be looked up first."""


class TunnelError(CartesiaCallError):
    """There is no public path to this machine. `code` is ngrok's (`ERR_NGROK_334`) where it gave one."""

    def __init__(self, message: str, *, code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class LedgerError(CartesiaCallError):
    """The ledger of calls cannot be read or written."""


class LedgerBusy(LedgerError):
    """Others hold the ledger, or a slow disk does. A little later it may be free."""


class QueueUnreachable(LedgerError):
    """The database that many machines share does not answer. What was to be written may have been."""


class QueueNewer(LedgerError):
    """A newer release has changed the tables of that database: this one may finish its calls, and no more."""


class PlaceClaimed(LedgerError):
    """The attempt for a row of a dial list was made already, by another process or an earlier run.

    The ledger is in order: whoever meets this must not place the call.
    """


class OptOutNotKept(CartesiaCallError):
    """Somebody asked not to be called again, and the do-not-call file cannot be written."""


class CacheError(CartesiaCallError):
    """Kept speech cannot be read, written or removed. It never stands in a call's way."""
