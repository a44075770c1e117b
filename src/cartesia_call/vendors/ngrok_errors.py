"""What ngrok says when it refuses, as our exceptions: without the token, with a hint where there is one."""

from __future__ import annotations

import json
import re

from cartesia_call.errors import TunnelError, Unauthorized
from cartesia_call.patterns import regex
from cartesia_call.quoting import quotable
from cartesia_call.records import dataclass
from cartesia_call.vendors.ngrok_versions import GET_ANOTHER

_CODE = regex(r"ERR_NGROK_[0-9]{1,6}")
_SHOWN_TOKEN = regex(r"(your authtoken:\s*)\S+", re.IGNORECASE)
_ESCAPED_LINE_END = regex(r"\\[rn]")
"""pyngrok leaves them in a log line as they are."""

_UNAUTHORIZED = frozenset(f"ERR_NGROK_{number}" for number in (105, 106, 107, 300, 4018))
_PASSING = frozenset(f"ERR_NGROK_{number}" for number in (108, 324, 334, 348, 349, 350, 351, 734))
"""Another job or a stale session holds the domain, a session or an endpoint; or too many began at once."""
_ALREADY_ONLINE = "ERR_NGROK_334"  # assumes: taken-domain-frees
_PORT_TAKEN = "address already in use"
_NO_NETWORK = regex(r"no such host|failed to dial", re.IGNORECASE)
"""What the agent says where it cannot reach ngrok's servers; such an error has no code."""
_CONFIG_FORBIDDEN = regex(r"reading configuration file .*permission denied", re.IGNORECASE | re.DOTALL)
"""The file is the user's own, and so is the agent: something confines it, as snap does."""
_ENDPOINT = regex(r"https://([\w.-]*\w)")

_COPY_AGAIN_HINT = "copy the authtoken again from dashboard.ngrok.com/get-started/your-authtoken"
_ACCOUNT_HINT = "see what dashboard.ngrok.com says about this account"
_QUOTA_HINT = "this month's ngrok allowance is used up: upgrade the plan, or use --public-url"
_DOMAIN_HINT = "check NGROK_DOMAIN; dashboard.ngrok.com/domains lists the names of this account"
_ENDPOINTS_HINT = "end the other endpoints of this account, dashboard.ngrok.com/endpoints"
_AGENTS_HINT = "another job or a left-over agent is online; dashboard.ngrok.com/agents can stop it"
_RATE_HINT = "too many tunnels were opened in a short time; wait a minute"
_CONFINED_HINT = f"an agent from snap may not read hidden folders; {GET_ANOTHER}"
_NETWORK_HINT = "check this machine's network connection, and that it reaches ngrok.com"

_HINT_BY_NUMBER = {
    **dict.fromkeys((102, 337, 338, 3208, 9040), _ACCOUNT_HINT),
    **dict.fromkeys((105, 106, 107, 300, 4018), _COPY_AGAIN_HINT),
    **dict.fromkeys((108, 348), _AGENTS_HINT),
    **dict.fromkeys((120, 121), GET_ANOTHER),
    **dict.fromkeys((313, 314, 319, 320), _DOMAIN_HINT),
    **dict.fromkeys((324, 350, 6030), _ENDPOINTS_HINT),
    **dict.fromkeys((349, 351, 734), _RATE_HINT),
    **dict.fromkeys(range(725, 732), _QUOTA_HINT),
    3004: "something else than cartesia-call answers behind the tunnel; check which port it leads to",
    3200: "the tunnel's agent is gone: it ended, or lost its connection to ngrok",
    6024: "ngrok shows its warning page to browsers only; a proxy on the way may look like one",
    8012: "the tunnel's agent is up, and nothing listens on this machine's port: a left-over agent, perhaps",
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
        return self.code in _PASSING or _PORT_TAKEN in self.text or self._found_no_network

    @property
    def sentence(self) -> str:
        return f"{self.text} ({self.code})" if self.code else self.text

    @property
    def hint(self) -> str | None:
        if self.code == _ALREADY_ONLINE:
            return _online_hint(self.text)
        if self._found_no_network:
            return _NETWORK_HINT
        if _CONFIG_FORBIDDEN.search(self.text):
            return _CONFINED_HINT
        return hint_for(self.code) if self.code else None

    @property
    def _found_no_network(self) -> bool:
        return self.code is None and _NO_NETWORK.search(self.text) is not None

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


def hint_for(code: str) -> str | None:
    """What to do about `code`, as it stands in a text or in the header `ngrok-error-code`."""
    known = _CODE.fullmatch(code)
    return _HINT_BY_NUMBER.get(int(code.removeprefix("ERR_NGROK_"))) if known else None


def _online_hint(text: str) -> str:
    """ngrok's text names the domain; the settings may not, where it is the account's own."""
    named = _ENDPOINT.search(text)
    return (
        f"{named[1] if named else 'the domain'} is held by another call of this account, on any machine, or "
        "by a left-over agent: wait for its end, stop it at dashboard.ngrok.com/agents, "
        "or set NGROK_DOMAIN to another domain"
    )


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
