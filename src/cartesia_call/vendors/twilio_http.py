"""How the `twilio` package's requests travel: once each, by this machine's network rules, never logged."""

from __future__ import annotations

import logging

from requests import Request
from twilio.http import HttpClient
from twilio.http.response import Response

from cartesia_call.errors import CarrierUnavailable
from cartesia_call.vendors.departure import current_departure
from cartesia_call.vendors.http_transport import EXCHANGE_FAILURES, NotConnected, open_session, why_no_answer
from cartesia_call.vendors.network import NetworkRules
from cartesia_call.vendors.twilio_errors import NoAnswer, Refusal


class OneShotHttpClient(HttpClient):  # type: ignore[misc]  # twilio ships no types
    """The HTTP client given to `twilio.rest.Client`. Blocking, and safe for several threads at once.

    The package's own client is not: it hands an answer over in an attribute that all threads share. It also
    keeps the last request with its credentials, logs phone numbers and lets the environment choose a proxy.

    `timeout_s` limits connecting, and then each wait for the next bytes of the answer.
    """

    def __init__(self, *, timeout_s: float, network: NetworkRules) -> None:
        super().__init__(logger=logging.getLogger(__name__), is_async=False, timeout=timeout_s)
        self._network = network
        self._session = open_session(network)

    def request(  # noqa: PLR0917  # the package's signature
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One exchange. Redirects are answers.

        CarrierUnavailable if the request did not leave, NoAnswer if it did in vain, Refusal for an answer
        other than 2xx.
        """
        prepared = self._session.prepare_request(
            Request(method.upper(), uri, params=params, data=data, headers=headers, auth=auth)
        )
        proxy = self._network.proxy_for(uri)
        try:
            answer = self._session.send(
                prepared,
                timeout=timeout or self.timeout,
                allow_redirects=False,
                proxies={"https": proxy} if proxy else {},
                verify=True,
            )
        except NotConnected as error:
            raise CarrierUnavailable(f"Twilio cannot be reached: {error.why}", hint=error.hint) from None
        except EXCHANGE_FAILURES as error:
            if current_departure().left:
                raise NoAnswer(why_no_answer(error)) from None
            raise CarrierUnavailable(f"Twilio cannot be reached: {type(error).__name__}") from None
        body = answer.content.decode("utf-8", "replace")
        if not 200 <= answer.status_code < 300:
            raise Refusal(answer.status_code, body)
        return Response(answer.status_code, body, answer.headers)

    def close(self) -> None:
        """Close idle connections; those in use close themselves when they are done."""
        self._session.close()
