"""What ngrok says when it refuses, as our exceptions: without the token, with a hint where there is one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from cartesia_call.errors import TunnelError, Unauthorized
from cartesia_call.quoting import quotable

_CODE = re.compile(r"ERR_NGROK_\d+")
_SHOWN_TOKEN = re.compile(r"(your authtoken:\s*)\S+", re.IGNORECASE)
_ESCAPED_LINE_END = re.compile(r"\\[rn]")
"""pyngrok leaves them in a log line as they are."""

_UNAUTHORIZED = frozenset(f"ERR_NGROK_{number}" for number in (105, 106, 107, 300, 4018))
_PASSING = frozenset(f"ERR_NGROK_{number}" for number in (108, 324, 334, 348, 349, 350, 351, 734))
"""Another job or a stale session holds the domain, a session or an endpoint; or too many began at once."""
_PORT_TAKEN = "address already in use"

_COPY_AGAIN_HINT = "copy the authtoken again from dashboard.ngrok.com/get-started/your-authtoken"
_ACCOUNT_HINT = "see what dashboard.ngrok.com says about this account"
_QUOTA_HINT = "this month's ngrok allowance is used up: upgrade the plan, or use --public-url"
_DOMAIN_HINT = "check NGROK_DOMAIN; dashboard.ngrok.com/domains lists the names of this account"
_ENDPOINTS_HINT = "end the other endpoints of this account, dashboard.ngrok.com/endpoints"
_AGENTS_HINT = "another job or a left-over agent is online; dashboard.ngrok.com/agents can stop it"
_RATE_HINT = "too many tunnels were opened in a short time; wait a minute"
_ONLINE_HINT = "another call of this account uses the domain, or a left-over agent still holds it"
_OLD_AGENT_HINT = "run `cartesia-call init` to install a current ngrok agent"

_HINT_BY_NUMBER = {
    **dict.fromkeys((102, 337, 338, 3208, 9040), _ACCOUNT_HINT),
    **dict.fromkeys((105, 106, 107, 300, 4018), _COPY_AGAIN_HINT),
    **dict.fromkeys((108, 348), _AGENTS_HINT),
    **dict.fromkeys((120, 121), _OLD_AGENT_HINT),
    **dict.fromkeys((313, 314, 319, 320), _DOMAIN_HINT),
    **dict.fromkeys((324, 350, 6030), _ENDPOINTS_HINT),
    334: _ONLINE_HINT,
    **dict.fromkeys((349, 351, 734), _RATE_HINT),
    **dict.fromkeys(range(725, 732), _QUOTA_HINT),
    9009: "free plans refuse agents behind an HTTP proxy; unset http_proxy, or use --public-url",
    15013: "this account has no domain yet: open dashboard.ngrok.com/domains once",
}
"""By the numbers of the pages under ngrok.com/docs/errors."""


@dataclass(frozen=True)
class Refusal:
    """One answer of ngrok's that is not a tunnel. `text` is one line without the token."""

    text: str
    code: str | None

    @property
    def passes(self) -> bool:
        """Whether the same request may well succeed in some seconds."""
        return self.code in _PASSING or _PORT_TAKEN in self.text

    @property
    def sentence(self) -> str:
        return f"{self.text} ({self.code})" if self.code else self.text

    @property
    def hint(self) -> str | None:
        return _HINT_BY_NUMBER.get(int(self.code.removeprefix("ERR_NGROK_"))) if self.code else None

    def as_error(self) -> TunnelError | Unauthorized:
        """Unauthorized for a refused token, else TunnelError."""
        if self.code in _UNAUTHORIZED:
            return Unauthorized(
                f"ngrok refused the token in NGROK_AUTHTOKEN: {self.sentence}", hint=self.hint
            )
        return TunnelError(f"ngrok opened no tunnel: {self.sentence}", code=self.code, hint=self.hint)


def read_refusal(said: str, *, authtoken: str) -> Refusal:
    """Read what the agent wrote into its log, or answered as JSON.

    The code is taken from wherever it stands: pyngrok finds it in a log line but not in an HTTP answer.
    """
    code = _CODE.search(said)
    text = _ESCAPED_LINE_END.sub(" ", _CODE.sub("", _detail(said)))
    text = quotable(_SHOWN_TOKEN.sub(r"\1***", text), secrets=(authtoken,)).strip(" .")
    return Refusal(text or "no reason was given", code.group() if code else None)


def _detail(said: str) -> str:
    """The error text inside an answer of the agent's API; anything else as it is."""
    try:
        answer = json.loads(said)
    except (ValueError, RecursionError):
        return said
    if not isinstance(answer, dict):
        return said
    details = answer.get("details")
    error = details.get("err") if isinstance(details, dict) else None
    return str(error or answer.get("msg") or said)
