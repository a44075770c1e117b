"""What is changed on purpose in answers to requests, in the speech socket, and on the public path."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulator.comparing.mutations import (
    Line,
    Mutation,
    answer,
    delay,
    event,
    hang_up,
    put,
    rename,
    repeat,
)


def answer_mutations() -> Iterator[Mutation]:
    call, status = "call-fields", "errors-by-status"
    placed = "Calls.json"
    yield Mutation("sid is renamed", call, lambda x: rename(answer(x, placed)["content"], "sid", "call_sid"))
    yield Mutation(
        "a queue time is a number", call, lambda x: put(answer(x, placed)["content"], "queue_time", 0)
    )
    yield Mutation("a call is placed with 200", status, lambda x: put(answer(x, placed), "status", 200))
    yield Mutation(
        "a new call is in progress",
        "statuses-are-known",
        lambda x: put(answer(x, placed)["content"], "status", "in-progress"),
    )
    yield Mutation(
        "a field is filled",
        "unknown-fields-come",
        lambda x: put(answer(x, placed)["content"], "phone_number_sid", "<PN:1>"),
    )
    refused = "invalid-number"
    yield Mutation("21211 by 404", status, lambda x: put(answer(x, placed), "status", 404), refused)
    yield Mutation(
        "a refusal without code",
        "error-fields",
        lambda x: answer(x, placed)["content"].pop("code"),
        refused,
    )
    yield Mutation(
        "a refusal in the form of RFC 9457",
        "error-fields",
        lambda x: put(answer(x, placed), "content", {"type": "<text:1/9>", "title": "<text:2/5>"}),
        refused,
    )
    yield Mutation(
        "the list leaves the call out",
        "lost-call-is-listed",
        lambda x: put(answer(x, placed, "GET")["content"], "calls", []),
        "lost-answer",
    )

    def forgets(lines: list[Line]) -> None:
        refusal = {"code": 20404, "message": "<text:9/9>", "more_info": "https://<host:9>/x", "status": 404}
        hang_up(lines).update(status=404, content=refusal)

    yield Mutation("a young call is not found", "young-404-passes", forgets)

    def refuses(lines: list[Line]) -> None:
        ended, asked = hang_up(lines), event(lines, "stop")
        delay(lines, ended, 1)
        lines.remove(asked)
        lines.insert(lines.index(ended), asked | {"ms": ended["ms"] - 1})
        refusal = {"code": 20409, "message": "<text:9/9>", "more_info": "https://<host:9>/x", "status": 409}
        ended.update(status=409, content=refusal)

    yield Mutation("the end of a call that is over is a conflict", "ended-call-is-refused", refuses)


def speech_mutations() -> Iterator[Mutation]:
    def behind_done(lines: list[Line]) -> None:
        repeat(lines, event(lines, "chunk"), behind=event(lines, "done"))

    yield Mutation("audio comes behind done", "done-is-the-end", behind_done)
    yield Mutation(
        "a status is text",
        "speech-fields",
        lambda x: put(event(x, "chunk")["content"], "status_code", "206"),
    )
    yield Mutation(
        "audio is called audio",
        "speech-fields",
        lambda x: rename(event(x, "chunk")["content"], "data", "audio"),
    )
    yield Mutation(
        "a chunk is done", "done-is-the-end", lambda x: put(event(x, "chunk")["content"], "done", True)
    )
    yield Mutation(
        "a status is 200",
        "speech-fields",
        lambda x: put(event(x, "done")["content"], "status_code", 200),
    )
    yield Mutation(
        "a chunk names no context",
        "context-is-named",
        lambda x: put(event(x, "chunk")["content"], "context_id", None),
    )
    flush = "flush-follows-sentence"
    yield Mutation("a flush is not told", flush, lambda x: x.remove(event(x, "flush_done")))
    yield Mutation(
        "flushes count from 0", flush, lambda x: put(event(x, "flush_done")["content"], "flush_id", 0)
    )
    yield Mutation(
        "audio comes slowly", "audio-outruns-playing", lambda x: delay(x, event(x, "chunk", 1), 4000)
    )
    yield Mutation(
        "a message is huge", "message-fits", lambda x: put(event(x, "chunk"), "bytes", 5 * 1024 * 1024)
    )
    yield Mutation(
        "an error has a new code",
        "errors-of-speech-by-status",
        lambda x: put(event(x, "error")["content"], "error_code", "voice_asleep"),
        "speech-broken",
    )
    yield from _ends_and_paths()


def _ends_and_paths() -> Iterator[Mutation]:
    def closes(lines: list[Line]) -> None:
        done = event(lines, "done")
        done.update(kind="close", status=1011)
        done.pop("content")

    yield Mutation("a connection breaks", "close-codes-refuse", closes)
    yield Mutation(
        "the tunnel routes late",
        "tunnel-routes-soon",
        lambda x: delay(
            x,
            next(line for line in x if line.get("peer") == "ourselves" and line.get("status") == 101),
            4000,
        ),
    )
