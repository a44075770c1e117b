"""The house rules behind promises to users: one table of outcomes, no wait for ever, no hidden fault.

Part of the table in `house_rules.py`, which is held by `test_architecture.py`.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from tests.source_tree import PACKAGE, Function, Source

_OUTCOME = f"{PACKAGE}.telephony.outcomes.Outcome."

OUTCOME_TABLE = f"{PACKAGE}.telephony.outcomes"


def outcomes_have_one_table(source: Source) -> Iterator[str]:
    """What an outcome means is a column of `telephony/outcomes.py`, never a list of outcomes elsewhere."""
    if not source.is_product or source.module == OUTCOME_TABLE:
        return
    outcomes = {node for node, name in source.references if name.startswith(_OUTCOME)}
    for node in source.walk() if outcomes else ():
        members = sum(member in outcomes for member in _members(node))
        if members > 1:
            sentence = f"{members} outcomes in one list: make it a column of telephony/outcomes.py"
            yield f"{source.path}:{getattr(node, 'lineno', 1)}: {sentence}"


def _members(node: ast.AST) -> list[ast.expr | None]:
    """What is listed in a literal set, tuple, list or keys of a dictionary, or in one `case`."""
    if isinstance(node, ast.Set | ast.Tuple | ast.List):
        return [*node.elts]
    if isinstance(node, ast.Dict):
        return node.keys
    if isinstance(node, ast.MatchOr):
        return [pattern.value for pattern in node.patterns if isinstance(pattern, ast.MatchValue)]
    return []


_FLOW_ROOMS = frozenset({"calls", "checking", "regions"})
_TIMEOUTS = frozenset({"asyncio.timeout", "asyncio.timeout_at"})
_WAITS_WITH_A_LIMIT = frozenset({"asyncio.wait", "asyncio.wait_for"})
_WITHOUT_ARGUMENTS = frozenset({"wait", "get", "join", "acquire", "wait_closed"})
"""Methods of events, queues, tasks and locks that wait as long as it takes."""

UNLIMITED_WAITS: dict[str, tuple[int, str]] = {
    f"{PACKAGE}.{function}": (waits, reason)
    for function, waits, reason in (
        ("calls.interruption:Interruption.wait", 1, "a signal may never come; nobody waits for it alone"),
        ("calls.list_speech:ListSpeech._made", 1, "speech has limits; `give_up` ends it as well"),
        ("calls.legs:RunningLeg.over", 1, "every state of a leg has a deadline"),
        ("calls.beginning:Beginning.prepared", 3, "preparing and ledger have limits"),
        ("calls.preparing:Preparation._prepare", 3, "path, first audio and client have limits"),
        ("calls.speaking:Speaking._next_sentences", 1, "whoever writes a pipe may take until --max-duration"),
        ("calls.speech:Speech.made", 1, "each voice has its limits"),
        ("calls.speech:Speech.close", 1, "for tasks that `stop` has cancelled"),
        ("checking.carrier:CarrierChecks._answer_when_there", 1, "an account's answer, a port with a limit"),
        ("checking.checkup:Checkup.run", 1, "a check, whose ports have limits"),
        ("checking.path:PathChecks.path", 1, "set at the end of a look at the agent, a port with a limit"),
        ("regions.changes:_known", 1, "a listing, a port with a limit"),
    )
}
"""Functions of the flow with waits that nothing in them limits: how many, and what ends them."""


def waits_have_a_limit(source: Source) -> Iterator[str]:
    """No wait of a call goes on for ever: each stands in an `asyncio.timeout`, is given a limit, or is for
    what was cancelled just before."""
    found = unlimited_waits(source) if source.room in _FLOW_ROOMS else {}
    for function, nodes in found.items():
        if len(nodes) > UNLIMITED_WAITS.get(f"{source.module}:{function}", (0, ""))[0]:
            for node in nodes:
                sentence = f"{function} waits without a limit: {ast.unparse(node)}"
                yield f"{source.path}:{node.lineno}: {sentence}"


def unlimited_waits(source: Source) -> dict[str, list[ast.Await]]:
    """By function, each wait that nothing in the function ends."""
    names = dict(source.references)
    found: dict[str, list[ast.Await]] = {}
    cancelled: set[ast.AST] = set()

    def is_limited(node: ast.AST) -> bool:
        """Whether `node` is a block that ends after a time."""
        return isinstance(node, ast.AsyncWith) and any(
            isinstance(item.context_expr, ast.Call)
            and names.get(item.context_expr.func) in _TIMEOUTS
            and not _is_none(item.context_expr.args[:1])
            for item in node.items
        )

    def search(node: ast.AST, function: str, *, limited: bool) -> None:
        if isinstance(node, ast.ClassDef | Function):
            function, limited = f"{function}.{node.name}".lstrip("."), False
        elif isinstance(node, ast.Lambda):
            limited = False
        elif is_limited(node):
            limited = True
        elif not limited and isinstance(node, ast.Await) and _is_unlimited(node.value, names):
            found.setdefault(function, []).append(node)
        cancelled.update(_waits_for_the_cancelled(node))
        for child in ast.iter_child_nodes(node):
            search(child, function, limited=limited or child in cancelled)

    search(source.tree, "", limited=False)
    return found


def _waits_for_the_cancelled(block: ast.AST) -> set[ast.AST]:
    """Statements that wait for the tasks which the statement before them has cancelled."""
    found: set[ast.AST] = set()
    for body in (getattr(block, field, []) for field in ("body", "orelse", "finalbody")):
        for before, statement in itertools.pairwise(body if isinstance(body, list) else []):
            is_condition = isinstance(statement, ast.If) and len(statement.body) == 1  # if there are any
            wait = statement.body[0] if isinstance(statement, ast.If) and is_condition else statement
            if not (isinstance(wait, ast.Expr) and isinstance(wait.value, ast.Await)):
                continue
            cancels = before.body if isinstance(before, ast.For) else [before]
            is_cancel = all(ast.unparse(each).endswith(".cancel()") for each in cancels)
            if is_cancel and _names(wait) - {"asyncio"} <= _names(before):
                found.add(wait)
    return found


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _is_unlimited(awaited: ast.expr, names: dict[ast.expr, str]) -> bool:
    """A task or a future; what waits as long as it takes; what has None for a limit."""
    if not isinstance(awaited, ast.Call):
        return True
    arguments = [*awaited.args, *(keyword.value for keyword in awaited.keywords)]
    if names.get(awaited.func) in _WAITS_WITH_A_LIMIT:
        limits = [keyword.value for keyword in awaited.keywords if keyword.arg == "timeout"]
        return not limits or _is_none(limits)
    if not isinstance(awaited.func, ast.Attribute):
        return False
    if awaited.func.attr in _WITHOUT_ARGUMENTS:
        return not arguments
    return awaited.func.attr == "until" and _is_none(arguments[-1:])


def _is_none(values: list[ast.expr]) -> bool:
    return any(isinstance(value, ast.Constant) and value.value is None for value in values)


_EVERYTHING = frozenset({"Exception", "BaseException"})
_LOUD = frozenset({"exception", "error", "critical"})

_HANDED_OVER = "the waiter gets it whole, and decides what it means"
_BY_LOGGING = "every handler of logging: `handleError` tells it on standard error"

NAMED_HIDING: dict[str, tuple[int, str]] = {
    f"{PACKAGE}.{function}": (places, reason)
    for function, places, reason in (
        ("blocking:_handed_over.work", 1, _HANDED_OVER),
        ("blocking:within.work", 1, _HANDED_OVER),
        ("store.group_commit:Write._caught", 1, _HANDED_OVER),
        ("store.group_commit:write_together", 1, _HANDED_OVER),
        ("cli.logs:NoteHandler.emit", 1, _BY_LOGGING),
        ("cli.logs:FaultHandler.emit", 1, _BY_LOGGING),
        ("vendors.ngrok_keeper:_reply", 1, "a process of its own: the answer carries its class and words"),
        (
            "vendors.http_transport:HttpTransport._exchange_in_time",
            1,
            "what is not the network's is raised",
        ),
    )
}
"""Functions that catch everything, a fault of ours included: how often, and how it is not lost there."""


def faults_are_not_hidden(source: Source) -> Iterator[str]:
    """Whoever catches every exception raises again, or logs it as an error, or stands in the table."""
    found = hidden_faults(source) if source.is_product else {}
    for function, lines in found.items():
        if len(lines) > NAMED_HIDING.get(f"{source.module}:{function}", (0, ""))[0]:
            for line in lines:
                yield f"{source.path}:{line}: {function} hides faults of ours"


def hidden_faults(source: Source) -> dict[str, list[int]]:
    """By function, the line of each place that catches everything and neither raises nor tells."""
    names = dict(source.references)
    found: dict[str, list[int]] = {}

    def catches_all(kind: ast.expr | None) -> bool:
        kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
        return any(each is None or names.get(each) in _EVERYTHING for each in kinds)

    def hides(node: ast.AST) -> bool:
        if isinstance(node, ast.ExceptHandler):
            return catches_all(node.type) and not _is_told(node)
        if isinstance(node, ast.Call) and names.get(node.func) == "contextlib.suppress":
            return any(catches_all(argument) for argument in node.args)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Await):
            gathered = node.value.value  # exceptions that are gathered and looked at by nobody
            return (
                isinstance(gathered, ast.Call)
                and names.get(gathered.func) == "asyncio.gather"
                and any(keyword.arg == "return_exceptions" for keyword in gathered.keywords)
            )
        return False

    def search(node: ast.AST, function: str) -> None:
        if isinstance(node, ast.ClassDef | Function):
            function = f"{function}.{node.name}".lstrip(".")
        if hides(node):
            found.setdefault(function, []).append(getattr(node, "lineno", 1))
        for child in ast.iter_child_nodes(node):
            search(child, function)

    if any(map(hides, (*source.nodes(ast.ExceptHandler), *source.nodes(ast.Call), *source.nodes(ast.Expr)))):
        search(source.tree, "")
    return found


def _is_told(handler: ast.ExceptHandler) -> bool:
    """Its last statement raises, or somewhere in it the exception is logged as an error, with its origin."""
    return isinstance(handler.body[-1], ast.Raise) or any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (
            node.func.attr == "exception"
            or (node.func.attr in _LOUD and any(keyword.arg == "exc_info" for keyword in node.keywords))
        )
        for node in ast.walk(handler)
    )
