"""How `dial` reads its words, and what its help ends with."""

from __future__ import annotations

import click

from cartesia_call.cli.options import MessageCommand

_LEGEND = "1x: nobody was reached. 2x: we are broken. 3x: we do not know. An unknown one counts as failure."


class DialCommand(MessageCommand):
    """The command, with the exit statuses at the end of its help."""

    ends_with = "dial NUMBER"

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Exit statuses"):
            formatter.write_dl(exit_statuses())
            formatter.write_text(_LEGEND)


def exit_statuses() -> list[tuple[str, str]]:
    """Each status of a `dial`, and the outcomes that it tells."""
    from cartesia_call.telephony.outcomes import Outcome

    told: dict[int, list[str]] = {
        1: ["a bug in cartesia-call"],
        2: ["wrong usage or settings; nothing was sent"],
    }
    for outcome in Outcome:
        if outcome.means.status is not None:
            told.setdefault(outcome.means.status, []).append(str(outcome))
    return [
        *((str(status), ", ".join(told[status])) for status in sorted(told)),
        ("129, 130, 143", f"{Outcome.INTERRUPTED}: a signal; the call was hung up first"),
    ]
